import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseUsd } from "../money/index.ts";
import {
  bpsBetween,
  defineSetting,
  getSetting,
  usdBetween,
  type SettingDefinition,
} from "../settings/index.ts";

export const swapExposureLimit = defineSetting({
  key: "swap_exposure",
  meaning: "The most that may be in flight at one swap provider; null: no limit. Swaps beyond it wait.",
  schema: z.strictObject({
    per_provider_usd: usdBetween("1", "100000000").nullable().describe("null: no limit"),
  }),
  defaults: { per_provider_usd: "10000" },
});

export const swapVariance = defineSetting({
  key: "swap_variance",
  meaning: "How far below its quote a swap may deliver before an operator is told.",
  schema: z.strictObject({ alert_bps: bpsBetween(1, 5_000) }),
  defaults: { alert_bps: 300 },
});

export const swapSettings: readonly SettingDefinition[] = [swapExposureLimit, swapVariance];

/** Millionths of a dollar; null: no limit. */
export async function readExposureLimit(db: Db | Tx): Promise<bigint | null> {
  const { per_provider_usd: usd } = (await getSetting(db, swapExposureLimit)).value;
  return usd === null ? null : parseUsd(usd);
}

export const readVarianceAlertBps = async (db: Db | Tx): Promise<number> =>
  (await getSetting(db, swapVariance)).value.alert_bps;
