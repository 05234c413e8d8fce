import { divide, parseProviderUnits, usdDecimals } from "../money/index.ts";
import type { Payment } from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";

/** Once it has changed, the amount asked is kept as zero: what the event goes on calling so is of the coin before. */
export const coinChanged = (event: ProcessorPayment, current: Payment | null): boolean =>
  current !== null &&
  (current.paid_currency.toLowerCase() !== event.paid.currency.toLowerCase() ||
    (/^[0.]+$/.test(current.asked_amount) && !/^[0.]+$/.test(event.paid.asked)));

/**
 * What the customer paid in USD, by the processor's own price of this payment: price × arrived ÷ asked, rounded down.
 * Null where that price does not describe what arrived: a repeated or wrong-asset deposit copies its parent's figures,
 * and a payment whose coin changed compares two coins. Those are valued by an observed price instead.
 */
export function paidInUsd(event: ProcessorPayment, current: Payment | null): bigint | null {
  const digits = 18;
  const arrived = parseProviderUnits(event.paid.arrived, digits, "down");
  if (arrived === 0n) return 0n;
  const isChild = (event.parentExternalId ?? current?.parent_external_id ?? null) !== null; // a payment read alone does not say so
  if (isChild || coinChanged(event, current) || event.price.currency.toLowerCase() !== "usd") return null;
  const asked = parseProviderUnits(event.paid.asked, digits, "down");
  if (asked === 0n) return null;
  return divide(parseProviderUnits(event.price.amount, usdDecimals, "down") * arrived, asked, "down");
}
