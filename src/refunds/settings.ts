import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { defineSetting, getSetting, type SettingDefinition } from "../settings/index.ts";

export const refundTerms = defineSetting({
  key: "refund_terms",
  meaning:
    "What a refund of a payment does with the platform's fee of it, and how long the link is good by which its payer says where to. What was asked for before keeps its terms.",
  schema: z.strictObject({
    fee: z.enum(["refunded", "kept"]).describe("kept: the payer has that much less back"),
    link_hours: z.int().min(1).max(2_160),
  }),
  defaults: { fee: "refunded", link_hours: 336 },
});

export const refundSettings: readonly SettingDefinition[] = [refundTerms];

export async function readRefundTerms(
  db: Db | Tx,
): Promise<{ readonly feeKept: boolean; readonly linkMs: number }> {
  const { value } = await getSetting(db, refundTerms);
  return { feeKept: value.fee === "kept", linkMs: value.link_hours * 3_600_000 };
}
