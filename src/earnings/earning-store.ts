import { sql, type Db, type Tx } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import type { Earning } from "./earning.ts";

export async function earningsOf(db: Db | Tx, paymentId: string): Promise<Earning[]> {
  const { rows } =
    await sql<Earning>`select * from earning where payment_id = ${paymentId} order by payee_id`.execute(db);
  return rows;
}

/** SQL, payment ids: those that a payee earned a share of. */
export const paymentsSharedBy = (payeeId: string) =>
  sql`(select e.payment_id from earning e where e.payee_id = ${payeeId})`;

export interface ConversionShare {
  readonly payee_id: string;
  readonly source_amount: bigint;
  readonly target_amount: bigint | null;
  readonly earnings: number;
}

/** What each payee put into a conversion and got of it, in order of payee id. */
export async function sharesOf(db: Db, conversionId: string): Promise<ConversionShare[]> {
  const { rows } = await sql<ConversionShare>`
    select payee_id, sum(amount) as source_amount, sum(available_amount) as target_amount, count(*) as earnings
    from earning where conversion_id = ${conversionId} group by payee_id order by payee_id`.execute(db);
  return rows;
}

/** Some of the payments a payout pays for. */
export async function paymentsPaidBy(tx: Tx, payoutId: string): Promise<string[]> {
  const { rows } = await sql<{
    payment_id: string;
  }>`select payment_id from earning where payout_id = ${payoutId} order by id limit 20`.execute(tx);
  return rows.map((row) => row.payment_id);
}

/**
 * How much more the ledger has for a payee than their earnings of that status say; below zero: less. One statement, so that
 * a booking of another earning is seen with both of its sides.
 */
export async function bookedBeyondEarnings(
  tx: Tx,
  of: { payeeId: string; asset: string; status: "pending" | "held" },
): Promise<bigint> {
  const { payeeId, status } = of;
  const [asset, amount] =
    status === "pending" ? [sql`asset`, sql`amount`] : [sql`available_asset`, sql`available_amount`];
  const { rows } = await sql<{ beyond: bigint }>`
    select ledger_balance(${accounts.payee(payeeId, status)}, ${of.asset}) - coalesce(sum(${amount}), 0) as beyond
    from earning where payee_id = ${payeeId} and ${asset} = ${of.asset} and status = ${status}`.execute(tx);
  return rows[0]!.beyond;
}

export interface EarnedBalance {
  readonly state: "pending" | "available" | "held" | "paid";
  readonly asset: string;
  readonly amount: bigint;
}

/** What a payee has in each state, per asset, summed from their earnings; what is being converted counts as pending. */
export async function balancesOf(db: Db, payeeId: string): Promise<EarnedBalance[]> {
  const { rows } = await sql<EarnedBalance>`
    select case when status in ('pending', 'converting') then 'pending' else status end as state,
      coalesce(available_asset, asset) as asset, sum(coalesce(available_amount, amount)) as amount
    from earning where payee_id = ${payeeId} and status <> 'reversed' group by 1, 2 order by 1, 2`.execute(
    db,
  );
  return rows;
}

/**
 * Locks what a conversion or payout has, in order of ids and in a statement of its own: a refund that divides one of them meanwhile is
 * waited for, and what comes after sees both parts.
 */
export async function lockAllOf(tx: Tx, of: { conversionId: string } | { payoutId: string }): Promise<void> {
  const owned =
    "conversionId" in of
      ? sql`conversion_id = ${of.conversionId} and status = 'converting'`
      : sql`payout_id = ${of.payoutId} and status = 'held'`;
  await sql`select count(*) from (select from earning where ${owned} order by id for update) as locked`.execute(
    tx,
  );
}
