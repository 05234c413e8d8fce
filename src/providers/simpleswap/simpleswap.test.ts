import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { contractTimeoutMs, describeSwapProvider, useServer } from "../contract.ts";
import type { CreateSwap, SwapPair } from "../port.ts";
import type { Reply } from "../programmable-server.ts";
import { createSimpleswap } from "./index.ts";
import { toSwapStatus } from "./mapping.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8").trim();
const apiKey = "example-simpleswap-key-0001";
const never = new AbortController().signal;
const exchangeId = "sw4p3x4mpl3id01";

const make = (
  baseUrl: string,
  circuit?: CircuitBreaker,
  clock = manualClock(new Date("2026-01-15T10:30:00Z")),
) =>
  createSimpleswap({
    baseUrl: `${baseUrl}/v3`,
    apiKey,
    registry,
    clock,
    timeoutMs: contractTimeoutMs,
    circuit,
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

/** A fixture with some fields of its result given as JSON text. */
function withFields(name: string, fields: Record<string, string>): string {
  const { result, traceId } = JSON.parse(fixture(name)) as {
    result: Record<string, unknown>;
    traceId: string;
  };
  const members = Object.keys({ ...result, ...fields }).map(
    (key) => `${JSON.stringify(key)}:${fields[key] ?? JSON.stringify(result[key])}`,
  );
  return `{"result":{${members.join(",")}},"traceId":"${traceId}"}`;
}

describeSwapProvider(
  "simpleswap",
  { make: (url, circuit) => make(url, circuit), secrets: [apiKey] },
  {
    pair: natives,
    create,
    estimate: (_, to) => withFields("estimate", { estimatedAmount: to }),
    created: (from, to) => withFields("created", { amountFrom: from, amountTo: to }),
    exchange: { providerId: exchangeId, body: (fields) => withFields("exchange", fields) },
    statusField: "status",
    amountFields: { source: "amountFrom", target: "amountTo" },
    notFound: { status: 404, body: '{"code":404,"error":"Not Found","message":"Exchange not found"}' },
  },
);

describe("tables", () => {
  test.each([
    ["waiting", "waiting"],
    ["confirming", "confirming"],
    ["exchanging", "exchanging"],
    ["sending", "sending"],
    ["verifying", "on_hold"],
    ["finished", "delivered"],
    ["failed", "failed"],
    ["refunded", "refunded"],
    ["expired", "expired"],
    ["Finished", "delivered"],
    ["new", "unrecognised"],
    ["toString", "unrecognised"],
  ])("status %s is %s", (word, status) => expect(toSwapStatus(word)).toBe(status));

  test("knows two different assets on chains it has a name for", () => {
    const made = make("http://localhost");
    expect(made.knows(natives)).toBe(true);
    expect(made.knows(pairOf("polygon-pos:USDC", "tron:USDT"))).toBe(true);
    expect(made.knows(pairOf("ethereum:ETH", "ethereum:ETH"))).toBe(false);
    expect(made.knows(pairOf("ethereum:ETH", "aptos:APT"))).toBe(false);
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
    expect(asked).toMatchObject({ path: "/v3/ranges", headers: { "x-api-key": apiKey } });
    expect(Object.fromEntries(asked.query)).toEqual({
      tickerFrom: "eth",
      networkFrom: "eth",
      tickerTo: "btc",
      networkTo: "btc",
      fixed: "false",
      reverse: "false",
    });
  });

  test("a quote asks with the exact decimal; text and number mean the same, fees are not told", async () => {
    const made = make(server.current().url);
    for (const told of ['"0.0123"', "0.0123"]) {
      server.current().answer({ body: withFields("estimate", { estimatedAmount: told }) });
      expect(await made.quote(natives, 123_456_789_012_345_678n, never)).toMatchObject({
        sourceAmount: 123_456_789_012_345_678n,
        targetAmount: 1_230_000n,
        rateId: null,
        fees: { deposit: "0", withdrawal: "0" },
      });
      expect(server.current().requests.at(-1)!.query.get("amount")).toBe("0.123456789012345678");
    }
  });

  test("F74: a fixed rate comes with its id and its time, or not at all", async () => {
    const fixed: SwapPair = { ...natives, flow: "fixed-rate" };
    const made = make(server.current().url);
    const told = { rateId: '"rate-1"', validUntil: '"2026-01-15T10:40:00.000Z"' };
    server.current().answer({ body: withFields("estimate", told) });
    expect(await made.quote(fixed, half, never)).toMatchObject({
      rateId: "rate-1",
      validUntil: new Date("2026-01-15T10:40:00Z"),
    });
    expect(server.current().requests.at(-1)!.query.get("fixed")).toBe("true");
    expect(
      (await made.quote(natives, half, never)).rateId,
      "a floating quote has no rate to keep",
    ).toBeNull();
    server.current().answer({ body: fixture("estimate") });
    await expect(made.quote(fixed, half, never)).rejects.toMatchObject({ reason: "fixed_rate_unavailable" });
  });

  test.each(["0", "0.000000001"])("a quote of nothing (%s) is refused", async (amount) => {
    server.current().answer({ body: withFields("estimate", { estimatedAmount: amount }) });
    await expect(make(server.current().url).quote(natives, half, never)).rejects.toMatchObject({
      failure: "rejected",
      reason: "amount_too_small",
    });
  });

  test.each([
    ["an answer", { body: fixture("range") }, "fine"],
    ["a pair that rests", { status: 404, body: '{"message":"Pair not found"}' }, "fine"],
    ["a refused key", { status: 401, body: '{"message":"Wrong api key"}' }, "unauthorized"],
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

  test("F99: sends strings, always names our refund address, and never floats a fixed rate (F74)", async () => {
    const made = make(server.current().url);
    server.current().answer({ status: 201, body: fixture("created") });
    expect(await made.create(create, never)).toMatchObject({
      kind: "accepted",
      value: {
        providerId: exchangeId,
        payinAddress: "0x1111111111111111111111111111111111111111",
        payinMemo: null,
        validUntil: new Date("2026-01-16T10:00:00Z"),
      },
    });
    const sent = server.current().requests.at(-1)!;
    expect(sent).toMatchObject({ method: "POST", path: "/v3/exchanges" });
    expect(JSON.parse(sent.body)).toEqual({
      fixed: false,
      tickerFrom: "eth",
      networkFrom: "eth",
      tickerTo: "btc",
      networkTo: "btc",
      amount: "0.5",
      reverse: false,
      addressTo: create.address,
      extraIdTo: "",
      userRefundAddress: create.refundAddress,
      userRefundExtraId: "",
      rateId: null,
    });
    server.current().answer({ status: 201, body: withFields("created", { type: '"fixed"' }) });
    await made.create({ ...create, flow: "fixed-rate", rateId: "rate-1" }, never);
    expect(JSON.parse(server.current().requests.at(-1)!.body)).toMatchObject({
      fixed: true,
      rateId: "rate-1",
    });
  });

  test.each([
    ["no rate", { rateId: null }, "rate_expired"],
    ["a memo, which they answer with 500", { rateId: "rate-1", memo: "77" }, "fixed_rate_unavailable"],
  ])("a fixed rate with %s is refused before anything is sent", async (_, fields, reason) => {
    const asked = server.current().requests.length;
    const outcome = await make(server.current().url).create(
      { ...create, flow: "fixed-rate", ...fields },
      never,
    );
    expect(outcome).toMatchObject({ kind: "rejected", reason });
    expect(server.current().requests).toHaveLength(asked);
  });

  test("an exchange is known by either of the two names of its id; without both it is not ours to fund", async () => {
    const made = make(server.current().url);
    server.current().answer({ body: withFields("created", { id: "null" }) });
    expect(await made.create(create, never)).toMatchObject({ value: { providerId: exchangeId } });
    server.current().answer({ body: withFields("created", { id: "null", publicId: "null" }) });
    expect(await made.create(create, never)).toMatchObject({ kind: "unknown", reason: "malformed_answer" });
  });

  test("the amount to send is theirs where it is another one than ours", async () => {
    server.current().answer({ body: withFields("created", { amountFrom: '"0.49999999"' }) });
    expect(await make(server.current().url).create(create, never)).toMatchObject({
      value: { sourceAmount: 499_999_990_000_000_000n },
    });
  });

  test.each([
    ["payout address", { addressTo: '"BC1QEXAMPLEPAYOUTADDRESS"' }],
    ["refund address", { userRefundAddress: '"0x3333333333333333333333333333333333333333"' }],
    ["kind of rate", { type: '"fixed"' }],
    ["coin", { tickerFrom: '"usdt"' }],
    ["network", { networkTo: '"bsc"' }],
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
    return make(server.current().url).status(exchangeId, natives, never);
  };

  test("as documented", async () => {
    expect(await statusOf({})).toMatchObject({
      providerId: exchangeId,
      status: "delivered",
      rawStatus: "finished",
      sourceAmount: half,
      targetAmount: 1_229_000n,
      refundHash: null,
      actionsAvailable: false,
      raw: { traceId: "0f8e2d1c-0000-4000-8000-000000000004" },
    });
    expect(server.current().requests.at(-1)!.path).toBe(`/v3/exchanges/${exchangeId}`);
  });

  test("F66: what was agreed is not what arrived, nor what was paid out", async () => {
    const before = { status: '"waiting"', txFrom: "null", txTo: "null" };
    expect(await statusOf(before)).toMatchObject({ sourceAmount: null, targetAmount: null, payinHash: null });
    expect(await statusOf({ status: '"exchanging"', txTo: "null" })).toMatchObject({
      sourceAmount: half,
      targetAmount: null,
    });
  });

  test("a refund has no amount of theirs; the hash they show with it is never a payout's", async () => {
    expect(await statusOf({ status: '"refunded"', txTo: '"0xab"' })).toMatchObject({
      status: "refunded",
      payoutHash: null,
      refundHash: "0xab",
      refundAmount: null,
      targetAmount: null,
    });
    expect(await statusOf({ status: '"refunded"', txTo: "null" })).toMatchObject({ refundHash: null });
  });

  test("another exchange's answer is no verdict on this one; its id may be under either name", async () => {
    const other = '"ffffffffffffff"';
    expect(await statusOf({ id: other })).toMatchObject({ providerId: exchangeId });
    await expect(statusOf({ id: other, publicId: other })).rejects.toMatchObject({
      reason: "answer_mismatch",
    });
    await expect(statusOf({ networkTo: '"eth"' })).rejects.toMatchObject({ reason: "answer_mismatch" });
  });

  test("an id goes into the path as one segment, whatever it holds", async () => {
    server.current().answer({ status: 404, body: '{"message":"Exchange not found"}' });
    expect(await make(server.current().url).status("../ranges?x=1", natives, never)).toBeNull();
    expect(server.current().requests.at(-1)!.path).toBe("/v3/exchanges/..%2Franges%3Fx%3D1");
  });
});

describe("tokens", () => {
  const server = useServer();
  const usdtToTron = pairOf("ethereum:USDT", "tron:USDT");
  const listed = (): Reply => ({ body: fixture("currencies") });
  const answerWith = (list: () => Reply) =>
    server
      .current()
      .answer(({ path }) =>
        path.endsWith("/currencies") ? list() : { body: '{"result":{"min":"5","max":"1000"},"traceId":"t"}' },
      );
  const listCalls = () => server.current().requests.filter(({ path }) => path.endsWith("/currencies")).length;

  test("a token is found by its contract, whatever they call it; the list is kept for an hour", async () => {
    answerWith(listed);
    const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
    const made = make(server.current().url, undefined, clock);
    const before = listCalls();
    expect(await made.limits(usdtToTron, never)).toEqual({ min: 5_000_000n, max: 1_000_000_000n });
    expect(Object.fromEntries(server.current().requests.at(-1)!.query)).toMatchObject({
      tickerFrom: "usdterc20",
      networkFrom: "eth",
      tickerTo: "usdttrc20",
      networkTo: "trx",
    });
    clock.advance(3_599_000);
    await made.limits(usdtToTron, never);
    expect(listCalls() - before).toBe(1);
    clock.advance(2_000);
    answerWith(() => ({ status: 503, body: "<html>" }));
    await made.limits(usdtToTron, never);
    expect(listCalls() - before, "the older list serves while the new one is out of reach").toBe(2);
  });

  test("another contract on the right network, or another letter case on Tron, is not our token", async () => {
    answerWith(listed);
    const made = make(server.current().url);
    const bridged = pairOf("polygon-pos:USDC", "ethereum:ETH"); // their list has USDC.e there
    expect(await made.create({ ...create, ...bridged }, never)).toMatchObject({
      kind: "rejected",
      reason: "pair_inactive",
    });
    answerWith(() => ({
      body: fixture("currencies").replace(
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "tr7nhqjekqxgtci8q8zy4pl8otszgjlj6t",
      ),
    }));
    await expect(make(server.current().url).limits(usdtToTron, never)).rejects.toMatchObject({
      reason: "pair_inactive",
    });
    expect(server.current().requests.some(({ method }) => method === "POST")).toBe(false);
  });

  test("without any list a token waits, and the list rests a minute", async () => {
    answerWith(() => ({ status: 503, body: "<html>" }));
    const made = make(server.current().url);
    const before = listCalls();
    for (let time = 0; time < 2; time++)
      expect(await made.create({ ...create, ...usdtToTron }, never)).toMatchObject({
        kind: "retryable",
        reason: "currency_unconfirmed",
      });
    expect(listCalls() - before).toBe(1);
  });
});
