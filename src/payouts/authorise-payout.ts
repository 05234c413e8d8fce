import { sql, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { divide } from "../money/index.ts";
import { findPayee } from "../payees/index.ts";
import {
  judgePayout,
  lockSpent,
  readPolicy,
  requestAuthorisation,
  voidAuthorisation,
  type PayoutPolicy,
  type PolicyInForce,
  type Verdict,
} from "../policy/index.ts";
import { payoutTerms } from "./authority.ts";
import type { PayoutDeps } from "./deps.ts";
import { endPayout } from "./end-payout.ts";
import { payoutLife, type Payout } from "./payout.ts";
import type { Offer } from "./rails/index.ts";
import { payoutTasks } from "./tasks.ts";

/** How a payout is to go, and what the policy says of that. */
export interface Judged {
  readonly plan: Pick<Payout, "route" | "usd_micros" | "least_net" | "greatest_fee_bps">;
  readonly inForce: PolicyInForce;
  readonly verdict: Verdict;
}

/**
 * Asks the policy about so much for a payee by an offered way. Until commit nobody else is judged, so what is let go at once
 * counts together.
 * @param asked.draft instead of the policy in force, to see what it would say.
 */
export async function judge(
  tx: Tx,
  asked: { payeeId: string; amount: bigint; offer: Offer; now: Date; draft?: PayoutPolicy },
): Promise<Judged> {
  const { payeeId, amount, offer, now, draft } = asked;
  const inForce = draft ? { version: null, policy: draft } : await readPolicy(tx);
  const tolerance = inForce.policy.quote_tolerance_bps;
  const payee = (await findPayee(tx, payeeId))!;
  const { rows } = await sql<{ paid: boolean }>`
    select exists (select from payout where payee_id = ${payeeId} and status = 'completed') as paid`.execute(
    tx,
  );
  const plan = {
    route: offer.route,
    usd_micros: offer.valueOf(amount),
    least_net: divide(offer.leastNetOf(amount) * BigInt(10_000 - tolerance), 10_000n, "down"),
    greatest_fee_bps: offer.greatestFeeBps + tolerance,
  };
  const verdict = judgePayout(inForce.policy, {
    usdMicros: plan.usd_micros,
    route: plan.route,
    payeeSince: payee.createdAt,
    paidBefore: rows[0]!.paid,
    destinationChangedAt: payee.destinationChangedAt,
    spent: await lockSpent(tx, payeeId, now),
    now,
  });
  return { plan, inForce, verdict };
}

/**
 * Asks that a payout may leave by a way that is in its row already, and moves it to where that leads. Whatever authorised it
 * before counts no more. The verdict must be one about approvals.
 */
export async function authorise(
  deps: Pick<PayoutDeps, "secondPerson">,
  tx: Tx,
  payout: Payout & { readonly status: "requested" | "approved" },
  { inForce, verdict, now }: Judged & { readonly now: Date },
): Promise<"approved" | "awaiting_approval"> {
  if (verdict.kind === "refused")
    throw new InvariantViolation("refused_payout", "What the policy refuses is not authorised.", {
      id: payout.id,
    });
  const { id, payee_id: payeeId, requested_by: requestedBy } = payout;
  const cause: Cause = {
    kind: "job",
    ref: "payouts.authorise",
    note: `policy ${inForce.version ?? "missing"}: ${verdict.because.join(", ") || "no approval needed"}`,
  };
  const granted = await requestAuthorisation(tx, {
    subject: "payout",
    subjectId: id,
    payeeId,
    terms: payoutTerms(payout),
    usdMicros: payout.usd_micros,
    inForce,
    approvers: verdict.approvers,
    because: verdict.because,
    requestedBy,
    requestedPerson: await deps.secondPerson.personOf(tx, requestedBy),
    doneTask: payoutTasks.advance,
    cause,
    now,
  });
  const to = granted === "granted" ? "approved" : "awaiting_approval";
  if (payout.status !== to) await payoutLife.advance(tx, { id, from: payout.status, to, cause, now });
  return to;
}

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
  return authorise(deps, tx, { ...payout, ...plan }, { ...judged, now });
}
