import { base58 } from "@scure/base";
import { describe, expect, onTestFinished, test } from "vitest";
import { startSolana, type SolanaEmulator } from "../../../sandbox/solana/index.ts";
import { manualClock } from "../../clock.ts";
import { DomainError, EngineError, InvariantViolation, ProviderError } from "../../errors.ts";
import { registry } from "../../money/index.ts";
import { createCircuitBreaker } from "../../providers/circuit-breaker.ts";
import type { AddressWatch, ReceivingChain, DepositReading } from "../receiving.ts";
import { createSolanaChain } from "./index.ts";

const signal = new AbortController().signal;
const clock = manualClock(new Date("2026-01-15T10:00:00Z"));
const contractOf = (id: string): string => registry.get(id).contract!;
const usdc = contractOf("solana:USDC");
const wrapped = contractOf("solana:WSOL");
const token2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";

async function startNode(): Promise<SolanaEmulator> {
  const node = await startSolana({ clock });
  onTestFinished(() => node.stop());
  return node;
}

function openChain(
  nodes: readonly SolanaEmulator[],
  requestTimeoutMs = 2_000,
  listLagSlots = 0n,
): ReceivingChain {
  return createSolanaChain({
    listLagSlots,
    rpcUrls: nodes.map(({ url }) => `${url}/v1/secret-key-in-path?api-key=secret-key-in-query`),
    genesisHash: nodes[0]!.genesisHash,
    registry,
    clock,
    requestTimeoutMs,
  });
}

async function startWorld() {
  const node = await startNode();
  return { node, chain: openChain([node]), wallet: node.newWallet() };
}

const read = (chain: ReceivingChain, hash: string, ...watched: string[]): Promise<DepositReading> =>
  chain.readDeposits(hash, new Set(watched), signal);

/** The deposits of one included transaction, as asset and amount. */
async function broughtBy(node: SolanaEmulator, chain: ReceivingChain, hash: string, ...watched: string[]) {
  node.advance();
  const reading = await read(chain, hash, ...watched);
  if (reading.status !== "included") throw new Error(`it is ${reading.status}`);
  return reading.deposits.map(({ asset, to, amount }) => ({ asset: asset.id, to, amount }));
}

async function refusalOf(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EngineError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

function expectRetryable(error: EngineError, reason?: string): void {
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ retryable: true, ...(reason !== undefined && { reason }) });
  expect(JSON.stringify([error.message, error.details, error.cause])).not.toContain("secret-key");
}

describe("what a transaction brought", () => {
  const assets = registry.all.filter(({ chain }) => chain === "solana");

  test.each(assets)("§7 22 $id can be paid, to the last base unit", async (asset) => {
    const { node, chain, wallet } = await startWorld();
    const amount = 123_456_789_012_345_678n; // more than a double holds
    const hash = node.pay({ mint: asset.contract, to: wallet, amount });
    expect(await broughtBy(node, chain, hash, wallet)).toEqual([{ asset: asset.id, to: wallet, amount }]);
    expect(await chain.balance(wallet, asset, signal)).toBe(amount);
  });

  test.each(["transfer", "transferChecked"] as const)(
    "§7 23 tokens count by the owner of the account, whichever account and instruction: %s",
    async (instruction) => {
      const { node, chain, wallet } = await startWorld();
      const toAccount = node.openTokenAccount({ owner: wallet, mint: usdc });
      const first = node.pay({ mint: usdc, to: wallet, amount: 5n, instruction, toAccount });
      const second = node.pay({ mint: usdc, to: wallet, amount: 7n, instruction });
      const paid = (amount: bigint) => [{ asset: "solana:USDC", to: wallet, amount }];
      expect(await broughtBy(node, chain, first, wallet)).toEqual(paid(5n));
      expect(await broughtBy(node, chain, second, wallet)).toEqual(paid(7n));
      expect(await chain.balance(wallet, registry.get("solana:USDC"), signal)).toBe(12n);
    },
  );

  test("a token account that somebody named for their address counts by itself", async () => {
    const { node, chain, wallet } = await startWorld();
    const toAccount = node.openTokenAccount({ owner: wallet, mint: usdc });
    const hash = node.pay({ mint: usdc, to: wallet, amount: 5n, toAccount });
    expect(await broughtBy(node, chain, hash, toAccount)).toEqual([
      { asset: "solana:USDC", to: toAccount, amount: 5n },
    ]);
  });

  test("rent that the payer puts into our new token account is no payment of coins", async () => {
    const { node, chain, wallet } = await startWorld();
    const hash = node.pay({ mint: usdc, to: wallet, amount: 5n });
    expect(await broughtBy(node, chain, hash, wallet)).toHaveLength(1);
    expect(node.balanceOf(node.tokenAccount(wallet, usdc), null)).toBe(2_039_280n);
  });

  test.each([
    ["§7 4 another mint with the decimals of USDC", {}],
    ["§7 6 nine decimals, one whole unit of nothing", { decimals: 9 }],
    ["a mint of the program that can take it back", { program: token2022 }],
  ])("%s is shown, never booked", async (_name, token) => {
    const { node, chain, wallet } = await startWorld();
    const mint = node.newMint(token);
    const hash = node.pay({ mint, to: wallet, amount: 1_000_000_000n, instruction: "transfer" });
    node.advance();
    const account = node.tokenAccount(wallet, mint);
    const index = `token:${mint}:${account}`;
    expect(await read(chain, hash, wallet)).toMatchObject({
      status: "included",
      succeeded: true,
      deposits: [],
      unlisted: [{ index, contract: mint, to: wallet, amount: 1_000_000_000n }],
    });
  });

  test("§7 20 a failed transaction brought nothing, final or not", async () => {
    const { node, chain, wallet } = await startWorld();
    const hash = node.multisend(
      [
        { mint: usdc, to: wallet, amount: 5n },
        { mint: null, to: wallet, amount: 5n },
      ],
      { fails: true },
    );
    node.advance(40);
    const failed = { status: "included", final: true, succeeded: false, deposits: [], unlisted: [] };
    expect(await read(chain, hash, wallet)).toMatchObject(failed);
  });

  test("§7 13 two transfers in one transaction are one sum; §7 14 each wallet and asset has its own index", async () => {
    const { node, chain, wallet } = await startWorld();
    const other = node.newWallet();
    const hash = node.multisend([
      { mint: usdc, to: wallet, amount: 25n },
      { mint: usdc, to: wallet, amount: 25n },
      { mint: null, to: wallet, amount: 3n },
      { mint: null, to: other, amount: 4n },
      { mint: usdc, to: other, amount: 6n },
      { mint: usdc, to: node.newWallet(), amount: 99n },
    ]);
    node.advance();
    const both = await read(chain, hash, wallet, other);
    const one = await read(chain, hash, other);
    if (both.status !== "included" || one.status !== "included") throw new Error("not included");
    expect(both.deposits.map(({ to, amount }) => ({ to, amount }))).toEqual([
      { to: wallet, amount: 3n },
      { to: other, amount: 4n },
      { to: wallet, amount: 50n },
      { to: other, amount: 6n },
    ]);
    expect(new Set(both.deposits.map(({ index }) => index)).size).toBe(4);
    // Whoever else is watched, the index of a transfer stays.
    expect(one.deposits).toEqual(both.deposits.filter(({ to }) => to === other));
  });

  test("a transfer names its sender, and nobody where several paid", async () => {
    const { node, chain, wallet } = await startWorld();
    const [anna, ben] = [node.newWallet(), node.newWallet()];
    for (const to of [anna, ben]) node.pay({ mint: null, to, amount: 1_000_000_000n });
    const coins = (from: string) => ({ mint: null, from, to: wallet, amount: 9n });
    const alone = node.pay(coins(anna));
    const together = node.multisend([coins(anna), coins(ben)]);
    node.advance();
    expect(await read(chain, alone, wallet)).toMatchObject({ deposits: [{ from: anna, amount: 9n }] });
    expect(await read(chain, together, wallet)).toMatchObject({ deposits: [{ from: null, amount: 18n }] });
  });

  test("what goes out again in the same transaction is taken off; to oneself is nothing", async () => {
    const { node, chain, wallet } = await startWorld();
    const other = node.newWallet();
    const second = node.openTokenAccount({ owner: wallet, mint: usdc });
    node.pay({ mint: null, to: wallet, amount: 1_000_000_000n });
    node.pay({ mint: usdc, to: wallet, amount: 100n });
    const ours = { from: wallet, to: wallet };
    const toSelf = node.multisend([
      { mint: null, ...ours, amount: 5n },
      { mint: usdc, ...ours, amount: 5n },
      { mint: usdc, ...ours, amount: 50n, toAccount: second },
    ]);
    const roundTrip = node.multisend([
      { mint: usdc, to: wallet, amount: 30n, toAccount: second },
      { mint: usdc, from: wallet, to: other, amount: 10n },
      { mint: null, to: wallet, amount: 30n },
      { mint: null, from: wallet, to: other, amount: 30n },
    ]);
    expect(await broughtBy(node, chain, toSelf, wallet)).toEqual([]);
    expect(await broughtBy(node, chain, roundTrip, wallet)).toEqual([
      { asset: "solana:USDC", to: wallet, amount: 20n },
    ]);
  });

  test("a fee that we pay ourselves hides nothing of what came", async () => {
    const { node, chain, wallet } = await startWorld();
    node.pay({ mint: null, to: wallet, amount: 1_000_000_000n });
    const hash = node.pay({ mint: null, to: wallet, amount: 77n }, { feePayer: wallet });
    expect(await broughtBy(node, chain, hash, wallet)).toEqual([
      { asset: "solana:SOL", to: wallet, amount: 77n },
    ]);
  });

  test("unwrapping what we hold, or closing an account, pays us nothing new", async () => {
    const { node, chain, wallet } = await startWorld();
    node.pay({ mint: null, to: wallet, amount: 1_000_000_000n });
    node.pay({ mint: wrapped, to: wallet, amount: 5_000_000_000n });
    const hash = node.closeTokenAccount({ owner: wallet, mint: wrapped });
    expect(await broughtBy(node, chain, hash, wallet)).toEqual([]);
    expect(node.balanceOf(wallet, null)).toBe(6_002_034_280n); // both, and the rent, less the fee
  });

  test("accounts from a lookup table count like any other", async () => {
    const { node, chain, wallet } = await startWorld();
    const moves = [
      { mint: null, to: wallet, amount: 3n },
      { mint: usdc, to: wallet, amount: 4n },
    ];
    const hash = node.multisend(moves, { lookupTable: true });
    const brought = await broughtBy(node, chain, hash, wallet);
    expect(brought.map(({ amount }) => amount)).toEqual([3n, 4n]);
  });
});

describe("whether it is there, and for good", () => {
  test("§7 25 unknown, processed, confirmed, final: the first two are no verdict", async () => {
    const { node, chain, wallet } = await startWorld();
    const unknown = base58.encode(new Uint8Array(64).fill(9));
    expect(await read(chain, unknown, wallet)).toEqual({ status: "not_found" });
    const hash = node.pay({ mint: null, to: wallet, amount: 5n });
    expect(await read(chain, hash, wallet)).toEqual({ status: "pending" });
    node.advance();
    const confirmed = { status: "included", final: false, confirmations: 2n };
    expect(await read(chain, hash, wallet)).toMatchObject(confirmed);
    node.advance(31);
    const final = { status: "included", final: true, confirmations: 33n };
    expect(await read(chain, hash, wallet)).toMatchObject(final);
  });

  test("a node that has the transaction but calls it processed is waited for", async () => {
    const { node, chain, wallet } = await startWorld();
    const hash = node.pay({ mint: null, to: wallet, amount: 5n });
    node.advance();
    node.lie({
      kind: "answer",
      method: "getSignatureStatuses",
      change: ({ context, value }: { context: object; value: object[] }) => ({
        context,
        value: value.map((status) => ({ ...status, confirmationStatus: "processed" })),
      }),
    });
    expect(await read(chain, hash, wallet)).toEqual({ status: "pending" });
  });

  test("§7 19 a transaction whose fork was dropped is not found any more", async () => {
    const { node, chain, wallet } = await startWorld();
    const hash = node.pay({ mint: usdc, to: wallet, amount: 5n });
    node.advance();
    expect(await read(chain, hash, wallet)).toMatchObject({ status: "included", final: false });
    node.drop(hash);
    expect(await read(chain, hash, wallet)).toEqual({ status: "not_found" });
    expect(node.balanceOf(wallet, usdc)).toBe(0n);
  });

  test("a missing block time is asked of the block, and without one there is no reading", async () => {
    const { node, chain, wallet } = await startWorld();
    const hash = node.pay({ mint: null, to: wallet, amount: 5n });
    node.advance();
    const timeless = (result: object) => ({ ...result, blockTime: null });
    node.lie({ kind: "answer", method: "getTransaction", change: timeless });
    expect(await read(chain, hash, wallet)).toMatchObject({ includedIn: { blockTime: clock.now() } });
    node.lie({ kind: "answer", method: "getBlock", change: timeless });
    expectRetryable(await refusalOf(read(chain, hash, wallet)), "no_block_time");
  });

  test("one node that lags does not hide what another one shows", async () => {
    const node = await startNode();
    const lagging = await startNode();
    const wallet = node.newWallet();
    const hash = node.pay({ mint: null, to: wallet, amount: 5n });
    node.advance();
    expect(await read(openChain([lagging, node]), hash, wallet)).toMatchObject({ status: "included" });
    expect(await read(openChain([lagging]), hash, wallet)).toEqual({ status: "not_found" });
  });

  test("so many endpoints must say the same as are asked to agree", async () => {
    const node = await startNode();
    const other = await startNode();
    const wallet = node.newWallet();
    const hash = node.pay({ mint: null, to: wallet, amount: 5n });
    node.advance();
    const ask = (...nodes: SolanaEmulator[]) =>
      openChain(nodes).readDeposits(hash, new Set([wallet]), signal, { agreeing: 2 });
    expect(await ask(node, node)).toMatchObject({ status: "included", deposits: [{ amount: 5n }] });
    expectRetryable(await refusalOf(ask(node, other)), "endpoints_disagree");
    expectRetryable(await refusalOf(ask(node)), "too_few_endpoints");
    expect(await ask(node, other, node)).toMatchObject({ status: "included" });
  });

  test("the head is proved, and finality is never beyond it", async () => {
    const { node, chain } = await startWorld();
    node.advance(3);
    const { confirmed, finalized } = node.head;
    expect(await chain.head(signal)).toEqual({
      number: BigInt(confirmed),
      finalNumber: BigInt(finalized),
      time: clock.now(),
    });
    let slot = 1_000;
    node.lie({ kind: "answer", method: "getSlot", change: () => (slot -= 1) });
    expectRetryable(await refusalOf(chain.head(signal)), "finality_beyond_head");
  });
});

describe("hashes and addresses", () => {
  const { normaliseHash, normaliseAddress } = createSolanaChain({
    rpcUrls: ["https://node.example"],
    genesisHash: "",
    registry,
    clock,
    requestTimeoutMs: 1,
  });
  const hash = "2QeBm7G7qLmVTCVKAkbSUuZvcFjg6mBRVqaVSKWSZsTqJxHVTzMUwxDtu1Myfu8RzpUv5YMEBFFpGbwVM9ZQY8DL";
  const wallet = "7nVDzZUjrBA3gHs3gNcHidhmR96CH7KpKsU8pyBZGHUr";

  test("§7 14 a signature is trimmed and keeps its letter case", () => {
    expect(normaliseHash(` ${hash}\n`)).toBe(hash);
    expect(normaliseAddress(` ${wallet} `)).toBe(wallet);
  });

  test.each([
    ["a wallet", wallet, "looks_like_address"],
    ["a hash of another chain", `0x${"ab".repeat(32)}`, "malformed"],
    ["another case of it, longer than 64 bytes", "z".repeat(88), "malformed"],
    ["an address of the explorer", `https://solscan.io/tx/${hash}`, "malformed"],
    ["a digit too few", hash.slice(2), "malformed"],
    ["a letter that base58 has not", hash.replace("Q", "0"), "malformed"],
    ["nothing", "", "malformed"],
    ["a whole book", "1".repeat(1_000_000), "malformed"],
  ])("%s is refused as a hash, with what to do", async (_name, text, reason) => {
    const error = await refusalOf(Promise.resolve().then(() => normaliseHash(text)));
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: "invalid_transaction_hash", details: { reason } });
    expect(error.message.length).toBeLessThan(300);
  });

  test("the mint of a token is not a wallet", () => {
    expect(() => normaliseAddress(usdc)).toThrow(DomainError);
  });
});

async function watchOnce(chain: ReceivingChain, wallet: string, since: string | null) {
  if (chain.watch.kind !== "addresses") throw new Error("Solana lists by address");
  return chain.watch.listSince(wallet, since, signal);
}

/** Follows the list to its end, each page as a new process would: only the position goes on. */
async function watchAll(node: SolanaEmulator, wallet: string, start: string | null = null) {
  const hashes: string[] = [];
  let since = start;
  let page: Awaited<ReturnType<AddressWatch["listSince"]>>;
  do {
    page = await watchOnce(openChain([node]), wallet, since);
    hashes.push(...page.hashes);
    since = page.next;
  } while (page.more);
  return { hashes, next: since };
}

describe("watching an address", () => {
  test("§7 24 a busy wallet hides nothing: 2,500 payments, oldest first, over restarts", async () => {
    const { node, wallet } = await startWorld();
    const paid: string[] = [];
    for (let count = 0; count < 2_500; count += 1)
      paid.push(node.pay({ mint: count % 3 === 0 ? usdc : null, to: wallet, amount: 1n }));
    node.advance(40);
    const { hashes, next } = await watchAll(node, wallet);
    expect(hashes).toEqual(paid);
    expect(await watchAll(node, wallet, next)).toEqual({ hashes: [], next });
    const later = node.pay({ mint: usdc, to: wallet, amount: 1n });
    node.advance(40);
    expect((await watchAll(node, wallet, next)).hashes).toEqual([later]);
  });

  test("pages that the node cuts short lose nothing", async () => {
    const { node, wallet } = await startWorld();
    const pay = () => node.pay({ mint: null, to: wallet, amount: 1n });
    const paid = Array.from({ length: 30 }, pay);
    node.advance(40);
    node.lie({ kind: "cut_pages", rows: 7 });
    const { hashes, next } = await watchAll(node, wallet);
    expect(hashes).toEqual(paid);
    const later = Array.from({ length: 30 }, pay);
    node.advance(40);
    expect((await watchAll(node, wallet, next)).hashes).toEqual(later);
  });

  test("§7 23 a token payment that does not name the wallet is found, in any account of a listed mint", async () => {
    const { node, wallet } = await startWorld();
    const toAccount = node.openTokenAccount({ owner: wallet, mint: usdc });
    node.pay({ mint: usdc, to: wallet, amount: 1n }); // opens the associated account, which names the wallet
    node.advance(40);
    const { next } = await watchAll(node, wallet);
    const associated = node.pay({ mint: usdc, to: wallet, amount: 2n });
    const second = node.pay({ mint: usdc, to: wallet, amount: 3n, toAccount });
    node.advance(40);
    expect((await watchAll(node, wallet, next)).hashes).toEqual([associated, second]);
  });

  test("an account that was paid and closed between two looks is listed all the same", async () => {
    const { node, wallet } = await startWorld();
    node.pay({ mint: null, to: wallet, amount: 1_000_000_000n });
    node.advance(40);
    const { next } = await watchAll(node, wallet);
    node.pay({ mint: wrapped, to: wallet, amount: 1n });
    const unnamed = node.pay({ mint: wrapped, to: wallet, amount: 2n });
    node.closeTokenAccount({ owner: wallet, mint: wrapped });
    node.advance(40);
    expect((await watchAll(node, wallet, next)).hashes).toContain(unnamed);
  });

  test("failed transactions are passed over", async () => {
    const { node, wallet } = await startWorld();
    const failing = () => node.pay({ mint: null, to: wallet, amount: 1n }, { fails: true });
    for (let count = 0; count < 150; count += 1) failing();
    const paid = node.pay({ mint: null, to: wallet, amount: 1n });
    failing();
    node.advance(40);
    expect((await watchAll(node, wallet)).hashes).toEqual([paid]);
  });

  test("what is not final is named at once, and again until it is; a dropped one does not end the watch", async () => {
    const { node, wallet } = await startWorld();
    const first = node.pay({ mint: null, to: wallet, amount: 1n });
    node.advance(40);
    const { next } = await watchAll(node, wallet);
    const dropped = node.pay({ mint: null, to: wallet, amount: 2n });
    const kept = node.pay({ mint: null, to: wallet, amount: 3n });
    node.advance();
    const seen = await watchAll(node, wallet, next);
    expect(seen).toEqual({ hashes: [dropped, kept], next });
    node.drop(dropped);
    node.advance(40);
    const { hashes } = await watchAll(node, wallet, seen.next);
    expect(hashes).toEqual([kept]);
    expect(hashes).not.toContain(first);
  });

  test.each([
    ["the first one", [120, 0, 0, 0]],
    ["one in the middle", [0, 0, 140, 0, 0]],
    ["several, the oldest last", [150, 140, 0, 100, 0]],
    ["each, a little", [60, 60, 60, 60, 60, 0]],
  ])(
    "what a node lists late is found although newer ones were listed before: %s",
    async (_name, lateness) => {
      const { node, wallet } = await startWorld();
      const chain = openChain([node], 2_000, 150n);
      const listedFrom = new Map<string, number>();
      node.lie({
        kind: "answer",
        method: "getSignaturesForAddress",
        change: (rows: { signature: string }[]) =>
          rows.filter(({ signature }) => (listedFrom.get(signature) ?? 0) <= node.head.processed),
      });
      let since: string | null = null;
      const named: string[] = [];
      const look = async () => {
        node.advance(40);
        const page = await watchOnce(chain, wallet, since);
        since = page.next;
        named.push(...page.hashes);
      };
      for (const [count, late] of lateness.entries()) {
        const hash = node.pay({ mint: count === 1 ? usdc : null, to: wallet, amount: 1n });
        listedFrom.set(hash, node.head.processed + late);
        await look();
      }
      for (let looks = 0; looks < 8; looks += 1) await look();
      // Each once: a node is not asked about the same transaction with every look.
      expect(named.toSorted()).toEqual([...listedFrom.keys()].toSorted());
    },
  );

  test("an empty list proves nothing of an address that was not paid yet, nor of one that was", async () => {
    const { node, wallet } = await startWorld();
    const chain = openChain([node], 2_000, 150n);
    const first = node.pay({ mint: null, to: wallet, amount: 1n });
    node.advance(40);
    node.lie({ kind: "answer", method: "getSignaturesForAddress", change: () => [] });
    const nothing = await watchOnce(chain, wallet, null);
    expect(nothing).toEqual({ hashes: [], next: null, more: false });
    node.heal();
    const found = await watchOnce(chain, wallet, nothing.next);
    expect(found.hashes).toEqual([first]);
    node.advance(200);
    node.pay({ mint: null, to: wallet, amount: 2n });
    node.advance(40);
    const { next } = await watchOnce(chain, wallet, found.next);
    node.lie({ kind: "answer", method: "getSignaturesForAddress", change: () => [] });
    expectRetryable(await refusalOf(watchOnce(chain, wallet, next)), "position_unknown");
  });

  test("a position that was kept before lists lagged is read as it was meant", async () => {
    const { node, wallet } = await startWorld();
    const [first, second] = [1n, 2n].map((amount) => node.pay({ mint: null, to: wallet, amount }));
    node.advance(40);
    const before = JSON.stringify({ [wallet]: [first, null] });
    expect((await watchOnce(openChain([node], 2_000, 150n), wallet, before)).hashes).toEqual([second]);
  });

  test("a node that does not know where a page goes on is not believed", async () => {
    const { node, chain, wallet } = await startWorld();
    for (let count = 0; count < 5; count += 1) node.pay({ mint: null, to: wallet, amount: 1n });
    node.advance(40);
    let asked = 0;
    // The second answer comes from a neighbour behind the same balancer: empty, and no error.
    node.lie({
      kind: "answer",
      method: "getSignaturesForAddress",
      change: (rows: unknown[]) => ((asked += 1) === 2 ? [] : rows),
    });
    expectRetryable(await refusalOf(watchOnce(chain, wallet, null)), "page_does_not_continue");
  });

  test("a node that repeats itself is not asked for ever", async () => {
    const { node, chain, wallet } = await startWorld();
    for (let count = 0; count < 5; count += 1) node.pay({ mint: null, to: wallet, amount: 1n });
    node.advance(40);
    let first: unknown[] | null = null;
    node.lie({
      kind: "answer",
      method: "getSignaturesForAddress",
      // It goes on where it was told to, and then begins again.
      change: (rows: unknown[]) => (first === null ? (first = rows) : [first.at(-1), ...first]),
    });
    expectRetryable(await refusalOf(watchOnce(chain, wallet, null)), "page_does_not_continue");
  });

  test("a node that has forgotten our position cannot prove that nothing was missed", async () => {
    const { node, chain, wallet } = await startWorld();
    const old = [1n, 2n, 3n].map((amount) => node.pay({ mint: null, to: wallet, amount }));
    node.advance(40);
    const { next } = await watchAll(node, wallet);
    node.pay({ mint: null, to: wallet, amount: 4n });
    node.advance(40);
    node.lie({ kind: "forget", signatures: old });
    expectRetryable(await refusalOf(watchOnce(chain, wallet, next)), "position_unknown");
  });

  test("an address that nobody paid has no position, and a garbled one is our bug", async () => {
    const { chain, wallet } = await startWorld();
    expect(await watchOnce(chain, wallet, null)).toEqual({ hashes: [], next: null, more: false });
    for (const since of ["", "null", "[]", '{"x":["y",null]}'])
      expect(await refusalOf(Promise.resolve().then(() => watchOnce(chain, wallet, since)))).toBeInstanceOf(
        InvariantViolation,
      );
  });
});

/** Everything that is asked of a chain, on a wallet that was paid. */
async function questions() {
  const { node, chain, wallet } = await startWorld();
  const hash = node.pay({ mint: usdc, to: wallet, amount: 5n });
  node.advance();
  const token = registry.get("solana:USDC");
  return {
    node,
    ask: {
      readDeposits: () => read(chain, hash, wallet),
      head: () => chain.head(signal),
      coins: () => chain.balance(wallet, chain.native, signal),
      tokens: () => chain.balance(wallet, token, signal),
      listSince: () => watchOnce(chain, wallet, null),
    },
  };
}

const methods = [
  ["readDeposits", "getSignatureStatuses"],
  ["readDeposits", "getTransaction"],
  ["readDeposits", "getBlock"],
  ["head", "getSlot"],
  ["head", "getBlockTime"],
  ["coins", "getBalance"],
  ["tokens", "getTokenAccountsByOwner"],
  ["listSince", "getTokenAccountsByOwner"],
  ["listSince", "getSignaturesForAddress"],
] as const;
const allMethods = [...methods, ["head", "getGenesisHash"]] as const;

describe("what goes wrong over there is never a verdict", () => {
  const wordless = [{}, [], "", "0x", true, -1, { value: null }, { context: {}, value: [{}] }, [null]];

  test.each(allMethods)("§7 34 %s: garbled answers of %s", async (question, method) => {
    const { node, ask } = await questions();
    for (const answer of [null, ...wordless]) {
      // Two of these are answers: nothing is listed, and a transaction that is not there yet.
      if (Array.isArray(answer) && answer.length === 0 && method === "getSignaturesForAddress") continue;
      if (answer === null && method === "getTransaction") continue;
      node.lie({ kind: "answer", method, change: () => answer });
      expectRetryable(await refusalOf(ask[question]()));
      node.heal();
    }
    await ask[question]();
  });

  test.each([
    [-32001, "block_cleaned_up"],
    [-32004, "block_not_available"],
    [-32005, "node_behind"],
    [-32007, "slot_skipped"],
    [-32009, "slot_skipped"],
    [-32011, "history_disabled"],
    [-32014, "block_not_available"],
    [-32015, "unsupported_transaction_version"],
    [-32016, "node_behind"],
    [-32602, "invalid_params"],
    [429, "rate_limited"],
    [-31999, "rpc_error"],
  ])("§7 2 an error with HTTP status 200 can be asked again: %s", async (code, reason) => {
    const { node, ask } = await questions();
    for (const [question, method] of methods) {
      node.lie({ kind: "method_error", method, code, message: "no, /v1/secret-key-in-path" });
      expectRetryable(await refusalOf(ask[question]()), reason);
      node.heal();
    }
  });

  test.each([
    ["429", { kind: "http", status: 429, headers: { "retry-after": "7" } }, "rate_limited"],
    ["403", { kind: "http", status: 403, body: "blocked" }, "unauthorized"],
    [
      "400 with an error of the node",
      { kind: "http", status: 400, body: { error: { code: -32005, message: "behind" } } },
      "node_behind",
    ],
    ["503", { kind: "http", status: 503, body: "<html></html>" }, "server_error"],
    ["200 and HTML", { kind: "http", status: 200, body: "<html></html>" }, "malformed_answer"],
    ["200 and nothing", { kind: "http", status: 200, body: "" }, "malformed_answer"],
    ["200 and neither result nor error", { kind: "http", status: 200, body: {} }, "malformed_answer"],
    ["a cut answer", { kind: "malformed" }, "malformed_answer"],
    ["a cut connection", { kind: "lost_answer" }, "connection_lost"],
  ] as const)("§7 2 %s: every question can be asked again", async (_name, fault, reason) => {
    const { node, ask } = await questions();
    for (const question of Object.values(ask)) {
      node.faults.next("rpc", fault);
      expectRetryable(await refusalOf(question()), reason);
      await question();
    }
  });

  test("silence ends with the time limit, and the next endpoint is asked", async () => {
    const node = await startNode();
    const silent = await startNode();
    const wallet = node.newWallet();
    node.pay({ mint: null, to: wallet, amount: 5n });
    silent.faults.next("rpc", { kind: "timeout", times: 100 });
    const chain = openChain([silent, node], 100);
    expect(await chain.balance(wallet, chain.native, signal)).toBe(5n);
    expectRetryable(await refusalOf(openChain([silent], 100).head(signal)), "timeout");
  });

  test("an endpoint of another network is never asked about money", async () => {
    const node = await startNode();
    const foreign = await startNode();
    foreign.lie({ kind: "answer", method: "getGenesisHash", change: () => "another" });
    const wallet = node.newWallet();
    foreign.pay({ mint: null, to: wallet, amount: 99n });
    node.pay({ mint: null, to: wallet, amount: 5n });
    const chain = openChain([foreign, node]);
    for (let times = 0; times < 3; times += 1)
      expect(await chain.balance(wallet, chain.native, signal)).toBe(5n);
    expect(foreign.journal.of("rpc", { path: "getBalance" })).toEqual([]);
    expect(node.journal.of("rpc", { path: "getGenesisHash" })).toHaveLength(1);
    const alone = createSolanaChain({
      rpcUrls: [foreign.url],
      genesisHash: node.genesisHash,
      registry,
      clock,
      requestTimeoutMs: 1_000,
    });
    expectRetryable(await refusalOf(alone.head(signal)), "wrong_network");
  });

  test("another transaction, another slot or another outcome in the answer is refused", async () => {
    const { node, ask } = await questions();
    const lies: [string, (result: never) => unknown, string][] = [
      [
        "getTransaction",
        (result: { transaction: object }) => ({
          ...result,
          transaction: { ...result.transaction, signatures: [base58.encode(new Uint8Array(64).fill(9))] },
        }),
        "hash_mismatch",
      ],
      ["getTransaction", (result: { slot: number }) => ({ ...result, slot: 1 }), "answers_contradict"],
      [
        "getTransaction",
        (result: { meta: object }) => ({ ...result, meta: { ...result.meta, err: "AccountInUse" } }),
        "answers_contradict",
      ],
    ];
    for (const [method, change, reason] of lies) {
      node.lie({ kind: "answer", method, change });
      expectRetryable(await refusalOf(ask.readDeposits()), reason);
      node.heal();
    }
  });

  test("token accounts of somebody else are not our balance", async () => {
    const { node, ask } = await questions();
    const payload = (result: object) =>
      JSON.parse(
        JSON.stringify(result, (key, value: unknown) =>
          key === "owner" && value !== "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
            ? usdc
            : typeof value === "bigint" || key === "uiAmount"
              ? null
              : value,
        ),
      ) as unknown;
    node.lie({ kind: "answer", method: "getTokenAccountsByOwner", change: payload });
    expectRetryable(await refusalOf(ask.tokens()), "not_what_was_asked");
  });

  test("each endpoint has a circuit of its own, named by its host", async () => {
    const node = await startNode();
    const named: string[] = [];
    const chain = createSolanaChain({
      rpcUrls: [`${node.url}/secret-key`],
      genesisHash: node.genesisHash,
      registry,
      clock,
      requestTimeoutMs: 1_000,
      circuitOf(provider) {
        named.push(provider);
        return createCircuitBreaker(provider, { clock, random: () => 0 });
      },
    });
    node.faults.outage("rpc");
    for (let times = 0; times < 5; times += 1)
      expectRetryable(await refusalOf(chain.head(signal)), "server_error");
    expectRetryable(await refusalOf(chain.head(signal)), "circuit_open");
    expect(named).toEqual([`solana:${new URL(node.url).host}`]);
  });

  test("§7 33 without an endpoint, or with one that is no URL, it does not start", () => {
    const open = (...rpcUrls: string[]) =>
      createSolanaChain({ rpcUrls, genesisHash: "", registry, clock, requestTimeoutMs: 1 });
    expect(() => open()).toThrow(expect.objectContaining({ code: "no_rpc_url" }));
    expect(() => open("node.example")).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
  });
});
