import { sql, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { divide } from "../money/index.ts";
import { findPayees } from "../payees/index.ts";
import {
  countsTogether,
  judgePayout,
  lockSpent,
  readPolicy,
  requestAuthorisations,
  voidAuthorisation,
  type PayoutPolicy,
  type PolicyInForce,
  type Verdict,
} from "../policy/index.ts";
import { payoutTerms } from "./authority.ts";
import type { PayoutDeps } from "./deps.ts";
import { endPayout } from "./end-payout.ts";
import { payoutLife, type Payout } from "./payout.ts";
import { keepPlans } from "./plan-store.ts";
import type { Considered, Offer } from "./rails/index.ts";
import { payoutTasks } from "./tasks.ts";

/** How a payout is to go, and what the policy says of that. */
export interface Judged {
  readonly plan: Pick<Payout, "route" | "usd_micros" | "least_net" | "greatest_fee_bps">;
  readonly inForce: PolicyInForce;
  readonly verdict: Verdict;
  readonly considered?: Considered | undefined;
}

/** What is asked of the policy: so much for a payee by an offered way. */
interface Question {
  readonly payeeId: string;
  readonly amount: bigint;
  readonly offer: Offer;
}

/**
 * Asks the policy about so much for a payee by an offered way. Until commit nobody else of whom it matters is judged, so
 * what is let go at once counts together.
 * @param asked.draft instead of the policy in force, to see what it would say.
 */
export async function judge(
  tx: Tx,
  { now, draft, ...question }: Question & { readonly now: Date; readonly draft?: PayoutPolicy },
): Promise<Judged> {
  const [judged] = await judgeAll(tx, [question], { now, ...(draft && { draft }) });
  return judged!;
}

/** The same of several, one after the other: what one is let go counts for those after it. */
export async function judgeAll(
  tx: Tx,
  questions: readonly Question[],
  { now, draft }: { readonly now: Date; readonly draft?: PayoutPolicy },
): Promise<Judged[]> {
  if (questions.length === 0) return [];
  const inForce = draft ? { version: null, policy: draft } : await readPolicy(tx);
  const tolerance = inForce.policy.quote_tolerance_bps;
  const payeeIds = [...new Set(questions.map(({ payeeId }) => payeeId))];
  const payees = await findPayees(tx, payeeIds);
  const { rows } = await sql<{ payee_id: string }>`
    select id as payee_id from unnest(${payeeIds}::uuid[]) as id
    where exists (select from payout where payee_id = id and status = 'completed')`.execute(tx);
  const paidBefore = new Set(rows.map(({ payee_id }) => payee_id));
  const plans = questions.map(({ amount, offer }) => ({
    route: offer.route,
    usd_micros: offer.valueOf(amount),
    least_net: divide(offer.leastNetOf(amount) * BigInt(10_000 - tolerance), 10_000n, "down"),
    greatest_fee_bps: offer.greatestFeeBps + tolerance,
  }));
  const together = plans.some(({ usd_micros: worth }) => countsTogether(inForce.policy, worth));
  const spent = await lockSpent(tx, payeeIds, { now, together });
  return questions.map(({ payeeId, offer: { considered } }, index) => {
    const payee = payees.get(payeeId)!;
    const plan = plans[index]!;
    const verdict = judgePayout(inForce.policy, {
      usdMicros: plan.usd_micros,
      route: plan.route,
      payeeSince: payee.createdAt,
      paidBefore: paidBefore.has(payeeId),
      destinationChangedAt: payee.destinationChangedAt,
      spent: spent.of(payeeId),
      now,
    });
    if (verdict.kind === "approvals") spent.add(payeeId, plan.usd_micros, verdict.approvers);
    return { plan, inForce, verdict, considered };
  });
}

/** A payout whose way is in its row already, and what the policy said of it: something about approvals. */
interface ToAuthorise extends Judged {
  readonly payout: Payout & { readonly status: "requested" | "approved" };
}

/**
 * Asks that payouts may leave by ways that are in their rows already, and moves each to where that leads. Whatever authorised
 * one before counts no more.
 */
export async function authorise(
  deps: Pick<PayoutDeps, "secondPerson">,
  tx: Tx,
  asked: readonly ToAuthorise[],
  now: Date,
): Promise<("approved" | "awaiting_approval")[]> {
  const persons = new Map<string, string>();
  for (const by of new Set(asked.map(({ payout }) => payout.requested_by)))
    persons.set(by, await deps.secondPerson.personOf(tx, by));
  const requests = asked.map(({ payout, inForce, verdict }) => {
    const { id, payee_id: payeeId, requested_by: requestedBy } = payout;
    if (verdict.kind === "refused")
      throw new InvariantViolation("refused_payout", "What the policy refuses is not authorised.", { id });
    return {
      subject: "payout",
      subjectId: id,
      payeeId,
      terms: payoutTerms(payout),
      usdMicros: payout.usd_micros,
      inForce,
      approvers: verdict.approvers,
      because: verdict.because,
      requestedBy,
      requestedPerson: persons.get(requestedBy)!,
      doneTask: payoutTasks.advance,
      cause: causeOf({ inForce, verdict }),
      now,
    } as const;
  });
  await keepPlans(
    tx,
    asked.flatMap(({ payout: { id }, considered }) => (considered ? [{ payoutId: id, ...considered }] : [])),
    now,
  );
  const granted = await requestAuthorisations(tx, requests);
  const ends = granted.map((status) =>
    status === "granted" ? ("approved" as const) : ("awaiting_approval" as const),
  );
  const steps = asked.flatMap(({ payout: { id, status: from } }, index) => {
    const to = ends[index]!;
    return from === to ? [] : [{ id, from, to, cause: requests[index]!.cause }];
  });
  await payoutLife.advanceAll(tx, steps, now);
  return ends;
}

const causeOf = ({ inForce, verdict }: Pick<Judged, "inForce" | "verdict">): Cause => ({
  kind: "job",
  ref: "payouts.authorise",
  note: `policy ${inForce.version ?? "missing"}: ${verdict.kind === "approvals" ? verdict.because.join(", ") || "no approval needed" : verdict.reason}`,
});

/** Finds a new plan for a payout that has none, or of which the approval holds no more. */
export async function planAgain(
  deps: Pick<PayoutDeps, "secondPerson">,
  tx: Tx,
  payout: Payout & { readonly status: "requested" | "approved" },
  { offer, now }: { offer: Offer; now: Date },
): Promise<"approved" | "awaiting_approval" | "rejected"> {
  const { id, payee_id: payeeId, amount } = payout;
  const cause: Cause = { kind: "job", ref: "payouts.authorise" };
  // Its own value counts no more among what was let go.
  await voidAuthorisation(tx, { subject: "payout", subjectId: id, cause, now });
  const judged = await judge(tx, { payeeId, amount, offer, now });
  if (judged.verdict.kind === "refused") {
    await endPayout(tx, payout, { to: "rejected", outcome: judged.verdict.reason, cause, now });
    return "rejected";
  }
  const { plan } = judged;
  await sql`
    update payout set route = ${plan.route}, usd_micros = ${plan.usd_micros}, least_net = ${plan.least_net},
      greatest_fee_bps = ${plan.greatest_fee_bps} where id = ${id}`.execute(tx);
  const [to] = await authorise(deps, tx, [{ ...judged, payout: { ...payout, ...plan } }], now);
  return to!;
}
