import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseMoney, registry } from "../money/index.ts";
import { amountsUpTo, defineSetting, getSetting, type SettingDefinition } from "../settings/index.ts";
import type { TransferLimits } from "./deps.ts";

export const transferLimits = defineSetting({
  key: "transfer_limits",
  meaning:
    "What a wallet keeps of its native coin for gas, and the most that one transfer, and one wallet in 24 hours, may send of an asset. An asset that is not listed has no limit.",
  schema: z.strictObject({
    gas_reserve: amountsUpTo(10_000),
    transfer_maximum: amountsUpTo(1_000_000_000),
    daily_maximum: amountsUpTo(1_000_000_000),
  }),
  defaults: {
    gas_reserve: [{ asset: "ethereum:ETH", amount: "0.005" }],
    transfer_maximum: [],
    daily_maximum: [],
  },
});

export const transferSettings: readonly SettingDefinition[] = [transferLimits];

const byAsset = (list: readonly { asset: string; amount: string }[]): Map<string, bigint> =>
  new Map(list.map(({ asset, amount }) => [asset, parseMoney(amount, registry.get(asset)).amount]));

export async function readTransferLimits(db: Db | Tx): Promise<TransferLimits> {
  const { value } = await getSetting(db, transferLimits);
  return {
    gasReserve: byAsset(value.gas_reserve),
    perTransfer: byAsset(value.transfer_maximum),
    perDay: byAsset(value.daily_maximum),
  };
}
