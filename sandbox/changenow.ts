import {
  legacyTicker,
  presentCreated,
  presentExchange,
  presentForPartner,
  refuseSwap,
} from "./changenow-exchange.ts";
import { isAddressOf } from "./coins.ts";
import type { RateOffer } from "./rate-offers.ts";
import type { Exchange, Pair, SwapCoin } from "./swap-desk.ts";
import {
  createSwapEmulator,
  swapCoins,
  textOf,
  type SwapEmulator,
  type SwapOffice,
  type SwapWorld,
} from "./swap-emulator.ts";
import { readWireAmount, toWireNumber } from "./wire-amount.ts";
import type { WireAnswer, WireRequest } from "./wire-server.ts";

export type Changenow = SwapEmulator;

export interface ChangenowWorld extends SwapWorld {
  readonly keys: { readonly public: string; readonly private: string };
}

type Fields = Readonly<Record<string, unknown>>;

const ok = (body: object): WireAnswer => ({ status: 200, body });

function requireSwapCoin(fields: Fields, side: "from" | "to"): SwapCoin {
  const [ticker, network] = [fields[`${side}Currency`], fields[`${side}Network`]];
  if (typeof ticker !== "string" || ticker === "")
    refuseSwap(400, "not_valid_params", `${side}Currency is required`);
  if (typeof network !== "string" || network === "")
    refuseSwap(400, "not_valid_params", `${side}Network is required`);
  const coin = swapCoins.find(({ swap }) => swap.ticker === ticker && swap.network === network);
  return coin ?? refuseSwap(400, "not_valid_params", `Currency ${String(ticker)} is not supported`);
}

function flowOf(fields: Fields): Exchange["flow"] {
  const flow = fields["flow"] ?? "standard";
  if (flow !== "standard" && flow !== "fixed-rate")
    return refuseSwap(400, "not_valid_params", "flow is not valid");
  return flow;
}

function checkPayload(payload: unknown): void {
  if (payload === undefined || payload === null) return;
  const values = typeof payload === "object" ? Object.values(payload) : null;
  if (values === null || values.length > 5 || values.some((value) => String(value).length > 64))
    refuseSwap(400, "not_valid_params", "payload is not valid");
}

/** The wire of the swap provider, v2. */
class ChangenowWire {
  private readonly keys: ChangenowWorld["keys"];
  private readonly office: SwapOffice;

  constructor(keys: ChangenowWorld["keys"], office: SwapOffice) {
    this.keys = keys;
    this.office = office;
  }

  private pairOf(fields: Fields): Pair {
    const pair = { from: requireSwapCoin(fields, "from"), to: requireSwapCoin(fields, "to") };
    if (!this.office.isActive(pair)) refuseSwap(400, "pair_is_inactive", "Pair is inactive");
    return pair;
  }

  private requireEnough(pair: Pair, amount: bigint, toAmount: bigint): void {
    const min = this.office.desk.minimum(pair);
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
    const fromAmount = type === "direct" ? amount : this.office.desk.require(pair, amount);
    const toAmount = type === "direct" ? this.office.desk.deliver(pair, amount) : amount;
    this.requireEnough(pair, fromAmount, toAmount);
    return { type, fromAmount, toAmount };
  }

  private estimate(fields: Fields): WireAnswer {
    const pair = this.pairOf(fields);
    const flow = flowOf(fields);
    const { type, fromAmount, toAmount } = this.amountsOf(pair, fields);
    const withRate = flow === "fixed-rate" && fields["useRateId"] === "true";
    const rate = withRate ? this.office.rates.offer({ ...pair, fromAmount, toAmount }) : null;
    return ok({
      ...this.presentPair(pair),
      flow,
      type,
      rateId: rate?.rateId ?? null,
      validUntil: rate?.validUntil.toISOString() ?? null,
      transactionSpeedForecast: "10-60",
      warningMessage: null,
      depositFee: 0,
      withdrawalFee: toWireNumber(this.office.desk.withdrawalFee(pair.to)),
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
    const minAmount = toWireNumber(this.office.desk.minimum(pair));
    const known = { ...this.presentPair(pair), flow: flowOf(fields), minAmount };
    return ok(withMaximum ? { ...known, maxAmount: null } : known);
  }

  private takeRate(
    pair: Pair,
    rateId: string | null,
    amounts: { type: string; fromAmount: bigint; toAmount: bigint },
  ): RateOffer {
    if (rateId === null) return refuseSwap(400, "not_valid_params", "rateId is required");
    const { type, fromAmount, toAmount } = amounts;
    const rate = this.office.rates.take(
      rateId,
      (offer) =>
        offer.from === pair.from &&
        offer.to === pair.to &&
        (type === "direct" ? offer.fromAmount === fromAmount : offer.toAmount === toAmount),
    );
    return rate ?? refuseSwap(400, "rate_id_not_found_or_expired", "Rate id not found or expired");
  }

  private create(body: unknown): WireAnswer {
    const refusal = this.office.takeRefusal();
    if (refusal !== undefined) refuseSwap(400, refusal, `Exchange refused: ${refusal}`);
    if (typeof body !== "object" || body === null)
      return refuseSwap(400, "not_valid_params", "body is required");
    const fields: Fields = { ...body };
    const pair = this.pairOf(fields);
    const flow = flowOf(fields);
    const amounts = this.amountsOf(pair, fields);
    checkPayload(fields["payload"]);
    const payoutAddress = textOf(fields["address"]);
    if (payoutAddress === null || !isAddressOf(pair.to.family, payoutAddress))
      return refuseSwap(400, "not_valid_address", "Invalid address");
    const refundAddress = textOf(fields["refundAddress"]);
    if (refundAddress !== null && !isAddressOf(pair.from.family, refundAddress))
      return refuseSwap(400, "not_valid_refund_address", "Invalid refund address");
    const rateId = textOf(fields["rateId"]);
    const rate = flow === "fixed-rate" ? this.takeRate(pair, rateId, amounts) : null;
    const exchange = this.office.engine.create({
      ...pair,
      flow,
      type: amounts.type,
      expectedFrom: rate?.fromAmount ?? amounts.fromAmount,
      expectedTo: rate?.toAmount ?? amounts.toAmount,
      payoutAddress,
      payoutExtraId: textOf(fields["extraId"]),
      refundAddress,
      refundExtraId: textOf(fields["refundExtraId"]),
      rateId: rate === null ? null : rateId,
      validUntil: rate?.validUntil ?? null,
      userId: textOf(fields["userId"]),
      payload: fields["payload"] ?? null,
    });
    return ok(presentCreated(exchange));
  }

  private byId(query: URLSearchParams): WireAnswer {
    const exchange = this.office.engine.exchanges.get(query.get("id") ?? "");
    return exchange ? ok(presentExchange(exchange)) : refuseSwap(404, "not_found", "Exchange not found");
  }

  private currencies(query: URLSearchParams): WireAnswer {
    const rows = swapCoins.map((coin) => ({
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
    const coin = swapCoins.find((candidate) => candidate.swap.network === network);
    if (!coin) return refuseSwap(400, "not_valid_params", `Currency ${String(network)} is not supported`);
    const result = isAddressOf(coin.family, address);
    return ok({ result, message: result ? null : `Invalid ${String(network)} address`, isActivated: null });
  }

  private partnerList(query: URLSearchParams): WireAnswer {
    const limit = Math.min(100, parseInt(query.get("limit") ?? "10", 10) || 10);
    const offset = parseInt(query.get("offset") ?? "0", 10) || 0;
    const all = [...this.office.engine.exchanges.values()].toReversed();
    return ok({ count: all.length, exchanges: all.slice(offset, offset + limit).map(presentForPartner) });
  }

  handle({ method, path, query, headers, body }: WireRequest): WireAnswer {
    const call = `${method} ${path}`;
    if (call === "GET /exchange/currencies") return this.currencies(query);
    const key = headers["x-changenow-api-key"];
    if (key === undefined || key === "") refuseSwap(401, "unauthorized", "Unauthorized");
    if (
      call === "GET /exchanges" ? key !== this.keys.private : !Object.values(this.keys).includes(String(key))
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

/** ChangeNOW v2: the wire on one side, what becomes of the exchanges on the other. */
export const createChangenow = (world: ChangenowWorld): Changenow =>
  createSwapEmulator("changenow", world, (office) => {
    const wire = new ChangenowWire(world.keys, office);
    return { handle: (request) => wire.handle(request), present: presentExchange };
  });
