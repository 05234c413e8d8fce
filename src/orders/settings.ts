import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { parseMoney, registry, type Money } from "../money/index.ts";
import {
  bpsBetween,
  defineSetting,
  getSetting,
  moneyUpTo,
  type SettingDefinition,
} from "../settings/index.ts";

export const platformFee = defineSetting({
  key: "platform_fee",
  meaning: "What the platform keeps of a payment.",
  schema: z.strictObject({
    bps: bpsBetween(0, 9_000),
    fixed: moneyUpTo(10_000).nullable().describe("null: none"),
  }),
  defaults: { bps: 300, fixed: null },
});

export const orderDefaults = defineSetting({
  key: "order_defaults",
  meaning: "What holds for an order that does not say otherwise.",
  schema: z.strictObject({
    tolerance_bps: z.int().min(0).max(2_000),
    expires_minutes: z.int().min(5).max(525_600),
  }),
  defaults: { tolerance_bps: 100, expires_minutes: 1_440 },
});

export const orderSettings: readonly SettingDefinition[] = [platformFee, orderDefaults];

/** What an order's fee is unless it names its own. */
export async function readPlatformFee(
  db: Db | Tx,
): Promise<{ readonly bps: number; readonly fixed: Money | null }> {
  const { bps, fixed } = (await getSetting(db, platformFee)).value;
  return { bps, fixed: fixed === null ? null : parseMoney(fixed.amount, registry.get(fixed.asset)) };
}

export async function readOrderDefaults(
  db: Db | Tx,
): Promise<{ readonly toleranceBps: number; readonly expiresInMs: number }> {
  const { value } = await getSetting(db, orderDefaults);
  return { toleranceBps: value.tolerance_bps, expiresInMs: value.expires_minutes * 60_000 };
}
