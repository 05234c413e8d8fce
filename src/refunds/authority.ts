import { sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { registry, valueInUsd, type Money } from "../money/index.ts";
import {
  hashTerms,
  judgeRefund,
  lockUnapprovedDay,
  newestAuthorisation,
  readPolicy,
  refundCovered,
  requestAuthorisation,
  voidAuthorisation,
  wordFor,
  type Authority,
  type Terms,
} from "../policy/index.ts";
import type { RefundDeps } from "./deps.ts";
import type { Refund } from "./refund.ts";
import { refundTasks } from "./tasks.ts";

/** All that an authorisation of a refund binds. */
const termsOf = (
  { id, asset, amount }: Pick<Refund, "id" | "asset" | "amount">,
  toAddress: string,
): Terms => ({
  refund: id,
  asset,
  amount: amount.toString(),
  to_address: toAddress,
});

/** On whose word an attempt's transfer may leave, by the refund's own rows. */
export async function refundAuthority(
  tx: Tx,
  attemptId: string,
): Promise<{ authority: Authority; rail: null } | { refused: "not_authorised" }> {
  const { rows } = await sql<Pick<Refund, "id" | "subject" | "asset" | "amount"> & { to_address: string }>`
    select r.id, r.subject, r.asset, r.amount, a.to_address from refund_attempt a join refund r on r.id = a.refund_id
    where a.id = ${attemptId} and a.outcome is null`.execute(tx);
  const [row] = rows;
  if (row === undefined) return { refused: "not_authorised" };
  if (row.subject === "settled_payment" && !(await refundCovered(tx, row)))
    return { refused: "not_authorised" };
  const terms = termsOf(row, row.to_address);
  return { authority: { by: "authorisation", subject: "refund", subjectId: row.id, terms }, rail: null };
}

/** What a refund is worth now, USD micros rounded up; null: nobody tells a price. */
export async function worthOf(
  { prices }: Pick<RefundDeps, "prices">,
  { asset: id, amount }: Money,
  signal: AbortSignal,
): Promise<bigint | null> {
  const asset = registry.get(id);
  try {
    const price = (await prices.observe([asset], signal)).get(id)?.usd;
    return price === undefined ? null : valueInUsd(amount, asset, price, "up");
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

/**
 * Whether a refund may go where its last attempt goes; asks the policy where nobody did, or its address is another one now.
 * @returns "refused": somebody rejected it, or nobody approved it in time.
 */
export async function mayGo(
  deps: Pick<RefundDeps, "secondPerson">,
  tx: Tx,
  refund: Refund,
  step: { toAddress: string; usdMicros: bigint | null; cause: Cause; now: Date },
): Promise<"granted" | "waiting" | "refused"> {
  const { cause, now, usdMicros } = step;
  const terms = termsOf(refund, step.toAddress);
  const newest = await newestAuthorisation(tx, { subject: "refund", subjectId: refund.id });
  const asked = newest?.terms_hash.equals(hashTerms(terms)) ? newest : null;
  if (asked?.status === "waiting") return "waiting";
  const word = asked && (await wordFor(tx, { subject: "refund", subjectId: refund.id, terms }, now));
  if (word?.kind === "granted") return "granted";
  if (asked?.status === "rejected" || asked?.status === "expired") return "refused";
  const inForce = await readPolicy(tx);
  // Its own value counts no more among what was let go.
  await voidAuthorisation(tx, { subject: "refund", subjectId: refund.id, cause, now });
  const unapprovedDay = await lockUnapprovedDay(tx, now);
  const verdict = judgeRefund(inForce.policy, { usdMicros, unapprovedDay });
  const requestedBy = await whoNamed(tx, refund, step.toAddress);
  return requestAuthorisation(tx, {
    subject: "refund",
    subjectId: refund.id,
    payeeId: null,
    terms,
    usdMicros,
    inForce,
    approvers: verdict.approvers,
    because: verdict.because,
    requestedBy,
    requestedPerson: await deps.secondPerson.personOf(tx, requestedBy),
    doneTask: refundTasks.look,
    cause,
    now,
  });
}

/** Who first said that a refund goes to this address: they ask for it, whoever began the refund. */
async function whoNamed(tx: Tx, refund: Refund, toAddress: string): Promise<string> {
  const { rows } = await sql<{ asked_by: string }>`
    select asked_by from refund_attempt
    where refund_id = ${refund.id} and to_address = ${toAddress} and asked_by <> ${`refund:${refund.id}`}
    order by seq limit 1`.execute(tx);
  return rows[0]?.asked_by ?? refund.requested_by;
}
