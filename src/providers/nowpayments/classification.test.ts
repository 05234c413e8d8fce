import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../contract.ts";
import { commonAnswers, refusal } from "../documented-answers.ts";
import { createNowpayments } from "./index.ts";

const make = (baseUrl: string) =>
  createNowpayments({
    baseUrl: `${baseUrl}/v1`,
    apiKey: "EXAMPLE-API-KEY-0001",
    ipnSecret: "demo-ipn-secret",
    registry,
    clock: manualClock(new Date("2026-01-15T10:30:00Z")),
    timeoutMs: contractTimeoutMs,
  });
const never = new AbortController().signal;
const invoice = { orderId: "order-1", priceUsd: "25.50", description: "One month", callbackUrl: null };
const said = (status: number, code: string, reason: string, message = "no") =>
  refusal(
    `${status} ${code || "(no code)"}`,
    { status, body: JSON.stringify({ status: false, statusCode: status, code, message }) },
    reason,
  );

/** Source: API documentation, "Errors", with recorded variants. */
describeClassification(
  "nowpayments",
  {
    ask: (url) => make(url).checkHealth(never),
    lookUp: (url) => make(url).fetchPayment("7000000001", never),
    submit: (url) => make(url).createInvoice(invoice, never),
  },
  [
    said(400, "INVALID_REQUEST_PARAMS", "invalid_request", "success_url must be a valid uri"),
    said(400, "AMOUNT_MINIMAL_ERROR", "amount_too_small", "amountTo is too small"),
    said(400, "BAD_CREATE_WITHDRAWAL_REQUEST", "invalid_request"),
    said(400, "BAD_REQUEST", "invalid_request", "sub partner already exist"),
    said(401, "INVALID_API_KEY", "unauthorized"),
    said(403, "INVALID_API_KEY", "unauthorized"),
    said(401, "AUTH_REQUIRED", "unauthorized"),
    said(403, "AUTH_REQUIRED", "unauthorized"),
    said(403, "", "unauthorized", "IP is not whitelisted"),
    { ...said(404, "NOT_FOUND", "not_found"), lookedUp: "null" },
    said(400, "CURRENCY_UNAVAILABLE", "currency_unavailable"),
    said(404, "CURRENCY_UNAVAILABLE", "currency_unavailable"),
    said(400, "SOMETHING_NEW", "refused"),
    ...commonAnswers,
  ],
);
