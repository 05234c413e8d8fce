import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { contractTimeoutMs, describeSwapProvider, useServer } from "../contract.ts";
import type { CreateSwap, SwapPair } from "../port.ts";
import type { Reply } from "../programmable-server.ts";
import { createChangenow } from "./index.ts";
import { knownAssetIds, toSwapStatus } from "./mapping.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8").trim();
const apiKey = "example-changenow-key-0001";
const never = new AbortController().signal;
let clock = manualClock(new Date("2026-01-15T10:30:00Z"));
let warnings: string[] = [];
beforeEach(() => {
  clock = manualClock(new Date("2026-01-15T10:30:00Z"));
  warnings = [];
});

const make = (baseUrl: string, circuit?: CircuitBreaker) =>
  createChangenow({
    baseUrl: `${baseUrl}/v2`,
    apiKey,
    registry,
    clock,
    timeoutMs: contractTimeoutMs,
    circuit,
    warn: (message) => void warnings.push(message),
  });

const pairOf = (source: string, target: string, flow: SwapPair["flow"] = "standard"): SwapPair => ({
  source: registry.get(source),
  target: registry.get(target),
  flow,
});
const natives = pairOf("ethereum:ETH", "bitcoin:BTC");
const half = 500_000_000_000_000_000n;
const create: CreateSwap = {
  ...natives,
  amount: half,
  rateId: null,
  address: "bc1qexamplepayoutaddress",
  memo: null,
  refundAddress: "0x2222222222222222222222222222222222222222",
  reference: "0190d3c1-0000-7000-8000-000000000001",
};

/** A fixture with some of its fields given as JSON text. */
const withFields = (name: string, fields: Record<string, string>): string => {
  const body = JSON.parse(fixture(name)) as Record<string, unknown>;
  const members = Object.keys({ ...body, ...fields }).map(
    (key) => `${JSON.stringify(key)}:${fields[key] ?? JSON.stringify(body[key])}`,
  );
  return `{${members.join(",")}}`;
};
const amounts = (fromAmount: string, toAmount: string) => ({ fromAmount, toAmount });
const errorBody = (error: string, message = "", more: object = {}): string =>
  JSON.stringify({ error, message, ...more });

describeSwapProvider(
  "changenow",
  { make, secrets: [apiKey] },
  {
    pair: natives,
    create,
    estimate: (from, to) => withFields("estimate", amounts(from, to)),
    created: (from, to) => withFields("created", amounts(from, to)),
    exchange: { providerId: "a1b2c3d4e5f607", body: (fields) => withFields("exchange", fields) },
    statusField: "status",
    amountFields: { source: "amountFrom", target: "amountTo" },
    notFound: { status: 404, body: errorBody("not_found", "Exchange not found") },
  },
);

describe("tables", () => {
  test.each([
    ["new", "waiting"],
    ["waiting", "waiting"],
    ["confirming", "confirming"],
    ["exchanging", "exchanging"],
    ["sending", "sending"],
    ["verifying", "on_hold"],
    ["finished", "delivered"],
    ["failed", "failed"],
    ["refunded", "refunded"],
    ["expired", "expired"],
    ["toString", "unrecognised"],
  ])("status %s is %s", (word, status) => expect(toSwapStatus(word)).toBe(status));

  test("knows assets of the registry, two different ones at a time", () => {
    expect(knownAssetIds.filter((id) => registry.find(id) === null)).toEqual([]);
    const made = make("http://localhost");
    expect(made.knows(natives)).toBe(true);
    expect(made.knows(pairOf("ethereum:ETH", "ethereum:ETH"))).toBe(false);
    expect(made.knows(pairOf("polygon-pos:USDC.e", "ethereum:ETH"))).toBe(false);
  });
});

describe("refusals", () => {
  const server = useServer();
  test("the range they tell is kept, digits and all", async () => {
    const body = '{"error":"out_of_range","message":"","range":{"min":0.700000000000000001,"max":null}}';
    server.current().answer({ status: 400, body });
    const quoting = make(server.current().url).quote(natives, half, never);
    await expect(quoting).rejects.toMatchObject({
      details: { range: { min: "0.700000000000000001", max: null } },
    });
  });
});

describe("limits and quotes", () => {
  const server = useServer();

  test("F71: the minimum rounds up, no maximum is null", async () => {
    server.current().answer({ body: fixture("range") });
    expect(await make(server.current().url).limits(natives, never)).toEqual({
      min: 2_000_000_000_000_001n,
      max: null,
    });
    const asked = server.current().requests.at(-1)!;
    expect(asked).toMatchObject({ path: "/v2/exchange/range", headers: { "x-changenow-api-key": apiKey } });
    expect(Object.fromEntries(asked.query)).toEqual({
      fromCurrency: "eth",
      fromNetwork: "eth",
      toCurrency: "btc",
      toNetwork: "btc",
      flow: "standard",
    });
  });

  test("a key without the range gets the minimum; a key without either is told so", async () => {
    const refused: Reply = { status: 401, body: errorBody("unauthorized") };
    const minimum = { ...JSON.parse(fixture("range")), maxAmount: undefined };
    server
      .current()
      .answer(({ path }) => (path.endsWith("/range") ? refused : { body: JSON.stringify(minimum) }));
    expect(await make(server.current().url).limits(natives, never)).toEqual({
      min: 2_000_000_000_000_000n,
      max: null,
    });
    expect(server.current().requests.at(-1)!.path).toBe("/v2/exchange/min-amount");
    server.current().answer(refused);
    await expect(make(server.current().url).limits(natives, never)).rejects.toMatchObject({
      reason: "unauthorized",
    });
  });

  test("a quote asks with the exact decimal and keeps the fees beside the amount", async () => {
    server.current().answer({ body: withFields("estimate", amounts("0.12345678901234568", "0.0123")) });
    const asked = 123_456_789_012_345_678n;
    const quote = await make(server.current().url).quote(natives, asked, never);
    expect(quote).toMatchObject({
      sourceAmount: asked, // their float of our figure is our figure
      targetAmount: 1_230_000n,
      rateId: null,
      fees: { deposit: "0.0004", withdrawal: "0.00002" },
    });
    const { query } = server.current().requests.at(-1)!;
    expect([query.get("fromAmount"), query.get("type"), query.get("useRateId")]).toEqual([
      "0.123456789012345678",
      "direct",
      null,
    ]);
  });

  test("F74: a fixed rate comes with its id and its time, or not at all", async () => {
    const fixed: SwapPair = { ...natives, flow: "fixed-rate" };
    const made = make(server.current().url);
    const answer = (fields: Record<string, string>) =>
      server.current().answer({ body: withFields("estimate", { flow: '"fixed-rate"', ...fields }) });
    answer({ rateId: '"rate-1"', validUntil: '"2026-01-15T10:40:00.000Z"' });
    expect(await made.quote(fixed, half, never)).toMatchObject({
      rateId: "rate-1",
      validUntil: new Date("2026-01-15T10:40:00Z"),
    });
    expect(server.current().requests.at(-1)!.query.get("useRateId")).toBe("true");
    answer({ rateId: "null" });
    await expect(made.quote(fixed, half, never)).rejects.toMatchObject({ reason: "fixed_rate_unavailable" });
    answer({ flow: '"standard"', rateId: '"rate-1"' });
    await expect(made.quote(fixed, half, never)).rejects.toMatchObject({ reason: "answer_mismatch" });
  });

  test("a quote of nothing, or for other coins, is refused", async () => {
    const made = make(server.current().url);
    server.current().answer({ body: withFields("estimate", { toAmount: "0.000000001" }) });
    await expect(made.quote(natives, half, never)).rejects.toMatchObject({ reason: "amount_too_small" });
    server.current().answer({ body: withFields("estimate", { toNetwork: '"bsc"' }) });
    await expect(made.quote(natives, half, never)).rejects.toMatchObject({
      failure: "rejected",
      reason: "answer_mismatch",
    });
  });

  test.each(["1e60", "1".repeat(60)])(
    "an absurd amount (%s) is an answer that does not fit, never a crash",
    async (amount) => {
      server.current().answer({ body: withFields("estimate", { toAmount: amount }) });
      await expect(make(server.current().url).quote(natives, half, never)).rejects.toMatchObject({
        reason: "malformed_answer",
      });
    },
  );

  test.each([
    ["an answer", { body: fixture("range") }, "fine"],
    ["a pair that rests", { status: 400, body: errorBody("pair_is_inactive") }, "fine"],
    ["a refused key", { status: 401, body: errorBody("unauthorized") }, "unauthorized"],
    ["HTML", { status: 503, body: "<html>" }, "server_error"],
  ])("health: %s", async (_, reply, verdict) => {
    server.current().answer(reply);
    const checked = make(server.current().url).checkHealth(never);
    if (verdict === "fine") await expect(checked).resolves.toBeUndefined();
    else await expect(checked).rejects.toMatchObject({ reason: verdict });
  });
});

describe("create", () => {
  const server = useServer();

  test("F99: sends strings, says the flow, and never floats a fixed rate (F74)", async () => {
    const made = make(server.current().url);
    server.current().answer({ body: fixture("created") });
    await made.create(create, never);
    expect(JSON.parse(server.current().requests.at(-1)!.body)).toEqual({
      fromCurrency: "eth",
      fromNetwork: "eth",
      toCurrency: "btc",
      toNetwork: "btc",
      fromAmount: "0.5",
      toAmount: "",
      address: create.address,
      extraId: "",
      refundAddress: create.refundAddress,
      refundExtraId: "",
      flow: "standard",
      type: "direct",
      rateId: "",
      payload: { reference: create.reference },
    });
    server.current().answer({ body: withFields("created", { flow: '"fixed-rate"' }) });
    await made.create({ ...create, flow: "fixed-rate", rateId: "rate-1", memo: "77" }, never);
    expect(JSON.parse(server.current().requests.at(-1)!.body)).toMatchObject({
      flow: "fixed-rate",
      rateId: "rate-1",
      extraId: "77",
    });

    const asked = server.current().requests.length;
    const floating = await made.create({ ...create, flow: "fixed-rate", rateId: null }, never);
    expect(floating).toMatchObject({ kind: "rejected", reason: "rate_expired" });
    expect(server.current().requests).toHaveLength(asked);
  });

  test.each([
    ["empty", '""', null],
    ["null", "null", null],
    ["a memo", '"104500"', "104500"],
    ["a number", "104500", "104500"],
  ])("a payin memo that is %s", async (_, told, payinMemo) => {
    server.current().answer({ body: withFields("created", { payinExtraId: told }) });
    expect(await make(server.current().url).create(create, never)).toMatchObject({
      kind: "accepted",
      value: { payinMemo },
    });
  });

  test("the amount to send is theirs where it is another one than ours", async () => {
    server.current().answer({ body: withFields("created", { fromAmount: "0.49999999" }) });
    expect(await make(server.current().url).create(create, never)).toMatchObject({
      value: { sourceAmount: 499_999_990_000_000_000n, validUntil: null },
    });
  });

  test.each([
    ["payout address", { payoutAddress: '"BC1QEXAMPLEPAYOUTADDRESS"' }],
    ["refund address", { refundAddress: '"0x3333333333333333333333333333333333333333"' }],
    ["flow", { flow: '"fixed-rate"' }],
    ["coin", { fromCurrency: '"usdt"' }],
    ["network", { toNetwork: '"bsc"' }],
  ])("an answer with another %s is not ours to fund", async (_, fields) => {
    server.current().answer({ body: withFields("created", fields) });
    expect(await make(server.current().url).create(create, never)).toMatchObject({
      kind: "unknown",
      reason: "answer_mismatch",
    });
  });
});

describe("status", () => {
  const server = useServer();
  const statusOf = async (fields: Record<string, string>) => {
    server.current().answer({ body: withFields("exchange", fields) });
    return make(server.current().url).status("a1b2c3d4e5f607", natives, never);
  };

  test("as documented", async () => {
    expect(await statusOf({})).toMatchObject({
      providerId: "a1b2c3d4e5f607",
      status: "delivered",
      rawStatus: "finished",
      sourceAmount: half,
      targetAmount: 1_229_000n,
      refundHash: null,
      refundAmount: null,
      actionsAvailable: false,
    });
    const asked = server.current().requests.at(-1)!;
    expect([asked.path, asked.query.get("id")]).toEqual(["/v2/exchange/by-id", "a1b2c3d4e5f607"]);
  });

  test("failed with actions may still go on; a refund has its amount in the source coin", async () => {
    expect(await statusOf({ status: '"failed"', actionsAvailable: "true" })).toMatchObject({
      status: "failed",
      actionsAvailable: true,
    });
    expect(
      await statusOf({ status: '"refunded"', refundHash: '"0xab"', refundAmount: "0.4987" }),
    ).toMatchObject({
      status: "refunded",
      refundHash: "0xab",
      refundAmount: 498_700_000_000_000_000n,
    });
  });

  test("another exchange's answer is no verdict on this one", async () => {
    await expect(statusOf({ id: '"ffffffffffffff"' })).rejects.toMatchObject({ reason: "answer_mismatch" });
    await expect(statusOf({ toCurrency: '"eth"' })).rejects.toMatchObject({ reason: "answer_mismatch" });
  });
});

const listed = () => ({ body: fixture("currencies") });

describe("tokens", () => {
  const server = useServer();
  const usdtToTron = pairOf("ethereum:USDT", "tron:USDT");
  const answerWith = (list: () => Reply) =>
    server
      .current()
      .answer(({ path }) =>
        path.endsWith("/currencies") ? list() : { body: JSON.stringify({ minAmount: 5, maxAmount: 1000 }) },
      );
  const listCalls = () => server.current().requests.filter(({ path }) => path.endsWith("/currencies")).length;

  test("the contract is compared with their live list, which is kept for an hour", async () => {
    answerWith(listed);
    const made = make(server.current().url);
    const before = listCalls();
    expect(await made.limits(usdtToTron, never)).toEqual({ min: 5_000_000n, max: 1_000_000_000n });
    clock.advance(3_599_000);
    await made.limits(usdtToTron, never);
    expect(listCalls() - before).toBe(1);
    clock.advance(2_000);
    await made.limits(usdtToTron, never);
    expect(listCalls() - before).toBe(2);
    expect(warnings).toEqual([]);
  });

  test("another token under the same name is refused, before anything is created", async () => {
    answerWith(listed);
    const made = make(server.current().url);
    const bridged = pairOf("polygon-pos:USDC", "ethereum:ETH"); // their list has USDC.e there
    await expect(made.limits(bridged, never)).rejects.toMatchObject({
      failure: "rejected",
      reason: "contract_mismatch",
    });
    expect(await made.create({ ...create, ...bridged }, never)).toMatchObject({
      kind: "rejected",
      reason: "contract_mismatch",
    });
    expect(server.current().requests.some(({ method }) => method === "POST")).toBe(false);
  });

  test("a Tron address has letter case: a look-alike is another contract", async () => {
    answerWith(() => ({
      body: fixture("currencies").replace(
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "tr7nhqjekqxgtci8q8zy4pl8otszgjlj6t",
      ),
    }));
    await expect(make(server.current().url).limits(usdtToTron, never)).rejects.toMatchObject({
      reason: "contract_mismatch",
    });
  });

  test("a token they do not list is an inactive pair", async () => {
    answerWith(listed);
    await expect(
      make(server.current().url).limits(pairOf("base:USDC", "ethereum:ETH"), never),
    ).rejects.toMatchObject({
      failure: "rejected",
      reason: "pair_inactive",
    });
  });

  test("without the list a pinned token goes on with a warning, any other waits", async () => {
    answerWith(() => ({ status: 503, body: "<html>" }));
    const made = make(server.current().url);
    const before = listCalls();
    expect(await made.limits(usdtToTron, never)).toMatchObject({ min: 5_000_000n });
    expect(warnings).toEqual([
      "ChangeNOW's currency list is out of reach",
      "A token is used on the pinned table alone",
      "A token is used on the pinned table alone",
    ]);
    await expect(made.limits(pairOf("ethereum:DAI", "ethereum:ETH"), never)).rejects.toMatchObject({
      failure: "retryable",
      reason: "currency_unconfirmed",
    });
    expect(listCalls() - before, "the list rests a minute after a failure").toBe(1);
    answerWith(listed);
    clock.advance(61_000);
    await made.limits(usdtToTron, never);
    expect(listCalls() - before).toBe(2);
  });
});
