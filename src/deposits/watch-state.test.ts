import { afterEach, describe, expect, test } from "vitest";
import type { AddressWatch, BlockWatch, ReceivingChain } from "../chains/receiving.ts";
import { createClockWitnesses } from "../clock-witnesses.ts";
import { sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { readinessChecks, refreshWatch, watchCurrencies } from "../health/index.ts";
import { createMetrics } from "../telemetry/index.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";
import { watchDesk } from "./watch-desk.ts";
import { watchJob } from "./watch.job.ts";
import { wordsIn } from "./watch-state.ts";

const signal = AbortSignal.timeout(120_000);
const refusal = (reason: string, details: object = {}) =>
  new ProviderError(
    { provider: "ethereum", operation: "scan", failure: "retryable", reason },
    { ...details },
  );

let world: DepositWorld;
afterEach(() => world.database.close());

async function signs() {
  const desk = await watchDesk(world.deps).find({ now: world.clock.now(), signal });
  const metrics = createMetrics();
  await refreshWatch({ ...world.deps, metrics });
  const none = {
    witnesses: createClockWitnesses(world.clock),
    chains: new Map(),
    processors: new Map(),
    swapProviders: new Map(),
    desk: { rooms: [], latestPrices: async () => new Map() } as never,
    currencies: watchCurrencies({ providers: [], log: world.deps.log }),
  };
  const checks = readinessChecks({ ...world.deps, ...none });
  const { check } = checks.find(({ name }) => name === "chain:ethereum")!;
  const health = await check().then(
    (detail) => ({ ok: true, detail }),
    (error: Error) => ({ ok: false, detail: error.message }),
  );
  return { desk, health, metrics: await metrics.registry.metrics() };
}

const watch = (chain: ReceivingChain) =>
  watchJob({ ...world.deps, depositChains: new Map([["ethereum", chain]]) }).run(
    { chain: "ethereum" },
    { signal, attempt: 1, log: world.deps.log },
  );

const byAddress = (listSince: AddressWatch["listSince"]): AddressWatch => ({ kind: "addresses", listSince });

/** Ways in which a look is made and its work is not done. */
const standing: readonly (readonly [
  string,
  string,
  string,
  (chain: ReceivingChain) => ReceivingChain["watch"] | "head",
])[] = [
  ["the node gives no head", "down", "ethereum head: down", () => "head"],
  [
    "every search for logs is refused",
    "refused",
    "a.example: limit exceeded (-32005); b.example: timed_out",
    ({ watch: blocks }) => ({
      ...(blocks as BlockWatch),
      scan: () =>
        Promise.reject(
          refusal("refused", {
            endpoints: [
              { endpoint: "a.example", code: -32005, message: "limit exceeded" },
              { endpoint: "b.example", reason: "timed_out" },
            ],
          }),
        ),
    }),
  ],
  [
    "the node has not the block where the search begins",
    "missing_block",
    "ethereum watch: missing_block",
    ({ watch: blocks }) => ({ ...(blocks as BlockWatch), blockHash: () => Promise.resolve(null) }),
  ],
  [
    "an address cannot be listed",
    "indexer_lagging",
    "ethereum scan: indexer_lagging",
    () => byAddress(() => Promise.reject(refusal("indexer_lagging"))),
  ],
];

describe("a search for payments that stands still", () => {
  test.each(standing)(
    "shows where %s, with what was said, and no more once it goes on",
    async (_how, reason, said, make) => {
      world = await depositWorld();
      await world.order();
      world.chain.mine();
      const spoilt = make(world.chain);
      const down = () =>
        Promise.reject(
          new ProviderError({
            provider: "ethereum",
            operation: "head",
            failure: "retryable",
            reason: "down",
          }),
        );
      const chain = spoilt === "head" ? { ...world.chain, head: down } : { ...world.chain, watch: spoilt };
      await watch(chain);
      expect((await signs()).desk).toEqual([]); // one refusal passes by itself
      expect((await signs()).metrics).toMatch(/spillway_watch_refusals\{chain="ethereum"\} 1\n/);
      world.clock.advance(61_000);
      await watch(chain);
      const { desk, health, metrics } = await signs();
      expect(desk).toMatchObject([
        {
          thing: "payment_search",
          id: "ethereum",
          status: "standing",
          reason,
          said,
          owner: "operator",
          actions: ["check"],
        },
      ]);
      expect(desk[0]!.since).toEqual(new Date(world.clock.now().getTime() - 61_000));
      expect(health).toMatchObject({ ok: false });
      expect(health.detail).toContain(reason);
      expect(metrics).toMatch(/spillway_watch_refusals\{chain="ethereum"\} 2\n/);
      expect(metrics).toMatch(/spillway_watch_standing_seconds\{chain="ethereum"\} 61\n/);
      await watch(world.chain);
      const healed = await signs();
      expect(healed).toMatchObject({ desk: [], health: { ok: true } });
      expect(healed.metrics).toMatch(/spillway_watch_standing_seconds\{chain="ethereum"\} 0\n/);
    },
  );

  test("shows blocks left behind, and a chain whose blocks or looks ended", async () => {
    world = await depositWorld();
    await watch(world.chain);
    for (let block = 0; block < 100; block++) world.chain.mine();
    await watch(world.chain); // twenty ranges of three
    expect((await signs()).metrics).toMatch(/spillway_watch_behind_blocks\{chain="ethereum"\} 40\n/);
    await watch(world.chain);
    expect((await signs()).health).toMatchObject({
      ok: true,
      detail: "head 100; searched for payments, 0 blocks behind",
    });
    world.clock.advance(25 * 60_000);
    expect((await signs()).health).toMatchObject({
      ok: false,
      detail: expect.stringContaining("not_searched"),
    });
    await watch(world.chain);
    expect((await signs()).health).toMatchObject({
      ok: false,
      detail: expect.stringContaining("no_new_blocks"),
    });
    expect((await signs()).metrics).toMatch(/spillway_watch_cursor_age_seconds\{chain="ethereum"\} 1500\n/);
    world.chain.mine();
    await watch(world.chain);
    expect((await signs()).health).toMatchObject({ ok: true });
    const { rows } = await sql`select from watch_state`.execute(world.deps.db);
    expect(rows).toHaveLength(1);
  });

  test.each([
    [
      "a key in a URL",
      { message: "see https://node.example/v3/secret-key for limits" },
      "a: see … for limits",
    ],
    ["what a database cannot hold", { message: "no\0thing \ud800 here" }, "a: no thing   here"],
    ["a book", { message: "x".repeat(9_000) }, `a: ${"x".repeat(497)}`],
    ["nothing", { reason: "timed_out" }, "a: timed_out"],
  ])("repeats of a provider's words not %s", (_what, told, kept) => {
    expect(wordsIn(refusal("refused", { endpoints: [{ endpoint: "a", ...told }] }))).toBe(kept);
  });
});
