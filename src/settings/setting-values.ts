import { z } from "zod";
import { DomainError } from "../errors.ts";
import { InvalidAmount, parseMoney, parseUsd, registry } from "../money/index.ts";

/** Runs a parser of ours inside a schema: what it refuses becomes the schema's problem. */
function accepts(parse: (text: string) => unknown) {
  return (context: z.core.ParsePayload<string>): void => {
    try {
      parse(context.value);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      context.issues.push({ code: "custom", input: context.value, message: error.message });
    }
  };
}

function offeredAsset(id: string): void {
  if (!registry.get(id).offered)
    throw new DomainError("asset_not_offered", `${id} is not offered. Choose another asset.`);
}

/** Basis points, from nothing to everything. */
export const bpsValue = z.int().min(0).max(10_000);
/** Dollars as a decimal string. */
export const usdValue = z.string().check(accepts(parseUsd));
/** The id of an asset that is offered. */
export const assetValue = z.string().check(accepts(offeredAsset));

/** An amount as a decimal string beside its asset, with no more digits than the asset has. */
export const moneyValue = z.strictObject({ asset: assetValue, amount: z.string() }).check((context) => {
  const found = registry.find(context.value.asset);
  if (found === null) return; // the asset's own check says so
  try {
    parseMoney(context.value.amount, found);
  } catch (error) {
    if (!(error instanceof InvalidAmount)) throw error;
    context.issues.push({ code: "custom", input: context.value, path: ["amount"], message: error.message });
  }
});

/** At most one amount an asset. */
export const amountsValue = z.array(moneyValue).check((context) => {
  const assets = context.value.map((one) => one.asset);
  if (new Set(assets).size < assets.length)
    context.issues.push({ code: "custom", input: context.value, message: "An asset is named twice." });
});
