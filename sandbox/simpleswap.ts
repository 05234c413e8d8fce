import type { Clock } from "../src/clock.ts";
import { formatUnits } from "../src/money/index.ts";
import { isAddressOf } from "./coins.ts";
import { randomBytes } from "./randomness.ts";
import type { Exchange, Pair, SwapCoin } from "./swap-desk.ts";
import {
  createSwapEmulator,
  swapCoins,
  textOf,
  type SwapEmulator,
  type SwapOffice,
  type SwapWorld,
} from "./swap-emulator.ts";
import type { ExchangeView } from "./types.ts";
import { readWireAmount, wireDecimals } from "./wire-amount.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

export type Simpleswap = SwapEmulator;

export interface SimpleswapWorld extends SwapWorld {
  readonly apiKey: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where their tickers are not ChangeNOW's. */
const tickers: ReadonlyMap<string, string> = new Map([
  ["bnb/bsc", "bnb-bsc"],
  ["matic/matic", "pol"],
]);

const offered: readonly SwapCoin[] = swapCoins.map((coin) => {
  const { ticker, network } = coin.swap;
  return { ...coin, swap: { ticker: tickers.get(`${ticker}/${network}`) ?? ticker, network } };
});

const namesOfStatus: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  422: "Unprocessable Entity",
};

/** How long a floating exchange waits for its deposit. */
const floatingLivesMs = 24 * 3_600_000;

const traceId = (): string => randomBytes(16).toString("hex");

function refuse(code: number, message: string): never {
  throw new Refusal(code, { code, error: namesOfStatus[code] ?? "Error", message, traceId: traceId() });
}

const answer = (status: number, result: unknown): WireAnswer => ({
  status,
  body: { result, traceId: traceId() },
});

/** Their amounts are text. */
const told = (units: bigint): string => formatUnits(units, wireDecimals);

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Their word for a status; a new exchange waits from the beginning. */
const statusOf = ({ status }: Exchange): string => (status === "new" ? "waiting" : status);

/** An exchange as they show it: both amounts are what was agreed until the coins have moved. */
const present = (exchange: Exchange) => ({
  id: exchange.id,
  publicId: exchange.id,
  type: exchange.flow === "fixed-rate" ? "fixed" : "floating",
  status: statusOf(exchange),
  tickerFrom: exchange.from.swap.ticker,
  networkFrom: exchange.from.swap.network,
  tickerTo: exchange.to.swap.ticker,
  networkTo: exchange.to.swap.network,
  amountFrom: told(exchange.amountFrom ?? exchange.expectedFrom),
  amountTo: told(exchange.amountTo ?? exchange.expectedTo),
  addressFrom: exchange.payinAddress,
  extraIdFrom: null,
  addressTo: exchange.payoutAddress,
  extraIdTo: exchange.payoutExtraId,
  userRefundAddress: exchange.refundAddress,
  userRefundExtraId: exchange.refundExtraId,
  txFrom: exchange.payinHash,
  txTo: exchange.payoutHash ?? exchange.refundHash,
  createdAt: exchange.createdAt.toISOString(),
  updatedAt: exchange.updatedAt.toISOString(),
  validUntil: iso(exchange.validUntil),
});

/** The same for a test, with the names that the exchanges of every swap provider here share. */
const view = (exchange: Exchange): ExchangeView => ({
  ...present(exchange),
  payinAddress: exchange.payinAddress,
  payinHash: exchange.payinHash,
  payoutHash: exchange.payoutHash,
  refundHash: exchange.refundHash,
});

/** The wire of the second swap provider, v3. */
class SimpleswapWire {
  private readonly apiKey: string;
  private readonly clock: Clock;
  private readonly office: SwapOffice;

  constructor({ apiKey, clock }: SimpleswapWorld, office: SwapOffice) {
    this.apiKey = apiKey;
    this.clock = clock;
    this.office = office;
  }

  private coinOf(fields: Fields, side: "From" | "To"): SwapCoin {
    const [ticker, network] = [textOf(fields[`ticker${side}`]), textOf(fields[`network${side}`])];
    if (ticker === null || network === null) refuse(400, "Request parameters are not valid");
    const coin = offered.find(({ swap }) => swap.ticker === ticker && swap.network === network);
    return coin ?? refuse(404, "Ticker not found");
  }

  private pairOf(fields: Fields): Pair {
    const pair = { from: this.coinOf(fields, "From"), to: this.coinOf(fields, "To") };
    if (!this.office.isActive(pair)) refuse(404, "Pair not found");
    if (String(fields["reverse"] ?? "false") !== "false") refuse(400, "Reverse exchanges are not emulated");
    return pair;
  }

  private amountsOf(pair: Pair, fields: Fields): { fromAmount: bigint; toAmount: bigint } {
    const { desk } = this.office;
    const fromAmount = textOf(fields["amount"]) === null ? null : readWireAmount(fields["amount"]);
    if (fromAmount === null) return refuse(400, "Request parameters are not valid: amount");
    const toAmount = desk.deliver(pair, fromAmount);
    if (fromAmount < desk.minimum(pair) || toAmount <= 0n)
      refuse(422, `Amount is less than minimum: ${told(desk.minimum(pair))}`);
    return { fromAmount, toAmount };
  }

  private estimate(fields: Fields): WireAnswer {
    const pair = this.pairOf(fields);
    const amounts = this.amountsOf(pair, fields);
    const rate = fields["fixed"] === "true" ? this.office.rates.offer({ ...pair, ...amounts }) : null;
    return answer(200, {
      estimatedAmount: told(amounts.toAmount),
      rateId: rate?.rateId ?? null,
      validUntil: iso(rate?.validUntil ?? null),
    });
  }

  private create(body: unknown): WireAnswer {
    const refusal = this.office.takeRefusal();
    if (refusal !== undefined) refuse(parseInt(refusal, 10) || 400, `Refused as told: ${refusal}`);
    if (typeof body !== "object" || body === null) return refuse(400, "Request parameters are not valid");
    const fields: Fields = { ...body };
    const pair = this.pairOf(fields);
    const amounts = this.amountsOf(pair, fields);
    const payoutAddress = textOf(fields["addressTo"]);
    if (payoutAddress === null || !isAddressOf(pair.to.family, payoutAddress))
      return refuse(400, "Invalid address");
    const refundAddress = textOf(fields["userRefundAddress"]);
    if (refundAddress !== null && !isAddressOf(pair.from.family, refundAddress))
      return refuse(400, "Invalid refund address");
    const rateId = textOf(fields["rateId"]);
    const rate =
      fields["fixed"] === true
        ? (this.office.rates.take(
            rateId ?? "",
            ({ from, to, fromAmount }) =>
              from === pair.from && to === pair.to && fromAmount === amounts.fromAmount,
          ) ?? refuse(422, "Rate not found or expired"))
        : null;
    const exchange = this.office.engine.create({
      ...pair,
      flow: rate === null ? "standard" : "fixed-rate",
      type: "direct",
      expectedFrom: amounts.fromAmount,
      expectedTo: rate?.toAmount ?? amounts.toAmount,
      payoutAddress,
      payoutExtraId: textOf(fields["extraIdTo"]),
      refundAddress,
      refundExtraId: textOf(fields["userRefundExtraId"]),
      rateId: rate === null ? null : rateId,
      validUntil: rate?.validUntil ?? new Date(this.clock.now().getTime() + floatingLivesMs),
      userId: null,
      payload: null,
    });
    return answer(201, present(exchange));
  }

  private currencies(): WireAnswer {
    const rows = offered.map((coin) => ({
      ticker: coin.swap.ticker,
      network: coin.swap.network,
      name: coin.name,
      image: `https://static.simpleswap.io/images/${coin.swap.ticker}.svg`,
      contractAddress: coin.contract,
      hasExtraId: coin.family === "ton",
      extraId: coin.family === "ton" ? "Memo" : "",
    }));
    return answer(200, rows);
  }

  handle({ method, path, query, headers, body }: WireRequest): WireAnswer {
    if (headers["x-api-key"] !== this.apiKey) refuse(401, "Wrong api key");
    const call = `${method} ${path}`;
    const fields: Fields = Object.fromEntries(query);
    if (call === "GET /currencies") return this.currencies();
    if (call === "GET /ranges")
      return answer(200, { min: told(this.office.desk.minimum(this.pairOf(fields))), max: null });
    if (call === "GET /estimates") return this.estimate(fields);
    if (call === "POST /exchanges") return this.create(body);
    const id = method === "GET" ? /^\/exchanges\/([^/]+)$/.exec(path)?.[1] : undefined;
    if (id === undefined) return refuse(404, `Cannot ${method} ${path}`);
    const exchange = this.office.engine.exchanges.get(id);
    return exchange ? answer(200, present(exchange)) : refuse(404, "Exchange not found");
  }
}

/** SimpleSwap v3, on the machinery of every swap provider here. Its wire is as its public clients have it. */
export const createSimpleswap = (world: SimpleswapWorld): Simpleswap =>
  createSwapEmulator("simpleswap", world, (office) => {
    const wire = new SimpleswapWire(world, office);
    return { handle: (request) => wire.handle(request), present: view };
  });
