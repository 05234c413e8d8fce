import { describe, expect, test } from "vitest";
import { ether, gwei, hashOf, payee, sign, signal, type Fields, type NodeWorld } from "./node-world.ts";

/** What the node takes, what it refuses in which words, and what waits. */
export function describePool(world: NodeWorld): void {
  const { read, balance, nonce, send } = world;

  describe("F46 a refusal says what is wrong, and the engine understands it", () => {
    const refusal = async (raw: string) => {
      const reply = await world.node.call("eth_sendRawTransaction", [raw]);
      const outcome = await world.chain.broadcast(raw, signal);
      const meaning = outcome.kind === "rejected" ? outcome.reason : outcome.kind;
      return { meaning, ...("error" in reply ? reply.error : { message: "taken" }) };
    };

    test.each<[string, Fields, object]>([
      [
        "more than it has",
        { value: 2n * ether },
        {
          meaning: "insufficient_funds",
          code: -32_003,
          message: "Insufficient funds for gas * price + value",
        },
      ],
      [
        "too little gas to start",
        { gas: 20_000n },
        { meaning: "gas_limit", code: -32_000, message: "intrinsic gas too low" },
      ],
      [
        "more gas than a block has",
        { gas: 40_000_000n },
        {
          meaning: "gas_limit",
          code: -32_000,
          message: "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit",
        },
      ],
      [
        "another chain",
        { chainId: 5 },
        { meaning: "wrong_chain", code: -32_003, message: "invalid chain id for signer" },
      ],
    ])("%s", async (_name, fields, expected) => {
      expect(await refusal(await sign(world.account, fields))).toEqual(expected);
    });

    test("a cap below the base fee", async () => {
      await world.node.setNextBlockBaseFee(5n * gwei);
      expect(await refusal(await sign(world.account, { maxFeePerGas: 2n * gwei }))).toEqual({
        meaning: "underpriced",
        code: -32_003,
        message: "max fee per gas less than block base fee",
      });
      await world.node.mine();
    });

    test("what it has already, and what is mined", async () => {
      const raw = await sign(world.account);
      await world.chain.broadcast(raw, signal);
      expect(await refusal(raw)).toEqual({
        meaning: "already_known",
        code: -32_003,
        message: "transaction already imported",
      });
      await world.node.mine();
      expect(await refusal(raw)).toEqual({
        meaning: "nonce_used",
        code: -32_003,
        message: "nonce too low",
      });
    });

    test.each(["0x1234", "0x02c0", "0x02"])("%s is no transaction", async (raw) => {
      expect(await refusal(raw)).toEqual({
        meaning: "other",
        code: -32_602,
        message: "Failed to decode transaction",
      });
    });

    test("a method nobody knows, a height nobody has", async () => {
      expect(await world.node.call("eth_unheardOf")).toEqual({
        error: { code: -32_601, message: "Method not found" },
      });
      const head = await world.node.blockNumber();
      expect(await world.node.call("eth_getBalance", [payee, "0xffffff"])).toEqual({
        error: {
          code: -32_602,
          message: `BlockOutOfRangeError: block height is ${head} but requested was 16777215`,
        },
      });
      expect(await world.node.rpc("eth_getBlockByNumber", ["0xffffff", false])).toBeNull();
    });
  });

  describe("replacement, gaps and losses", () => {
    test("a tenth more on both fees replaces, and only the replacement lands", async () => {
      const before = await balance(payee);
      const first = await send({ value: 10n, maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: gwei });
      const higher = { maxFeePerGas: 22n * gwei, maxPriorityFeePerGas: (11n * gwei) / 10n };
      const second = await send({ value: 10n, ...higher });
      expect(await read(first)).toEqual({ status: "not_found" });
      expect(await read(second)).toEqual({ status: "pending" });
      await world.node.mine();
      expect(await read(second)).toMatchObject({ status: "succeeded" });
      expect(await read(first)).toEqual({ status: "not_found" });
      expect(await balance(payee)).toBe(before + 10n);
    });

    test("a rival that bids no more is refused", async () => {
      const first = await send({ maxFeePerGas: 20n * gwei });
      const outcome = await world.chain.broadcast(
        await sign(world.account, { value: 2n, maxFeePerGas: 19n * gwei }),
        signal,
      );
      expect(outcome).toEqual({
        kind: "rejected",
        reason: "underpriced",
        message: "replacement transaction underpriced",
      });
      await world.node.mine();
      expect(await read(first)).toMatchObject({ status: "succeeded" });
    });

    test("F44 what comes after a gap waits until the gap is filled", async () => {
      const later = await send({ nonce: 1 });
      expect(await nonce("pending")).toBe(0n);
      expect(await read(later)).toEqual({ status: "pending" });
      const first = await send({ nonce: 0 });
      expect(await nonce("pending")).toBe(2n);
      await world.node.mine();
      for (const hash of [first, later]) expect(await read(hash)).toMatchObject({ status: "succeeded" });
      expect(await nonce("latest")).toBe(2n);
    });

    test("what the pool lost never lands, and the same bytes can be sent again", async () => {
      const raw = await sign(world.account);
      await world.chain.broadcast(raw, signal);
      expect(await world.node.dropTransaction(hashOf(raw))).toBe(true);
      expect(await world.node.dropTransaction(hashOf(raw))).toBe(false);
      await world.node.mine();
      expect(await read(hashOf(raw))).toEqual({ status: "not_found" });
      expect(await world.chain.broadcast(raw, signal)).toEqual({ kind: "accepted" });
      await world.node.mine();
      expect(await read(hashOf(raw))).toMatchObject({ status: "succeeded" });
    });

    test("a nonce that moves on without us makes our bytes useless", async () => {
      const raw = await sign(world.account);
      await world.node.setNonce(world.account.address, 1);
      expect(await world.chain.broadcast(raw, signal)).toEqual({ kind: "nonce_used" });
      expect(await nonce("latest")).toBe(1n);
      expect(await read(hashOf(raw))).toEqual({ status: "not_found" });
    });
  });
}
