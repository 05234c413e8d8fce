import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseUsd } from "../money/index.ts";
import { defineSetting, getSetting, usdValue, type SettingDefinition } from "../settings/index.ts";

export const instantPayouts = defineSetting({
  key: "instant_payouts",
  meaning: "From which value on instant payees are paid at once; below it their earnings gather.",
  schema: z.strictObject({ minimum_usd: usdValue }),
  defaults: { minimum_usd: "1" },
});

export const payoutSettings: readonly SettingDefinition[] = [instantPayouts];

export const readInstantMinimumUsdMicros = async (db: Db | Tx): Promise<bigint> =>
  parseUsd((await getSetting(db, instantPayouts)).value.minimum_usd);
