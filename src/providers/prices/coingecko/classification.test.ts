import { manualClock } from "../../../clock.ts";
import { registry } from "../../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../../contract.ts";
import { commonAnswers, outage, refusal } from "../../documented-answers.ts";
import { createCoingecko } from "./index.ts";

const never = new AbortController().signal;
const coded = (status: number, code: number) => ({
  status,
  body: JSON.stringify({ status: { error_code: code, error_message: "no" } }),
});

/** Source: "Errors & Rate Limits" of their documentation. They are only ever asked, so nothing can be unknown. */
describeClassification(
  "coingecko",
  {
    ask: (url) =>
      createCoingecko({
        baseUrl: `${url}/api/v3`,
        apiKey: "CG-example-key-0001",
        clock: manualClock(new Date("2026-01-15T10:00:00Z")),
        timeoutMs: contractTimeoutMs,
      }).observe([registry.get("ethereum:ETH")], never),
  },
  [
    refusal("400", { status: 400, body: '{"error":"bad request"}' }, "refused"),
    refusal("401, 10002 missing key", coded(401, 10_002), "unauthorized"),
    refusal("401, 10005 plan", coded(401, 10_005), "unauthorized"),
    refusal("400, 10010 paid key on the wrong host", coded(400, 10_010), "refused"),
    refusal("400, 10011 free key on the wrong host", coded(400, 10_011), "refused"),
    refusal("403", coded(403, 403), "unauthorized"),
    refusal("403, 1020 of the network in front", coded(403, 1020), "unauthorized"),
    outage("408, JSON", coded(408, 408), "refused"),
    ...commonAnswers.filter(({ says }) => says !== "a 404 page"),
    refusal("a 404 page", { status: 404, body: "<html></html>" }, "not_found"),
  ],
);
