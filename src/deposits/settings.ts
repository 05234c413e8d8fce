import { z } from "zod";
import { findNetwork, networks } from "../chains/networks.ts";
import type { Db, Tx } from "../database/index.ts";
import { parseUsd } from "../money/index.ts";
import {
  bpsBetween,
  defineSetting,
  getSetting,
  usdBetween,
  type SettingDefinition,
} from "../settings/index.ts";
import type { DepositPolicy } from "./judge-deposit.ts";

/** Elsewhere nothing that is not final can be taken back, so finality alone decides. */
const evmChain = z.string().refine((name) => findNetwork(name)?.family === "evm", {
  message: "must be an EVM chain, such as bnb-smart-chain",
});

export const directPayments = defineSetting({
  key: "direct_payments",
  meaning:
    "Payments straight to our addresses: how long an amount holds, how many confirmations they need by chain and value (finality where no line says otherwise), what counts as overpaid, as dust and as late, and when coins are gathered.",
  schema: z.strictObject({
    quote_minutes: z.int().min(5).max(1_440),
    confirmations: z
      .array(
        z.strictObject({
          chain: evmChain,
          below_usd: usdBetween("0.01", "10000000"),
          confirmations: z.int().min(1).max(10_000),
        }),
      )
      .max(50),
    two_endpoints_from_usd: usdBetween("0", "10000000").nullable().describe("null: one endpoint is enough"),
    overpaid_bps: z.int().min(0).max(2_000),
    minimum_usd: usdBetween("0", "1000"),
    late_payments: z.strictObject({
      policy: z.enum(["credit", "review"]),
      within_hours: z.int().min(0).max(8_760),
    }),
    sweep_maximum_fee_bps: bpsBetween(0, 10_000),
  }),
  defaults: {
    quote_minutes: 60,
    confirmations: networks.flatMap((network) =>
      network.family === "evm" && network.smallPayments
        ? [
            {
              chain: network.name,
              below_usd: network.smallPayments.belowUsd,
              confirmations: network.smallPayments.confirmations,
            },
          ]
        : [],
    ),
    two_endpoints_from_usd: null,
    overpaid_bps: 100,
    minimum_usd: "0.1",
    late_payments: { policy: "credit", within_hours: 72 },
    sweep_maximum_fee_bps: 200,
  },
});

export const depositSettings: readonly SettingDefinition[] = [directPayments];

export async function readDepositPolicy(db: Db | Tx): Promise<DepositPolicy> {
  const { value } = await getSetting(db, directPayments);
  return {
    confirmations: value.confirmations.map((line) => ({
      chain: line.chain,
      belowUsdMicros: parseUsd(line.below_usd),
      confirmations: BigInt(line.confirmations),
    })),
    twoEndpointsFromUsdMicros:
      value.two_endpoints_from_usd === null ? null : parseUsd(value.two_endpoints_from_usd),
    overpaidBps: value.overpaid_bps,
    minimumUsdMicros: parseUsd(value.minimum_usd),
    late: { policy: value.late_payments.policy, withinMs: value.late_payments.within_hours * 3_600_000 },
  };
}

/** How long an amount that a payer was told holds. */
export const readQuoteMs = async (db: Db | Tx): Promise<number> =>
  (await getSetting(db, directPayments)).value.quote_minutes * 60_000;

/** Which part of a deposit's value gathering it may cost. */
export const readSweepMaximumFeeBps = async (db: Db | Tx): Promise<number> =>
  (await getSetting(db, directPayments)).value.sweep_maximum_fee_bps;
