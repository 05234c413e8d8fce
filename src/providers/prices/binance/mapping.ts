import { z } from "zod";
import { decimalSchema, isPositive } from "../../decimal.ts";
import type { KnownRefusal } from "../../http-client.ts";
import type { MarketPrice } from "../kept-prices.ts";

const rowSchema = z.looseObject({ symbol: z.string() });
export const tickersSchema = z.array(rowSchema);
export type TickerRow = z.infer<typeof rowSchema>;

const priceSchema = z
  .object({ lastPrice: decimalSchema, closeTime: z.string().regex(/^\d{12,14}$/) })
  .transform(({ lastPrice, closeTime }) => ({
    price: lastPrice,
    sourceTime: new Date(parseInt(closeTime, 10)),
  }));

/** Missing, null, zero, negative or without its time: no price. */
export function toPrice(row: unknown): MarketPrice | null {
  const parsed = priceSchema.safeParse(row);
  return parsed.success && isPositive(parsed.data.price) ? parsed.data : null;
}

/** "-1121" of `{"code":-1121,"msg":"Invalid symbol."}`, whatever the body; null: it has no code. */
export const codeOf = (body: unknown): string | null =>
  z
    .object({ code: z.string() })
    .transform(({ code }) => code)
    .nullable()
    .catch(null)
    .parse(body);

/** What a status of theirs means beyond what it means everywhere. */
export function refusalOf(status: number): KnownRefusal {
  // The ban that follows when 429 is not obeyed; it says when it ends, as 429 does.
  if (status === 418) return { failure: "retryable", reason: "rate_limited" };
  if (status === 451)
    return {
      reason: "country_refused",
      message: "they answer nobody from this country; use another base URL of theirs, or leave Binance out",
    };
  return {};
}
