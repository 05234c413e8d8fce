import { LosslessNumber, parse, stringify } from "lossless-json";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import { formatUsd, parseUsd, type AssetRegistry } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { changedCurrencies, type ListedCurrency } from "../currency-changes.ts";
import type { HttpRequest } from "../http-client.ts";
import { keepList } from "../kept-list.ts";
import { probeText, type PaymentProcessor, type ProcessorPayment } from "../port.ts";
import { outcomeOf } from "../submission.ts";
import { createNowpaymentsClient, type NowpaymentsClient } from "./client.ts";
import { currenciesSchema, knownCurrencies, paymentSchema, readEvent, toPayment } from "./mapping.ts";
import { selfTestSignature, signNotice, signatureHeader, signedText } from "./webhook.ts";

const name = "nowpayments";
const rowsPerPage = 200;

/** What the configuration must hold for this provider. E-mail and password only for listing payments. */
export const nowpaymentsConfigSchema = z
  .object({
    baseUrl: z.url({ protocol: /^https?$/ }).default("https://api.nowpayments.io/v1"),
    apiKey: z.string().trim().min(1),
    ipnSecret: z.string().trim().min(1),
    email: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
  })
  .refine((config) => (config.email === undefined) === (config.password === undefined), {
    error: "email and password go together",
  });

export interface NowpaymentsOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly ipnSecret: string;
  readonly email?: string;
  readonly password?: string;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

const invoiceSchema = z.object({
  id: z.string().min(1),
  order_id: z.string().nullish(),
  invoice_url: z.url({ protocol: /^https?$/ }),
});

/** They check the URL strictly: whatever RFC 3986 does not allow is percent-encoded (F02). */
function toStrictUrl(text: string): string {
  if (!URL.canParse(text)) throw new DomainError("invalid_callback_url", "The callback URL is not a URL.");
  const url = new URL(text);
  const rest = `${url.pathname}${url.search}`.replace(/%(?![0-9A-Fa-f]{2})/g, "%25");
  return `${url.origin}${rest.replace(/[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%]/g, encodeURIComponent)}`;
}

function toInvoiceBody(request: Parameters<PaymentProcessor["createInvoice"]>[0]): string {
  const body = {
    price_amount: new LosslessNumber(formatUsd(parseUsd(request.priceUsd))), // they want a number; ours keeps its digits
    price_currency: "usd",
    order_id: request.orderId,
    order_description: request.description,
    ...(request.callbackUrl === null ? {} : { ipn_callback_url: toStrictUrl(request.callbackUrl) }),
  };
  return stringify(body) ?? "";
}

async function createInvoice(
  client: NowpaymentsClient,
  request: Parameters<PaymentProcessor["createInvoice"]>[0],
  signal: AbortSignal,
) {
  const body = toInvoiceBody(request);
  const http: HttpRequest = { operation: "create_invoice", method: "POST", path: "/invoice", body };
  return outcomeOf(async () => {
    const response = await client.ask(http, signal);
    const invoice = client.read(invoiceSchema, http, response);
    if (invoice.order_id && invoice.order_id !== request.orderId)
      throw new ProviderError(
        { provider: name, operation: http.operation, failure: "unknown", reason: "answer_mismatch" },
        { expected: request.orderId, raw: response.text },
      );
    return { value: { invoiceId: invoice.id, checkoutUrl: invoice.invoice_url }, raw: response.text };
  });
}

async function fetchPayment(
  client: NowpaymentsClient,
  registry: AssetRegistry,
  externalId: string,
  signal: AbortSignal,
) {
  const path = `/payment/${encodeURIComponent(externalId)}`;
  const request: HttpRequest = { operation: "fetch_payment", method: "GET", path };
  try {
    // Some keys need the login here too; which ones is not written down.
    const response = await client.ask(request, signal).catch((error: unknown) => {
      if (client.canSignIn && error instanceof ProviderError && error.details["status"] === 401)
        return client.askSignedIn(request, signal);
      throw error;
    });
    const payment = toPayment(client.read(paymentSchema, request, response), registry);
    if (payment.externalId !== externalId)
      throw new ProviderError(
        { provider: name, operation: request.operation, failure: "retryable", reason: "answer_mismatch" },
        { expected: externalId, raw: response.text },
      );
    return { payment, raw: response.text };
  } catch (error) {
    if (error instanceof ProviderError && error.reason === "not_found") return null;
    throw error;
  }
}

const pageSchema = z.object({
  data: z.array(z.unknown()),
  pagesCount: z
    .string()
    .regex(/^\d{1,9}$/)
    .nullish(),
});

/** The rows as they were written, so that each is kept with its own digits. */
function rawRows(text: string): string[] {
  const { data } = z.object({ data: z.array(z.unknown()) }).parse(parse(text));
  return data.map((row) => stringify(row) ?? "null");
}

async function listPayments(
  client: NowpaymentsClient,
  registry: AssetRegistry,
  request: { since: Date; page: number },
  signal: AbortSignal,
) {
  const http: HttpRequest = {
    operation: "list_payments",
    method: "GET",
    path: "/payment/", // the slash before the question mark is theirs
    query: {
      limit: String(rowsPerPage),
      page: String(request.page),
      sortBy: "created_at",
      orderBy: "asc",
      dateFrom: request.since.toISOString(),
    },
  };
  if (!client.canSignIn)
    throw new ProviderError({
      provider: name,
      operation: http.operation,
      failure: "rejected",
      reason: "unauthorized",
      message: "Listing NOWPayments payments needs the account's e-mail and password: configure both.",
    });
  const response = await client.askSignedIn(http, signal);
  const page = client.read(pageSchema, http, response);
  const payments: { payment: ProcessorPayment; raw: string }[] = [];
  const unreadable: string[] = [];
  const raws = rawRows(response.text);
  for (const [index, row] of page.data.entries()) {
    const raw = raws[index]!;
    const wire = paymentSchema.safeParse(row);
    if (wire.success) payments.push({ payment: toPayment(wire.data, registry), raw });
    else unreadable.push(raw);
  }
  const hasMore = page.pagesCount
    ? request.page + 1 < parseInt(page.pagesCount, 10)
    : page.data.length >= rowsPerPage;
  return { payments, unreadable, nextPage: hasMore && page.data.length > 0 ? request.page + 1 : null };
}

/** All currencies that they take now, by their full list. */
async function listCurrencies(client: NowpaymentsClient, signal: AbortSignal): Promise<ListedCurrency[]> {
  const request: HttpRequest = {
    operation: "list_currencies",
    method: "GET",
    path: "/full-currencies",
    maxBytes: 8_000_000, // some hundred rows, with links to pictures
  };
  const { currencies } = client.read(currenciesSchema, request, await client.ask(request, signal));
  return currencies
    .filter(({ enable }) => enable !== false)
    .map(({ code, network, smart_contract: contract }) => ({
      name: code.toLowerCase(),
      network: network ?? null,
      contract: contract || null,
    }));
}

/**
 * NOWPayments as a payment processor: hosted invoices, signed events, and looking up what an event may have missed.
 * @throws {DomainError} `invalid_configuration` an empty key or IPN secret, or a base URL that is none.
 * @throws {InvariantViolation} `signature_self_test_failed`
 */
export function createNowpayments(options: NowpaymentsOptions): PaymentProcessor {
  const { registry } = options;
  const secret = options.ipnSecret.trim(); // their server trims it before signing
  if (secret === "")
    throw new DomainError(
      "invalid_configuration",
      "The NOWPayments IPN secret is empty: set it and start again.",
    );
  selfTestSignature(secret);
  const client = createNowpaymentsClient(options, options);
  const currencies = keepList(options.clock, (signal) => listCurrencies(client, signal));

  return {
    name,
    createInvoice: (request, signal) => createInvoice(client, request, signal),
    verifyEvent: (raw, headers) => signedText(raw, headers[signatureHeader], secret),
    parseEvent(raw) {
      try {
        return readEvent(raw.toString("utf8"), registry);
      } catch (error) {
        throw new DomainError("malformed_event", "The event is not one NOWPayments sends.", {}, error);
      }
    },
    fetchPayment: (externalId, signal) => fetchPayment(client, registry, externalId, signal),
    listPayments: (request, signal) => listPayments(client, registry, request, signal),
    async currencyChanges(signal) {
      const listed = await currencies(signal);
      return listed === null ? null : changedCurrencies(knownCurrencies(registry), listed);
    },
    async checkHealth(signal) {
      const request: HttpRequest = { operation: "check_health", method: "GET", path: "/status" };
      const response = await client.ask(request, signal);
      if (response.text.trim() !== "OK")
        client.read(z.object({ message: z.literal("OK") }), request, response);
    },
    async checkAccess(signal) {
      const request: HttpRequest = { operation: "check_access", method: "GET", path: "/merchant/coins" };
      const response = await client.ask(request, signal);
      client.read(z.object({ selectedCurrencies: z.array(z.string()) }), request, response);
      if (!client.canSignIn) return "the key works; no login, so that payments cannot be listed";
      await listPayments(client, registry, { since: options.clock.now(), page: 0 }, signal);
      return "the key and the login work";
    },
    makeProbe() {
      const body = probeText();
      return { body, headers: { [signatureHeader]: signNotice(body, secret) } };
    },
  };
}
