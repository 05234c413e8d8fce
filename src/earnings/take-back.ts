import { sql, type Tx } from "../database/index.ts";
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
 * same transaction, so that no other may take it in between. Safe to repeat.
 */
export async function takeBackEarningsOf(tx: Tx, paymentId: string, step: Step): Promise<void> {
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

async function takeBack(tx: Tx, earning: Earning, step: Step): Promise<void> {
  const posting = postingOf(earning);
  if (posting === null) {
    await sql`
      update earning set refunded_at = ${step.now} where id = ${earning.id} and refunded_at is null`.execute(
      tx,
    );
    return;
  }
  // A share too small for a base unit of the settlement asset is nothing to take back.
  if (posting.money.amount > 0n)
    await postEntry(tx, {
      id: derivedId("payment", earning.id, "reversed"),
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
function postingOf(earning: Earning): Posting | null {
  const received = { asset: earning.asset, amount: earning.amount };
  const available = {
    asset: earning.available_asset ?? earning.asset,
    amount: earning.available_amount ?? earning.amount,
  };
  switch (earning.status) {
    case "pending":
      return { debit: accounts.payee(earning.payee_id, "pending"), credit: owedBack, money: received };
    case "available":
      return { debit: accounts.payee(earning.payee_id, "available"), credit: owedBack, money: available };
    case "paid":
      return { debit: accounts.payee(earning.payee_id, "recoverable"), credit: owedBack, money: available };
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
