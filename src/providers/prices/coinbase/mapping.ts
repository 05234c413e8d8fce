import { z } from "zod";
import { decimalSchema, isPositive } from "../../decimal.ts";
import type { MarketPrice } from "../kept-prices.ts";

/** A ticker, whatever it says; HTTP 200 with something else for a body is an error. */
export const tickerSchema = z.record(z.string(), z.unknown()).refine((body) => "price" in body, "no ticker");

/** `time` is that of the last trade. */
const tradeSchema = z
  .object({ price: decimalSchema, time: z.iso.datetime({ offset: true }) })
  .transform(({ price, time }) => ({ price, sourceTime: new Date(time) }));

/** Null, zero, negative or without its time: no price. */
export function toPrice(ticker: unknown): MarketPrice | null {
  const parsed = tradeSchema.safeParse(ticker);
  return parsed.success && isPositive(parsed.data.price) ? parsed.data : null;
}

/** What a product they do not have is answered with; a missing page says something else. */
export const notListedSchema = z.object({ message: z.literal("NotFound") });
