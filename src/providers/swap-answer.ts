import { z } from "zod";
import { ProviderError } from "../errors.ts";
import { parseProviderUnits, type Asset, type Rounding } from "../money/index.ts";
import { amountSchema } from "./decimal.ts";
import { believableTime } from "./provider-time.ts";
import type { HttpRequest, HttpResponse } from "./http-client.ts";

/** Text that may be missing, null or empty: all three are null. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === undefined || text === "" ? null : text));

/** Null until they know it (F66), and null is not missing (F23). */
export const optionalAmount = amountSchema.nullish().transform((text) => text ?? null);

/** Only an EVM address has no letter case. */
export function sameAddress(chain: Pick<Asset, "chainId">, left: string, right: string): boolean {
  return chain.chainId.startsWith("eip155:") ? left.toLowerCase() === right.toLowerCase() : left === right;
}

/** Base units of their decimal. Float noise below the last unit falls away. */
export function toUnits(text: string | null | undefined, asset: Asset, rounding: Rounding): bigint | null {
  return text === null || text === undefined ? null : parseProviderUnits(text, asset.decimals, rounding);
}

/**
 * The amount to send. Some keep amounts as floats: a figure that is ours again within one float step means ours,
 * any other figure is theirs and counts.
 */
export function toSourceAmount(text: string | null | undefined, asked: bigint, source: Asset): bigint {
  const told = toUnits(text, source, "down");
  if (told === null) return asked;
  const difference = told > asked ? told - asked : asked - told;
  return difference << 52n <= asked ? asked : told;
}

/** Null for a time that is none. */
export const toDate = (text: string | null): Date | null =>
  text === null ? null : believableTime(new Date(text));

/**
 * An answer about other coins, another flow or another address must never be acted on.
 * @throws {ProviderError} `answer_mismatch`; what they leave out is no mismatch.
 */
export function requireMatch(
  provider: string,
  { request, response }: { request: HttpRequest; response: HttpResponse },
  checks: Readonly<Record<string, readonly [told: string | null | undefined, asked: string]>>,
): void {
  for (const [field, [told, asked]] of Object.entries(checks)) {
    if (told === null || told === undefined || told === asked) continue;
    const failure = request.method === "POST" ? "unknown" : "rejected";
    throw new ProviderError(
      { provider, operation: request.operation, failure, reason: "answer_mismatch" },
      { field, told, asked, raw: response.text },
    );
  }
}
