import type { Cause } from "../lifecycle/index.ts";
import { formatUnits, parseProviderUnits, type Asset } from "../money/index.ts";
import type { BookingRequest, Payment, PaymentFacts, SettlementTerms, ToldOf } from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { coinChanged, paidInUsd } from "./paid-amount.ts";

/** What settled of a payment, base units. */
export interface Settled {
  readonly asset: Asset;
  readonly amount: bigint;
}

/** What is told of one part of a payment, and what of the payer's money it stands for. */
export interface PartTold {
  readonly part: number;
  readonly settlement: Pick<BookingRequest, "settledAt" | "settlementHash" | "inCustody">;
  readonly facts: PaymentFacts;
  readonly paidUsdMicros: bigint;
}

/**
 * What a processor says of a payment that has one part, or none yet. What was asked in a coin that changed since, nobody
 * knows: it is kept as zero.
 */
const toldOfWhole = (event: ProcessorPayment, current: Payment | null): PartTold => ({
  part: 0,
  settlement: {
    settledAt: event.updatedAt,
    settlementHash: event.settlementHash,
    inCustody: event.inCustody,
  },
  facts: {
    rawStatus: event.rawStatus,
    price: event.price,
    paid: coinChanged(event, current) ? { ...event.paid, asked: "0" } : event.paid,
  },
  paidUsdMicros: paidInUsd(event, current) ?? current?.paid_usd_micros ?? 0n,
});

/** A part beside others keeps what was told when it came: only its status follows the whole. */
const toldOfPart = (event: ProcessorPayment, part: Payment): PartTold => ({
  part: part.part,
  settlement: {
    settledAt: part.settled_at,
    settlementHash: part.settlement_hash,
    inCustody: part.arrival === "custody",
  },
  facts: {
    rawStatus: event.rawStatus,
    price: event.price,
    paid: {
      currency: part.paid_currency,
      asset: part.paid_currency.toLowerCase() === event.paid.currency.toLowerCase() ? event.paid.asset : null,
      asked: part.asked_amount,
      arrived: part.paid_amount,
    },
  },
  paidUsdMicros: part.paid_usd_micros,
});

/** What is told of a part that is there. @param alone nothing else of its payment is there, or comes now. */
export const toldOf = (event: ProcessorPayment, part: Payment | null, alone: boolean): PartTold =>
  part === null || alone ? toldOfWhole(event, part) : toldOfPart(event, part);

/**
 * What is told of a part beyond all others. In another coin than theirs nobody knows what of it was paid before: it is
 * valued by what settled.
 */
export function toldOfRest(event: ProcessorPayment, parts: readonly Payment[]): PartTold {
  const digits = 30;
  const units = (text: string): bigint => parseProviderUnits(text, digits, "down");
  const first = parts[0] ?? null;
  const whole = toldOfWhole(event, first);
  const part = (parts.at(-1)?.part ?? -1) + 1;
  if (coinChanged(event, first)) {
    const paid = { ...whole.facts.paid, asset: null };
    return { ...whole, part, facts: { ...whole.facts, paid }, paidUsdMicros: 0n };
  }
  const before = parts.reduce((sum, one) => sum + units(one.paid_amount), 0n);
  const arrived = positive(units(event.paid.arrived) - before);
  const inUsd = paidInUsd(event, first) ?? 0n;
  return {
    ...whole,
    part,
    facts: { ...whole.facts, paid: { ...whole.facts.paid, arrived: formatUnits(arrived, digits) } },
    paidUsdMicros: positive(inUsd - parts.reduce((sum, one) => sum + one.paid_usd_micros, 0n)),
  };
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

/** What settled of a payment so far, base units, whatever became of it. */
export const settledSoFar = (parts: readonly Payment[]): bigint =>
  parts.reduce((sum, { settled_amount: amount }) => sum + (amount ?? 0n), 0n);

/** Whether a payment has settled for more than is in the books. */
export function settledBeyond(
  { status, settled }: ProcessorPayment,
  { settled_asset: asset, settled_amount: booked }: Pick<ToldOf, "settled_asset" | "settled_amount">,
): boolean {
  if ((status !== "settled" && status !== "partially_settled") || settled?.asset == null) return false;
  if (booked === null || settled.asset.id !== asset) return false;
  return parseProviderUnits(settled.amount, settled.asset.decimals, "down") > booked;
}

/** A part of a processor's settled payment, as it is booked. */
export function bookingOf(
  event: ProcessorPayment,
  by: {
    processor: string;
    /** The part as it is; null: it comes now. */
    current: Payment | null;
    /** All that is there of its payment. */
    parts: readonly Payment[];
    told: PartTold;
    settled: Settled;
    terms: SettlementTerms;
    cause: Cause;
  },
): BookingRequest {
  const { part } = by.told;
  // A part that was given back is not the payees': the others are divided as if it had never come.
  const before = by.parts
    .filter((one) => one.part < part && one.status !== "refunded")
    .map(({ settled_amount: amount }) => amount ?? 0n);
  return {
    processor: by.processor,
    externalId: event.externalId,
    rest: { part, before },
    parentExternalId: event.parentExternalId ?? by.parts[0]?.parent_external_id ?? null,
    fromStatus: by.current?.status ?? null,
    facts: by.told.facts,
    settled: by.settled,
    ...by.told.settlement,
    paidUsdMicros: by.told.paidUsdMicros,
    terms: by.terms,
    cause: by.cause,
  };
}
