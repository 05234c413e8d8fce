import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { bpsBetween, defineSetting, getSetting, usdBetween, type SettingValue } from "../settings/index.ts";

const usd = usdBetween("0", "1000000000");

const limit = usd.nullable().describe("null: no limit");

const people = z.int().min(0).max(2);

/** Routes of which an operator may want every payout seen by somebody. */
export const approvableRoutes = ["direct", "swap", "bank"] as const;

/**
 * Who must approve what leaves for a payee or a payer, and how much may leave at all. Version 1 is put there by a migration, so
 * that one that is missing is known to be missing.
 */
export const payoutPolicy = defineSetting({
  key: "payout_policy",
  meaning:
    "Who must approve a payout or a refund, by its value and what is known of its payee; the most that may leave in 24 hours and 30 days; how long a changed destination waits, how long an approval holds, and who must agree to changes of limits and to losses. One that is missing or cannot be read asks two approvers for everything.",
  schema: z.strictObject({
    without_approval: z.strictObject({ payout_usd: usd, day_usd: usd, refund_usd: usd }),
    two_approvers_from_usd: usd.nullable().describe("null: never two"),
    new_payee_days: z.int().min(0).max(365),
    first_payout_needs_approval: z.boolean(),
    routes_needing_approval: z.array(z.enum(approvableRoutes)).max(approvableRoutes.length),
    destination_cooldown_hours: z.int().min(0).max(720),
    limits: z.strictObject({
      payout_usd: limit,
      payee_day_usd: limit,
      payee_month_usd: limit,
      day_usd: limit,
      month_usd: limit,
    }),
    changes: z
      .strictObject({ limits: people, claims: people, losses: people })
      .describe(
        "How many people beside whoever asks must agree: to a limit, to whose coins something is, to a loss",
      ),
    approval_hours: z.int().min(1).max(720),
    quote_tolerance_bps: bpsBetween(0, 2_000),
  }),
  defaults: {
    without_approval: { payout_usd: "1000", day_usd: "5000", refund_usd: "1000" },
    two_approvers_from_usd: null,
    new_payee_days: 0,
    first_payout_needs_approval: false,
    routes_needing_approval: [],
    destination_cooldown_hours: 24,
    limits: {
      payout_usd: null,
      payee_day_usd: null,
      payee_month_usd: null,
      day_usd: null,
      month_usd: null,
    },
    changes: { limits: 0, claims: 0, losses: 1 },
    approval_hours: 72,
    quote_tolerance_bps: 200,
  },
});

export type PayoutPolicy = SettingValue<typeof payoutPolicy>;

/** A policy in force. `version` null: there is none that can be read, and everything needs two approvers. */
export interface PolicyInForce {
  readonly version: number | null;
  readonly policy: PayoutPolicy;
}

const twoForEverything: PayoutPolicy = {
  ...(payoutPolicy.defaults as PayoutPolicy),
  without_approval: { payout_usd: "0", day_usd: "0", refund_usd: "0" },
  two_approvers_from_usd: "0",
};

export async function readPolicy(db: Db | Tx): Promise<PolicyInForce> {
  try {
    const { version, value } = await getSetting(db, payoutPolicy);
    if (version > 0) return { version, policy: value };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
  return { version: null, policy: twoForEverything };
}
