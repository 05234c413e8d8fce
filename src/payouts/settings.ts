import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseMoney, parseUsd, registry } from "../money/index.ts";
import {
  amountsUpTo,
  defineSetting,
  getSetting,
  usdBetween,
  type SettingDefinition,
} from "../settings/index.ts";

export const instantPayouts = defineSetting({
  key: "instant_payouts",
  meaning: "From which value on instant payees are paid at once; below it their earnings gather.",
  schema: z.strictObject({ minimum_usd: usdBetween("0.01", "100000") }),
  defaults: { minimum_usd: "1" },
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

export const payoutSettings: readonly SettingDefinition[] = [instantPayouts, platformEquity, withdrawals];

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

export const readInstantMinimumUsdMicros = async (db: Db | Tx): Promise<bigint> =>
  parseUsd((await getSetting(db, instantPayouts)).value.minimum_usd);
