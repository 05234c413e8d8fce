import { sql, type Db, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postingsInForce, reverseEntry, type Posting } from "../ledger/index.ts";
import type { Money } from "../money/index.ts";
import { earningLife, type Earning } from "./earning.ts";
import { owedBack, reverseEarning, takeBackMarked, takenForRefundId, type Step } from "./take-back.ts";

/** Where an earning's money is taken from first: what was paid last, because its payee has it. */
const order = ["pending", "available", "converting", "held", "paid"];

/** What of a payment's shares no refund has, by payee, base units of what came. */
export async function unrefundedShares(tx: Tx, paymentId: string): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await sql<{ payee_id: string; amount: bigint }>`
    select payee_id, sum(amount) as amount from earning
    where payment_id = ${paymentId} and status <> 'reversed' and refunded_at is null group by payee_id`.execute(
    tx,
  );
  return new Map(rows.map(({ payee_id, amount }) => [payee_id, amount]));
}

/**
 * Keeps so much of each payee's share of a payment for a refund, so that no conversion or payout may take it. Nothing is booked
 * yet. The payment's row is locked by the caller.
 * @param shares base units of what came, by payee; no more than `unrefundedShares`.
 */
export async function reserveForRefund(
  tx: Tx,
  reserved: {
    readonly refundId: string;
    readonly paymentId: string;
    readonly shares: ReadonlyMap<string, bigint>;
  },
  { now }: Pick<Step, "now">,
): Promise<void> {
  const { refundId, paymentId } = reserved;
  const { rows } = await sql<Earning>`
    select * from earning where payment_id = ${paymentId} and status <> 'reversed' and refunded_at is null
    order by id for update`.execute(tx);
  const byReach = rows.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const left = new Map(reserved.shares);
  const marked: string[] = [];
  for (const { id, payee_id: payeeId, amount } of byReach) {
    const wanted = left.get(payeeId) ?? 0n;
    if (wanted <= 0n) continue;
    const part = wanted < amount ? wanted : amount;
    left.set(payeeId, wanted - part);
    if (part === amount) marked.push(id);
    else {
      const rest = derivedId("earning", id, "refunded_by", refundId);
      await sql`select earning_divide_source(${id}, ${rest}, ${amount - part}::numeric)`.execute(tx);
      marked.push(rest);
    }
  }
  const lacking = [...left.values()].reduce((sum, amount) => sum + amount, 0n);
  if (lacking > 0n)
    throw new InvariantViolation(
      "refund_beyond_shares",
      `Refund ${refundId} takes ${lacking} more than the shares of payment ${paymentId}.`,
    );
  await sql`
    update earning set refund_id = ${refundId}, refund_stage = 'reserved', refunded_at = ${now}
    where id = any(${marked}::uuid[])`.execute(tx);
}

/** The parts of a refund, locked, in order of ids. */
async function lockParts(tx: Tx, refundId: string): Promise<Earning[]> {
  const { rows } = await sql<Earning>`
    select * from earning where refund_id = ${refundId} order by id for update`.execute(tx);
  return rows;
}

/**
 * A refund is on its way: what its payees were not paid yet is theirs no more. What a conversion or payout has, and what was
 * paid, stays until that has ended and the payer has their money.
 * @returns what the ledger moves for it, for the caller's own entry: what lies as it came goes where it is owed back, what became
 * another asset is ours. `covered` is the sum of the former, base units of what came.
 */
export async function setAsideForRefund(
  tx: Tx,
  { refundId, asset }: { readonly refundId: string; readonly asset: string },
  step: Step,
): Promise<{ readonly postings: readonly Posting[]; readonly covered: bigint }> {
  const parts = await lockParts(tx, refundId);
  await sql`update earning set refund_stage = 'set_aside' where refund_id = ${refundId}`.execute(tx);
  const postings: Posting[] = [];
  let covered = 0n;
  for (const part of parts) {
    if (part.status !== "pending" && part.status !== "available") continue;
    const money = worthOf(part);
    const asItCame = money.asset === asset;
    if (asItCame) covered += money.amount;
    const credit = asItCame ? owedBack : accounts.platform("variance");
    if (money.amount > 0n)
      postings.push({ debit: accounts.payee(part.payee_id, part.status), credit, money });
    await reverseEarning(tx, part, step);
  }
  return { postings, covered };
}

const worthOf = ({ asset, amount, available_asset, available_amount }: Earning): Money => ({
  asset: available_asset ?? asset,
  amount: available_amount ?? amount,
});

/** The payer has their money: what its payees were paid of it they owe back. Safe to repeat. */
export async function concludeRefund(tx: Tx, refundId: string, step: Step): Promise<void> {
  const parts = await lockParts(tx, refundId);
  await sql`update earning set refund_stage = 'sent' where refund_id = ${refundId}`.execute(tx);
  await takeBackMarked(
    tx,
    parts.filter(({ status }) => status !== "reversed"),
    step,
  );
}

/**
 * A refund goes nowhere: each part is again its payee's, where it was. The entry of `setAsideForRefund` is taken back by the
 * caller.
 */
export async function releaseRefund(tx: Tx, refundId: string, step: Step): Promise<void> {
  for (const part of await lockParts(tx, refundId)) {
    if (part.status !== "reversed") continue;
    const taken = takenForRefundId(part);
    // What a conversion or payout had when the refund set out was taken from what ended that.
    if ((await postingsInForce(tx, taken)).length > 0)
      await reverseEntry(tx, {
        id: derivedId("refund", refundId, "not_taken", part.id),
        reverses: taken,
        happenedAt: step.now,
      });
    const to = part.available_amount === null ? "pending" : "available";
    await earningLife.advance(tx, { id: part.id, from: "reversed", to, cause: step.cause, now: step.now });
  }
  await sql`
    update earning set refund_id = null, refund_stage = null, refunded_at = null where refund_id = ${refundId}`.execute(
    tx,
  );
}

/** Whether everything of a payment is refunded, or will be when what has it ends. */
export async function isWhollyRefunded(db: Db | Tx, paymentId: string): Promise<boolean> {
  const { rows } = await sql`
    select from earning where payment_id = ${paymentId} and status <> 'reversed'
      and (refunded_at is null or refund_stage in ('reserved', 'set_aside')) limit 1`.execute(db);
  return rows.length === 0;
}
