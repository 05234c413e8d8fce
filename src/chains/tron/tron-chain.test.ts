import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inventAddress, startTron, type Tron } from "../../../sandbox/tron/index.ts";
import { manualClock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import { registry } from "../../money/index.ts";
import type { AddressWatch, ReceivingChain, DepositReading } from "../receiving.ts";
import { createTronChain } from "./index.ts";

const clock = manualClock(new Date("2026-01-15T10:00:00Z"));
const signal = new AbortController().signal;
const ours = inventAddress("one of ours");
const alsoOurs = inventAddress("another of ours");
const trx = registry.native("tron");
const usdt = registry.get("tron:USDT");
const usdtContract = usdt.contract!;
const key = "a-trongrid-key-0001";

let node: Tron;
beforeEach(async () => {
  node = await startTron({ clock });
});
afterEach(() => node.stop());

/** What a dishonest or broken node makes of an answer. */
type Tamper = (text: string, path: string) => string;

/** @param liars further endpoints, by host: the same node, whose answers pass through them. */
function open(
  liars: Readonly<Record<string, Tamper>> = {},
  apiUrls: readonly string[] = [node.url],
  send: typeof fetch = fetch,
): ReceivingChain {
  return createTronChain({
    apiUrls,
    apiKey: null,
    genesisHash: node.genesisHash,
    listLagMs: 180_000,
    registry,
    clock,
    requestTimeoutMs: 500,
    fetch: async (url, init) => {
      const { host, pathname, search } = new URL(String(url));
      const tamper = liars[host];
      if (tamper === undefined) return send(url, init);
      const response = await fetch(`${node.url}${pathname}${search}`, init);
      return new Response(tamper(await response.text(), pathname), { status: response.status });
    },
  });
}

const tampered = (tamper: Tamper): ReceivingChain => open({ liar: tamper }, ["http://liar"]);
const honest: Tamper = (text) => text;

/** A chain whose questions arrive changed, as at an index that knows not all of their words. */
const asking = (rewrite: (url: string) => string): ReceivingChain =>
  open({}, [node.url], (url, init) => fetch(rewrite(String(url)), init));

const read = (hash: string, chain = open(), watched: readonly string[] = [ours, alsoOurs]) =>
  chain.readDeposits(hash, new Set(watched), signal);

async function included(hash: string, chain = open()) {
  const reading = await read(hash, chain);
  if (reading.status !== "included") throw new Error(`it is ${reading.status}`);
  return reading;
}

const brought = (reading: Extract<DepositReading, { status: "included" }>) =>
  reading.deposits.map(({ index, asset, to, amount }) => [index, asset.id, to, amount]);

async function refusalOf(work: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await work.then(
    (answer) => new Error(`it answered ${String(answer)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  expect(error.retryable).toBe(true);
  return error;
}

describe("what a transaction brought", () => {
  test("§7 22 TRX, by whom and when the block says", async () => {
    const hash = node.pay({ to: ours, contract: null, amount: 9_007_199_254_740_993n });
    const { time, number } = node.head();
    const reading = await included(`0x${hash.toUpperCase()}`);
    expect(reading).toMatchObject({ succeeded: true, unlisted: [], mayHideTransfers: false });
    expect(reading.includedIn).toMatchObject({ blockNumber: BigInt(number), blockTime: time });
    expect(reading.includedIn.blockHash).toMatch(/^[0-9a-f]{64}$/);
    expect(reading.deposits).toEqual([
      {
        index: "native",
        asset: trx,
        from: inventAddress("a payer"),
        to: ours,
        amount: 9_007_199_254_740_993n,
      },
    ]);
  });

  test("USDT, whose contract returns false when all went well", async () => {
    const hash = node.pay({ to: ours, contract: usdtContract, amount: 25_000_000n });
    const reading = await included(hash);
    expect(brought(reading)).toEqual([["log+0", usdt.id, ours, 25_000_000n]]);
    expect(reading.mayHideTransfers).toBe(false);
  });

  test("§7 4 §7 5 a token called USDT, of any decimals, is unlisted and counted in its own units", async () => {
    const fake = node.issueToken({ symbol: "USDT", decimals: 0 });
    const reading = await included(node.pay({ to: ours, contract: fake, amount: 50n }));
    expect(reading.deposits).toEqual([]);
    expect(reading.unlisted).toEqual([{ index: "log+0", contract: fake, to: ours, amount: 50n }]);
  });

  test("USDC is known although it is no longer offered", async () => {
    const usdc = registry.get("tron:USDC");
    const reading = await included(node.pay({ to: ours, contract: usdc.contract, amount: 5n }));
    expect(brought(reading)).toEqual([["log+0", usdc.id, ours, 5n]]);
  });

  test.each([
    ["§7 20 of USDT", usdtContract],
    ["§7 20 of TRX", null],
  ])("a failed transfer %s brought nothing", async (_, contract) => {
    const hash = node.pay({ to: ours, contract, amount: 25_000_000n, failure: "OUT_OF_ENERGY" });
    expect(await included(hash)).toMatchObject({ succeeded: false, deposits: [], unlisted: [] });
  });

  test("§7 21 leave to spend is no transfer", async () => {
    const hash = node.approve({ contract: usdtContract, to: ours, amount: 25_000_000n });
    expect(await included(hash)).toMatchObject({ succeeded: true, deposits: [], unlisted: [] });
  });

  test("a TRC-10 token is never TRX", async () => {
    const reading = await included(node.payTrc10({ tokenId: "1005065", to: ours, amount: 25_000_000n }));
    expect(reading.deposits).toEqual([]);
    expect(reading.unlisted).toMatchObject([{ contract: "trc10:1005065", to: ours, amount: 25_000_000n }]);
  });

  test.each([
    ["of nothing", { to: ours, amount: 0n }],
    ["to oneself", { from: ours, to: ours, amount: 5n }],
  ])("a transfer %s is no deposit", async (_, payment) => {
    const coins = node.pay({ ...payment, contract: null });
    const tokens = node.pay({ ...payment, contract: usdtContract });
    expect((await included(coins)).deposits).toEqual([]);
    expect((await included(tokens)).deposits).toEqual([]);
  });

  test("each of several transfers of one transaction is its own", async () => {
    const hash = node.payByContract({
      tokens: [
        { contract: usdtContract, to: ours, amount: 25n },
        { contract: usdtContract, to: alsoOurs, amount: 7n },
        { contract: usdtContract, to: inventAddress("a stranger"), amount: 9n },
        { contract: usdtContract, to: ours, amount: 25n },
      ],
    });
    expect(brought(await included(hash))).toEqual([
      ["log+0", usdt.id, ours, 25n],
      ["log+1", usdt.id, alsoOurs, 7n],
      ["log+3", usdt.id, ours, 25n],
    ]);
  });

  test("what the same transaction took away again is off, the last arrival first", async () => {
    const hash = node.payByContract({
      tokens: [
        { contract: usdtContract, to: ours, amount: 10n },
        { contract: usdtContract, from: ours, to: inventAddress("a stranger"), amount: 12n },
        { contract: usdtContract, to: ours, amount: 5n },
        { contract: usdtContract, to: alsoOurs, amount: 1n },
        { contract: usdtContract, from: alsoOurs, to: inventAddress("a stranger"), amount: 2n },
      ],
      coins: [{ to: ours, amount: 8n }],
    });
    expect(brought(await included(hash))).toEqual([
      ["log+0", usdt.id, ours, 3n],
      ["internal:0", trx.id, ours, 8n],
    ]);
  });

  test("what an address sent itself neither comes in nor goes off", async () => {
    const hash = node.payByContract({
      tokens: [
        { contract: usdtContract, from: ours, to: ours, amount: 5n },
        { contract: usdtContract, to: ours, amount: 10n },
      ],
    });
    expect(brought(await included(hash))).toEqual([["log+1", usdt.id, ours, 10n]]);
  });

  test("TRX that a contract sent: not what was reverted, nor a token, nor what was lent", async () => {
    const hash = node.payByContract({
      coins: [
        { to: ours, amount: 40_000_000n, rejected: true },
        { to: ours, amount: 30_000_000n, tokenId: "1005065" },
        { to: ours, amount: 20_000_000n, note: "delegateResourceOfEnergy" },
        { to: ours, amount: 10_000_000n },
        { to: alsoOurs, amount: 5n, note: "suicide" },
      ],
    });
    const reading = await included(hash);
    expect(brought(reading)).toEqual([
      ["internal:3", trx.id, ours, 10_000_000n],
      ["internal:4", trx.id, alsoOurs, 5n],
    ]);
    expect(reading.unlisted).toMatchObject([{ contract: "trc10:1005065", amount: 30_000_000n }]);
    expect(reading.mayHideTransfers).toBe(false);
  });

  test("a node that keeps no internal transactions says that it may hide some; another one shows them", async () => {
    const hash = node.payByContract({ coins: [{ to: ours, amount: 10_000_000n }] });
    node.keepInternalTransactions(false);
    expect(await included(hash)).toMatchObject({ succeeded: true, deposits: [], mayHideTransfers: true });
    node.keepInternalTransactions(true);
    const forgetful: Tamper = (text) => text.replace('"internal_transactions"', '"not_kept"');
    const both = open({ forgetful, good: honest }, ["http://forgetful", "http://good"]);
    expect(await included(hash, both)).toMatchObject({
      deposits: [{ index: "internal:0", amount: 10_000_000n }],
      mayHideTransfers: false,
    });
  });
});

describe("from sent to final", () => {
  test("unknown, included, solid 19 blocks later", async () => {
    expect(await read("ab".repeat(32))).toEqual({ status: "not_found" });
    const hash = node.pay({ to: ours, contract: usdtContract, amount: 5n });
    expect(await included(hash)).toMatchObject({ final: false, confirmations: 1n });
    node.mine(18);
    expect(await included(hash)).toMatchObject({ final: false, confirmations: 19n });
    const before = await included(hash);
    node.mine(1);
    const after = await included(hash);
    expect(after).toMatchObject({ final: true, confirmations: 20n });
    expect({ ...after, final: false, confirmations: 19n }).toEqual(before);
  });

  test("a fork takes it back, and it keeps its index in another block", async () => {
    const hash = node.pay({ to: ours, contract: usdtContract, amount: 5n });
    const before = await included(hash);
    node.reorg(1, "included_again");
    const after = await included(hash);
    expect(after.includedIn.blockHash).not.toBe(before.includedIn.blockHash);
    expect(after.deposits).toEqual(before.deposits);
    node.reorg(2);
    expect(await read(hash)).toEqual({ status: "not_found" });
  });

  test("its body without its block is pending", async () => {
    const hash = node.pay({ to: ours, contract: null, amount: 5n });
    const early = tampered((text, path) => (path.endsWith("infobyid") ? "{}" : text));
    expect(await read(hash, early)).toEqual({ status: "pending" });
  });

  test("a node that lags does not hide what another one shows", async () => {
    const hash = node.pay({ to: ours, contract: null, amount: 5n });
    const lagging: Tamper = (text, path) => (path.includes("gettransaction") ? "{}" : text);
    const both = open({ lagging, good: honest }, ["http://lagging", "http://good"]);
    expect(await read(hash, both)).toMatchObject({ status: "included", deposits: [{ amount: 5n }] });
  });

  test("head and solid head", async () => {
    node.mine(30);
    expect(await open().head(signal)).toEqual({ number: 30n, finalNumber: 11n, time: node.head().time });
    const ten = /"blockID":"\w{16}(.*)"number":30/;
    const confused = tampered((text) =>
      text.replace(ten, `"blockID":"${"a".padStart(16, "0")}$1"number":10`),
    );
    expect((await refusalOf(confused.head(signal))).reason).toBe("finality_beyond_head");
  });
});

describe("answers that prove nothing", () => {
  const paid = () => node.pay({ to: ours, contract: usdtContract, amount: 5n });

  test.each<[string, Tamper, string]>([
    ["another transaction", (text) => text.replace(/"txID":"\w{6}/, '"txID":"ffffff'), "hash_mismatch"],
    ["another transaction's info", (text) => text.replace(/"id":"\w{6}/, '"id":"ffffff'), "hash_mismatch"],
    [
      "one half failed and the other did not",
      (text) => text.replace('"contractRet":"SUCCESS"', '"contractRet":"REVERT"'),
      "contradictory_answer",
    ],
    [
      "another block at its height",
      (text, path) => (path.endsWith("getblock") ? text.replace(/"timestamp":\d+/, '"timestamp":1') : text),
      "block_mismatch",
    ],
    [
      "a block of another height",
      (text, path) =>
        path.endsWith("getblock") ? text.replace(/"blockID":"0{15}/, `"blockID":"${"0".repeat(14)}1`) : text,
      "malformed_answer",
    ],
    [
      "a block that nobody asked for",
      (text, path) =>
        path.endsWith("getblock")
          ? text
              .replace(/"blockID":"\w{16}/, `"blockID":"${"9".padStart(16, "0")}`)
              .replace(/"number":\d+/, '"number":9')
          : text,
      "block_missing",
    ],
    ["§7 34 no receipt", (text) => text.replace(/"receipt":\{[^}]*\},/, ""), "malformed_answer"],
    [
      "§7 34 null for a contract",
      (text) => text.replace(/"contract":\[.*?\}\]/, '"contract":null'),
      "malformed_answer",
    ],
    [
      "§7 34 a log without its amount",
      (text) => text.replace(/"data":"0{60}\w+"/, '"data":""'),
      "malformed_answer",
    ],
    ["an error with HTTP 200", () => '{"Error":"class java.lang.NullPointerException : null"}', "node_error"],
    ["a refusal of TronGrid's", () => '{"success":false,"error":"down","statusCode":500}', "node_error"],
    ["a page of HTML", () => "<html></html>", "malformed_answer"],
    ["a list", () => "[]", "malformed_answer"],
  ])("%s is the node's trouble", async (_, tamper, reason) => {
    const hash = paid();
    node.mine(20);
    const onlyTransactions: Tamper = (text, path) => {
      // The proof of the network comes before, and is not what this is about.
      const isGenesis = path.endsWith("getblock") && text.includes(node.genesisHash);
      return isGenesis ? text : tamper(text, path);
    };
    expect(await refusalOf(read(hash, tampered(onlyTransactions)))).toMatchObject({ reason });
  });

  test("§7 34 TRX without an amount is the node's trouble, and no other kind of transaction", async () => {
    const hash = node.pay({ to: ours, contract: null, amount: 5n });
    const chain = tampered((text) => text.replace('"amount":5', '"amount":null'));
    expect((await refusalOf(read(hash, chain))).reason).toBe("malformed_answer");
  });

  test("another network is refused, again and again, whatever is asked", async () => {
    const hash = paid();
    const elsewhere = tampered((text) =>
      text.replaceAll(node.genesisHash, `${"0".repeat(16)}${"ab".repeat(24)}`),
    );
    const questions = [
      read(hash, elsewhere),
      elsewhere.head(signal),
      elsewhere.balance(ours, trx, signal),
      (elsewhere.watch as AddressWatch).listSince(ours, null, signal),
      read(hash, elsewhere),
    ];
    for (const question of questions) expect((await refusalOf(question)).reason).toBe("wrong_network");
  });

  test("the network is proved once", async () => {
    const chain = open();
    await chain.head(signal);
    await chain.head(signal);
    expect(
      node.requests.filter(({ body }) => (body as { id_or_num?: string }).id_or_num === "0"),
    ).toHaveLength(1);
  });

  test.each([
    [403, "blocked"],
    [429, "rate_limited"],
    [503, "server_error"],
    [401, "unauthorized"],
    [404, "not_found"],
  ])("HTTP %d is no verdict", async (status, reason) => {
    const hash = paid();
    const chain = open();
    await chain.head(signal);
    node.faults.next({ kind: "http", status, times: 99 });
    expect((await refusalOf(read(hash, chain))).reason).toBe(reason);
    node.faults.heal();
    expect(await read(hash, chain)).toMatchObject({ status: "included" });
  });

  test.each(["malformed", "lost_answer", "lost_request", "timeout"] as const)(
    "%s is no verdict",
    async (kind) => {
      const hash = paid();
      const chain = open();
      await chain.head(signal);
      node.faults.next({ kind, times: 99 });
      await refusalOf(read(hash, chain));
      node.faults.heal();
      expect(await read(hash, chain)).toMatchObject({ status: "included" });
    },
  );

  test("one node that fails is passed over", async () => {
    const hash = paid();
    const both = open({ broken: () => "<html></html>", good: honest }, ["http://broken", "http://good"]);
    expect(await read(hash, both)).toMatchObject({ status: "included" });
  });
});

describe("nodes that must agree", () => {
  const liar: Tamper = (text) => text.replace(/"data":"0{60}\w+"/, `"data":"${"f".repeat(64)}"`);
  const agreeing = { agreeing: 2 };

  test("two that say the same are believed, one that lies is outvoted", async () => {
    const hash = node.pay({ to: ours, contract: usdtContract, amount: 5n });
    const chain = open({ liar, a: honest, b: honest }, ["http://liar", "http://a", "http://b"]);
    const reading = await chain.readDeposits(hash, new Set([ours]), signal, agreeing);
    expect(reading).toMatchObject({ deposits: [{ amount: 5n }] });
  });

  test("one that lies against one is no answer", async () => {
    const hash = node.pay({ to: ours, contract: usdtContract, amount: 5n });
    const chain = open({ liar, a: honest }, ["http://liar", "http://a"]);
    const reading = chain.readDeposits(hash, new Set([ours]), signal, agreeing);
    expect((await refusalOf(reading)).reason).toBe("endpoints_disagree");
  });

  test("fewer than must agree is an error", async () => {
    const reading = open().readDeposits("ab".repeat(32), new Set([ours]), signal, agreeing);
    expect((await refusalOf(reading)).reason).toBe("too_few_endpoints");
  });
});

describe("watching an address", () => {
  const watchOf = (chain: ReceivingChain): AddressWatch => {
    if (chain.watch.kind !== "addresses") throw new Error("Tron lists by address");
    return chain.watch;
  };

  /** All pages from a position on. */
  async function listAll(since: string | null, chain = open()) {
    const hashes: string[] = [];
    let position = since;
    for (let pages = 1; ; pages += 1) {
      const page = await watchOf(chain).listSince(ours, position, signal);
      hashes.push(...page.hashes);
      position = page.next;
      if (!page.more) return { hashes, position, pages };
      expect(pages).toBeLessThan(50);
    }
  }

  test("an address that nobody paid has no position", async () => {
    expect(await watchOf(open()).listSince(ours, null, signal)).toEqual({
      hashes: [],
      next: null,
      more: false,
    });
  });

  test("coins, tokens and what contracts sent, oldest first, each once", async () => {
    const sent = [
      node.pay({ to: ours, contract: usdtContract, amount: 1n }),
      node.pay({ to: ours, contract: null, amount: 1n }),
      node.payByContract({ coins: [{ to: ours, amount: 1n }] }),
      node.payByContract({
        tokens: [
          { contract: usdtContract, to: ours, amount: 1n },
          { contract: usdtContract, to: ours, amount: 2n },
        ],
        coins: [{ to: ours, amount: 3n }],
      }),
    ];
    node.pay({ to: alsoOurs, contract: null, amount: 1n });
    expect((await listAll(null)).hashes).toEqual(sent);
  });

  test("§7 24 five hundred worthless transfers do not hide a payment, even in one block", async () => {
    const fake = node.issueToken({ symbol: "USDT", decimals: 6 });
    const spam = (count: number) => {
      for (let sent = 0; sent < count; sent += 1) {
        node.pay({ to: ours, contract: fake, amount: 25_000_000n });
        node.pay({ to: ours, contract: null, amount: 1n });
      }
    };
    node.inOneBlock(() => spam(250));
    const [first, second] = node.inOneBlock(() => {
      spam(250);
      const payments = [
        node.pay({ to: ours, contract: usdtContract, amount: 25_000_000n }),
        node.pay({ to: ours, contract: null, amount: 7_000_000n }),
      ];
      spam(100);
      return payments;
    });
    const { hashes, position, pages } = await listAll(null);
    expect(new Set(hashes).size).toBe(1202);
    expect(hashes).toEqual(expect.arrayContaining([first, second]));
    expect(pages).toBeGreaterThan(3);
    clock.advance(300_000);
    const later = node.pay({ to: ours, contract: usdtContract, amount: 1n });
    expect((await listAll(position)).hashes).toContain(later);
    expect(brought(await included(first!))).toEqual([["log+0", usdt.id, ours, 25_000_000n]]);
  });

  test("from its position on, it lists what came since and little of what came before", async () => {
    const old = node.pay({ to: ours, contract: null, amount: 1n });
    clock.advance(300_000);
    node.pay({ to: ours, contract: null, amount: 1n });
    clock.advance(600_000);
    const { position } = await listAll(null);
    const fresh = node.pay({ to: ours, contract: usdtContract, amount: 1n });
    const { hashes } = await listAll(position);
    expect(hashes).toContain(fresh);
    expect(hashes).not.toContain(old);
  });

  test("what the index learns a little late is not left out", async () => {
    const late = node.pay({ to: ours, contract: null, amount: 1n });
    node.mine(10);
    const seen = node.pay({ to: ours, contract: null, amount: 2n });
    clock.advance(60_000);
    const slow = tampered((text, path) => {
      if (!path.startsWith("/v1")) return text;
      const page = JSON.parse(text) as { data: { txID?: string }[] };
      return JSON.stringify({ ...page, data: page.data.filter(({ txID }) => txID !== late) });
    });
    const { hashes, position } = await listAll(null, slow);
    expect(hashes).toEqual([seen]);
    expect((await listAll(position)).hashes).toContain(late);
  });

  test("a list that is read to its end waits for the other one", async () => {
    node.inOneBlock(() => {
      for (let sent = 0; sent < 450; sent += 1) node.pay({ to: ours, contract: null, amount: 1n });
    });
    await listAll(null);
    const asked = (ending: RegExp) => node.requests.filter(({ path }) => ending.test(path)).length;
    expect([asked(/transactions\?/), asked(/trc20\?/)]).toEqual([3, 1]);
  });

  test("an index that gives the same page again and again comes to an end", async () => {
    node.inOneBlock(() => {
      for (let sent = 0; sent < 250; sent += 1) node.pay({ to: ours, contract: null, amount: 1n });
    });
    const stuck = asking((url) => url.replace(/&fingerprint=\w+/, ""));
    expect((await listAll(null, stuck)).pages).toBe(2);
  });

  test("a fingerprint that is refused does not end the listing", async () => {
    node.inOneBlock(() => {
      for (let sent = 0; sent < 250; sent += 1) node.pay({ to: ours, contract: null, amount: 1n });
    });
    const chain = open();
    const { next, more } = await watchOf(chain).listSince(ours, null, signal);
    expect(more).toBe(true);
    node.faults.next({
      kind: "http",
      status: 400,
      body: { success: false, error: "Invalid fingerprint provided", statusCode: 400 },
      match: { path: "fingerprint=" },
    });
    expect(new Set((await listAll(next, chain)).hashes).size).toBe(250);
  });

  test("a time far ahead of ours does not make it skip what is still to come", async () => {
    node.pay({ to: ours, contract: null, amount: 1n });
    const dreaming = tampered((text) =>
      text.replaceAll(/"block_timestamp":\d+/g, '"block_timestamp":99999999999999'),
    );
    const { position } = await listAll(null, dreaming);
    node.mine(1);
    const later = node.pay({ to: ours, contract: null, amount: 1n });
    expect((await listAll(position)).hashes).toContain(later);
  });

  test("an index that lists the newest first leaves nothing out, though it forgets its fingerprints", async () => {
    const first = node.pay({ to: ours, contract: null, amount: 1n });
    clock.advance(7_200_000);
    for (let sent = 0; sent < 250; sent += 1) node.pay({ to: ours, contract: null, amount: 1n });
    const backwards = asking((url) => url.replace("asc", "desc"));
    clock.advance(7_200_000);
    const { next } = await watchOf(backwards).listSince(ours, null, signal);
    node.faults.next({ kind: "http", status: 400, match: { path: "fingerprint=" } });
    const { hashes, position } = await listAll(next, backwards);
    expect(hashes).toContain(first);
    expect((await listAll(position, backwards)).hashes).toContain(first);
  });

  test("§7 34 a row without its transaction is the index's trouble", async () => {
    node.pay({ to: ours, contract: null, amount: 1n });
    const broken = tampered((text) => text.replaceAll('"txID"', '"id"'));
    const listed = watchOf(broken).listSince(ours, null, signal);
    expect((await refusalOf(listed)).reason).toBe("malformed_answer");
  });

  test("a position that is none of ours is our bug", async () => {
    await expect(watchOf(open()).listSince(ours, "yesterday", signal)).rejects.toMatchObject({
      code: "invalid_position",
    });
  });
});

describe("balances", () => {
  test("of what is solid, in base units; nobody's is zero", async () => {
    node.pay({ to: ours, contract: null, amount: 9_007_199_254_740_993n });
    node.pay({ to: ours, contract: usdtContract, amount: 3n });
    const chain = open();
    expect(await chain.balance(ours, trx, signal)).toBe(0n);
    node.mine(20);
    expect(await chain.balance(ours, trx, signal)).toBe(9_007_199_254_740_993n);
    expect(await chain.balance(ours, usdt, signal)).toBe(3n);
    expect(await chain.balance(alsoOurs, trx, signal)).toBe(0n);
    expect(await chain.balance(alsoOurs, usdt, signal)).toBe(0n);
  });

  test("a token that is not there has no balance, not even zero", async () => {
    const absent = { ...usdt, contract: inventAddress("nothing") };
    expect((await refusalOf(open().balance(ours, absent, signal))).reason).toBe("node_error");
  });

  test.each([
    ["a failed call", `{"result":{"result":false},"constant_result":["${"0".repeat(63)}5"]}`],
    ["a reverted one", `{"result":{"result":true,"message":"00"},"constant_result":["${"0".repeat(63)}5"]}`],
    ["an empty word", '{"result":{"result":true},"constant_result":[""]}'],
    ["nothing", "{}"],
  ])("%s is no balance of a token", async (_, answer) => {
    const chain = tampered((text, path) => (path.endsWith("constantcontract") ? answer : text));
    await refusalOf(chain.balance(ours, usdt, signal));
  });

  test.each<[string, string]>([
    ["somebody else's account", '{"address":"41b614f803b6fd780986a42c78ec9c7f77e6ded13c","balance":5}'],
    ["no address", '{"balance":5}'],
    ["a balance of null", '{"address":"41","balance":null}'],
  ])("%s is no balance", async (_, answer) => {
    const chain = tampered((text, path) => (path.endsWith("getaccount") ? answer : text));
    await refusalOf(chain.balance(ours, trx, signal));
  });
});

describe("what people type", () => {
  const hash = "0130DFDE9281a48378109039ef512229d5359fbee2a8adbb17ad73aebc67ea99";

  test.each([hash, `0x${hash}`, `0X${hash.toLowerCase()}`, `  ${hash}\n`])(
    "§7 14 one transaction, however it is spelled: %j",
    (text) => expect(open().normaliseHash(text)).toBe(hash.toLowerCase()),
  );

  test.each(["", "0x", hash.slice(1), `${hash}0`, `0x0x${hash}`, hash.replace("0", "g"), usdtContract])(
    "%j is no hash",
    (text) => expect(() => open().normaliseHash(text)).toThrow(DomainError),
  );

  test("addresses are as written, checked to the last letter", () => {
    expect(open().normaliseAddress(` ${ours} `)).toBe(ours);
    expect(() => open().normaliseAddress(ours.toLowerCase())).toThrow(DomainError);
    expect(() => open().normaliseAddress(usdtContract)).toThrow(DomainError);
  });
});

test("the key goes to the first URL's host, to nobody else, and into no error", async () => {
  const keys = new Map<string, string | null>();
  const echo = `{"Error":"${key}"}`;
  const chain = createTronChain({
    apiUrls: ["https://grid.example", "https://other.example"],
    apiKey: key,
    registry,
    clock,
    requestTimeoutMs: 500,
    fetch: async (url, init) => {
      keys.set(new URL(String(url)).host, new Headers(init?.headers).get("tron-pro-api-key"));
      return new Response(new URL(String(url)).host === "grid.example" ? echo : "{}");
    },
  });
  const error = await refusalOf(chain.head(signal));
  expect(error.reason).toBe("wrong_network");
  expect(keys).toEqual(
    new Map([
      ["grid.example", key],
      ["other.example", null],
    ]),
  );
  const alone = createTronChain({
    apiUrls: ["https://grid.example"],
    apiKey: key,
    registry,
    clock,
    requestTimeoutMs: 500,
    fetch: async () => new Response(echo),
  });
  const echoed = await refusalOf(alone.head(signal));
  expect(`${echoed.message} ${JSON.stringify(echoed.details)}`).not.toContain(key);
  expect(echoed.message).toContain("[redacted]");
});
