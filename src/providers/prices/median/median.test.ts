import { describe, expect, test } from "vitest";
import { manualClock } from "../../../clock.ts";
import { ProviderError } from "../../../errors.ts";
import { registry, type Asset } from "../../../money/index.ts";
import { contractTimeoutMs, useServer } from "../../contract.ts";
import type { PriceSource } from "../../port.ts";
import type { Reply } from "../../programmable-server.ts";
import { createCoinbase } from "../coinbase/index.ts";
import { createCoingecko } from "../coingecko/index.ts";
import { createMedianPrices, type MedianLimits } from "./index.ts";

const start = new Date("2026-01-15T10:00:00Z"); // 1768471200
const never = new AbortController().signal;
const ether = registry.get("ethereum:ETH");
const solana = registry.get("solana:SOL");
const tron = registry.get("tron:TRX");

/** What one source says of each asset by its id: a price, a price of some age, or nothing; or that it fails. */
type Word = string | { readonly usd: string; readonly ageMs: number };
type Words = Readonly<Record<string, Word>> | Error;

/** Somebody else's source, which says what the test last told it to. */
function scripted(name: string, words: Words) {
  const source = {
    name,
    words,
    asked: 0,
    observe: (assets: readonly Asset[]) => {
      source.asked += 1;
      const { words: current } = source;
      if (current instanceof Error) return Promise.reject(current);
      const said = assets.flatMap((asset) => {
        const word = current[asset.id];
        if (word === undefined) return [];
        const { usd, ageMs } = typeof word === "string" ? { usd: word, ageMs: 0 } : word;
        const sourceTime = new Date(start.getTime() - ageMs);
        return [[asset.id, { asset, usd, source: name, sourceTime, fetchedAt: start }] as const];
      });
      return Promise.resolve(new Map(said));
    },
  };
  return source;
}

const down = (provider: string): ProviderError =>
  new ProviderError({ provider, operation: "prices", failure: "retryable", reason: "timeout" });

function join(sources: readonly PriceSource[], limits: Partial<MedianLimits> = {}) {
  const warnings: [string, object][] = [];
  const median = createMedianPrices({
    sources,
    clock: manualClock(start),
    limits: { maxAgeMs: 60_000, maxDivergenceBps: 100, leastSources: 2, ...limits },
    warn: (message, details) => void warnings.push([message, details]),
  });
  return { median, warnings, usd: async () => (await median.observe([ether], never)).get(ether.id)?.usd };
}

describe("the median of sources", () => {
  test("§7 31: one observation holds the whole decision: the price, what each said, who did not count and why", async () => {
    const { median } = join([
      scripted("d", down("d")),
      scripted("c", { [ether.id]: "250" }),
      scripted("b", { [ether.id]: { usd: "100.50", ageMs: 30_000 } }),
      scripted("a", { [ether.id]: { usd: "100", ageMs: 10_000 } }),
      scripted("e", { [ether.id]: { usd: "100.1", ageMs: 60_001 } }),
      scripted("f", {}),
    ]);
    const seen = (await median.observeAll([ether], never)).get(ether.id)!;
    expect({ ...seen, parts: seen.parts.map(({ source, usd }) => [source, usd]) }).toEqual({
      asset: ether,
      usd: "100.5",
      source: "median",
      sourceTime: new Date(start.getTime() - 30_000),
      fetchedAt: start,
      parts: [
        ["a", "100"],
        ["b", "100.50"],
        ["c", "250"],
        ["e", "100.1"],
      ],
      rejected: [
        { source: "c", reason: "diverges" },
        { source: "d", reason: "unavailable" },
        { source: "e", reason: "stale" },
      ],
    });
  });

  test("the order in which sources are configured changes nothing", async () => {
    const sources = ["a", "b", "c", "d"].map((name, index) =>
      scripted(name, index === 3 ? down(name) : { [ether.id]: `100.${index}` }),
    );
    const one = await join(sources).median.observeAll([ether], never);
    expect(await join(sources.toReversed()).median.observeAll([ether], never)).toEqual(one);
  });

  test("each asset is judged by itself, and no asset is no answer", async () => {
    const { median } = join([
      scripted("a", { [ether.id]: "100", [solana.id]: "140", [tron.id]: "0.3" }),
      scripted("b", { [ether.id]: "100", [solana.id]: "150" }),
      scripted("c", { [ether.id]: "100" }),
    ]);
    expect([...(await median.observe([ether, solana, tron], never)).keys()]).toEqual([ether.id]);
    expect((await median.observe([], never)).size).toBe(0);
  });

  test("§7 62: too few answer: no price, never a guess; none answers: a retryable error with each one's reason", async () => {
    const [a, b] = [scripted("a", { [ether.id]: "100" }), scripted("b", down("b"))];
    const { usd } = join([a, b]);
    expect(await usd()).toBeUndefined();
    a.words = new TypeError("a bug in one adapter");
    await expect(usd()).rejects.toMatchObject({
      code: "provider_error",
      failure: "retryable",
      reason: "unavailable",
      details: {
        sources: [
          { source: "a", error: expect.stringContaining("a bug in one adapter") as string },
          { source: "b", error: expect.stringContaining("timeout") as string },
        ],
      },
    });
    a.words = b.words = { [ether.id]: "101" };
    expect(await usd()).toBe("101");
  });

  test("one source may be enough, and then its own error goes through", async () => {
    const only = scripted("only", { [ether.id]: "100" });
    const { usd } = join([only], { leastSources: 1 });
    expect(await usd()).toBe("100");
    only.words = down("only");
    await expect(usd()).rejects.toBe(only.words);
  });

  test("a warning comes when a trouble begins, and again only after it was over", async () => {
    const [a, b] = [scripted("a", { [ether.id]: "100" }), scripted("b", { [ether.id]: "100" })];
    const { usd, warnings } = join([a, b]);
    const told = async (words: Words) => {
      b.words = words;
      await usd();
      return warnings.splice(0).map(([message]) => message);
    };
    expect(await told({ [ether.id]: "100" })).toEqual([]);
    expect(await told(down("b"))).toEqual([
      "a price source does not answer",
      "an asset has no price: too few sources agree",
    ]);
    expect(await told(down("b"))).toEqual([]);
    expect(await told({ [ether.id]: "100" })).toEqual([]);
    expect(await told({ [ether.id]: "120" })).toEqual([
      "a source's price does not count",
      "a source's price does not count",
      "an asset has no price: too few sources agree",
    ]);
    expect(await told({ [ether.id]: "120" })).toEqual([]);
    expect(await told({ [ether.id]: "100" })).toEqual([]);
    expect(await told(down("b"))).toHaveLength(2);
  });

  test("who gives up has learnt nothing: nobody is warned", async () => {
    const { median, warnings } = join([scripted("a", down("a")), scripted("b", down("b"))]);
    await expect(median.observe([ether], AbortSignal.abort())).rejects.toMatchObject({
      failure: "retryable",
    });
    expect(warnings).toEqual([]);
  });

  test.each<[string, string[], Partial<MedianLimits>]>([
    ["more must agree than there are", ["a"], { leastSources: 2 }],
    ["nobody needs to agree", ["a"], { leastSources: 0 }],
    ["half a source", ["a", "b"], { leastSources: 1.5 }],
    ["one source two times", ["a", "a"], { leastSources: 2 }],
    ["no age", ["a", "b"], { maxAgeMs: 0 }],
    ["a divergence below zero", ["a", "b"], { maxDivergenceBps: -1 }],
    ["no number", ["a", "b"], { maxDivergenceBps: NaN }],
  ])("%s is refused at the start", (_, names, limits) =>
    expect(() =>
      join(
        names.map((name) => scripted(name, {})),
        limits,
      ),
    ).toThrow(expect.objectContaining({ code: "invalid_configuration" })),
  );
});

describe("over the wire", () => {
  const [gecko, base] = [useServer(), useServer()];
  const geckoSays = (usd: string, ageSeconds = 10): Reply => ({
    body: `{"ethereum":{"usd":${usd},"last_updated_at":${1_768_471_200 - ageSeconds}}}`,
  });
  const baseSays = (usd: string): Reply => ({
    body: `{"price":"${usd}","time":"2026-01-15T09:59:59.000001Z"}`,
  });
  const joined = (limits?: Partial<MedianLimits>) => {
    const outside = { clock: manualClock(start), timeoutMs: contractTimeoutMs };
    return join(
      [
        createCoingecko({ baseUrl: gecko.current().url, ...outside }),
        createCoinbase({ baseUrl: base.current().url, ...outside }),
      ],
      limits,
    );
  };

  test("two sources that agree make a price, which is as old as the older one", async () => {
    gecko.current().answer(geckoSays("3120.123456789012345678"));
    base.current().answer(baseSays("3121.5"));
    const seen = (await joined().median.observe([ether], never)).get(ether.id);
    expect(seen).toMatchObject({ usd: "3120.811728394506172839", sourceTime: new Date(1_768_471_190_000) });
  });

  test.each<[string, Reply]>([
    ["hangs", "hang"],
    ["is cut off", "cut"],
    ["fails", { status: 503 }],
    ["asks for peace", { status: 429 }],
    ["answers nonsense", { body: "<html>" }],
  ])(
    "a source that %s leaves the price to the other where one is enough, and takes it away where not",
    async (_, reply) => {
      gecko.current().answer(reply);
      base.current().answer(baseSays("3121.5"));
      expect(await joined({ leastSources: 1 }).usd()).toBe("3121.5");
      expect(await joined().usd()).toBeUndefined();
    },
  );

  test("both are asked at once: two that hang are waited for no longer than one", async () => {
    gecko.current().answer("hang");
    base.current().answer("hang");
    const began = performance.now();
    await expect(joined().usd()).rejects.toMatchObject({ failure: "retryable", reason: "unavailable" });
    expect(performance.now() - began).toBeLessThan(contractTimeoutMs * 1.8);
  });

  test("a source whose price stands still stops counting", async () => {
    gecko.current().answer(geckoSays("3120.5", 61));
    base.current().answer(baseSays("3121.5"));
    expect(await joined().usd()).toBeUndefined();
    expect(await joined({ leastSources: 1 }).usd()).toBe("3121.5");
    expect(await joined({ maxAgeMs: 61_000 }).usd()).toBe("3121");
  });
});
