import { manualClock } from "../../../clock.ts";
import { registry } from "../../../money/index.ts";
import { contractTimeoutMs, describeClassification } from "../../contract.ts";
import { commonAnswers, outage, refusal, slowDown } from "../../documented-answers.ts";
import { createBinance } from "./index.ts";

const never = new AbortController().signal;
const start = new Date("2026-01-15T10:00:00Z");
const tether = registry.get("ethereum:USDT");
const observation = { asset: tether, usd: "1", source: "dollars", sourceTime: start, fetchedAt: start };
const dollars = { name: "dollars", observe: () => Promise.resolve(new Map([[tether.id, observation]])) };
const coded = (status: number, code: number) => ({ status, body: JSON.stringify({ code, msg: "no" }) });

/** Source: "HTTP Return Codes" and errors.md of binance-spot-api-docs. They are only ever asked, so nothing can be unknown. */
describeClassification(
  "binance",
  {
    ask: (url) =>
      createBinance({
        baseUrl: url,
        usdt: { asset: tether, prices: dollars },
        clock: manualClock(start),
        timeoutMs: contractTimeoutMs,
      }).observe([registry.get("ethereum:ETH")], never),
  },
  [
    { says: "400, -1121 invalid symbol", reply: coded(400, -1121), asked: "answered", submitted: "" },
    refusal("400, -1100 illegal characters", coded(400, -1100), "refused"),
    refusal("400, -1122 invalid symbol status", coded(400, -1122), "refused"),
    refusal("400, HTML", { status: 400, body: "<html></html>" }, "refused"),
    refusal("403 of the firewall", { status: 403, body: "<html></html>" }, "unauthorized"),
    refusal(
      "451, refused by country",
      { status: 451, body: '{"code":0,"msg":"restricted"}' },
      "country_refused",
    ),
    slowDown("429, -1003 too many requests", coded(429, -1003)),
    slowDown("418, banned for a while", coded(418, -1003)),
    outage("500, -1001 disconnected", coded(500, -1001), "server_error"),
    outage("200 with an error for a body", coded(200, -1003), "malformed_answer"),
    outage("200, an object for a list", { body: '{"symbol":"ETHUSDT","lastPrice":"1"}' }, "malformed_answer"),
    ...commonAnswers.filter(({ says }) => says !== "a 404 page"),
    refusal("a 404 page", { status: 404, body: "<html></html>" }, "not_found"),
  ],
);
