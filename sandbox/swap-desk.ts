import { divide } from "../src/money/index.ts";
import type { Coin } from "./coins.ts";
import type { PricesControl, SwapEmulatorSettings, SwapOutcome } from "./types.ts";
import { parsePrice, quantize, readWireAmount, wireDecimals, withoutBps } from "./wire-amount.ts";

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

export function createDesk(settings: SwapEmulatorSettings, prices: PricesControl): Desk {
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
