import { parseUsd } from "../money/index.ts";
import type { PayoutPolicy } from "./payout-policy.ts";
import type { Leaving } from "./terms.ts";

export type Approvers = 0 | 1 | 2;

/** What was let go already, USD micros: what waits for approval counts, what came to nothing does not. */
export interface Spent {
  /** In 24 hours, of what nobody had to approve, refunds among it. */
  readonly unapprovedDay: bigint;
  readonly payeeDay: bigint;
  readonly payeeMonth: bigint;
  readonly day: bigint;
  readonly month: bigint;
}

/** For what a policy refuses a payout: a day on it may not. */
export const policyRefusals = [
  "destination_cooldown",
  "above_payout_limit",
  "above_payee_day_limit",
  "above_payee_month_limit",
  "above_day_limit",
  "above_month_limit",
  "no_price_for_limits",
] as const;

export interface PayoutFacts {
  /** `null`: it has no price, so nobody knows whether it is little. */
  readonly usdMicros: bigint | null;
  readonly route: string;
  readonly payeeSince: Date;
  readonly paidBefore: boolean;
  /** `null`: the payee's destination is the first one. */
  readonly destinationChangedAt: Date | null;
  readonly spent: Spent;
  readonly now: Date;
}

export type Verdict =
  | {
      readonly kind: "approvals";
      readonly approvers: Approvers;
      /** Our stable words for why so many; empty where nobody is needed. */
      readonly because: readonly string[];
    }
  /** It may not leave now, whoever approves. */
  | { readonly kind: "refused"; readonly reason: string; readonly until: Date | null };

const dayMs = 24 * 3_600_000;

/** What a policy says of one payout. Pure: the same facts, the same verdict. */
export function judgePayout(policy: PayoutPolicy, facts: PayoutFacts): Verdict {
  return cooldown(policy, facts) ?? limitPassed(policy, facts) ?? approvals(policy, facts);
}

/** Whether a policy asks what everybody's payouts come to together, of one that is worth so much. */
export const countsTogether = (
  { limits, without_approval: free }: PayoutPolicy,
  usdMicros: bigint | null,
): boolean =>
  limits.day_usd !== null ||
  limits.month_usd !== null ||
  (usdMicros !== null && usdMicros < parseUsd(free.payout_usd));

/** What a policy says of a refund to a payer: one that a person asked for. */
export function judgeRefund(
  policy: PayoutPolicy,
  { usdMicros, unapprovedDay }: { readonly usdMicros: bigint | null; readonly unapprovedDay: bigint },
): Extract<Verdict, { kind: "approvals" }> {
  const free = policy.without_approval;
  const because: string[] = [];
  if (usdMicros === null) because.push("no_price");
  else if (usdMicros >= parseUsd(free.refund_usd)) because.push("refund_value");
  else if (unapprovedDay + usdMicros > parseUsd(free.day_usd)) because.push("value_of_the_day");
  if (isForTwo(policy, usdMicros)) return needing(2, [...because, "value_for_two"]);
  return needing(because.length > 0 ? 1 : 0, because);
}

/**
 * How many people a policy asks for at the least, by what something is worth and which way it goes, whatever else is known of it.
 */
export function leastApprovers(
  policy: PayoutPolicy,
  asked: {
    readonly subject: Leaving;
    readonly usdMicros: bigint | null;
    readonly route: string | number | null | undefined;
  },
): Approvers {
  const { subject, usdMicros, route } = asked;
  if (subject === "refund") return judgeRefund(policy, { usdMicros, unapprovedDay: 0n }).approvers;
  if (isForTwo(policy, usdMicros)) return 2;
  const isLittle = usdMicros !== null && usdMicros < parseUsd(policy.without_approval.payout_usd);
  return isLittle && !policy.routes_needing_approval.some((one) => one === route) ? 0 : 1;
}

/** Until when a destination that was changed is not paid to; null: it is. */
export function cooldownOf(
  { destination_cooldown_hours: hours }: Pick<PayoutPolicy, "destination_cooldown_hours">,
  changedAt: Date | null,
  now: Date,
): Date | null {
  if (changedAt === null) return null;
  const until = new Date(changedAt.getTime() + hours * 3_600_000);
  return now < until ? until : null;
}

function cooldown(policy: PayoutPolicy, { destinationChangedAt, now }: PayoutFacts): Verdict | null {
  const until = cooldownOf(policy, destinationChangedAt, now);
  return until === null ? null : { kind: "refused", reason: "destination_cooldown", until };
}

function limitPassed({ limits }: PayoutPolicy, { usdMicros, spent }: PayoutFacts): Verdict | null {
  const rows = [
    ["above_payout_limit", limits.payout_usd, 0n],
    ["above_payee_day_limit", limits.payee_day_usd, spent.payeeDay],
    ["above_payee_month_limit", limits.payee_month_usd, spent.payeeMonth],
    ["above_day_limit", limits.day_usd, spent.day],
    ["above_month_limit", limits.month_usd, spent.month],
  ] as const;
  const set = rows.filter(([, limit]) => limit !== null);
  if (usdMicros === null)
    return set.length > 0 ? { kind: "refused", reason: "no_price_for_limits", until: null } : null;
  const passed = set.find(([, limit, before]) => before + usdMicros > parseUsd(limit!));
  return passed ? { kind: "refused", reason: passed[0], until: null } : null;
}

function approvals(policy: PayoutPolicy, facts: PayoutFacts): Verdict {
  const { usdMicros, spent } = facts;
  const free = policy.without_approval;
  const because: string[] = [];
  if (usdMicros === null) because.push("no_price");
  else {
    if (usdMicros >= parseUsd(free.payout_usd)) because.push("value");
    else if (spent.unapprovedDay + usdMicros > parseUsd(free.day_usd)) because.push("value_of_the_day");
  }
  if (facts.now.getTime() - facts.payeeSince.getTime() < policy.new_payee_days * dayMs)
    because.push("new_payee");
  if (policy.first_payout_needs_approval && !facts.paidBefore) because.push("first_payout");
  if (policy.routes_needing_approval.some((route) => route === facts.route)) because.push("route");
  if (isForTwo(policy, usdMicros)) return needing(2, [...because, "value_for_two"]);
  return needing(because.length > 0 ? 1 : 0, because);
}

const isForTwo = ({ two_approvers_from_usd: from }: PayoutPolicy, usdMicros: bigint | null): boolean =>
  from !== null && (usdMicros === null || usdMicros >= parseUsd(from));

const needing = (approvers: Approvers, because: readonly string[]) =>
  ({ kind: "approvals", approvers, because }) as const;
