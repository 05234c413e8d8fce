import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseMoney, parseUsd, registry } from "../money/index.ts";
import {
  amountsUpTo,
  bpsBetween,
  defineSetting,
  getSetting,
  usdBetween,
  type SettingDefinition,
} from "../settings/index.ts";

export const instantPayouts = defineSetting({
  key: "instant_payouts",
  meaning:
    "From which value on instant payees are paid at once; below it their earnings gather. What could not be paid at once for `gather_after_hours` is converted with everybody's and paid from the threshold on; null: it waits.",
  schema: z.strictObject({
    minimum_usd: usdBetween("0.01", "100000"),
    gather_after_hours: z.int().min(1).max(8_760).nullable().default(168).describe("null: it waits"),
  }),
  defaults: { minimum_usd: "1", gather_after_hours: 168 },
});

const shareOfFees = bpsBetween(1, 10_000);

export const payoutFees = defineSetting({
  key: "payout_fees",
  meaning:
    "The most that all fees of a payout (network, provider, rate) may take of its value before it is paid by itself, `of_payees` their own; it waits for more, at most `longest_wait_days`. What somebody asks for is not held to it. null: no limit.",
  schema: z.strictObject({
    maximum_share_bps: shareOfFees.nullable().describe("null: no limit"),
    longest_wait_days: z.int().min(1).max(365).nullable().describe("null: as long as it takes"),
    of_payees: z
      .array(
        z.strictObject({
          payee_id: z.uuid(),
          maximum_share_bps: shareOfFees.nullable().describe("null: no limit"),
        }),
      )
      .max(1_000),
  }),
  defaults: { maximum_share_bps: 10_000, longest_wait_days: 30, of_payees: [] },
});

export const platformEquity = defineSetting({
  key: "platform_equity",
  meaning:
    "What happens to payouts in an asset in which more is owed than is held: alarm: nothing but the alarm; stop: no new one is planned.",
  schema: z.strictObject({ below_zero: z.enum(["alarm", "stop"]) }),
  defaults: { below_zero: "alarm" },
});

export const withdrawals = defineSetting({
  key: "withdrawals",
  meaning: "The least that a payee may withdraw of an asset. An asset that is not listed has no minimum.",
  schema: z.strictObject({ minimum: amountsUpTo(1_000_000) }),
  defaults: { minimum: [] },
});

export const payoutSettings: readonly SettingDefinition[] = [
  instantPayouts,
  payoutFees,
  platformEquity,
  withdrawals,
];

/** The least of each asset, base units. */
export async function leastWithdrawals(db: Db | Tx): Promise<(asset: string) => bigint> {
  const { value } = await getSetting(db, withdrawals);
  const least = new Map(
    value.minimum.map(({ asset, amount }) => [asset, parseMoney(amount, registry.get(asset)).amount]),
  );
  return (asset) => least.get(asset) ?? 1n;
}

export const readStopsBelowZero = async (db: Db | Tx): Promise<boolean> =>
  (await getSetting(db, platformEquity)).value.below_zero === "stop";

/** After how long what could not be paid at once is gathered; null: never. */
export async function readInstantTerms(db: Db | Tx): Promise<{ gatherAfterMs: number | null }> {
  const { gather_after_hours: hours } = (await getSetting(db, instantPayouts)).value;
  return { gatherAfterMs: hours === null ? null : hours * 3_600_000 };
}

export const readInstantMinimumUsdMicros = async (db: Db | Tx): Promise<bigint> =>
  parseUsd((await getSetting(db, instantPayouts)).value.minimum_usd);
