import type { ExchangeView } from "./types.ts";
import { label, type Exchange, type Pair, type SwapCoin } from "./swap-desk.ts";
import { toWireNumber } from "./wire-amount.ts";
import { Refusal } from "./wire-server.ts";

/** The glued ticker of their first API, still shown beside the pair. */
export const legacyTicker = (coin: SwapCoin): string =>
  coin.processorTicker ?? `${coin.swap.ticker}${coin.swap.network}`;

/** Their error body. */
export function refuseSwap(status: number, error: string, message: string, payload?: object): never {
  throw new Refusal(status, { error, message, ...(payload === undefined ? {} : { payload }) });
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
const numberOrNull = (units: bigint | null): number | null => (units === null ? null : toWireNumber(units));

const currencies = ({ from, to }: Pair) => ({
  fromCurrency: from.swap.ticker,
  fromNetwork: from.swap.network,
  toCurrency: to.swap.ticker,
  toNetwork: to.swap.network,
});

/** Answer of POST /exchange. It has no status, as theirs. */
export function presentCreated(exchange: Exchange): object {
  return {
    id: exchange.id,
    fromAmount: toWireNumber(exchange.expectedFrom),
    toAmount: toWireNumber(exchange.expectedTo),
    flow: exchange.flow,
    type: exchange.type,
    payinAddress: exchange.payinAddress,
    payinExtraId: "",
    payoutAddress: exchange.payoutAddress,
    payoutExtraId: exchange.payoutExtraId ?? "",
    ...currencies(exchange),
    refundAddress: exchange.refundAddress ?? "",
    refundExtraId: exchange.refundExtraId ?? "",
    validUntil: iso(exchange.validUntil),
    ...(exchange.rateId === null ? {} : { rateId: exchange.rateId }),
  };
}

const presentRepeated = (exchange: Exchange): object => ({
  id: exchange.id,
  status: exchange.status,
  amountFrom: numberOrNull(exchange.amountFrom),
  amountTo: numberOrNull(exchange.amountTo),
  createdAt: exchange.createdAt.toISOString().slice(0, -1), // theirs carries no zone here
});

/** Answer of GET /exchange/by-id. */
export function presentExchange(exchange: Exchange): ExchangeView {
  return {
    id: exchange.id,
    status: exchange.status,
    actionsAvailable: exchange.actionsAvailable,
    ...currencies(exchange),
    fromLegacyTicker: legacyTicker(exchange.from),
    toLegacyTicker: legacyTicker(exchange.to),
    expectedAmountFrom: toWireNumber(exchange.expectedFrom),
    expectedAmountTo: toWireNumber(exchange.expectedTo),
    amountFrom: numberOrNull(exchange.amountFrom),
    amountTo: numberOrNull(exchange.amountTo),
    payinAddress: exchange.payinAddress,
    payoutAddress: exchange.payoutAddress,
    payinExtraId: null,
    payoutExtraId: exchange.payoutExtraId,
    refundAddress: exchange.refundAddress,
    refundExtraId: exchange.refundExtraId,
    createdAt: exchange.createdAt.toISOString(),
    updatedAt: exchange.updatedAt.toISOString(),
    depositReceivedAt: iso(exchange.depositReceivedAt),
    validUntil: iso(exchange.validUntil),
    payinHash: exchange.payinHash,
    payoutHash: exchange.payoutHash,
    refundHash: exchange.refundHash,
    refundAmount: numberOrNull(exchange.refundAmount),
    userId: exchange.userId,
    relatedExchangesInfo: [...exchange.related],
    repeatedExchangesInfo: exchange.repeated.map(presentRepeated),
    originalExchangeInfo: exchange.original === null ? null : presentRepeated(exchange.original),
  };
}

/** A row of GET /exchanges. */
export function presentForPartner(exchange: Exchange): object {
  return {
    createdAt: exchange.createdAt.toISOString(),
    updatedAt: exchange.updatedAt.toISOString(),
    exchangeId: exchange.id,
    requestId: exchange.id,
    status: exchange.status,
    validUntil: iso(exchange.validUntil),
    flow: exchange.flow,
    payin: {
      currency: label(exchange.from),
      address: exchange.payinAddress,
      extraId: null,
      amount: numberOrNull(exchange.amountFrom),
      expectedAmount: toWireNumber(exchange.expectedFrom),
      hash: exchange.payinHash,
    },
    payout: {
      currency: label(exchange.to),
      address: exchange.payoutAddress,
      extraId: exchange.payoutExtraId,
      amount: numberOrNull(exchange.amountTo),
      expectedAmount: toWireNumber(exchange.expectedTo),
      hash: exchange.payoutHash,
    },
    refund: {
      address: exchange.refundAddress,
      amount: numberOrNull(exchange.refundAmount),
      hash: exchange.refundHash,
    },
    partnerInfo: { userId: exchange.userId, payload: exchange.payload ?? null },
  };
}
