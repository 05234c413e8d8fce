import { z } from "zod";
import { convertByHand, type ConvertByHandDeps } from "../../../conversions/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { timestampSchema } from "../../schemas.ts";
import { conversionView, presentConversion } from "./conversions.ts";

const timeoutMs = 25_000;

export const byHandRoute = (deps: ConvertByHandDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/conversions/by-hand",
    operationId: "convertByHand",
    scope: "operations:write",
    summary: "Book coins that you sold with your own wallet, and divide what they brought among their payees",
    description:
      "For coins of direct payments at addresses that the engine cannot gather from. Move and sell them, send the proceeds to " +
      "the hot wallet in the settlement asset, and name those transactions. The same transactions again answer the same conversion.",
    body: z
      .strictObject({
        source_asset: z.string().max(100).describe("What was sold: solana:USDC"),
        transaction_hashes: z
          .array(z.string().max(2_000))
          .min(1)
          .max(20)
          .describe("On the settlement asset's chain: what brought the proceeds to the hot wallet"),
        deposits_until: timestampSchema
          .optional()
          .describe("Deposits mined later were not sold. Left out: up to the last of these transactions"),
      })
      .meta({ id: "ConvertByHand" }),
    success: { status: 200, body: conversionView },
    problems: [
      "unknown_asset",
      "unsupported_chain",
      "invalid_transaction_hash",
      "proceeds_not_found",
      "proceeds_not_final",
      "nothing_to_convert",
      "coins_still_there",
      "deposits_in_review",
      "too_many_addresses",
      "conversion_under_way",
      "receipt_already_attributed",
      "arrival_expected_elsewhere",
      "second_person_needed",
      "arrival_contradicted",
      "stale_status",
      "provider_unavailable",
    ],
    async handle({ body, principal }) {
      const sold = {
        sourceAsset: body.source_asset,
        transactionHashes: body.transaction_hashes,
        depositsUntil: body.deposits_until ?? null,
        by: principal.ref,
      };
      return presentConversion(await convertByHand(deps, sold, AbortSignal.timeout(timeoutMs)));
    },
  });
