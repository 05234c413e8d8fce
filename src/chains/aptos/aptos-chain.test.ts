import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startAptos, type AptosTransfer } from "../../../sandbox/aptos/index.ts";
import { manualClock } from "../../clock.ts";
import { DomainError, type InvariantViolation, ProviderError } from "../../errors.ts";
import { registry } from "../../money/index.ts";
import type { AddressWatch, DepositReading } from "../receiving.ts";
import { createAptosChain, type AptosChainOptions } from "./index.ts";
import { pairedMetadataOf, primaryStoreOf } from "./move-names.ts";

const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
const apiKey = "example-aptos-key-0001";
const node = await startAptos({ clock, apiKey });
const second = await startAptos({ clock, apiKey });
afterAll(() => Promise.all([node.stop(), second.stop()]));
beforeEach(() => {
  clock.advance(60_000);
  node.heal();
  second.heal();
});

const signal = new AbortController().signal;
/** Short in its natural form: leading zeros are dropped by some and kept by others. */
const us = `0x${"0".repeat(8)}${"a1b2c3d4".repeat(7)}`;
const other = `0x${"0e".repeat(32)}`;
const apt = registry.native("aptos");
const usdt = registry.get("aptos:USDT");
const usdc = registry.get("aptos:USDC");

const open = (options: Partial<AptosChainOptions> = {}) =>
  createAptosChain({
    apiUrls: [node.url],
    indexerUrl: node.indexerUrl,
    apiKey,
    chainId: 1,
    registry,
    clock,
    requestTimeoutMs: 2_000,
    ...options,
  });
const chain = open();
const watch = chain.watch as AddressWatch;

const read = (hash: string, watched: readonly string[] = [us], from = chain) =>
  from.readDeposits(hash, new Set(watched), signal);

async function included(hash: string, watched?: readonly string[]) {
  const reading = await read(hash, watched);
  if (reading.status !== "included") throw new Error(`it is ${reading.status}`);
  return reading;
}

const brief = ({ deposits }: Extract<DepositReading, { status: "included" }>) =>
  deposits.map(({ asset, to, amount }) => [asset.id, to, amount]);

async function refusal(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw new Error(`not a provider's fault: ${String(error)}`);
  expect(error.retryable).toBe(true);
  return error;
}

describe("what a transaction brought", () => {
  const ways: readonly (readonly [string, Omit<AptosTransfer, "to" | "amount">, string])[] = [
    ["APT by coin stores", { asset: "APT", style: "coin" }, "aptos:APT"],
    [
      "APT by coin stores, told by module events",
      { asset: "APT", style: "coin", events: "module" },
      "aptos:APT",
    ],
    ["APT by coin stores, told by both kinds", { asset: "APT", style: "coin", events: "both" }, "aptos:APT"],
    ["APT as a fungible asset", { asset: "APT", style: "fungible" }, "aptos:APT"],
    ...registry.all
      .filter(({ chain: on, contract }) => on === "aptos" && contract !== null)
      .flatMap(({ id, contract }) => {
        const asset = contract ?? "";
        const fungible = [`${id} as a fungible asset`, { asset, style: "fungible" }, id] as const;
        if (!asset.includes("::")) return [fungible];
        return [fungible, [`${id} by coin stores`, { asset, style: "coin" }, id] as const];
      }),
  ];

  test.each(ways)("§7 22 §7 23 %s is credited, once and exactly", async (_way, transfer, assetId) => {
    const amount = 9_007_199_254_740_993n; // a double cannot hold it
    const hash = node.pay({ ...transfer, to: us, amount });
    const reading = await included(hash);
    expect(reading).toMatchObject({ succeeded: true, final: true, confirmations: 1n, unlisted: [] });
    expect(brief(reading)).toEqual([[assetId, us, amount]]);
    expect(reading.includedIn).toMatchObject({ blockNumber: node.versionOf(hash), blockTime: clock.now() });
    expect(reading.deposits[0]).toMatchObject({ from: `0x${"57a6".repeat(16)}` });
    expect(reading.deposits[0]?.index).toMatch(/^event:\d+$/);
  });

  test("§7 4 §7 7 a fungible asset called USDT is not USDT: unlisted, by its address", async () => {
    const reading = await included(node.pay({ to: us, asset: node.fakeUsdt, amount: 50_000_000n }));
    expect(reading.deposits).toEqual([]);
    expect(reading.unlisted).toMatchObject([{ contract: node.fakeUsdt, to: us, amount: 50_000_000n }]);
  });

  test.each([
    "0xbad::aptos_coin::AptosCoin",
    "0x1::aptos_coin::AptosCoinX",
    "0xf22bede237a07e121b56d91a491eb7bcdfd1f5907926a9e58338f964a01b17fa::asset::usdt",
  ])("§7 7 the coin %s is none of ours", async (asset) => {
    const reading = await included(node.pay({ to: us, asset, amount: 100_000_000n, style: "coin" }));
    expect(reading.deposits).toEqual([]);
    expect(reading.unlisted).toHaveLength(1);
  });

  test("§7 8 one transaction with two assets gives each with its own base units", async () => {
    const hash = node.payMany([
      { to: us, asset: "APT", amount: 1_000_000_000n },
      { to: us, asset: usdt.contract!, amount: 25_000_000n },
    ]);
    expect(brief(await included(hash))).toEqual([
      [apt.id, us, 1_000_000_000n],
      [usdt.id, us, 25_000_000n],
    ]);
  });

  test("§7 9 an amount of zero is no deposit", async () => {
    expect((await included(node.pay({ to: us, asset: usdt.contract!, amount: 0n }))).deposits).toEqual([]);
  });

  test("§7 13 several transfers of one transaction are each counted, under indexes of their own", async () => {
    const transfer = { to: us, asset: usdt.contract!, amount: 25_000_000n };
    const reading = await included(node.payMany([transfer, transfer, { ...transfer, to: other }]), [
      us,
      other,
    ]);
    expect(brief(reading)).toEqual([
      [usdt.id, us, 25_000_000n],
      [usdt.id, us, 25_000_000n],
      [usdt.id, other, 25_000_000n],
    ]);
    expect(new Set(reading.deposits.map(({ index }) => index)).size).toBe(3);
  });

  test("both forms of APT in one transaction add up", async () => {
    const hash = node.payMany([
      { to: us, asset: "APT", style: "coin", amount: 3n },
      { to: us, asset: "APT", style: "fungible", amount: 4n },
    ]);
    expect(brief(await included(hash)).map(([, , amount]) => amount)).toEqual([3n, 4n]);
  });

  test("§7 20 a failed transaction moved nothing, whatever its payload asks for", async () => {
    const reading = await included(node.pay({ to: us, asset: "APT", amount: 5n }, { fails: true }));
    expect(reading).toMatchObject({ succeeded: false, deposits: [], unlisted: [] });
    const hash = node.pay({ to: us, asset: "APT", amount: 5n });
    node.tamper(hash, (transaction) => (transaction["success"] = false));
    expect(await included(hash)).toMatchObject({ succeeded: false, deposits: [], unlisted: [] });
  });

  test.each(["coin", "fungible"] as const)(
    "what goes back in the same transaction (%s) is taken off, last arrival first",
    async (style) => {
      const hash = node.payMany([
        { to: us, asset: "APT", style, amount: 100n },
        { to: us, asset: "APT", style, amount: 30n },
        { from: us, to: other, asset: "APT", style, amount: 50n },
      ]);
      expect(brief(await included(hash))).toEqual([[apt.id, us, 80n]]);
    },
  );

  test("a transfer to oneself brings nothing, nor does more leaving than coming", async () => {
    expect(
      (await included(node.pay({ from: us, to: us, asset: usdt.contract!, amount: 7n }))).deposits,
    ).toEqual([]);
    const hash = node.payMany([
      { to: us, asset: usdt.contract!, amount: 7n },
      { from: us, to: other, asset: usdt.contract!, amount: 9n },
    ]);
    expect((await included(hash)).deposits).toEqual([]);
  });

  test("turning one's coins into their fungible form and back is no deposit", async () => {
    const hash = node.payMany([
      { to: us, asset: "APT", style: "fungible", amount: 40n },
      { from: us, to: other, asset: "APT", style: "coin", amount: 40n },
    ]);
    expect((await included(hash)).deposits).toEqual([]);
  });

  test("gas that we pay for somebody's payment to us is not taken off, though an event tells of it", async () => {
    const hash = node.pay(
      { to: us, asset: "APT", style: "fungible", amount: 5_000n },
      { feePayer: us, gasEvent: true },
    );
    expect(brief(await included(hash))).toEqual([[apt.id, us, 5_000n]]);
  });

  test("a refund of storage to us as the payer of gas is no deposit", async () => {
    const transfer = { to: us, asset: "APT", style: "fungible", amount: 5_000n } as const;
    const hash = node.pay(transfer, { feePayer: us, gasEvent: true });
    node.tamper(hash, ({ events }) => {
      const [gas, statement] = (events as { type: string; data: Record<string, string> }[]).slice(-2);
      gas!.type = "0x1::fungible_asset::Deposit"; // of 1 800, which is what 18 units cost
      statement!.data["storage_fee_refund_octas"] = "3600";
    });
    expect(brief(await included(hash))).toEqual([[apt.id, us, 5_000n]]);
  });

  test("a payment to a coin store that the same transaction turns into a fungible one is credited once", async () => {
    const wallet = `0x${"c0".repeat(32)}`;
    node.pay({ to: wallet, asset: "APT", style: "coin", amount: 1_000n });
    const hash = node.pay({ to: wallet, asset: "APT", style: "coin", amount: 70n }, { migrates: true });
    expect(brief(await included(hash, [wallet]))).toEqual([[apt.id, wallet, 70n]]);
  });

  test("Circle's own events beside the framework's do not double USDC", async () => {
    const reading = await included(node.pay({ to: us, asset: usdc.contract!, amount: 12_000_000n }));
    expect(brief(reading)).toEqual([[usdc.id, us, 12_000_000n]]);
  });

  test("a store of ours that somebody else made is shown, never booked: they may take it back", async () => {
    const reading = await included(
      node.pay({ to: us, asset: usdt.contract!, amount: 9_000_000n, store: "secondary" }),
    );
    expect(reading.deposits).toEqual([]);
    expect(reading.unlisted).toMatchObject([{ contract: usdt.contract, to: us, amount: 9_000_000n }]);
    await expect(chain.balance(us, usdt, signal)).resolves.toBe(node.balanceOf(us, usdt.contract!));
  });

  test("a primary store of ours that the changes leave out is known by its address", async () => {
    const hash = node.pay({ to: us, asset: usdt.contract!, amount: 8n });
    node.tamper(hash, (transaction) => (transaction["changes"] = []));
    expect(brief(await included(hash))).toEqual([[usdt.id, us, 8n]]);
  });

  test("a coin event of ours that nothing explains is no verdict", async () => {
    const hash = node.pay({ to: us, asset: "APT", style: "coin", amount: 8n });
    node.tamper(hash, (transaction) => (transaction["changes"] = []));
    expect((await refusal(read(hash))).reason).toBe("unexplained_coin_event");
  });

  test("addresses and stores without their leading zeros are the same ones", async () => {
    const short = `0x${us.slice(2).replace(/^0+/, "")}`;
    expect(chain.normaliseAddress(short)).toBe(us);
    const owner = [...Array(4_000).keys()]
      .map((n) => `0x${(n + 1_000).toString(16).padStart(64, "0")}`)
      .find((address) => primaryStoreOf(address, usdt.contract!).startsWith("0x00"))!;
    const hash = node.pay({ to: owner, asset: usdt.contract!, amount: 11n });
    expect(brief(await included(hash, [owner]))).toEqual([[usdt.id, owner, 11n]]);
  });
});

describe("derived addresses", () => {
  test("the registry's pairs of coin and fungible asset follow from the coin's type", () => {
    const rows: { contract: string; pairedFaMetadata?: string }[] = JSON.parse(
      readFileSync(new URL("../../../chains/assets.json", import.meta.url), "utf8"),
    );
    const paired = rows.filter(({ pairedFaMetadata }) => pairedFaMetadata !== undefined);
    expect(paired).toHaveLength(2);
    for (const { contract, pairedFaMetadata } of paired)
      expect(pairedMetadataOf(contract)).toBe(pairedFaMetadata);
  });

  test("a primary store's address hashes owner, metadata and 0xfc", () => {
    const bytes = Buffer.from(`${us.slice(2)}${usdt.contract!.slice(2)}fc`, "hex");
    const digest = createHash("sha3-256").update(bytes).digest("hex");
    expect(primaryStoreOf(us, usdt.contract!)).toBe(`0x${digest}`);
  });
});

describe("hashes", () => {
  const hash = `0x${"00ab".repeat(16)}`;

  test.each([hash, ` ${hash}\n`, `0x${hash.slice(2).toUpperCase()}`, `0x${hash.slice(4)}`])(
    "§7 14 %j has one normal form",
    (text) => expect(chain.normaliseHash(text)).toBe(hash),
  );

  test.each([hash.slice(2), `${hash}0`, "3521662834", "", "0x", "0xnothex", "https://example.com"])(
    "%j is refused",
    (text) => {
      expect(() => chain.normaliseHash(text)).toThrow(DomainError);
      expect(() => chain.normaliseHash(text)).toThrow(
        expect.objectContaining({ code: "invalid_transaction_hash" }),
      );
    },
  );

  test("a ledger version is told apart, with what to give instead", () => {
    expect(() => chain.normaliseHash("3521662834")).toThrow(/ledger version; give the hash/);
  });
});

describe("no verdict without ground", () => {
  const unknown = `0x${"1".repeat(64)}`;

  test("§7 25 not found is a status, then pending, then included", async () => {
    expect(await read(unknown)).toEqual({ status: "not_found" });
    const waiting = node.submit({ to: us, asset: "APT", amount: 6n });
    expect(await read(waiting.hash)).toEqual({ status: "pending" });
    waiting.commit();
    expect(brief(await included(waiting.hash))).toEqual([[apt.id, us, 6n]]);
  });

  test("a node that lags cannot say that something is not there", async () => {
    node.nodeLag(31_000);
    expect((await refusal(read(unknown))).reason).toBe("node_lagging");
    node.nodeLag(29_000);
    expect(await read(unknown)).toEqual({ status: "not_found" });
  });

  test("what a lagging node has is committed all the same", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    clock.advance(120_000);
    node.nodeLag(60_000);
    expect((await included(hash)).final).toBe(true);
  });

  test("§7 2 a rate limit, an outage, a broken answer: the provider's fault", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    const match = { path: "/v1/transactions" };
    node.fault({
      kind: "http",
      status: 429,
      body: { message: "rate" },
      headers: { "retry-after": "3" },
      match,
    });
    expect(await refusal(read(hash))).toMatchObject({
      reason: "rate_limited",
      details: { retryAfterMs: 3_000 },
    });
    node.fault({ kind: "http", status: 503, body: "<html></html>", match });
    expect((await refusal(read(hash))).reason).toBe("server_error");
    node.fault({ kind: "malformed", match });
    expect((await refusal(read(hash))).reason).toBe("malformed_answer");
    node.fault({ kind: "http", status: 404, body: "<html>no such page</html>", match });
    expect((await refusal(read(hash))).reason).toBe("not_found");
    node.fault({ kind: "http", status: 200, body: { message: "busy", error_code: "internal_error" }, match });
    expect((await refusal(read(hash))).reason).toBe("malformed_answer");
    expect(brief(await included(hash))).toHaveLength(1);
  });

  test("a pruned transaction is unknown, not missing", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    node.prune(node.versionOf(hash) + 1n);
    expect((await refusal(read(hash))).reason).toBe("version_pruned");
  });

  test("another network is refused, before and without any verdict", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    node.serve(2);
    const fresh = open();
    expect((await refusal(read(hash, [us], fresh))).reason).toBe("wrong_network");
    expect((await refusal(fresh.head(signal))).reason).toBe("wrong_network");
    expect((await refusal(fresh.balance(us, apt, signal))).reason).toBe("wrong_network");
    expect((await refusal((fresh.watch as AddressWatch).listSince(us, null, signal))).reason).toBe(
      "wrong_network",
    );
  });

  test("a node is asked for its network once", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    const fresh = open();
    node.journal.clear();
    await read(hash, [us], fresh);
    await read(hash, [us], fresh);
    expect(node.journal.of("aptos").map(({ path }) => path)).toEqual([
      "/v1",
      ...Array(2).fill(`/v1/transactions/by_hash/${hash}`),
    ]);
  });

  test.each([
    "hash",
    "version",
    "success",
    "timestamp",
    "events",
    "changes",
    "sender",
    "accumulator_root_hash",
  ])("§7 34 without its %s, or with null for it, an answer is no answer", async (field) => {
    const hash = node.pay({ to: us, asset: usdt.contract!, amount: 6n });
    node.tamper(hash, (transaction) => (transaction[field] = null));
    await refusal(read(hash));
    node.tamper(hash, (transaction) => delete transaction[field]);
    await refusal(read(hash));
  });

  test("§7 34 a list of events that was cut short is no proof that nothing arrived", async () => {
    const hash = node.pay({ to: us, asset: usdt.contract!, amount: 6n });
    for (const kept of [0, 1, 2]) {
      node.tamper(hash, (transaction) => void (transaction["events"] as unknown[]).splice(kept));
      expect((await refusal(read(hash))).reason).toBe("events_incomplete");
    }
  });

  test("an answer about another transaction is refused", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    node.tamper(hash, (transaction) => (transaction["hash"] = unknown));
    expect((await refusal(read(hash))).reason).toBe("hash_mismatch");
  });

  test("§7 32 the key is sent, and no error shows it", async () => {
    const wrong = open({ apiKey: "example-aptos-key-0002" });
    const error = await refusal(wrong.head(signal));
    expect(error.reason).toBe("unauthorized");
    node.fault({ kind: "http", status: 500, body: { message: `bad key ${apiKey}` } });
    const echoed = await refusal(chain.head(signal));
    expect(JSON.stringify([echoed.message, echoed.details])).not.toContain(apiKey);
  });
});

describe("several nodes", () => {
  const both = open({ apiUrls: [node.url, second.url] });
  const agreeing = (hash: string) => both.readDeposits(hash, new Set([us]), signal, { agreeing: 2 });

  test("one that fails is passed over", async () => {
    const hash = second.pay({ to: us, asset: "APT", amount: 6n });
    node.fault({ kind: "http", status: 503, times: 5 });
    expect(await read(hash, [us], both)).toMatchObject({ status: "included", succeeded: true });
  });

  test("two must say the same where two are asked for", async () => {
    const unknown = `0x${"2".repeat(64)}`;
    expect(await agreeing(unknown)).toEqual({ status: "not_found" });
    const hash = second.pay({ to: us, asset: "APT", amount: 6n });
    expect((await refusal(agreeing(hash))).reason).toBe("endpoints_disagree");
    const one = chain.readDeposits(hash, new Set([us]), signal, { agreeing: 2 });
    expect((await refusal(one)).reason).toBe("too_few_endpoints");
  });
});

test("two nodes that tell different amounts of one transaction do not agree", async () => {
  const hash = node.pay({ to: us, asset: usdt.contract!, amount: 600_600n });
  let lie = "600600";
  const both = open({
    apiUrls: [node.url, "http://second.example/v1"],
    fetch: async (input, init) => {
      const url = String(input);
      if (!url.startsWith("http://second.example/v1")) return fetch(url, init);
      const answer = await fetch(url.replace("http://second.example/v1", node.url), init);
      return new Response((await answer.text()).replaceAll('"600600"', `"${lie}"`), answer);
    },
  });
  const ask = () => both.readDeposits(hash, new Set([us]), signal, { agreeing: 2 });
  expect(await ask()).toMatchObject({ status: "included", deposits: [{ amount: 600_600n }] });
  lie = "600601";
  expect((await refusal(ask())).reason).toBe("endpoints_disagree");
});

describe("head and balance", () => {
  test("the head is the ledger's, and final", async () => {
    const hash = node.pay({ to: us, asset: "APT", amount: 6n });
    const head = await chain.head(signal);
    expect(head).toEqual({
      number: node.versionOf(hash),
      finalNumber: node.versionOf(hash),
      time: clock.now(),
    });
  });

  test("a balance is exact, of both forms together, and zero for an address that never was", async () => {
    const wallet = `0x${"ba".repeat(32)}`;
    expect(await chain.balance(wallet, usdt, signal)).toBe(0n);
    node.pay({ to: wallet, asset: "APT", style: "coin", amount: 9_007_199_254_740_993n });
    node.pay({ to: wallet, asset: "APT", style: "fungible", amount: 2n });
    expect(await chain.balance(wallet, apt, signal)).toBe(9_007_199_254_740_995n);
  });

  test("an unreadable balance is an error and not zero", async () => {
    for (const body of ["null", "", "1.5", "-1", '{"balance":5}']) {
      node.fault({ kind: "http", status: 200, body, match: { path: "/balance/" } });
      await refusal(chain.balance(us, apt, signal));
    }
  });
});

describe("the watch", () => {
  const versionIn = (position: string | null): bigint => {
    const [until] = JSON.parse(position ?? "[]") as string[];
    return BigInt(until ?? 0);
  };
  const refusalOfPosition = (position: string): Promise<string> =>
    watch.listSince(us, position, signal).then(
      () => "none",
      (error: unknown) => (error as InvariantViolation).code,
    );
  let wallets = 0;
  const freshWallet = () => `0x${(0xface0000 + wallets++).toString(16).padStart(64, "0")}`;

  async function listAll(address: string, from: string | null = null) {
    const hashes: string[] = [];
    for (let position = from, pages = 0; pages < 20; pages++) {
      const page = await watch.listSince(address, position, signal);
      hashes.push(...page.hashes);
      position = page.next;
      if (!page.more) return { hashes: [...new Set(hashes)], next: position };
    }
    throw new Error("it never ends");
  }

  test("lists what touched the address, oldest first, and then only what is new", async () => {
    const wallet = freshWallet();
    const first = node.pay({ to: wallet, asset: "APT", style: "coin", amount: 1n });
    node.pay({ to: other, asset: "APT", amount: 1n });
    node.pay({ to: wallet, asset: "APT", amount: 1n }, { fails: true });
    node.pay({ to: other, asset: "APT", amount: 1n }, { feePayer: wallet }); // only gas left it
    const then = node.pay({ to: wallet, asset: usdt.contract!, amount: 1n });
    const all = await listAll(wallet);
    expect(all.hashes).toEqual([first, then]);
    expect(await listAll(wallet, all.next)).toMatchObject({ hashes: [] });
    const last = node.pay({ to: wallet, asset: node.fakeUsdt, amount: 1n });
    expect((await listAll(wallet, all.next)).hashes).toEqual([last]);
  });

  test("§7 24 a flood of dust hides no payment", async () => {
    const wallet = freshWallet();
    const dust = { to: wallet, asset: node.fakeUsdt, amount: 1n };
    const flood = (count: number) => Array.from({ length: count }, () => node.pay(dust));
    const sent = [
      ...flood(60),
      node.pay({ to: wallet, asset: usdt.contract!, amount: 25_000_000n }),
      node.payMany(Array.from({ length: 130 }, () => dust)), // more rows than a page, in one transaction
      ...flood(100),
    ];
    expect((await listAll(wallet)).hashes).toEqual(sent);
  });

  test("what the indexer writes late is not passed over", async () => {
    const wallet = freshWallet();
    const start = await listAll(wallet);
    const late = node.pay({ to: wallet, asset: "APT", amount: 1n });
    const early = node.pay({ to: wallet, asset: "APT", amount: 2n });
    node.indexerLag(4); // it has the last transaction and lacks the one before
    const meanwhile = await watch.listSince(wallet, start.next, signal);
    expect(meanwhile.hashes).not.toContain(late);
    node.indexerLag(0);
    const after = await listAll(wallet, meanwhile.next);
    expect([...meanwhile.hashes, ...after.hashes]).toEqual([late, early]);
  });

  test("rows that a database lacks which is behind the one that says how far it is are found, each is named once", async () => {
    const lagging = open({ listLagVersions: 50n }).watch as AddressWatch;
    const wallet = freshWallet();
    const start = await lagging.listSince(wallet, null, signal);
    const pay = () => node.pay({ to: wallet, asset: "APT", amount: 1n });
    const paid = [pay(), pay(), pay()];
    // How far it is, told truly; the rows, by a database that has none, or only the last.
    const rows = [[], [{ transaction_version: String(node.versionOf(paid[2]!)) }]];
    let position = start.next;
    const named: string[] = [];
    for (const fungible_asset_activities of rows) {
      node.fault({ kind: "latency", ms: 0, match: { path: "/v1/graphql" } });
      const body = { data: { fungible_asset_activities } };
      node.fault({ kind: "http", status: 200, body, match: { path: "/v1/graphql" } });
      const page = await lagging.listSince(wallet, position, signal);
      named.push(...page.hashes);
      position = page.next;
    }
    expect(named).toEqual([paid[2]]);
    for (let looks = 0; looks < 60; looks += 1) {
      node.pay({ to: other, asset: "APT", amount: 1n });
      const page = await lagging.listSince(wallet, position, signal);
      named.push(...page.hashes);
      position = page.next;
    }
    expect(named.toSorted()).toEqual(paid.toSorted());
  });

  test("pages follow one another through what is listed again", async () => {
    const lagging = open({ listLagVersions: 1_000n }).watch as AddressWatch;
    const wallet = freshWallet();
    const pay = () => node.pay({ to: wallet, asset: "APT", amount: 1n });
    const paid = Array.from({ length: 150 }, pay);
    const named: string[] = [];
    let position: string | null = null;
    for (let pages = 0; pages < 8; pages += 1) {
      const page = await lagging.listSince(wallet, position, signal);
      named.push(...page.hashes);
      position = page.next;
      if (pages === 3) paid.push(pay());
    }
    expect(named).toEqual(paid);
  });

  test("a position that was kept before there was an overlap is read as it was meant", async () => {
    const wallet = freshWallet();
    const first = node.pay({ to: wallet, asset: "APT", amount: 1n });
    const next = node.pay({ to: wallet, asset: "APT", amount: 2n });
    const page = await watch.listSince(wallet, String(node.versionOf(first)), signal);
    expect(page.hashes).toEqual([next]);
    expect(await refusalOfPosition("yesterday")).toBe("bad_watch_position");
  });

  test("an indexer that stands still is reported, one that is a little behind is waited for", async () => {
    const wallet = freshWallet();
    node.pay({ to: other, asset: "APT", amount: 1n });
    const { next } = await listAll(wallet);
    clock.advance(500_000);
    expect(await watch.listSince(wallet, next, signal)).toEqual({ hashes: [], next, more: false });
    clock.advance(200_000);
    expect((await refusal(watch.listSince(wallet, next, signal))).reason).toBe("indexer_lagging");
  });

  test("a position is never taken back by an indexer that has less", async () => {
    const wallet = freshWallet();
    node.pay({ to: other, asset: "APT", amount: 1n });
    node.pay({ to: other, asset: "APT", amount: 1n });
    const { next } = await listAll(wallet);
    node.indexerLag(1);
    expect(await watch.listSince(wallet, next, signal)).toEqual({ hashes: [], next, more: false });
  });

  test("rows that are not those asked for, and a node that answers another version, are refused", async () => {
    const wallet = freshWallet();
    const { next } = await listAll(wallet);
    const hash = node.pay({ to: wallet, asset: "APT", amount: 1n });
    const version = node.versionOf(hash);
    const rowsOf = (versions: readonly bigint[]) => ({
      data: {
        fungible_asset_activities: versions.map((at) => ({ transaction_version: String(at) })),
      },
    });
    for (const wrong of [[version + 1n], [versionIn(next)], [version, version - 1n]]) {
      node.fault({ kind: "latency", ms: 0, match: { path: "/v1/graphql" } }); // how far it has got, told truly
      node.fault({ kind: "http", status: 200, body: rowsOf(wrong), match: { path: "/v1/graphql" } });
      expect((await refusal(watch.listSince(wallet, next, signal))).reason).toBe("malformed_answer");
    }
    node.tamper(hash, (transaction) => (transaction["version"] = String(version + 1n)));
    expect((await refusal(watch.listSince(wallet, next, signal))).reason).toBe("version_mismatch");
  });

  test("an error in a successful answer, a refusal or a missing version is no empty list", async () => {
    const wallet = freshWallet();
    const { next } = await listAll(wallet);
    node.pay({ to: wallet, asset: "APT", amount: 1n });
    const ask = () => refusal(watch.listSince(wallet, next, signal));
    const match = { path: "/v1/graphql" };
    node.fault({ kind: "http", status: 200, body: { errors: [{ message: "rate limit" }] }, match });
    expect((await ask()).reason).toBe("malformed_answer");
    node.fault({ kind: "http", status: 429, match });
    expect((await ask()).reason).toBe("rate_limited");
    node.fault({ kind: "http", status: 200, body: { data: { fungible_asset_activities: null } }, match });
    expect((await ask()).reason).toBe("malformed_answer");
    node.nodeLag(3_600_000);
    expect((await ask()).reason).toBe("transaction_not_found");
    node.nodeLag(0);
    expect((await listAll(wallet, next)).hashes).toHaveLength(1);
  });
});
