import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../sandbox/anvil.ts";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock, type Clock } from "../clock.ts";
import { loadConfig } from "../config/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { startEngine } from "./index.ts";

interface Component {
  readonly name: string;
  readonly ok: boolean;
  readonly critical: boolean;
  readonly detail: string;
}

/** What an engine says of prices and clocks in its log as it starts, and to whoever asks whether it is ready. */
async function told(priceSources: string, clock?: Clock) {
  const database = await freshDatabase();
  const lines: { level: string; msg: string; pricing?: string }[] = [];
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
  const nobody = "http://127.0.0.1:9"; // no provider and no node answers: what is said of prices needs none
  const config = loadConfig({
    ROLE: "api",
    PORT: String(await freePort()),
    DATABASE_URL: database.url,
    NOWPAYMENTS_API_KEY: "np-key-1234",
    NOWPAYMENTS_IPN_SECRET: "ipn-secret-1234",
    NOWPAYMENTS_BASE_URL: nobody,
    CHANGENOW_API_KEY: "cn-key-1234",
    CHANGENOW_BASE_URL: nobody,
    COINGECKO_BASE_URL: nobody,
    BINANCE_BASE_URL: nobody,
    COINBASE_BASE_URL: nobody,
    ETHEREUM_RPC_URLS: nobody,
    KEYSTORE_PASSWORD: "correct horse battery",
    PRICE_SOURCES: priceSources,
  });
  const engine = await startEngine(config, log, clock);
  onTestFinished(() => engine.stop());
  const answer = await fetch(new URL("/health/ready", engine.url!));
  const { components } = (await answer.json()) as { components: Component[] };
  const atStart = lines.filter(({ pricing }) => pricing !== undefined);
  const find = (component: string) => components.find(({ name }) => name === component);
  return { status: answer.status, atStart, ready: find("prices"), clock: find("clock") };
}

const assetsIn = (text: string | undefined): string[] => (text?.match(/[\w-]+:\w+/g) ?? []).toSorted();

test.each([
  [
    "coingecko,binance,coinbase",
    ["ethereum:WETH", "base:cbBTC"],
    ["ethereum:ETH", "tron:TRX", "ethereum:USDC", "tron:USDT"],
  ],
  ["coingecko,coinbase", ["tron:TRX", "ethereum:USDC", "bnb-smart-chain:BNB"], ["ethereum:ETH", "tron:USDT"]],
  ["coingecko", ["ethereum:ETH", "tron:TRX", "aptos:APT"], []],
])(
  "%s: what one source alone tells is named at the start and in readiness",
  async (sources, lone, backed) => {
    const { status, atStart, ready } = await told(sources);
    expect(atStart).toMatchObject([{ level: "info", msg: "who tells prices" }]);
    const named = assetsIn(atStart[0]?.pricing);
    expect(named).toEqual(expect.arrayContaining(lone));
    for (const asset of backed) expect(named).not.toContain(asset);
    expect(ready).toMatchObject({ ok: true, critical: false, detail: atStart[0]?.pricing });
    expect(status).toBe(200);
  },
);

test.each([
  ["coinbase", ["tron:TRX", "ethereum:USDC", "bnb-smart-chain:BNB"], ["ethereum:ETH", "tron:USDT"]],
  ["coinbase,binance", ["ethereum:WETH", "base:cbBTC"], ["ethereum:ETH", "tron:TRX", "ethereum:USDC"]],
])(
  "%s: what nobody prices is an error at the start, in words that help, and in readiness",
  async (sources, without, priced) => {
    const { status, atStart, ready } = await told(sources);
    expect(atStart).toMatchObject([
      { level: "error", msg: "some assets are not offered: nobody tells their price" },
    ]);
    const named = assetsIn(atStart[0]?.pricing);
    expect(named).toEqual(expect.arrayContaining(without));
    for (const asset of priced) expect(named).not.toContain(asset);
    expect(atStart[0]?.pricing).toContain("Name coingecko there.");
    expect(ready).toMatchObject({ ok: false, critical: false, detail: atStart[0]?.pricing });
    expect(status, "an engine that cannot price everything still serves what it can").toBe(200);
  },
);

test("an engine on a host whose clock is off says so in readiness, and serves", async () => {
  const fast = { now: () => new Date(systemClock.now().getTime() + 10 * 60_000) };
  const { status, clock } = await told("coingecko", fast);
  expect(clock).toMatchObject({ ok: false, critical: false });
  expect(clock?.detail).toContain("is 10 min ahead of the database");
  expect(status).toBe(200);
  expect((await told("coingecko")).clock).toMatchObject({ ok: true, detail: "agrees with the database" });
});
