import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { bpsBetween, defineSetting, getSetting, type SettingDefinition } from "../settings/index.ts";

export const bankPayouts = defineSetting({
  key: "bank_payouts",
  meaning:
    "What is kept of a payout to a bank, in basis points, for what the float's currency may lose until it is bought again.",
  schema: z.strictObject({ spread_bps: bpsBetween(0, 1_000) }),
  defaults: { spread_bps: 100 },
});

export const bankingSettings: readonly SettingDefinition[] = [bankPayouts];

export const readBankSpreadBps = async (db: Db | Tx): Promise<number> =>
  (await getSetting(db, bankPayouts)).value.spread_bps;
