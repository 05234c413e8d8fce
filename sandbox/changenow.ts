import { randomBytes } from "node:crypto";
import type { Clock } from "../src/clock.ts";
import type { AnvilControl } from "./anvil.ts";
import type { Background } from "./background.ts";
import { ExchangeEngine } from "./changenow-engine.ts";
import {
  createDesk,
  label,
  legacyTicker,
  presentCreated,
  presentExchange,
  presentForPartner,
  refuseSwap,
  type Desk,
  type Exchange,
  type Pair,
  type SwapCoin,
} from "./changenow-exchange.ts";
import { coins, findSwapCoin, isAddressOf } from "./coins.ts";
import type { ChangenowControl, ChangenowSettings, PricesControl, SwapOutcome } from "./types.ts";
import { readWireAmount, toWireNumber } from "./wire-amount.ts";
import type { WireAnswer, WireRequest } from "./wire-server.ts";

export interface Changenow extends ChangenowControl {
  handle(request: WireRequest): WireAnswer;
  heal(): void;
}

export interface ChangenowWorld {
  readonly keys: { readonly public: string; readonly private: string };
  readonly settings: ChangenowSettings;
  readonly prices: PricesControl;
  readonly anvil: AnvilControl;
  readonly background: Background;
  readonly clock: Clock;
}

interface RateOffer extends Pair {
  readonly fromAmount: bigint;
  readonly toAmount: bigint;
  readonly validUntil: Date;
}

type Fields = Readonly<Record<string, unknown>>;

const rateLivesMs = 20 * 60_000;
const ok = (body: object): WireAnswer => ({ status: 200, body });
const isSwapCoin = (coin: object & { swap: unknown }): coin is SwapCoin => coin.swap !== null;
const offered = coins.filter(isSwapCoin);

function requireSwapCoin(fields: Fields, side: "from" | "to"): SwapCoin {
  const [ticker, network] = [fields[`${side}Currency`], fields[`${side}Network`]];
  if (typeof ticker !== "string" || ticker === "")
    refuseSwap(400, "not_valid_params", `${side}Currency is required`);
  if (typeof network !== "string" || network === "")
    refuseSwap(400, "not_valid_params", `${side}Network is required`);
  const coin = findSwapCoin(ticker, network);
  if (coin === null || !isSwapCoin(coin))
    return refuseSwap(400, "not_valid_params", `Currency ${String(ticker)} is not supported`);
  return coin;
}

function flowOf(fields: Fields): Exchange["flow"] {
  const flow = fields["flow"] ?? "standard";
  if (flow !== "standard" && flow !== "fixed-rate")
    return refuseSwap(400, "not_valid_params", "flow is not valid");
  return flow;
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function checkPayload(payload: unknown): void {
  if (payload === undefined || payload === null) return;
  const values = typeof payload === "object" ? Object.values(payload) : null;
  if (values === null || values.length > 5 || values.some((value) => String(value).length > 64))
    refuseSwap(400, "not_valid_params", "payload is not valid");
}

/** The wire of the swap provider, v2. */
class ChangenowWire {
  readonly desk: Desk;
  readonly inactive = new Set<string>();
  refusals: string[] = [];
  private readonly engine: ExchangeEngine;
  private readonly world: ChangenowWorld;
  private readonly rates = new Map<string, RateOffer>();

  constructor(world: ChangenowWorld, engine: ExchangeEngine, desk: Desk) {
    this.world = world;
    this.engine = engine;
    this.desk = desk;
  }

  private pairOf(fields: Fields): Pair {
    const pair = { from: requireSwapCoin(fields, "from"), to: requireSwapCoin(fields, "to") };
    if (pair.from === pair.to || this.inactive.has(`${label(pair.from)}>${label(pair.to)}`))
      refuseSwap(400, "pair_is_inactive", "Pair is inactive");
    return pair;
  }

  private requireEnough(pair: Pair, amount: bigint, toAmount: bigint): void {
    const min = this.desk.minimum(pair);
    if (amount >= min && toAmount > 0n) return;
    const told = toWireNumber(min);
    refuseSwap(
      400,
      "deposit_too_small",
      `Amount is less then minimal: ${told} ${pair.from.swap.ticker.toUpperCase()}`,
      {
        range: { min: told, max: null },
      },
    );
  }

  private amountsOf(
    pair: Pair,
    fields: Fields,
  ): { type: Exchange["type"]; fromAmount: bigint; toAmount: bigint } {
    const type = fields["type"] ?? "direct";
    if (type !== "direct" && type !== "reverse")
      return refuseSwap(400, "not_valid_params", "type is not valid");
    const name = type === "direct" ? "fromAmount" : "toAmount";
    const amount = typeof fields[name] === "string" ? readWireAmount(fields[name]) : null;
    if (amount === null) return refuseSwap(400, "not_valid_params", `${name} is required`);
    const fromAmount = type === "direct" ? amount : this.desk.require(pair, amount);
    const toAmount = type === "direct" ? this.desk.deliver(pair, amount) : amount;
    this.requireEnough(pair, fromAmount, toAmount);
    return { type, fromAmount, toAmount };
  }

  private estimate(fields: Fields): WireAnswer {
    const pair = this.pairOf(fields);
    const flow = flowOf(fields);
    const { type, fromAmount, toAmount } = this.amountsOf(pair, fields);
    const withRate = flow === "fixed-rate" && fields["useRateId"] === "true";
    const validUntil = new Date(this.world.clock.now().getTime() + rateLivesMs);
    const rateId = withRate ? randomBytes(16).toString("hex") : null;
    if (rateId !== null) this.rates.set(rateId, { ...pair, fromAmount, toAmount, validUntil });
    return ok({
      ...this.presentPair(pair),
      flow,
      type,
      rateId,
      validUntil: rateId === null ? null : validUntil.toISOString(),
      transactionSpeedForecast: "10-60",
      warningMessage: null,
      depositFee: 0,
      withdrawalFee: toWireNumber(this.desk.withdrawalFee(pair.to)),
      userId: null,
      fromAmount: toWireNumber(fromAmount),
      toAmount: toWireNumber(toAmount),
    });
  }

  private presentPair({ from, to }: Pair) {
    return {
      fromCurrency: from.swap.ticker,
      fromNetwork: from.swap.network,
      toCurrency: to.swap.ticker,
      toNetwork: to.swap.network,
    };
  }

  private limits(fields: Fields, withMaximum: boolean): WireAnswer {
    const pair = this.pairOf(fields);
    const minAmount = toWireNumber(this.desk.minimum(pair));
    const known = { ...this.presentPair(pair), flow: flowOf(fields), minAmount };
    return ok(withMaximum ? { ...known, maxAmount: null } : known);
  }

  private takeRate(
    pair: Pair,
    rateId: string | null,
    amounts: { type: string; fromAmount: bigint; toAmount: bigint },
  ): RateOffer {
    if (rateId === null) return refuseSwap(400, "not_valid_params", "rateId is required");
    const rate = this.rates.get(rateId);
    const fits =
      rate !== undefined &&
      rate.from === pair.from &&
      rate.to === pair.to &&
      rate.validUntil > this.world.clock.now() &&
      (amounts.type === "direct"
        ? rate.fromAmount === amounts.fromAmount
        : rate.toAmount === amounts.toAmount);
    if (!fits) return refuseSwap(400, "rate_id_not_found_or_expired", "Rate id not found or expired");
    this.rates.delete(rateId);
    return rate;
  }

  private create(body: unknown): WireAnswer {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) refuseSwap(400, refusal, `Exchange refused: ${refusal}`);
    if (typeof body !== "object" || body === null)
      return refuseSwap(400, "not_valid_params", "body is required");
    const fields: Fields = { ...body };
    const pair = this.pairOf(fields);
    const flow = flowOf(fields);
    const amounts = this.amountsOf(pair, fields);
    checkPayload(fields["payload"]);
    const payoutAddress = text(fields["address"]);
    if (payoutAddress === null || !isAddressOf(pair.to.family, payoutAddress))
      return refuseSwap(400, "not_valid_address", "Invalid address");
    const refundAddress = text(fields["refundAddress"]);
    if (refundAddress !== null && !isAddressOf(pair.from.family, refundAddress))
      return refuseSwap(400, "not_valid_refund_address", "Invalid refund address");
    const rateId = text(fields["rateId"]);
    const rate = flow === "fixed-rate" ? this.takeRate(pair, rateId, amounts) : null;
    const exchange = this.engine.create({
      ...pair,
      flow,
      type: amounts.type,
      expectedFrom: rate?.fromAmount ?? amounts.fromAmount,
      expectedTo: rate?.toAmount ?? amounts.toAmount,
      payoutAddress,
      payoutExtraId: text(fields["extraId"]),
      refundAddress,
      refundExtraId: text(fields["refundExtraId"]),
      rateId: rate === null ? null : rateId,
      validUntil: rate?.validUntil ?? null,
      userId: text(fields["userId"]),
      payload: fields["payload"] ?? null,
    });
    return ok(presentCreated(exchange));
  }

  private byId(query: URLSearchParams): WireAnswer {
    const exchange = this.engine.exchanges.get(query.get("id") ?? "");
    return exchange ? ok(presentExchange(exchange)) : refuseSwap(404, "not_found", "Exchange not found");
  }

  private currencies(query: URLSearchParams): WireAnswer {
    const rows = offered.map((coin) => ({
      ticker: coin.swap.ticker,
      name: coin.name,
      image: `https://content-api.changenow.io/uploads/${coin.swap.ticker}.svg`,
      hasExternalId: coin.family === "ton",
      isExtraIdSupported: coin.family === "ton",
      isFiat: false,
      featured: false,
      isStable: /^(USDT|USDC|DAI)$/.test(coin.name),
      supportsFixedRate: true,
      network: coin.swap.network,
      tokenContract: coin.contract,
      buy: true,
      sell: true,
      legacyTicker: legacyTicker(coin),
    }));
    return { status: 200, body: query.get("active") === "false" ? [] : rows };
  }

  private validateAddress(query: URLSearchParams): WireAnswer {
    const [network, address] = [query.get("currency"), query.get("address") ?? ""];
    const coin = offered.find((candidate) => candidate.swap.network === network);
    if (!coin) return refuseSwap(400, "not_valid_params", `Currency ${String(network)} is not supported`);
    const result = isAddressOf(coin.family, address);
    return ok({ result, message: result ? null : `Invalid ${String(network)} address`, isActivated: null });
  }

  private partnerList(query: URLSearchParams): WireAnswer {
    const limit = Math.min(100, parseInt(query.get("limit") ?? "10", 10) || 10);
    const offset = parseInt(query.get("offset") ?? "0", 10) || 0;
    const all = [...this.engine.exchanges.values()].toReversed();
    return ok({ count: all.length, exchanges: all.slice(offset, offset + limit).map(presentForPartner) });
  }

  handle({ method, path, query, headers, body }: WireRequest): WireAnswer {
    const call = `${method} ${path}`;
    if (call === "GET /exchange/currencies") return this.currencies(query);
    const key = headers["x-changenow-api-key"];
    if (key === undefined || key === "") refuseSwap(401, "unauthorized", "Unauthorized");
    if (
      call === "GET /exchanges"
        ? key !== this.world.keys.private
        : !Object.values(this.world.keys).includes(String(key))
    )
      refuseSwap(403, "invalid_api_key", "Invalid api key");
    const fields: Fields = Object.fromEntries(query);
    if (call === "GET /exchange/min-amount") return this.limits(fields, false);
    if (call === "GET /exchange/range") return this.limits(fields, true);
    if (call === "GET /exchange/estimated-amount") return this.estimate(fields);
    if (call === "POST /exchange") return this.create(body);
    if (call === "GET /exchange/by-id") return this.byId(query);
    if (call === "GET /validate/address") return this.validateAddress(query);
    if (call === "GET /exchanges") return this.partnerList(query);
    return refuseSwap(404, "page_not_found", "Page not found");
  }
}

const repeat = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);

/** ChangeNOW v2: the wire on one side, what becomes of the exchanges on the other. */
export function createChangenow(world: ChangenowWorld): Changenow {
  const { settings, prices, anvil, background, clock } = world;
  const desk = createDesk(settings, prices);
  const engine = new ExchangeEngine({ settings, desk, anvil, background, clock });
  const wire = new ChangenowWire(world, engine, desk);
  return {
    settings,
    handle: (request) => wire.handle(request),
    configure: (changed) => void Object.assign(settings, changed),
    setMinAmount: (minimum) => desk.setMinimum(minimum),
    setPairActive({ from, to, active }) {
      if (active) wire.inactive.delete(`${from}>${to}`);
      else wire.inactive.add(`${from}>${to}`);
    },
    nextOutcome: (outcome: SwapOutcome, times = 1) => void engine.outcomes.push(...repeat(outcome, times)),
    defaultOutcome: (outcome) => void (engine.defaultOutcome = outcome),
    setOutcome: (id, outcome) => void (engine.find(id).outcome = outcome),
    release(id) {
      const exchange = engine.find(id);
      exchange.released = true;
      if (exchange.outcome.kind !== "less" && exchange.outcome.kind !== "short")
        exchange.outcome = { kind: "deliver" };
    },
    refuseNext: (error, times = 1) => void wire.refusals.push(...repeat(error, times)),
    deposit(id, amount) {
      const units = readWireAmount(amount);
      if (units === null) throw new Error(`"${amount}" is not an amount above zero.`);
      engine.depositByHand(engine.find(id), units);
    },
    exchange: (id) => presentExchange(engine.find(id)),
    exchanges: () => [...engine.exchanges.values()].map(presentExchange),
    heal() {
      wire.refusals = [];
      wire.inactive.clear();
      engine.outcomes = [];
      engine.defaultOutcome = { kind: "deliver" };
    },
  };
}
