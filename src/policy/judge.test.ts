import { expect, test } from "vitest";
import { judgePayout, judgeRefund, payoutPolicy, type PayoutFacts, type PayoutPolicy } from "./index.ts";

const shipped = payoutPolicy.defaults as PayoutPolicy;
const now = new Date("2026-12-01T12:00:00Z");
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
const usd = (dollars: number): bigint => BigInt(Math.round(dollars * 1_000_000));
const nothing = { unapprovedDay: 0n, payeeDay: 0n, payeeMonth: 0n, day: 0n, month: 0n };
const facts: PayoutFacts = {
  usdMicros: usd(100),
  route: "direct",
  payeeSince: hoursAgo(24 * 100),
  paidBefore: true,
  destinationChangedAt: null,
  spent: nothing,
  now,
};
const withLimits = (limits: Partial<PayoutPolicy["limits"]>): PayoutPolicy => ({
  ...shipped,
  limits: { ...shipped.limits, ...limits },
});
const needs = (approvers: 0 | 1 | 2, ...because: string[]) => ({ kind: "approvals", approvers, because });
const refused = (reason: string, until: Date | null = null) => ({ kind: "refused", reason, until });

test.each<[string, PayoutPolicy, Partial<PayoutFacts>, unknown]>([
  ["a usual one", shipped, {}, needs(0)],
  ["just below the amount", shipped, { usdMicros: usd(1000) - 1n }, needs(0)],
  ["at the amount", shipped, { usdMicros: usd(1000) }, needs(1, "value")],
  ["without a price", shipped, { usdMicros: null }, needs(1, "no_price")],
  ["the day's last", shipped, { spent: { ...nothing, unapprovedDay: usd(4900) } }, needs(0)],
  [
    "beyond the day's",
    shipped,
    { spent: { ...nothing, unapprovedDay: usd(4900) + 1n } },
    needs(1, "value_of_the_day"),
  ],
  ["a first payout, not asked", shipped, { paidBefore: false }, needs(0)],
  [
    "a first payout, asked",
    { ...shipped, first_payout_needs_approval: true },
    { paidBefore: false },
    needs(1, "first_payout"),
  ],
  [
    "a new payee",
    { ...shipped, new_payee_days: 7 },
    { payeeSince: hoursAgo(7 * 24 - 1) },
    needs(1, "new_payee"),
  ],
  ["a payee new no more", { ...shipped, new_payee_days: 7 }, { payeeSince: hoursAgo(7 * 24) }, needs(0)],
  ["a route", { ...shipped, routes_needing_approval: ["swap"] }, { route: "swap" }, needs(1, "route")],
  ["another route", { ...shipped, routes_needing_approval: ["swap"] }, {}, needs(0)],
  [
    "for two",
    { ...shipped, two_approvers_from_usd: "5000" },
    { usdMicros: usd(5000) },
    needs(2, "value", "value_for_two"),
  ],
  [
    "for two, without a price",
    { ...shipped, two_approvers_from_usd: "5000" },
    { usdMicros: null },
    needs(2, "no_price", "value_for_two"),
  ],
  [
    "a destination changed a moment ago",
    shipped,
    { destinationChangedAt: hoursAgo(1) },
    refused("destination_cooldown", new Date(now.getTime() + 23 * 3_600_000)),
  ],
  ["one changed long ago", shipped, { destinationChangedAt: hoursAgo(24) }, needs(0)],
  ["above one payout's limit", withLimits({ payout_usd: "99" }), {}, refused("above_payout_limit")],
  ["at one payout's limit", withLimits({ payout_usd: "100" }), {}, needs(0)],
  [
    "above the payee's day",
    withLimits({ payee_day_usd: "150" }),
    { spent: { ...nothing, payeeDay: usd(51) } },
    refused("above_payee_day_limit"),
  ],
  [
    "above the payee's month",
    withLimits({ payee_month_usd: "150" }),
    { spent: { ...nothing, payeeMonth: usd(51) } },
    refused("above_payee_month_limit"),
  ],
  [
    "above the day",
    withLimits({ day_usd: "150" }),
    { spent: { ...nothing, day: usd(51) } },
    refused("above_day_limit"),
  ],
  [
    "above the month",
    withLimits({ month_usd: "150" }),
    { spent: { ...nothing, month: usd(51) } },
    refused("above_month_limit"),
  ],
  [
    "limits, without a price",
    withLimits({ month_usd: "150" }),
    { usdMicros: null },
    refused("no_price_for_limits"),
  ],
])("%s", (_, policy, change, verdict) => {
  expect(judgePayout(policy, { ...facts, ...change })).toEqual(verdict);
});

test.each<[string, PayoutPolicy, bigint | null, bigint, unknown]>([
  ["a small refund", shipped, usd(999), 0n, needs(0)],
  ["a large one", shipped, usd(1000), 0n, needs(1, "refund_value")],
  ["a small one that fills the day", shipped, usd(999), usd(4001), needs(0)],
  ["a small one that goes beyond it", shipped, usd(999), usd(4002), needs(1, "value_of_the_day")],
  ["one without a price", shipped, null, 0n, needs(1, "no_price")],
  ["one for two", { ...shipped, two_approvers_from_usd: "0" }, usd(1), 0n, needs(2, "value_for_two")],
])("%s", (_, policy, usdMicros, unapprovedDay, verdict) => {
  expect(judgeRefund(policy, { usdMicros, unapprovedDay })).toEqual(verdict);
});
