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

/** A bound that was passed: a slip in the unit, most likely. Values from before the bound existed stay readable by its code. */
const beyond = (input: unknown, code: "too_small" | "too_large", message: string) =>
  ({ code: "custom", input, message, params: { code } }) as const;

/** Basis points. */
export const bpsBetween = (least: number, most: number) => z.int().min(least).max(most);

/** Dollars as a decimal string, from `least` to `most`. */
export const usdBetween = (least: string, most: string) => {
  const [from, to] = [parseUsd(least), parseUsd(most)];
  return z.string().check(accepts(parseUsd), (context) => {
    if (context.issues.length > 0) return;
    const usd = parseUsd(context.value);
    if (usd >= from && usd <= to) return;
    const message = `must be from ${least} to ${most} US dollars`;
    context.issues.push(beyond(context.value, usd < from ? "too_small" : "too_large", message));
  });
};

/** The id of an asset that is offered. */
export const assetValue = z.string().check(accepts(offeredAsset));

/** An amount above nothing as a decimal string beside its asset, with no more digits than the asset has. */
export const moneyUpTo = (mostCoins: number) =>
  z.strictObject({ asset: assetValue, amount: z.string() }).check((context) => {
    const { asset, amount: text } = context.value;
    const found = registry.find(asset);
    if (found === null) return; // the asset's own check says so
    const refuse = (issue: object) =>
      context.issues.push({ ...beyond(text, "too_small", ""), path: ["amount"], ...issue });
    try {
      const { amount } = parseMoney(text, found);
      if (amount === 0n) refuse({ message: "must be more than zero; leave it out where you mean none" });
      else if (amount > BigInt(mostCoins) * 10n ** BigInt(found.decimals))
        refuse({ message: `must be at most ${mostCoins} ${found.symbol}`, params: { code: "too_large" } });
    } catch (error) {
      if (!(error instanceof InvalidAmount)) throw error;
      refuse({ message: error.message, params: undefined });
    }
  });

/** At most one amount an asset. */
export const amountsUpTo = (mostCoins: number) =>
  z
    .array(moneyUpTo(mostCoins))
    .max(200)
    .check((context) => {
      const assets = context.value.map((one) => one.asset);
      if (new Set(assets).size < assets.length)
        context.issues.push({ code: "custom", input: context.value, message: "An asset is named twice." });
    });
