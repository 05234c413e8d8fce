import { manualClock } from "../../../clock.ts";
import { registry } from "../../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../../contract.ts";
import { commonAnswers, outage, refusal, slowDown } from "../../documented-answers.ts";
import { createCoinbase } from "./index.ts";

const never = new AbortController().signal;
const said = (status: number, message: string) => ({ status, body: JSON.stringify({ message }) });

/** Source: "Requests" and "Rate limits" of their exchange's documentation. They are only ever asked: nothing can be unknown. */
describeClassification(
  "coinbase",
  {
    ask: (url) =>
      createCoinbase({
        baseUrl: url,
        clock: manualClock(new Date("2026-01-15T10:00:00Z")),
        timeoutMs: contractTimeoutMs,
      }).observe([registry.get("ethereum:ETH")], never),
  },
  [
    { says: "404, no such product", reply: said(404, "NotFound"), asked: "answered", submitted: "" },
    refusal("404 of another kind", said(404, "Route not found"), "not_found"),
    refusal("400, no user agent", said(400, "User-Agent header is required."), "refused"),
    refusal("401", said(401, "Unauthorized"), "unauthorized"),
    refusal("403", said(403, "Forbidden"), "unauthorized"),
    slowDown("429, too many requests", said(429, "Public rate limit exceeded")),
    outage("500", said(500, "Internal server error"), "server_error"),
    outage("200 with an error for a body", said(200, "NotFound"), "malformed_answer"),
    outage("200, no price at all", { body: '{"trade_id":1}' }, "malformed_answer"),
    ...commonAnswers.filter(({ says }) => says !== "a 404 page"),
    refusal("a 404 page", { status: 404, body: "<html></html>" }, "not_found"),
  ],
);
