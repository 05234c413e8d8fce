import type { SendingChain } from "../chains/sending.ts";
import { sql, type Db } from "../database/index.ts";
import { registry } from "../money/index.ts";
import type { ReviewItem } from "./review-item.ts";

type Item = Omit<ReviewItem, "usdMicros">;

/** Places where gathering failed the last time it was tried, and coins still lie. The next try is on its way. */
export async function findFailedSweeps(db: Db, most: number): Promise<Item[]> {
  const { rows } = await sql<{ id: string; reason: string; since: Date; asset: string; amount: bigint }>`
    select s.id::text, s.reason, s.updated_at as since, s.asset, s.amount from deposit_sweep s
    where s.status = 'failed'
      and not exists (select from deposit_sweep n where n.wallet_id = s.wallet_id and n.asset = s.asset
        and n.status <> 'waiting' and n.id > s.id)
      and exists (select from deposit d join wallet w on w.chain = d.chain and w.address = d.address
        where w.id = s.wallet_id and d.asset = s.asset and d.final and d.swept_at is null)
    order by s.updated_at limit ${most}`.execute(db);
  return rows.map(({ id, reason, since, asset, amount }) => ({
    thing: "deposit_sweep",
    id,
    status: "failed",
    reason,
    since,
    owner: "operator",
    deadlineAt: null,
    money: [{ asset, amount }],
    partOf: null,
    actions: ["check"],
  }));
}

/** What was paid beyond orders' prices and is not on its way back, as `<order id>:<asset id>`. */
export async function findSurplus(
  { db, chains }: { db: Db; chains: ReadonlyMap<string, SendingChain> },
  most: number,
): Promise<Item[]> {
  const { rows } = await sql<{
    id: string;
    asset: string;
    amount: bigint;
    since: Date | null;
    here: boolean;
  }>`
    select over.order_id || ':' || over.asset as id, over.asset, over.amount, d.since, d.here from (
      select split_part(a.path, ':', 2) as order_id, a.asset, a.balance - coalesce((
        select sum(r.amount) from surplus_refund r join transfer t on t.purpose = 'surplus_refund' and t.purpose_id = r.id
        where r.order_id::text = split_part(a.path, ':', 2) and r.asset = a.asset
          and t.status in ('planned', 'signed', 'broadcast', 'included', 'in_review')), 0) as amount
      from ledger_account a where a.path like 'order:%:surplus' and a.balance <> 0) as over
    left join lateral (
      select min(updated_at) as since, coalesce(bool_and(final and swept_at is not null), false) as here from deposit
      where order_id = over.order_id::uuid and asset = over.asset and status = 'credited' and surplus_amount > 0) as d on true
    where over.amount > 0 order by d.since limit ${most}`.execute(db);
  return rows.map(({ id, asset, amount, since, here }) => ({
    thing: "surplus",
    id,
    status: "overpaid",
    reason: here ? "paid_beyond_price" : "not_gathered_yet",
    since,
    owner: "operator",
    deadlineAt: null,
    money: [{ asset, amount }],
    partOf: null,
    actions: here && chains.has(registry.get(asset).chain) ? ["refund"] : [],
  }));
}
