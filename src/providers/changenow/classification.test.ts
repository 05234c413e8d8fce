import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../contract.ts";
import { commonAnswers, outage, refusal } from "../documented-answers.ts";
import { createChangenow } from "./index.ts";

const make = (baseUrl: string) =>
  createChangenow({
    baseUrl: `${baseUrl}/v2`,
    apiKey: "example-changenow-key-0001",
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
const amount = 500_000_000_000_000_000n;
const create = {
  ...pair,
  amount,
  rateId: null,
  address: "bc1qexamplepayoutaddress",
  memo: null,
  refundAddress: "0x2222222222222222222222222222222222222222",
  reference: "0190d3c1-0000-7000-8000-000000000001",
};
const reply = (status: number, error: string, message = "", more: object = {}) => ({
  status,
  body: JSON.stringify({ error, message, ...more }),
});
const said = (status: number, error: string, reason: string, message?: string, more?: object) =>
  refusal(`${status} ${error}${message ? ` "${message}"` : ""}`, reply(status, error, message, more), reason);

/** Source: API v2 documentation, "Errors", and the actions' own codes. */
describeClassification(
  "changenow",
  {
    ask: (url) => make(url).quote(pair, amount, never),
    lookUp: (url) => make(url).status("a1b2c3d4e5f607", pair, never),
    submit: (url) => make(url).create(create, never),
  },
  [
    said(400, "deposit_too_small", "amount_too_small"),
    // No range, or one that is none: the wording decides, and without it neither side is claimed (F71).
    said(400, "out_of_range", "amount_out_of_range", "", { range: "soon" }),
    {
      ...said(400, "out_of_range", "amount_too_small", "Amount is less then minimal: 0.7 ETH"),
      says: "F71: their misspelt wording",
    },
    said(400, "out_of_range", "amount_too_large", "Amount is greater than maximal"),
    {
      ...said(400, "out_of_range", "amount_too_small", "told by range", { range: { min: 0.7, max: null } }),
      lookedUp: "rejected amount_out_of_range",
    },
    {
      ...said(400, "out_of_range", "amount_too_large", "told by payload", {
        payload: { range: { min: 0.01, max: 0.4 } },
      }),
      lookedUp: "rejected amount_out_of_range",
    },
    said(400, "max_amount_exceeded", "amount_too_large"),
    said(400, "pair_is_inactive", "pair_inactive"),
    said(400, "fixed_rate_not_enabled", "fixed_rate_unavailable"),
    said(400, "rate_id_not_found_or_expired", "rate_expired"),
    said(400, "not_valid_params", "invalid_request", "toCurrency is required"),
    said(400, "bad_params", "invalid_request"),
    said(400, "not_valid_address", "invalid_address"),
    said(400, "not_valid_refund_address", "invalid_refund_address"),
    said(400, "user_not_found", "invalid_request"),
    said(400, "page_not_found", "endpoint_missing"),
    said(404, "page_not_found", "endpoint_missing"),
    said(400, "not_available", "not_available"),
    outage("400 unknown_error", reply(400, "unknown_error"), "provider_unsure"),
    said(401, "unauthorized", "unauthorized"),
    said(403, "invalid_api_key", "unauthorized"),
    said(403, "forbidden", "unauthorized", "made from another api key"),
    said(403, "a_new_word", "unauthorized"),
    { ...said(404, "not_found", "not_found", "Exchange not found"), lookedUp: "null" },
    said(400, "a_new_word", "refused"),
    ...commonAnswers,
  ],
);
