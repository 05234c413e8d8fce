import { LosslessNumber, stringify } from "lossless-json";
import { DomainError, ProviderError } from "../../errors.ts";
import { fiatChain, formatUnits, type Asset } from "../../money/index.ts";
import type { HttpRequest } from "../http-client.ts";

export const name = "flutterwave";

export const get = (operation: string, path: string, query?: HttpRequest["query"]): HttpRequest => ({
  operation,
  method: "GET",
  path,
  ...(query && { query }),
});

export const post = (operation: string, path: string, body: object): HttpRequest => ({
  operation,
  method: "POST",
  path,
  body: stringify(body) ?? "",
});

export interface FiatMoney {
  readonly asset: Asset;
  readonly amount: bigint;
}

export const textOf = ({ asset, amount }: FiatMoney): string => formatUnits(amount, asset.decimals);

/** They want numbers of whole units; ours keeps its digits. */
export const numberOf = (money: FiatMoney): LosslessNumber => new LosslessNumber(textOf(money));

/** @throws {DomainError} `unknown_asset`: no currency. */
export function codeOf(asset: Asset): string {
  if (asset.chain !== fiatChain)
    throw new DomainError("unknown_asset", `${asset.id} is no currency that a bank takes.`);
  return asset.symbol;
}

/** An answer about something else is never acted on. @throws {ProviderError} `answer_mismatch` */
export function requireSame(
  request: HttpRequest,
  checks: Readonly<Record<string, readonly [string, string]>>,
): void {
  for (const [field, [told, asked]] of Object.entries(checks))
    if (told !== asked)
      throw new ProviderError(
        {
          provider: name,
          operation: request.operation,
          failure: request.method === "POST" ? "unknown" : "retryable",
          reason: "answer_mismatch",
        },
        { field }, // of an account, both would be in the log
      );
}

/** What they do not have is null, and no error. */
export async function orNull<T>(reason: string, look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ProviderError && error.reason === reason) return null;
    throw error;
  }
}
