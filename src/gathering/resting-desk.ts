/** SQL about a `deposit_sweep` that nobody looks at any more: dust may lie where it is for ever. */
export const restingSweep = `status = 'waiting' and not exists (
    select from deposit d join wallet w on w.chain = d.chain and w.address = d.address
    where w.id = wallet_id and d.asset = deposit_sweep.asset and d.status <> 'ignored' and d.swept_at is null)`;
