import { sql, type Db } from "../database/index.ts";

/** One promise of the books that does not hold, named by the row that breaks it. */
export interface Difference {
  readonly check: string;
  readonly id: string;
  readonly detail: string;
}

/**
 * Each check is a query that returns the rows that break it: {id, detail}. All run in one snapshot, so that a booking
 * under way is seen whole or not at all.
 */
const checks: Readonly<Record<string, string>> = {
  // Debits equal credits, per asset, over rows and unfolded deltas.
  asset_balances: `
    select asset as id, 'accounts sum to ' || sum(total) as detail from (
      select a.asset, a.balance + coalesce((select sum(d.amount) from ledger_delta d where d.account_id = a.id), 0) as total
      from ledger_account a) as t
    group by asset having sum(total) <> 0`,
  accounts_overdrawn: `
    select path || ' ' || asset as id, 'stands at ' || total as detail from (
      select a.path, a.asset, a.normal_side,
        a.balance + coalesce((select sum(d.amount) from ledger_delta d where d.account_id = a.id), 0) as total
      from ledger_account a) as t
    where (normal_side = 'credit' and total < 0) or (normal_side = 'debit' and total > 0)`,
  // Every earning is in exactly one state, and the sums equal the payees' accounts.
  payee_accounts: `
    with owed as (
      select 'payee:' || payee_id || ':pending' as path, asset, sum(amount) as amount from earning where status = 'pending' group by 1, 2
      union all
      select 'payee:' || payee_id || ':' || status, available_asset, sum(available_amount) from earning
      where status in ('available', 'held') group by 1, 2
    ), booked as (
      select path, asset, balance as amount from ledger_account
      where path like 'payee:%' and split_part(path, ':', 3) in ('pending', 'available', 'held')
    )
    select coalesce(o.path, b.path) || ' ' || coalesce(o.asset, b.asset) as id,
      'earnings ' || coalesce(o.amount, 0) || ', ledger ' || coalesce(b.amount, 0) as detail
    from owed o full join booked b on b.path = o.path and b.asset = o.asset
    where coalesce(o.amount, 0) <> coalesce(b.amount, 0)`,
  payment_shares: `
    select p.id::text, 'settled ' || p.settled_amount || ', fee ' || p.fee_amount || ', shares ' || coalesce(sum(e.amount), 0) as detail
    from payment p left join earning e on e.payment_id = p.id
    where p.status = 'settled' and p.order_id is not null
    group by p.id having p.settled_amount <> p.fee_amount + coalesce(sum(e.amount), 0)`,
  // What payees owe back is what the account says, and what was collected of it was kept of their earnings.
  recoverables: `
    with owed as (
      select 'payee:' || payee_id || ':recoverable' as path, asset, sum(amount - collected - forgiven) as amount
      from recoverable group by 1, 2
    ), booked as (
      select path, asset, -ledger_balance(path, asset) as amount from ledger_account where path like 'payee:%:recoverable'
    )
    select coalesce(o.path, b.path) || ' ' || coalesce(o.asset, b.asset) as id,
      'owed ' || coalesce(o.amount, 0) || ', ledger ' || coalesce(b.amount, 0) as detail
    from owed o full join booked b on b.path = o.path and b.asset = o.asset
    where coalesce(o.amount, 0) <> coalesce(b.amount, 0)
    union all
    select r.id::text, 'collected ' || r.collected || ', earnings ' || coalesce(sum(e.available_amount), 0)
    from recoverable r left join earning e on e.collected_for = r.id
    group by r.id having r.collected <> coalesce(sum(e.available_amount), 0)`,
  // A refund of a payment is of the shares and the fee that are reserved for it, and all of a payment's together no more than came.
  refund_parts: `
    select r.id::text, 'goes back ' || r.amount || ', fee ' || r.fee_amount || ', shares ' || coalesce(sum(e.amount), 0)
      || coalesce(', of them left ' || string_agg(e.status, ' ') filter (where r.status = 'sent' and e.status in ('pending', 'available', 'paid')), '') as detail
    from refund r left join earning e on e.refund_id = r.id
    where r.subject = 'settled_payment' group by r.id
    having coalesce(sum(e.amount), 0) <> case when r.status = 'given_back' then 0
        else r.amount - case when r.fee_kept then 0 else r.fee_amount end end
      or count(*) filter (where r.status = 'sent' and e.status in ('pending', 'available', 'paid')) > 0
    union all
    select p.id::text, 'reserved ' || p.refund_reserved || ' and ' || p.refund_fee || ', refunds of ' || coalesce(sum(r.share_amount::numeric), 0)
      || ' and ' || coalesce(sum(r.fee_amount), 0)
    from payment p left join refund r on r.subject = 'settled_payment' and r.subject_id = p.id and r.status <> 'given_back'
    where p.refund_reserved > 0 or r.id is not null
    group by p.id having p.refund_reserved <> coalesce(sum(r.share_amount::numeric), 0) or p.refund_fee <> coalesce(sum(r.fee_amount), 0)`,
  // What its payer has back is nobody's to convert or to be paid.
  refunded_earnings: `
    select e.id::text, e.status || ', and its payment was refunded' as detail
    from earning e join payment p on p.id = e.payment_id
    where p.status = 'refunded' and (e.status in ('pending', 'available', 'paid')
      or (e.status in ('converting', 'held') and e.refunded_at is null))`,
  // Every coin that came straight to us is in exactly one place: a payment's, an order's surplus, or suspense.
  deposit_shares: `
    select d.id::text, 'amount ' || d.amount || ', payment ' || coalesce(p.settled_amount, 0) || ', surplus ' || d.surplus_amount as detail
    from deposit d left join payment p on p.id = d.payment_id and p.processor = 'chain' and p.status in ('settled', 'refunded')
    where d.status = 'credited' and d.amount <> coalesce(p.settled_amount, 0) + d.surplus_amount`,
  direct_payments: `
    select p.id::text, p.status || ' without a credited deposit' as detail from payment p
    where p.processor = 'chain' and p.status <> 'reversed'
      and not exists (select from deposit d where d.order_id = p.order_id and d.payment_id = p.id and d.status = 'credited')`,
  deposit_suspense: `
    with held as (
      select d.asset, sum(d.amount) as amount
      from deposit d
      where d.status = 'in_review' or (d.status = 'ignored' and d.reason = 'dust' and d.conversion_id is null)
        or (d.status = 'refunded' and not exists (
          select from refund r join refund_attempt a on a.refund_id = r.id
          join transfer t on t.purpose = 'refund_attempt' and t.purpose_id = a.id and t.status = 'final'
          where r.subject = 'deposit' and r.subject_id = d.id)) group by 1
    ), booked as (
      select asset, ledger_balance(path, asset) as amount from ledger_account where path = 'suspense:deposits'
    )
    select coalesce(h.asset, b.asset) as id,
      'deposits ' || coalesce(h.amount, 0) || ', ledger ' || coalesce(b.amount, 0) as detail
    from held h full join booked b on b.asset = h.asset
    where coalesce(h.amount, 0) <> coalesce(b.amount, 0)`,
  surplus_accounts: `
    with held as (
      select path, asset, sum(amount) as amount from (
        select 'order:' || order_id || ':surplus' as path, asset, surplus_amount as amount from deposit
        where status = 'credited' and surplus_amount > 0
        union all
        select 'order:' || r.subject_id || ':surplus', r.asset, -r.amount from refund r
        join refund_attempt a on a.refund_id = r.id
        join transfer t on t.purpose = 'refund_attempt' and t.purpose_id = a.id and t.status = 'final'
        where r.subject = 'surplus') as part
      group by 1, 2
    ), booked as (
      select path, asset, balance as amount from ledger_account where path like 'order:%:surplus'
    )
    select coalesce(h.path, b.path) || ' ' || coalesce(h.asset, b.asset) as id,
      'deposits ' || coalesce(h.amount, 0) || ', ledger ' || coalesce(b.amount, 0) as detail
    from held h full join booked b on b.path = h.path and b.asset = h.asset
    where coalesce(h.amount, 0) <> coalesce(b.amount, 0)`,
  // What lies at a payer's address still must not be spent from the hot wallet.
  spendable_early: `
    select e.id::text, 'spendable, and its coins are not gathered' as detail
    from earning e join payment p on p.id = e.payment_id join deposit d on d.order_id = p.order_id and d.payment_id = p.id
    where p.processor = 'chain' and e.spendable and e.status <> 'reversed' and d.swept_at is null`,
  sweeps: `
    select s.id::text, s.status || ', its transfer ' || coalesce(t.status, 'gone') as detail
    from deposit_sweep s left join transfer t on t.purpose = 'sweep' and t.purpose_id = s.id
    where s.status = 'swept' and coalesce(t.status, '') <> 'final'
    union all
    select d.id::text, 'gathered by a sweep that is ' || coalesce(s.status, 'gone')
    from deposit d left join deposit_sweep s on s.id = d.sweep_id
    where d.swept_at is not null and d.conversion_id is null and coalesce(s.status, '') <> 'swept'`,
  // What an operator sold by hand is what its payees' earnings and our fees were of.
  sold_by_hand: `
    select c.id::text, c.status || ', deposits ' || d.amount || ', earnings ' || c.source_amount || ', fees ' || d.fees as detail
    from conversion c join (
      select d.conversion_id, coalesce(sum(d.amount) filter (where d.status = 'credited'), 0) as amount,
        coalesce(sum(p.fee_amount), 0) as fees
      from deposit d left join payment p on p.id = d.payment_id where d.conversion_id is not null group by 1
    ) as d on d.conversion_id = c.id
    where c.status <> 'distributed' or d.amount <> c.source_amount + d.fees`,
  conversion_shares: `
    select c.id::text, 'received ' || c.target_amount || ', shares ' || coalesce(sum(e.available_amount), 0) as detail
    from conversion c left join earning e on e.conversion_id = c.id
    where c.status = 'distributed' group by c.id having c.target_amount <> coalesce(sum(e.available_amount), 0)`,
  conversion_claims: `
    select c.id::text, 'claimed ' || c.source_amount || ', earnings ' || coalesce(sum(e.amount), 0) as detail
    from conversion c left join earning e on e.conversion_id = c.id
    where c.status <> 'released' group by c.id having c.source_amount <> coalesce(sum(e.amount), 0)`,
  conversion_accounts: `
    select a.path || ' ' || a.asset as id, 'still holds ' || a.balance as detail
    from ledger_account a join conversion c on a.path = 'conversion:' || c.id
    where c.status in ('distributed', 'released') and a.balance <> 0`,
  // What a swap provider owes us is what was sent to swaps that have not ended.
  swap_accounts: `
    with owed as (
      select 'swap:' || s.provider as path, s.source_asset as asset, sum(s.source_amount) as amount
      from swap s join transfer t on t.id = s.transfer_id
      where t.status = 'final' and s.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off') group by 1, 2
    ), booked as (
      select path, asset, -ledger_balance(path, asset) as amount from ledger_account where path like 'swap:%'
    )
    select coalesce(o.path, b.path) || ' ' || coalesce(o.asset, b.asset) as id,
      'swaps under way ' || coalesce(o.amount, 0) || ', ledger ' || coalesce(b.amount, 0) as detail
    from owed o full join booked b on b.path = o.path and b.asset = o.asset
    where coalesce(o.amount, 0) <> coalesce(b.amount, 0)`,
  payout_parts: `
    select o.id::text, 'amount ' || o.amount || ', parts ' || coalesce(sum(e.available_amount), 0) as detail
    from payout o left join earning e on e.payout_id = o.id
    where o.status not in ('failed', 'rejected', 'cancelled') group by o.id having o.amount <> coalesce(sum(e.available_amount), 0)`,
  // What an operator paid elsewhere is completed by exactly one proof.
  paid_outside: `
    select a.id::text, 'attempt ' || a.status || ', payout ' || o.status || ', proofs ' || count(p.id) as detail
    from payout_attempt a join payout o on o.id = a.payout_id
    left join payout_proof p on p.attempt_id = a.id and p.proved_at is not null
    where a.route = 'outside' group by a.id, o.id
    having count(p.id) <> case a.status when 'succeeded' then 1 else 0 end
      or (a.status = 'succeeded' and o.status <> 'completed') or (a.status = 'sending' and o.status <> 'outside')`,
  // Nothing was signed but on the word of a policy's version, or of an authorisation with its people.
  signed_on_no_word: `
    select t.id::text, t.purpose || ' on the word of ' || coalesce(t.authorised_by, 'nobody') as detail from transfer t
    where t.slot is not null and (t.authorised_by is null or t.authorised_by like 'authorisation:%' and not exists (
      select from authorisation a where t.authorised_by = 'authorisation:' || a.id and a.approvers <= (
        select count(distinct p.person) from approval p
        where p.authorisation_id = a.id and p.terms_hash = a.terms_hash and p.person <> a.requested_person)))`,
  // What has no owner: claimed, held or funded for something that is not there or has ended.
  orphans: `
    select e.id::text, 'earning converting for a conversion that is ' || coalesce(c.status, 'gone') as detail
    from earning e left join conversion c on c.id = e.conversion_id
    where e.status = 'converting' and coalesce(c.status, '') not in ('claimed', 'swapping')
    union all
    select e.id::text, 'earning held for a payout that is ' || coalesce(o.status, 'gone')
    from earning e left join payout o on o.id = e.payout_id
    where e.status = 'held' and coalesce(o.status, '') not in ('requested', 'awaiting_approval', 'approved', 'outside', 'sending', 'sent', 'in_review')`,
};

/** All of them in one round trip, because they run each minute. */
const allChecks = Object.entries(checks)
  .map(
    ([check, query]) =>
      `(select '${check}' as "check", found.id, found.detail from (${query}) as found limit 100)`,
  )
  .join(" union all ");

/** Checks every promise of the books in one snapshot. An empty answer means that all of them hold. */
export async function checkInvariants(db: Db): Promise<Difference[]> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      const { rows } = await sql<Difference>`${sql.raw(allChecks)}`.execute(tx);
      return rows;
    });
}
