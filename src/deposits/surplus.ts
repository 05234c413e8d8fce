import { sql, type Db, type RawBuilder, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { ledgerAccounts } from "../ledger/index.ts";
import { registry, type Money } from "../money/index.ts";
import { unsentRefunds } from "../refunds/index.ts";
import type { DepositDeps } from "./deps.ts";
import { coinsNotHere } from "./refund-deposit.ts";

/** What was paid beyond an order's price in one asset and is not on its way back. */
export interface Surplus {
  readonly orderId: string;
  readonly asset: string;
  readonly amount: bigint;
  /** Whether all the coins it came with are in the hot wallet. */
  readonly gathered: boolean;
  /** When the first of it came; null: nobody wrote that down. */
  readonly since: Date | null;
}

export async function listSurplus(db: Db, most: number): Promise<Surplus[]> {
  const { rows } = await sql<Surplus>`
    ${surplusOf(sql`a.path like 'order:%:surplus' and a.balance <> 0`)}
    where over.amount > 0 order by d.since limit ${most}`.execute(db);
  return rows;
}

export async function readSurplus(
  db: Db | Tx,
  { orderId, asset }: { orderId: string; asset: string },
): Promise<Surplus> {
  const { rows } = await sql<Surplus>`
    ${surplusOf(sql`a.path = ${`order:${orderId}:surplus`} and a.asset = ${asset}`)}`.execute(db);
  return rows[0] ?? { orderId, asset, amount: 0n, gathered: false, since: null };
}

/** What came beyond an order's price in one asset, with its value when it came; given back or not. */
export interface Overpaid extends Money {
  readonly usdMicros: bigint;
}

export async function overpaidOn(db: Db | Tx, orderId: string): Promise<Overpaid[]> {
  const { rows } = await sql<Overpaid>`
    select asset, sum(surplus_amount) as amount,
      coalesce(sum(div(usd_micros * surplus_amount, amount)), 0) as "usdMicros"
    from deposit where order_id = ${orderId} and surplus_amount > 0 and status in ('credited', 'refunded')
    group by asset order by asset`.execute(db);
  return rows;
}

/** The book less what is on its way, in one look: a refund that becomes final between two would be sent twice. */
const surplusOf = (accounts: RawBuilder<unknown>) => sql`
  select over.order_id as "orderId", over.asset, over.amount, d.since, d.gathered from (
    select split_part(a.path, ':', 2) as order_id, a.asset, ledger_balance(a.path, a.asset) - coalesce((
      select sum(r.amount) from ${unsentRefunds}
      where r.subject = 'surplus' and r.subject_id::text = split_part(a.path, ':', 2) and r.asset = a.asset), 0) as amount
    from ${ledgerAccounts} where ${accounts}) as over
  left join lateral (
    select min(updated_at) as since, coalesce(bool_and(final and swept_at is not null), false) as gathered from deposit
    where order_id = over.order_id::uuid and asset = over.asset and status = 'credited' and surplus_amount > 0) as d on true`;

/** @returns `no_surplus`, `coins_not_here`, or null: it can be sent back. */
export function refuseSurplusRefund(
  { chains }: Pick<DepositDeps, "chains">,
  { orderId, asset, amount, gathered }: Surplus,
): DomainError | null {
  if (amount <= 0n)
    return new DomainError(
      "no_surplus",
      `Order ${orderId} has nothing to give back in ${asset}, or it is on its way already.`,
    );
  return gathered && chains.has(registry.get(asset).chain) ? null : coinsNotHere();
}
