import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { valueInUsd } from "../money/index.ts";
import type { DepositDeps } from "./deps.ts";
import { bookJudgements } from "./book-deposit.ts";
import type { DepositRow } from "./deposit.ts";
import { findDeposit } from "./deposit-store.ts";
import { creditByTerms } from "./judge-deposit.ts";
import { judgedOrderOf } from "./judged-order.ts";
import { findAddresses } from "../addresses/index.ts";
import { markGathered } from "../payments/index.ts";
import { depositTasks } from "./tasks.ts";

/**
 * Books a deposit in review for the order that an operator names, at its value when it was put into review, or now where
 * nobody knew one: late or in another asset than asked for, it pays all the same. What is beyond the price is surplus.
 * @throws {DomainError} `unknown_deposit`, `deposit_not_in_review`, `unknown_order`, `price_unavailable`.
 */
export async function assignDeposit(
  deps: DepositDeps,
  input: { depositId: string; orderId: string; by: string },
  signal: AbortSignal,
): Promise<void> {
  const known = assertInReview(await findDeposit(deps.db, input.depositId), input.depositId);
  const usd = known.usd_micros ?? (await valueNow(deps, known, signal));
  const policy = await deps.readDepositPolicy();
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: input.by, note: `assigned to order ${input.orderId}` };
  const { family } = chainOf(deps, known);
  await inTransaction(deps.db, async (tx) => {
    const row = assertInReview(await lockDeposit(tx, known.id), known.id);
    const order = await findJudgedOrder(tx, input.orderId);
    await sql`update deposit set order_id = ${order.id} where id = ${row.id}`.execute(tx);
    const places = await findAddresses(tx, family, [row.address]);
    const booking = { tx, registry: deps.registry, places, now };
    const judgement = creditByTerms(row.amount, usd, order, policy);
    await bookJudgements(booking, [{ row: { ...row, order_id: order.id }, judgement, cause }]);
    if (row.swept_at !== null) await markGathered(tx, await paymentsOf(tx, row.id));
    await wakeClaims(tx, row);
  });
}

/** @throws {DomainError} `unknown_deposit`, `deposit_not_in_review` */
export function assertInReview(row: DepositRow | null, id: string): DepositRow {
  if (row === null) throw unknownDeposit(id);
  const refusal = refuseAssign(row);
  if (refusal !== null) throw refusal;
  return row;
}

export const unknownDeposit = (id: string): DomainError =>
  new DomainError("unknown_deposit", `There is no deposit ${id}.`);

/** Only a deposit in review is somebody's to decide about. */
export const refuseAssign = ({ status }: Pick<DepositRow, "status">): DomainError | null =>
  status === "in_review"
    ? null
    : new DomainError(
        "deposit_not_in_review",
        `This deposit is ${status}: nobody has to decide about it. Read the recovery desk again.`,
      );

export async function lockDeposit(tx: Tx, id: string): Promise<DepositRow | null> {
  const { rows } = await sql<DepositRow>`select * from deposit where id = ${id} for no key update`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** What payers told of this transaction is judged again, now that somebody decided. */
export async function wakeClaims(tx: Tx, row: DepositRow): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from payment_claim where chain = ${row.chain} and transaction_hash = ${row.transaction_hash}
      and status in ('waiting', 'in_review')`.execute(tx);
  for (const { id } of rows) await enqueueOnce(tx, depositTasks.checkClaim, { id });
}

async function findJudgedOrder(tx: Tx, orderId: string) {
  const order = await judgedOrderOf(tx, orderId);
  if (order !== null) return order;
  throw new DomainError("unknown_order", `There is no order ${orderId}. Name an order of ours by its id.`);
}

function chainOf(deps: DepositDeps, { chain: name }: DepositRow) {
  const chain = deps.depositChains.get(name);
  if (chain) return chain;
  throw new DomainError(
    "unsupported_chain",
    `${name} is not configured here. Configure it, then decide again.`,
  );
}

async function valueNow(deps: DepositDeps, row: DepositRow, signal: AbortSignal): Promise<bigint> {
  const asset = deps.registry.get(row.asset);
  const prices = await deps.prices.observe([asset], signal).catch((error: unknown) => {
    if (error instanceof ProviderError) return null;
    throw error;
  });
  const price = prices?.get(asset.id);
  if (price) return valueInUsd(row.amount, asset, price.usd, "down");
  throw new DomainError(
    "price_unavailable",
    `There is no trustworthy price of ${asset.id} at the moment. Try again in a minute.`,
  );
}

async function paymentsOf(tx: Tx, depositId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select payment_id as id from deposit where id = ${depositId} and payment_id is not null`.execute(tx);
  return rows.map(({ id }) => id);
}
