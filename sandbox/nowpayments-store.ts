import type { Clock } from "../src/clock.ts";
import { findProcessorCoin, inventAddress, type Coin } from "./coins.ts";
import type { Invoice, Payment } from "./nowpayments-wire.ts";
import type { NowpaymentsSettings, PricesControl } from "./types.ts";
import {
  convertByPrice,
  parsePrice,
  quantize,
  toWireNumber,
  wireDecimals,
  withoutBps,
} from "./wire-amount.ts";
import { divide } from "../src/money/index.ts";
import { randomBytes } from "./randomness.ts";

interface NewPayment {
  readonly id?: number;
  readonly parent?: Payment;
  readonly invoiceId: number | null;
  readonly coin: Coin;
  readonly price: bigint;
  readonly priceCurrency: string;
  readonly payAmount: bigint;
  readonly callbackUrl: string | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly fixedRate: boolean;
  readonly feePaidByUser: boolean;
}

/** What the processor knows, and its arithmetic. */
export interface NowpaymentsStore {
  readonly invoices: Map<number, Invoice>;
  readonly payments: Map<number, Payment>;
  nextId(): number;
  /** A coin of theirs by its ticker, null for none. "usd" is no coin. */
  outcomeCoin(): Coin;
  /** The price in USD of "usd" or of a coin; null: they do not know the currency. */
  usdOf(currency: string): string | null;
  /** What must be paid in the coin for a price, the last digit up. */
  priceIn(coin: Coin, price: bigint, priceCurrency: string): bigint;
  minimum(coin: Coin): bigint;
  createPayment(payment: NewPayment): Payment;
  /** Values an amount of the coin in the outcome coin, the service fee taken off. */
  outcomeOf(coin: Coin, amount: bigint): Payment["outcome"];
  addInvoice(invoice: Omit<Invoice, "id" | "tokenId" | "createdAt">): Invoice;
}

function newPayment(
  id: number,
  { parent, ...terms }: NewPayment,
  made: Pick<Payment, "purchaseId" | "outcome" | "createdAt">,
): Payment {
  return {
    ...terms,
    ...made,
    id,
    parentId: parent?.id ?? null,
    payAddress: parent?.payAddress ?? inventAddress(terms.coin.family, `nowpayments/${id}`),
    updatedAt: made.createdAt,
    childIds: [],
    status: "waiting",
    actuallyPaid: 0n,
    payinHash: null,
    payoutHash: null,
    settled: false,
  };
}

export function createNowpaymentsStore(
  settings: NowpaymentsSettings,
  prices: PricesControl,
  clock: Clock,
): NowpaymentsStore {
  const invoices = new Map<number, Invoice>();
  const payments = new Map<number, Payment>();
  // Ids of a new world never meet those of the world before it, as the engine's database may have lived through both.
  let lastId = 4_000_000_000 + randomBytes(4).readUInt32BE();
  const nextId = (): number => (lastId += 1);

  function usdOf(currency: string): string | null {
    if (currency.toLowerCase() === "usd") return "1";
    const coin = findProcessorCoin(currency);
    return coin === null ? null : prices.get(coin.coingeckoId);
  }

  function outcomeCoin(): Coin {
    const coin = findProcessorCoin(settings.outcomeCurrency);
    if (coin === null)
      throw new Error(`The processor has no coin "${settings.outcomeCurrency}" to settle in.`);
    return coin;
  }

  function outcomeOf(coin: Coin, amount: bigint): Payment["outcome"] {
    const target = outcomeCoin();
    const price = { from: prices.get(coin.coingeckoId), to: prices.get(target.coingeckoId) };
    const gross = quantize(convertByPrice(amount, price, "down"), target.decimals, "down");
    const net = quantize(withoutBps(gross, settings.serviceFeeBps), target.decimals, "down");
    return { coin: target, amount: net, serviceFee: gross - net };
  }

  return {
    invoices,
    payments,
    nextId,
    outcomeCoin,
    usdOf,
    outcomeOf,
    createPayment({ id = nextId(), ...terms }) {
      const { parent, coin, payAmount } = terms;
      const payment = newPayment(id, terms, {
        purchaseId: parent?.purchaseId ?? nextId(),
        outcome: outcomeOf(coin, payAmount),
        createdAt: clock.now(),
      });
      payments.set(id, payment);
      parent?.childIds.push(id);
      return payment;
    },
    priceIn(coin, price, priceCurrency) {
      const usd = usdOf(priceCurrency);
      if (usd === null) throw new Error(`no price of ${priceCurrency}`);
      return quantize(
        convertByPrice(price, { from: usd, to: prices.get(coin.coingeckoId) }, "up"),
        coin.decimals,
        "up",
      );
    },
    minimum(coin) {
      const usd = parsePrice(settings.minimumUsd) * 10n ** BigInt(wireDecimals);
      return quantize(divide(usd, parsePrice(prices.get(coin.coingeckoId)), "up"), coin.decimals, "up");
    },
    addInvoice(invoice) {
      const id = nextId();
      const added = { ...invoice, id, tokenId: String(nextId()), createdAt: clock.now() };
      invoices.set(id, added);
      return added;
    },
  };
}

export const describePrice = (units: bigint): string => String(toWireNumber(units));
