import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { networks } from "../chains/networks.ts";
import { DomainError } from "../errors.ts";
import { parseUsd, registry } from "../money/index.ts";
import { findWallet } from "../transfers/index.ts";
import {
  assetValue,
  bpsBetween,
  defineSetting,
  getSetting,
  usdBetween,
  type SettingDefinition,
} from "../settings/index.ts";
import type { ConversionTrigger } from "./conversion.ts";

const sendingChains = networks.filter(({ family }) => family === "evm").map(({ name }) => name);

/**
 * Nothing could be converted into an asset that no wallet of ours holds, and nobody paid from it. Before the first start no
 * wallet is known yet: then every chain that we can send on will do.
 * @throws {DomainError} `no_wallet_for_asset`
 */
async function refuseWithoutWallet(db: Db | Tx, asset: string): Promise<void> {
  const { chain } = registry.get(asset);
  const withWallet: string[] = [];
  for (const name of sendingChains) if ((await findWallet(db, name)) !== null) withWallet.push(name);
  const usable = withWallet.length === 0 ? sendingChains : withWallet;
  if (usable.includes(chain)) return;
  throw new DomainError(
    "no_wallet_for_asset",
    sendingChains.includes(chain)
      ? `No wallet of ours is on ${chain} to hold ${asset}: name its nodes and restart first, or choose an asset on ${usable.join(", ")}.`
      : `We do not send on ${chain}, so nobody could be paid from ${asset}: choose an asset on ${usable.join(", ")}.`,
  );
}

export const conversionTrigger = defineSetting({
  key: "conversion_trigger",
  meaning: "When pending earnings are converted, and how.",
  schema: z.strictObject({
    minimum_usd: usdBetween("0.01", "1000000"),
    maximum_age_hours: z.int().min(1).max(2_160),
    interval_minutes: z.int().min(1).max(1_440),
    weights: z.enum(["source_amount", "usd_value"]),
    flow: z.enum(["standard", "fixed-rate"]),
    maximum_slippage_bps: bpsBetween(1, 5_000),
  }),
  defaults: {
    minimum_usd: "20",
    maximum_age_hours: 24,
    interval_minutes: 15,
    weights: "source_amount",
    flow: "standard",
    maximum_slippage_bps: 300,
  },
});

export const settlementAsset = defineSetting({
  key: "settlement_asset",
  meaning: "What earnings are converted into, and balances wait in.",
  schema: assetValue,
  defaults: "ethereum:USDT",
  refuse: refuseWithoutWallet,
});

export const conversionSettings: readonly SettingDefinition[] = [conversionTrigger, settlementAsset];

export async function readConversionTrigger(db: Db | Tx): Promise<ConversionTrigger> {
  const { value, version } = await getSetting(db, conversionTrigger);
  return {
    minimumUsdMicros: parseUsd(value.minimum_usd),
    maximumAgeMs: value.maximum_age_hours * 3_600_000,
    intervalMs: value.interval_minutes * 60_000,
    weights: value.weights,
    flow: value.flow,
    maximumSlippageBps: value.maximum_slippage_bps,
    version,
  };
}

/** The id of the asset that earnings are converted into from now on. */
export const readSettlementAsset = async (db: Db | Tx): Promise<string> =>
  (await getSetting(db, settlementAsset)).value;
