import type { Cause } from "../lifecycle/index.ts";
import type { Asset } from "../money/index.ts";
import type { BookingRequest, Payment, PaymentFacts, SettlementTerms } from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { coinChanged, paidInUsd } from "./paid-amount.ts";

/** What a processor says of a payment. What was asked in a coin that changed since, nobody knows: it is kept as zero. */
export const factsOf = (event: ProcessorPayment, current: Payment | null): PaymentFacts => ({
  rawStatus: event.rawStatus,
  price: event.price,
  paid: coinChanged(event, current) ? { ...event.paid, asked: "0" } : event.paid,
});

/** A processor's settled payment, as it is booked. */
export const bookingOf = (
  event: ProcessorPayment,
  by: {
    processor: string;
    current: Payment | null;
    settled: { asset: Asset; amount: bigint };
    terms: SettlementTerms;
    cause: Cause;
  },
): BookingRequest => ({
  processor: by.processor,
  externalId: event.externalId,
  parentExternalId: event.parentExternalId,
  fromStatus: by.current?.status ?? null,
  facts: factsOf(event, by.current),
  settled: by.settled,
  settledAt: event.updatedAt,
  settlementHash: event.settlementHash,
  inCustody: event.inCustody,
  paidUsdMicros: paidInUsd(event, by.current) ?? 0n,
  terms: by.terms,
  cause: by.cause,
});
