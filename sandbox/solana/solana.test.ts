import { expect, onTestFinished, test } from "vitest";
import { startSolana } from "./index.ts";
import type { SolanaOptions } from "./types.ts";

async function start(options: SolanaOptions = {}) {
  const node = await startSolana(options);
  onTestFinished(() => node.stop());
  const post = async (body: unknown): Promise<unknown> => {
    const answer = await fetch(node.url, { method: "POST", body: JSON.stringify(body) });
    return answer.json();
  };
  const ask = (method: string, ...params: unknown[]) => post({ jsonrpc: "2.0", id: 1, method, params });
  return { node, post, ask };
}

test("what has no answer is refused with the node's own codes, and HTTP status 200", async () => {
  const { node, ask } = await start();
  const to = node.newWallet();
  const hash = node.pay({ mint: null, to, amount: 5n }, { lookupTable: true });
  node.skipSlots();
  node.advance();
  const { processed } = node.head;
  const block = { transactionDetails: "none", commitment: "confirmed" };
  const code = (number: number) => ({ jsonrpc: "2.0", id: 1, error: { code: number } });
  expect(await ask("getTransaction", hash, { commitment: "confirmed" })).toMatchObject(code(-32015));
  expect(await ask("getBlock", processed - 1, block)).toMatchObject(code(-32007));
  expect(await ask("getBlock", processed, block)).toMatchObject(code(-32004));
  expect(await ask("getBalance", "not an address")).toMatchObject(code(-32602));
  expect(await ask("getSignaturesForAddress", to, { limit: 1001 })).toMatchObject(code(-32602));
  expect(await ask("getCoffee")).toMatchObject(code(-32601));
});

test("nodes answer at finality unless told otherwise, and several questions at once", async () => {
  const { node, ask, post } = await start();
  const hash = node.pay({ mint: null, to: node.newWallet(), amount: 5n });
  node.advance();
  expect(await ask("getTransaction", hash)).toMatchObject({ result: null });
  node.advance(31);
  expect(await ask("getTransaction", hash)).toMatchObject({ result: { meta: { err: null, fee: 5000 } } });
  const both = [
    { jsonrpc: "2.0", id: "a", method: "getHealth" },
    { jsonrpc: "2.0", id: "b", method: "getSlot", params: [{ commitment: "processed" }] },
  ];
  expect(await post(both)).toEqual([
    { jsonrpc: "2.0", id: "a", result: "ok" },
    { jsonrpc: "2.0", id: "b", result: node.head.processed },
  ]);
});

test("with a slot time, payments become final by themselves", async () => {
  const { node } = await start({ slotMs: 1 });
  const { processed } = node.head;
  await expect.poll(() => node.head.finalized).toBeGreaterThan(processed);
});

test("nobody sends what they do not have, and nothing is left of the attempt", async () => {
  const { node } = await start();
  const [from, to] = [node.newWallet(), node.newWallet()];
  node.pay({ mint: null, to: from, amount: 10_000n });
  const { processed } = node.head;
  expect(() => node.pay({ mint: null, from, to, amount: 6_000n })).toThrow("has not");
  expect([node.balanceOf(from, null), node.balanceOf(to, null)]).toEqual([10_000n, 0n]);
  expect(node.head.processed).toBe(processed);
});
