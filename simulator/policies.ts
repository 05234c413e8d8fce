import { payoutPolicy, type PayoutPolicy } from "../src/policy/index.ts";
import type { Random } from "./random.ts";

const shipped = payoutPolicy.defaults as PayoutPolicy;

const nothingAlone = { payout_usd: "0", day_usd: "0", refund_usd: "0" };

/** One approver for everything, two for everything, or as the value, the payee or the route says; some hold for an hour only. */
const strict: readonly PayoutPolicy[] = [
  { ...shipped, without_approval: nothingAlone },
  { ...shipped, without_approval: nothingAlone, approval_hours: 1, quote_tolerance_bps: 0 },
  { ...shipped, without_approval: nothingAlone, two_approvers_from_usd: "0" },
  {
    ...shipped,
    without_approval: { payout_usd: "15", day_usd: "40", refund_usd: "10" },
    two_approvers_from_usd: "30",
    routes_needing_approval: ["swap"],
  },
  {
    ...shipped,
    first_payout_needs_approval: true,
    limits: { ...shipped.limits, payout_usd: "50", payee_day_usd: "60" },
  },
];

/** What an owner may put in force at any moment: what ships, too. */
export const policies: readonly PayoutPolicy[] = [shipped, ...strict];

/** The policy that a world begins with; null, in every other world: what ships. */
export const drawPolicy = (random: Random): PayoutPolicy | null =>
  random.chance(0.5) ? random.pick(strict) : null;
