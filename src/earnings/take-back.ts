import { sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { earningLife, type Earning } from "./earning.ts";

/** Where what a refund takes back is kept until whoever paid it has it again. */
export const owedBack = accounts.suspense("refunds");

/** What made it happen, and when. */
export interface Step {
  readonly cause: Cause;
  readonly now: Date;
}

/**
 * Takes back the earnings of a refunded payment, each from where it is now: pending, then available, then, once it left us,
 * recoverable from the payee. One that a conversion or payout has is marked, and whatever ends that takes it back in the
 * same transaction, so that no other may take it in between. What a refund of ours has that is on its way waits for it no more.
 * Safe to repeat.
 */
export async function takeBackEarningsOf(tx: Tx, paymentId: string, step: Step): Promise<void> {
  await sql`
    update earning set refund_stage = 'sent' where payment_id = ${paymentId} and refund_stage <> 'sent'`.execute(
    tx,
  );
  const { rows } = await sql<Earning>`
    select * from earning where payment_id = ${paymentId} and status <> 'reversed' order by id for update`.execute(
    tx,
  );
  for (const earning of rows) await takeBack(tx, earning, step);
}

/** Takes back those of these earnings that a refund marked, now that nothing has them any more. */
export async function takeBackMarked(
  tx: Tx,
  marked: readonly { readonly id: string }[],
  step: Step,
): Promise<void> {
  if (marked.length === 0) return;
  const { rows } = await sql<Earning>`
    select * from earning where id = any (${marked.map(({ id }) => id)}::uuid[]) order by id for update`.execute(
    tx,
  );
  for (const earning of rows) await takeBack(tx, earning, step);
}

/**
 * Takes back the earnings of a payment whose coins are somebody else's: what of them lies as it came goes `here`, what was
 * converted, or is owed back by a payee who had it, `elsewhere`.
 * @returns what went `here`, base units.
 * @throws {DomainError} `arrival_kept`: a conversion or payout has one of them, and ends soon.
 */
export async function takeBackFor(
  tx: Tx,
  paymentId: string,
  to: { readonly here: string; readonly elsewhere: string },
  step: Step,
): Promise<bigint> {
  const { rows } = await sql<Earning>`
    select * from earning where payment_id = ${paymentId} and status <> 'reversed' order by id for update`.execute(
    tx,
  );
  let taken = 0n;
  for (const earning of rows) {
    if (earning.status === "converting" || earning.status === "held")
      throw new DomainError(
        "arrival_kept",
        `Earning ${earning.id} of these coins is part of a ${earning.status === "held" ? "payout" : "conversion"} under way. Wait until that has ended, then ask again.`,
      );
    const asItCame =
      earning.status !== "paid" && (earning.available_asset ?? earning.asset) === earning.asset;
    const posting = postingOf(earning, asItCame ? to.here : to.elsewhere)!;
    if (asItCame) taken += posting.money.amount;
    await bookBack(tx, earning, posting, step);
  }
  return taken;
}

/** A refund of ours may still come to nothing: until it sets out nothing is taken for it, and from those who were paid not before it is sent. */
const isAwaited = ({ refund_stage: stage, status }: Earning): boolean =>
  stage === "reserved" || (stage === "set_aside" && status === "paid");

/** The entry that takes a part of a refund of ours back, once what had it has ended. */
export const takenForRefundId = ({ id, refund_id: refundId }: Pick<Earning, "id" | "refund_id">): string =>
  derivedId("refund", refundId ?? "", "taken", id);

async function takeBack(tx: Tx, earning: Earning, step: Step): Promise<void> {
  if (isAwaited(earning)) return;
  // What a refund of ours sends was put up by us where its payees' shares were not at hand.
  const posting = postingOf(earning, earning.refund_id === null ? owedBack : accounts.platform("variance"));
  if (posting !== null) return bookBack(tx, earning, posting, step);
  await sql`
    update earning set refunded_at = ${step.now} where id = ${earning.id} and refunded_at is null`.execute(
    tx,
  );
}

async function bookBack(tx: Tx, earning: Earning, posting: Posting, step: Step): Promise<void> {
  // A share too small for a base unit of the settlement asset is nothing to take back.
  if (posting.money.amount > 0n)
    await postEntry(tx, {
      id:
        earning.refund_id === null ? derivedId("payment", earning.id, "reversed") : takenForRefundId(earning),
      reason: "earning_reversed",
      happenedAt: step.now,
      postings: [posting],
    });
  if (earning.status === "paid" && posting.money.amount > 0n)
    await sql`
      insert into recoverable (id, payee_id, asset, amount, created_at)
      values (${earning.id}, ${earning.payee_id}, ${posting.money.asset}, ${posting.money.amount}, ${step.now})`.execute(
      tx,
    );
  await reverseEarning(tx, earning, step);
}

/** Null: a conversion or payout has it. */
function postingOf(earning: Earning, credit: string): Posting | null {
  const received = { asset: earning.asset, amount: earning.amount };
  const available = {
    asset: earning.available_asset ?? earning.asset,
    amount: earning.available_amount ?? earning.amount,
  };
  switch (earning.status) {
    case "pending":
      return { debit: accounts.payee(earning.payee_id, "pending"), credit, money: received };
    case "available":
      return { debit: accounts.payee(earning.payee_id, "available"), credit, money: available };
    case "paid":
      return { debit: accounts.payee(earning.payee_id, "recoverable"), credit, money: available };
    default:
      return null;
  }
}

/** Ends an earning with its payment; what it means in the books is posted by the caller. @throws {StaleStatus} */
export const reverseEarning = (
  tx: Tx,
  { id, status }: Pick<Earning, "id" | "status">,
  { cause, now }: Step,
): Promise<void> => earningLife.advance(tx, { id, from: status, to: "reversed", cause, now });
