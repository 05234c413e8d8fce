import type { Clock } from "../src/clock.ts";
import { checkoutUrl } from "./checkout.ts";
import { coins, findProcessorCoin, type Coin } from "./coins.ts";
import type { NowpaymentsStore } from "./nowpayments-store.ts";
import {
  checkBody,
  presentCreatedPayment,
  presentInvoice,
  presentPayment,
  presentRow,
  refuse,
  type Invoice,
  type Payment,
} from "./nowpayments-wire.ts";
import { convertByPrice, quantize, readWireAmount, toWireNumber } from "./wire-amount.ts";
import type { WireAnswer, WireRequest } from "./wire-server.ts";
import { randomBytes } from "./randomness.ts";

export interface NowpaymentsAccount {
  readonly apiKey: string;
  readonly email: string;
  readonly password: string;
}

const ok = (body: object | string): WireAnswer => ({ status: 200, body });
const created = (body: object): WireAnswer => ({ status: 201, body });
const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const tokenLivesMs = 5 * 60_000;

const requireCoin = (ticker: unknown): Coin =>
  findProcessorCoin(ticker) ??
  refuse(400, "CURRENCY_UNAVAILABLE", `Currency ${String(ticker)} is unavailable`);

/** Answers the processor's own wire. `announce` tells a payment's birth to the payer's side. */
export function createNowpaymentsRoutes(world: {
  readonly store: NowpaymentsStore;
  readonly account: NowpaymentsAccount;
  readonly clock: Clock;
  announce(payment: Payment): void;
}): (request: WireRequest) => WireAnswer {
  const { store, account, clock } = world;
  const tokens = new Map<string, number>();

  function requirePrice(body: ReturnType<typeof checkBody>): { price: bigint; priceCurrency: string } {
    const priceCurrency = String(body.price_currency).toLowerCase();
    if (store.usdOf(priceCurrency) === null)
      refuse(400, "CURRENCY_UNAVAILABLE", `Currency ${priceCurrency} is unavailable`);
    const price = readWireAmount(body.price_amount);
    if (price === null)
      return refuse(400, "INVALID_REQUEST_PARAMS", "price_amount must be a positive number");
    return { price, priceCurrency };
  }

  function requireAboveMinimum(coin: Coin, amount: bigint): void {
    if (amount < store.minimum(coin))
      refuse(400, "AMOUNT_MINIMAL_ERROR", "Crypto amount is less than minimal");
  }

  function createInvoice({ body: raw, headers }: WireRequest): WireAnswer {
    const body = checkBody(raw, {
      required: ["price_amount", "price_currency"],
      optional: [
        "pay_currency",
        "ipn_callback_url",
        "order_id",
        "order_description",
        "success_url",
        "cancel_url",
        "partially_paid_url",
        "is_fixed_rate",
        "is_fee_paid_by_user",
      ],
    });
    const terms = requirePrice(body);
    const coin = body.pay_currency === undefined ? null : requireCoin(body.pay_currency);
    if (coin) requireAboveMinimum(coin, store.priceIn(coin, terms.price, terms.priceCurrency));
    const invoice: Invoice = store.addInvoice({
      ...terms,
      payCurrency: coin?.processorTicker ?? null,
      callbackUrl: textOrNull(body.ipn_callback_url),
      orderId: textOrNull(body.order_id),
      description: textOrNull(body.order_description),
      successUrl: textOrNull(body.success_url),
      cancelUrl: textOrNull(body.cancel_url),
      partiallyPaidUrl: textOrNull(body.partially_paid_url),
      fixedRate: body.is_fixed_rate === true || body.is_fee_paid_by_user === true,
      feePaidByUser: body.is_fee_paid_by_user === true,
    });
    // What they settle in is shown in capitals here.
    const payoutCurrency = store.outcomeCoin().processorTicker?.toUpperCase() ?? "";
    return created(presentInvoice(invoice, { payoutCurrency, url: checkoutUrl(headers.host, invoice.id) }));
  }

  function createPayment({ body: raw }: WireRequest): WireAnswer {
    const body = checkBody(raw, {
      required: ["price_amount", "price_currency", "pay_currency"],
      optional: [
        "pay_amount",
        "ipn_callback_url",
        "order_id",
        "order_description",
        "is_fixed_rate",
        "is_fee_paid_by_user",
        "purchase_id",
        "payout_address",
        "payout_currency",
        "payout_extra_id",
        "customer_email",
        "case",
      ],
    });
    if (body.payout_address !== undefined && body.payout_currency === undefined)
      refuse(400, "INVALID_REQUEST_PARAMS", "payout_currency is required");
    const terms = requirePrice(body);
    const coin = requireCoin(body.pay_currency);
    const payAmount =
      readWireAmount(body.pay_amount) ?? store.priceIn(coin, terms.price, terms.priceCurrency);
    requireAboveMinimum(coin, payAmount);
    const payment = store.createPayment({
      ...terms,
      invoiceId: null,
      coin,
      payAmount,
      callbackUrl: textOrNull(body.ipn_callback_url),
      orderId: textOrNull(body.order_id),
      description: textOrNull(body.order_description),
      fixedRate: body.is_fixed_rate === true || body.is_fee_paid_by_user === true,
      feePaidByUser: body.is_fee_paid_by_user === true,
    });
    world.announce(payment);
    return created(presentCreatedPayment(payment));
  }

  function createInvoicePayment({ body: raw }: WireRequest): WireAnswer {
    const body = checkBody(raw, {
      required: ["iid", "pay_currency"],
      optional: [
        "purchase_id",
        "order_description",
        "customer_email",
        "payout_address",
        "payout_extra_id",
        "payout_currency",
      ],
    });
    const invoice = store.invoices.get(parseInt(String(body.iid), 10));
    if (!invoice) return refuse(404, "NOT_FOUND", "Invoice not found");
    const coin = requireCoin(body.pay_currency);
    requireAboveMinimum(coin, store.priceIn(coin, invoice.price, invoice.priceCurrency));
    const payment = payUnderInvoice(store, invoice, coin);
    world.announce(payment);
    return created(presentCreatedPayment(payment));
  }

  function signIn({ body }: WireRequest): WireAnswer {
    const { email, password } = (body ?? {}) as { email?: unknown; password?: unknown };
    if (email !== account.email || password !== account.password)
      refuse(403, "AUTH_REQUIRED", "Invalid email or password");
    const token = [0, 1, 2].map(() => randomBytes(18).toString("base64url")).join(".");
    tokens.set(token, clock.now().getTime() + tokenLivesMs);
    return ok({ token });
  }

  function requireToken({ headers }: WireRequest): void {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
    const until = token === undefined ? undefined : tokens.get(token);
    if (until === undefined || until <= clock.now().getTime())
      refuse(401, "AUTH_REQUIRED", "Authorization header is empty or the token is expired");
  }

  function requireKey({ headers }: WireRequest): void {
    if (headers["x-api-key"] !== account.apiKey) refuse(403, "INVALID_API_KEY", "Invalid api key");
  }

  function getPayment({ path }: WireRequest): WireAnswer {
    const id = /^\/payment\/(\d+)$/.exec(path)?.[1];
    if (id === undefined) return refuse(400, "INVALID_REQUEST_PARAMS", "paymentId must be a number");
    const payment = store.payments.get(parseInt(id, 10));
    return payment ? ok(presentPayment(payment)) : refuse(404, "NOT_FOUND", "Payment not found");
  }

  return (request) => {
    const { method, path } = request;
    if (method === "GET" && path === "/status") return ok({ message: "OK" });
    if (method === "POST" && path === "/auth") return signIn(request);
    requireKey(request);
    if (method === "POST" && path === "/invoice") return createInvoice(request);
    if (method === "POST" && path === "/payment") return createPayment(request);
    if (method === "POST" && path === "/invoice-payment") return createInvoicePayment(request);
    if (method === "GET" && path === "/payment/") {
      requireToken(request);
      return ok(listPayments(store, request.query));
    }
    if (method === "GET" && path.startsWith("/payment/")) return getPayment(request);
    if (method === "GET") return answerCatalogue(store, request);
    return refuse(404, "NOT_FOUND", "Endpoint not found");
  };
}

/** The birth of a payment: the customer picks a coin on the invoice's page. */
export function payUnderInvoice(store: NowpaymentsStore, invoice: Invoice, coin: Coin): Payment {
  return store.createPayment({
    invoiceId: invoice.id,
    coin,
    price: invoice.price,
    priceCurrency: invoice.priceCurrency,
    payAmount: store.priceIn(coin, invoice.price, invoice.priceCurrency),
    callbackUrl: invoice.callbackUrl,
    orderId: invoice.orderId,
    description: invoice.description,
    fixedRate: invoice.fixedRate,
    feePaidByUser: invoice.feePaidByUser,
  });
}

function answerCatalogue(store: NowpaymentsStore, { path, query }: WireRequest): WireAnswer {
  const offered = coins.filter((coin) => coin.processorTicker !== null);
  if (path === "/currencies") return ok({ currencies: offered.map((coin) => coin.processorTicker) });
  if (path === "/full-currencies") return ok({ currencies: offered.map(presentCurrency) });
  if (path === "/merchant/coins")
    return ok({ selectedCurrencies: offered.map((coin) => coin.processorTicker?.toUpperCase()) });
  if (path === "/min-amount") return ok(minAmount(store, query));
  if (path === "/estimate") return ok(estimate(store, query));
  return refuse(404, "NOT_FOUND", "Endpoint not found");
}

function presentCurrency(coin: Coin, index: number): object {
  return {
    id: index + 1,
    code: coin.processorTicker?.toUpperCase(),
    name: coin.name,
    enable: true,
    wallet_regex: "^.{20,100}$",
    priority: 100 + index,
    extra_id_exists: false,
    extra_id_regex: null,
    logo_url: `/images/coins/${coin.processorTicker}.svg`,
    track: true,
    cg_id: coin.coingeckoId,
    is_maxlimit: false,
    network: coin.swap?.network ?? coin.family,
    smart_contract: coin.contract,
    network_precision: String(coin.decimals),
  };
}

function minAmount(store: NowpaymentsStore, query: URLSearchParams): object {
  const from = requireCoin(query.get("currency_from"));
  const to = query.get("currency_to") === null ? store.outcomeCoin() : requireCoin(query.get("currency_to"));
  const minimum = store.minimum(from);
  const fiat = query.get("fiat_equivalent");
  const usd = store.usdOf(from.processorTicker ?? "") ?? "1";
  return {
    currency_from: from.processorTicker,
    currency_to: to.processorTicker,
    min_amount: toWireNumber(minimum),
    ...(fiat === "usd"
      ? { fiat_equivalent: toWireNumber(convertByPrice(minimum, { from: usd, to: "1" }, "up")) }
      : {}),
  };
}

function estimate(store: NowpaymentsStore, query: URLSearchParams): object {
  const from = query.get("currency_from") ?? "";
  const to = requireCoin(query.get("currency_to"));
  const amount = readWireAmount(query.get("amount"));
  const usd = store.usdOf(from);
  if (amount === null || usd === null)
    return refuse(400, "INVALID_REQUEST_PARAMS", "amount and currency_from are required");
  const toUsd = store.usdOf(to.processorTicker ?? "") ?? "1";
  const estimated = quantize(convertByPrice(amount, { from: usd, to: toUsd }, "down"), to.decimals, "down");
  return {
    currency_from: from,
    amount_from: toWireNumber(amount),
    currency_to: to.processorTicker,
    estimated_amount: toWireNumber(estimated),
  };
}

function wholeNumber(
  query: URLSearchParams,
  name: string,
  fallback: number,
  limits: { min: number; max: number },
): number {
  const text = query.get(name);
  const value = text === null ? fallback : /^\d{1,9}$/.test(text) ? parseInt(text, 10) : -1;
  if (value < limits.min || value > limits.max)
    refuse(400, "INVALID_REQUEST_PARAMS", `${name} must be between ${limits.min} and ${limits.max}`);
  return value;
}

function dateOf(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time)
    ? refuse(400, "INVALID_REQUEST_PARAMS", `${name} must be in ISO 8601 date format`)
    : time;
}

const sortKeys = new Map<string, (payment: Payment) => string | number | bigint>([
  ["created_at", (payment) => payment.createdAt.getTime()],
  ["updated_at", (payment) => payment.updatedAt.getTime()],
  ["payment_id", (payment) => payment.id],
  ["payment_status", (payment) => payment.status],
  ["order_id", (payment) => payment.orderId ?? ""],
  ["price_amount", (payment) => payment.price],
]);

/** GET /payment/: by the day of creation, as theirs; `dateTo` given as a day includes that day. */
function listPayments(store: NowpaymentsStore, query: URLSearchParams): object {
  const limit = wholeNumber(query, "limit", 10, { min: 1, max: 500 });
  const page = wholeNumber(query, "page", 0, { min: 0, max: 1_000_000 });
  const from = dateOf(query, "dateFrom", 0);
  const wholeDay = /^\d{4}-\d\d-\d\d$/.test(query.get("dateTo") ?? "") ? 86_399_999 : 0;
  const to = dateOf(query, "dateTo", Number.MAX_SAFE_INTEGER - 86_400_000) + wholeDay;
  const invoiceId = query.get("invoiceId");
  const keyOf = sortKeys.get(query.get("sortBy") ?? "created_at");
  if (!keyOf) return refuse(400, "INVALID_REQUEST_PARAMS", "sortBy is not supported");
  const direction = query.get("orderBy") ?? "asc";
  if (direction !== "asc" && direction !== "desc")
    return refuse(400, "INVALID_REQUEST_PARAMS", "orderBy must be one of [asc, desc]");

  const found = [...store.payments.values()].filter((payment) => {
    const at = payment.createdAt.getTime();
    return at >= from && at <= to && (invoiceId === null || String(payment.invoiceId) === invoiceId);
  });
  const sign = direction === "asc" ? 1 : -1;
  found.sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return sign * (left === right ? a.id - b.id : left < right ? -1 : 1);
  });
  return {
    data: found.slice(page * limit, (page + 1) * limit).map(presentRow),
    limit,
    page,
    pagesCount: Math.ceil(found.length / limit),
    total: found.length,
  };
}
