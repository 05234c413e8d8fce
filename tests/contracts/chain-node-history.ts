import { describe, expect, test } from "vitest";
import {
  ether,
  hashOf,
  payee,
  sign,
  signal,
  toHex,
  tokenCall,
  usdc,
  usdt,
  type NodeWorld,
} from "./node-world.ts";

/** What was, at which height, and what a reorganisation takes back. */
export function describeHistory(world: NodeWorld): void {
  const { read, balance, nonce, send, land } = world;

  describe("reorganisations and history", () => {
    test("a reorganisation takes back blocks, balances and nonces, and the same bytes land again", async () => {
      const [payeeBefore, tokensBefore] = [await balance(payee), await balance(payee, usdt)];
      const raw = await sign(world.account, tokenCall(usdt, 9n));
      await world.chain.broadcast(raw, signal);
      await world.node.mine();
      const first = await read(hashOf(raw));
      await land({ nonce: 1, value: 4n });
      const height = await world.node.blockNumber();
      await world.node.reorg(2);
      expect(await world.node.blockNumber()).toBe(height);
      expect(await read(hashOf(raw))).toEqual({ status: "not_found" });
      expect([await balance(payee), await balance(payee, usdt)]).toEqual([payeeBefore, tokensBefore]);
      expect(await balance(world.account.address)).toBe(ether);
      expect([await nonce("latest"), await nonce("pending")]).toEqual([0n, 0n]);
      expect(await world.chain.broadcast(raw, signal)).toEqual({ kind: "accepted" });
      await world.node.mine();
      const again = await read(hashOf(raw));
      expect(again).toMatchObject({ status: "succeeded", receipts: [{ amount: 9n }] });
      if (first.status !== "succeeded" || again.status !== "succeeded") throw new Error("both landed");
      expect(again.includedIn.blockHash).not.toBe(first.includedIn.blockHash);
    });

    test("a block in place of another has another hash, and what waits goes on waiting", async () => {
      await world.node.mine();
      const blockAt = async (height: number) =>
        world.node.rpc<{ hash: string; parentHash: string }>("eth_getBlockByNumber", [toHex(height), false]);
      const height = await world.node.blockNumber();
      const [before, waiting] = [await blockAt(height), await send()];
      await world.node.reorg(1);
      const after = await blockAt(height);
      expect(after.hash).not.toBe(before.hash);
      expect(after.parentHash).toBe(before.parentHash);
      expect(await read(waiting)).toEqual({ status: "pending" });
      await world.node.mine();
      expect(await read(waiting)).toMatchObject({ status: "succeeded" });
    });

    test("deeper than the chain is refused", async () => {
      expect(await world.node.call("anvil_reorg", [100_000, []])).toEqual({
        error: {
          code: -32_602,
          message: expect.stringContaining("must not exceed current chain height"),
        },
      });
    });

    test("nonces, balances and code are told by tag and by height", async () => {
      const start = await world.node.blockNumber();
      await land({ value: 5n });
      await land({ nonce: 1, value: 5n });
      expect([await nonce("latest"), await nonce("final")]).toEqual([2n, 0n]);
      await world.node.mine();
      expect(await nonce("final")).toBe(1n);
      await world.node.mine();
      expect(await nonce("final")).toBe(2n);
      const counts = [];
      for (const height of [start, start + 1, start + 2])
        counts.push(await world.node.rpc("eth_getTransactionCount", [world.account.address, toHex(height)]));
      expect(counts).toEqual(["0x0", "0x1", "0x2"]);
      expect(await world.node.rpc("eth_getBalance", [world.account.address, toHex(start)])).toBe(
        `0x${ether.toString(16)}`,
      );
      expect(await world.node.rpc("eth_getCode", [payee, "latest"])).toBe("0x");
      expect(String(await world.node.rpc("eth_getCode", [usdt.contract, "latest"])).length).toBeGreaterThan(
        2,
      );
    });

    test("who used a nonce for good is found in the final blocks", async () => {
      const [first, second] = [await land(), await land({ nonce: 1 })];
      await world.node.mine(3);
      const uses = [];
      for (const asked of [0n, 1n, 2n])
        uses.push(await world.chain.findNonceUse(world.account.address, asked, signal));
      expect(uses).toEqual([first, second, null]);
    });

    test("the head, the safe and the final block are one apart; time never runs back", async () => {
      await world.node.mine(3);
      const head = await world.chain.head(signal);
      expect(head.number).toBe(BigInt(await world.node.blockNumber()));
      expect(head.finalNumber).toBe(head.number - 2n);
      const safe = await world.node.rpc<{ number: string }>("eth_getBlockByNumber", ["safe", false]);
      expect(BigInt(safe.number)).toBe(head.number - 1n);
      await world.node.increaseTime(3_600);
      const later = await world.chain.head(signal);
      expect(later.time.getTime() - head.time.getTime()).toBeGreaterThanOrEqual(3_600_000);
    });

    test("a snapshot brings back chain and balances once", async () => {
      const height = await world.node.blockNumber();
      const snapshot = await world.node.snapshot();
      const hash = await land({ value: 3n });
      await world.node.revert(snapshot);
      expect(await world.node.blockNumber()).toBe(height);
      expect(await balance(world.account.address)).toBe(ether);
      expect(await read(hash)).toEqual({ status: "not_found" });
      await expect(world.node.revert(snapshot)).rejects.toThrow(/no snapshot/);
    });
  });

  test("logs are found by height, contract and topic", async () => {
    const from = (await world.node.blockNumber()) + 1;
    const first = await land(tokenCall(usdt, 1n));
    const second = await land({ nonce: 1, ...tokenCall(usdc, 2n) });
    const topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    const find = async (filter: object) =>
      (await world.node.rpc<{ transactionHash: string }[]>("eth_getLogs", [filter])).map(
        (log) => log.transactionHash,
      );
    const [one, two] = [from, from + 1].map(toHex);
    expect(await find({ fromBlock: one, toBlock: two })).toEqual([first, second]);
    expect(await find({ fromBlock: one, toBlock: "0xffffff", topics: [topic] })).toEqual([first, second]);
    expect(await find({ fromBlock: two, toBlock: "latest", topics: [topic] })).toEqual([second]);
    expect(await find({ fromBlock: one, toBlock: two, address: usdc.contract })).toEqual([second]);
    const toPayee = `0x${payee.slice(2).padStart(64, "0")}`;
    expect(await find({ fromBlock: one, toBlock: one, topics: [topic, null, toPayee] })).toEqual([first]);
    expect(await find({ fromBlock: one, toBlock: two, topics: [topic, toPayee] })).toEqual([]);
    const blocks = { from: BigInt(from), to: BigInt(from + 1) };
    expect(await world.chain.listTokenArrivals(payee, usdc, blocks, signal)).toEqual([second]);
  });

  describe("through the proxy that lies", () => {
    test("a lagging node does not know what is newer", async () => {
      const hash = await land();
      world.proxy.lie({ kind: "lagging_head", blocks: 1 });
      expect((await world.chain.head(signal)).number).toBe(BigInt((await world.node.blockNumber()) - 1));
      expect(await nonce("latest")).toBe(0n);
      expect(await balance(world.account.address)).toBe(ether);
      expect(await read(hash)).toEqual({ status: "not_found" });
      world.proxy.heal();
      expect(await read(hash)).toMatchObject({ status: "succeeded" });
    });

    test("F42 a lost answer is unknown although the transaction lands", async () => {
      const raw = await sign(world.account);
      world.proxy.lie({ kind: "lost_send_answer" });
      expect((await world.chain.broadcast(raw, signal)).kind).toBe("unknown");
      world.proxy.heal();
      await world.node.mine();
      expect(await read(hashOf(raw))).toMatchObject({ status: "succeeded" });
    });

    test("a swallowed send is accepted and never heard of again", async () => {
      const raw = await sign(world.account);
      world.proxy.lie({ kind: "drop_sends" });
      expect(await world.chain.broadcast(raw, signal)).toEqual({ kind: "accepted" });
      world.proxy.heal();
      await world.node.mine();
      expect(await read(hashOf(raw))).toEqual({ status: "not_found" });
    });
  });
}
