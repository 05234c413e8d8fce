import { afterAll, expect, test } from "vitest";
import { manualClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import { connect } from "../../src/database/index.ts";
import { assemble } from "../../src/engine/index.ts";
import { registry } from "../../src/money/index.ts";
import { createLogger } from "../../src/telemetry/index.ts";

const environment = {
  ROLE: "api",
  NOWPAYMENTS_API_KEY: "np-key-1234",
  NOWPAYMENTS_IPN_SECRET: "ipn-secret-1234",
  CHANGENOW_API_KEY: "cn-key-1234",
  ETHEREUM_RPC_URLS: "http://node.example",
  PRICE_SOURCES: "coingecko",
};
// Nothing here asks the database.
const database = connect("postgres://127.0.0.1:1/nobody", { max: 1 });
afterAll(() => database.close());
const never = new AbortController().signal;

/** The engine's parts, with an outside that answers as told and everything it was asked. */
function begin(more: Record<string, string> = {}) {
  const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
  const asked: string[] = [];
  const lines: { level: string; msg: string; provider?: string }[] = [];
  const outside = { down: new Set<string>() };
  const log = createLogger({
    level: "info",
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
  const parts = assemble(loadConfig({ ...environment, ...more }), database.db, log, {
    clock,
    random: () => 0.5,
    fetch: (input) => {
      const { host } = new URL(String(input));
      asked.push(host);
      return Promise.resolve(new Response("{}", { status: outside.down.has(host) ? 503 : 400 }));
    },
  });
  const open = async (provider: string) =>
    (await parts.metrics.circuitOpen.get()).values.find((value) => value.labels.provider === provider)?.value;
  return { clock, asked, lines, outside, parts, open };
}

test("a provider that is down is left alone, which the log and the metrics tell; the others are asked as ever", async () => {
  const { clock, asked, lines, outside, parts, open } = begin();
  const changenow = parts.swapProviders.get("changenow")!;
  const check = () => changenow.checkHealth(never).catch((error: Error) => error.message);
  expect(await open("changenow")).toBe(0);
  outside.down.add("api.changenow.io");
  for (let time = 0; time < 8; time++) await check();
  expect(asked).toHaveLength(5);
  expect(await check()).toContain("circuit_open");
  expect(await open("changenow")).toBe(1);
  expect(lines.map(({ level, msg, provider }) => [level, msg, provider])).toEqual([
    ["warn", "a provider fails and is left alone", "changenow"],
  ]);

  const ether = [registry.get("ethereum:ETH")];
  await expect(parts.prices.observe(ether, never)).rejects.toMatchObject({ reason: "refused" });
  const processor = parts.processors.get("nowpayments")!;
  await expect(processor.fetchPayment("1", never)).rejects.toMatchObject({ reason: "refused" });
  expect([await open("coingecko"), await open("nowpayments")]).toEqual([0, 0]);

  outside.down.clear();
  clock.advance(750);
  await check();
  expect(await open("changenow")).toBe(0);
  expect(lines.at(-1)).toMatchObject({ level: "info", msg: "a provider works again", provider: "changenow" });
});

test("without a price source every observation fails at once, and comes back by itself", async () => {
  const { clock, asked, outside, parts } = begin();
  const observe = () => parts.prices.observe([registry.get("ethereum:ETH")], never);
  outside.down.add("api.coingecko.com");
  for (let time = 0; time < 7; time++)
    await expect(observe()).rejects.toMatchObject({ failure: "retryable" });
  expect(asked).toHaveLength(5);
  outside.down.clear();
  clock.advance(750);
  await expect(observe()).rejects.toMatchObject({ reason: "refused" });
  expect(asked).toHaveLength(6);
});

test("SimpleSwap is there with a key, and not without", async () => {
  expect([...begin().parts.swapProviders.keys()]).toEqual(["changenow"]);
  const { parts, asked } = begin({ SIMPLESWAP_API_KEY: "ss-key-1234" });
  expect([...parts.swapProviders.keys()]).toEqual(["changenow", "simpleswap"]);
  await parts.swapProviders
    .get("simpleswap")!
    .checkHealth(never)
    .catch(() => null);
  expect(asked).toEqual(["api.simpleswap.io"]);
});
