import { divide } from "../src/money/index.ts";
import type { Coin } from "./coins.ts";
import type { ChangenowSettings, ExchangeView, PricesControl, SwapOutcome } from "./types.ts";
import {
  parsePrice,
  quantize,
  readWireAmount,
  toWireNumber,
  wireDecimals,
  withoutBps,
} from "./wire-amount.ts";
import { Refusal } from "./wire-server.ts";

export interface SwapCoin extends Coin {
  readonly swap: { readonly ticker: string; readonly network: string };
}

export interface Pair {
  readonly from: SwapCoin;
  readonly to: SwapCoin;
}

/** An exchange as the emulated provider keeps it. Amounts are whole numbers of 10⁻⁸. */
export interface Exchange extends Pair {
  readonly id: string;
  readonly flow: "standard" | "fixed-rate";
  readonly type: "direct" | "reverse";
  readonly expectedFrom: bigint;
  readonly expectedTo: bigint;
  readonly payinAddress: string;
  readonly payoutAddress: string;
  readonly payoutExtraId: string | null;
  readonly refundAddress: string | null;
  readonly refundExtraId: string | null;
  readonly rateId: string | null;
  readonly validUntil: Date | null;
  readonly userId: string | null;
  readonly payload: unknown;
  readonly createdAt: Date;
  /** Set on a further deposit's exchange: the one whose address it came to. */
  readonly original: Exchange | null;
  readonly related: object[];
  readonly repeated: Exchange[];
  outcome: SwapOutcome;
  /** Somebody said that it may go on. */
  released: boolean;
  status: string;
  actionsAvailable: boolean;
  amountFrom: bigint | null;
  amountTo: bigint | null;
  payinHash: string | null;
  payoutHash: string | null;
  refundHash: string | null;
  refundAmount: bigint | null;
  depositReceivedAt: Date | null;
  updatedAt: Date;
}

/** "usdt/eth": what tells two currencies of theirs apart. */
export const label = ({ swap }: SwapCoin): string => `${swap.ticker}/${swap.network}`;

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

/** The provider's arithmetic: prices, spread, fees, minima. */
export interface Desk {
  withdrawalFee(coin: Coin): bigint;
  minimum(pair: Pair): bigint;
  setMinimum(pair: { from: string; to?: string; amount: string }): void;
  /** What arrives for an amount, after every fee; zero or less when the fees eat it. */
  deliver(pair: Pair, amount: bigint): bigint;
  /** What must be sent for an amount to arrive. */
  require(pair: Pair, amount: bigint): bigint;
}

const withdrawalFee = (coin: Coin): bigint => readWireAmount(coin.withdrawalFee) ?? 0n;

export function createDesk(settings: ChangenowSettings, prices: PricesControl): Desk {
  const minima = new Map<string, bigint>();
  const priceOf = (coin: Coin): bigint => parsePrice(prices.get(coin.coingeckoId));
  return {
    withdrawalFee,
    setMinimum({ from, to, amount }) {
      minima.set(to === undefined ? from : `${from}>${to}`, readWireAmount(amount) ?? 0n);
    },
    minimum({ from, to }) {
      const set = minima.get(`${label(from)}>${label(to)}`) ?? minima.get(label(from));
      const usd = parsePrice(settings.minimumUsd) * 10n ** BigInt(wireDecimals);
      return set ?? quantize(divide(usd, priceOf(from), "up"), from.decimals, "up");
    },
    deliver({ from, to }, amount) {
      const gross = withoutBps(divide(amount * priceOf(from), priceOf(to), "down"), settings.spreadBps);
      const net = gross - withdrawalFee(to);
      return net > 0n ? quantize(net, to.decimals, "down") : 0n;
    },
    require({ from, to }, amount) {
      const gross = divide((amount + withdrawalFee(to)) * 10_000n, BigInt(10_000 - settings.spreadBps), "up");
      return quantize(divide(gross * priceOf(to), priceOf(from), "up"), from.decimals, "up");
    },
  };
}
