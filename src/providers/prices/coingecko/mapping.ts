import { z } from "zod";
import { decimalSchema, isPositive } from "../../decimal.ts";
import type { MarketPrice } from "../kept-prices.ts";

/** One coin's answer. A coin without a price, or with nonsense for one, has no price: that is never an error. */
const coinSchema = z
  .object({ usd: decimalSchema, last_updated_at: z.string().regex(/^\d{9,11}$/) })
  .transform(({ usd, last_updated_at }) => ({
    price: usd,
    sourceTime: new Date(parseInt(last_updated_at, 10) * 1000),
  }));

export const pricesSchema = z.record(z.string(), z.unknown()).refine(
  // HTTP 200 with an error for a body has been seen.
  (body) =>
    typeof body["error"] !== "string" &&
    !z.object({ error_code: z.unknown() }).safeParse(body["status"]).success,
  "an error, not prices",
);

/** Missing, null, zero, negative or without its time: no price. */
export function toPrice(coin: unknown): MarketPrice | null {
  const parsed = coinSchema.safeParse(coin);
  return parsed.success && isPositive(parsed.data.price) ? parsed.data : null;
}
