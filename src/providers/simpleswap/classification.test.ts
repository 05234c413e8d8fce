import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../contract.ts";
import { commonAnswers, refusal } from "../documented-answers.ts";
import { createSimpleswap } from "./index.ts";

const make = (baseUrl: string) =>
  createSimpleswap({
    baseUrl: `${baseUrl}/v3`,
    apiKey: "example-simpleswap-key-0001",
    registry,
    clock: manualClock(new Date("2026-01-15T10:30:00Z")),
    timeoutMs: contractTimeoutMs,
  });
const never = new AbortController().signal;
const pair = {
  source: registry.get("ethereum:ETH"),
  target: registry.get("bitcoin:BTC"),
  flow: "standard",
} as const;
const create = {
  ...pair,
  amount: 500_000_000_000_000_000n,
  rateId: null,
  address: "bc1qexamplepayoutaddress",
  memo: null,
  refundAddress: "0x2222222222222222222222222222222222222222",
  reference: "0190d3c1-0000-7000-8000-000000000001",
};
const said = (status: number, message: string, reason: string) =>
  refusal(
    `${status} "${message}"`,
    { status, body: JSON.stringify({ code: status, error: "Error", message, traceId: "t" }) },
    reason,
  );

/** Source: their help page on errors of the public API, and public clients; the wordings are examples. */
describeClassification(
  "simpleswap",
  {
    ask: (url) => make(url).quote(pair, create.amount, never),
    lookUp: (url) => make(url).status("sw4p3x4mpl3id01", pair, never),
    submit: (url) => make(url).create(create, never),
  },
  [
    said(400, "Request parameters are not valid", "invalid_request"),
    said(400, "Invalid address", "invalid_address"),
    said(400, "Invalid refund address", "invalid_refund_address"),
    said(401, "Wrong api key", "unauthorized"),
    said(403, "Forbidden", "unauthorized"),
    { ...said(404, "Ticker not found", "pair_inactive"), lookedUp: "null" },
    { ...said(404, "Pair not found", "pair_inactive"), lookedUp: "null" },
    said(404, "Cannot GET /v3/exchange", "endpoint_missing"),
    said(422, "Amount is less than minimal", "amount_too_small"),
    said(422, "Amount is greater than maximum", "amount_too_large"),
    said(422, "Amount does not fall within the range", "amount_out_of_range"),
    said(418, "Something new", "refused"),
    ...commonAnswers,
  ],
);
