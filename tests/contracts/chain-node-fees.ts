import { describe, expect, test } from "vitest";
import { transferData } from "../../sandbox/tokens.ts";
import { registry } from "../../src/money/index.ts";
import { collector, eth, gwei, payee, signal, tokenCall, usdc, usdt, type NodeWorld } from "./node-world.ts";

/** Estimates, fees, and what a token may do to a transfer. */
export function describeFees(world: NodeWorld): void {
  const { read, balance, land } = world;

  describe("estimates and fees", () => {
    const estimate = (asset: typeof eth, amount: bigint, from: string = world.account.address) =>
      world.chain.estimate({ from, to: payee, asset, amount }, signal);
    const wouldRevert = (why: RegExp) => ({
      code: "transfer_would_revert",
      message: expect.stringMatching(why),
    });

    test("gas is what the transfer needs, fees are twice the base fee and the tip", async () => {
      await world.node.setNextBlockBaseFee(10n * gwei);
      await world.node.mine();
      expect(await estimate(eth, 1n)).toEqual({
        gasLimit: 21_000n,
        maxFeePerGas: 21n * gwei,
        maxPriorityFeePerGas: gwei,
      });
      await land(tokenCall(usdc, 5n));
      const { gasLimit } = await estimate(usdc, 5n);
      expect(gasLimit).toBeGreaterThanOrEqual(34_329n);
      expect(gasLimit).toBeLessThan(2n * 34_329n);
    });

    test("what would revert is told beforehand, with the contract's own word", async () => {
      await expect(estimate(usdc, 10n ** 18n)).rejects.toMatchObject(wouldRevert(/balance/));
      await expect(estimate(registry.get("ethereum:WBTC"), 1n)).rejects.toMatchObject(wouldRevert(/./));
      const call = { from: world.account.address, to: usdc.contract, data: transferData(payee, 10n ** 18n) };
      for (const [method, params] of [
        ["eth_call", [call, "latest"]],
        ["eth_estimateGas", [call]],
      ] as const)
        expect(await world.node.call(method, params)).toEqual({
          error: {
            code: 3,
            message: "execution reverted: balance",
            data: expect.stringMatching(/^0x08c379a0/),
          },
        });
      expect(
        await world.node.call("eth_call", [{ to: usdc.contract, data: "0x12345678" }, "latest"]),
      ).toEqual({
        error: { code: 3, message: "execution reverted", data: "0x" },
      });
    });

    test("the base fee falls by an eighth after an empty block and can be set for one", async () => {
      const baseFee = async () =>
        BigInt(
          (await world.node.rpc<{ baseFeePerGas: string }>("eth_getBlockByNumber", ["latest", false]))
            .baseFeePerGas,
        );
      await world.node.setNextBlockBaseFee(8n * gwei);
      await world.node.mine();
      expect(await baseFee()).toBe(8n * gwei);
      await world.node.mine();
      expect(await baseFee()).toBe(7n * gwei);
      expect(await world.node.rpc("eth_maxPriorityFeePerGas")).toBe(`0x${gwei.toString(16)}`);
    });
  });

  describe("a token with Tether's habits", () => {
    test("a fee on transfers reaches the collector, and the payee gets less", async () => {
      await world.switches.setFee(100, collector);
      await world.node.mine();
      const [before, payeeBefore] = [await balance(collector, usdt), await balance(payee, usdt)];
      const hash = await land(tokenCall(usdt, 1_000n));
      expect(await read(hash)).toMatchObject({ receipts: [{ amount: 990n }] });
      expect((await world.node.getReceipt(hash))?.logs.map(({ data }) => BigInt(data))).toEqual([990n, 10n]);
      expect(await balance(collector, usdt)).toBe(before + 10n);
      expect(await balance(payee, usdt)).toBe(payeeBefore + 990n);
      await world.switches.setFee(0, collector);
      await world.node.mine();
    });

    test.each(["paused", "blacklisted"] as const)("it is %s: told beforehand, and reverted", async (what) => {
      const turn = (on: boolean) =>
        what === "paused"
          ? world.switches.setPaused(on)
          : world.switches.setBlackListed(world.account.address, on);
      await turn(true);
      await world.node.mine();
      const wanted = { from: world.account.address, to: payee, asset: usdt, amount: 1n };
      await expect(world.chain.estimate(wanted, signal)).rejects.toMatchObject({
        code: "transfer_would_revert",
        message: expect.stringContaining(what),
      });
      expect(await read(await land(tokenCall(usdt, 1n)))).toMatchObject({ status: "reverted" });
      await turn(false);
      await world.node.mine();
      expect(await read(await land({ nonce: 1, ...tokenCall(usdt, 1n) }))).toMatchObject({
        status: "succeeded",
      });
    });
  });
}
