import { describe, expect, test } from "vitest";
import { balanceOf, transfer, transferData } from "../../sandbox/tokens.ts";
import {
  ether,
  eth,
  gwei,
  newAccount,
  payee,
  toHex,
  tokenCall,
  usdc,
  usdt,
  type NodeWorld,
} from "./node-world.ts";

/** Transfers of coins and tokens: what they bring, what they cost, how they fail. */
export function describeTransfers(world: NodeWorld): void {
  const { read, balance, nonce, send, land, gasOf } = world;

  describe("a transfer", () => {
    test("of the native coin waits, lands, becomes final, and costs its fee", async () => {
      const before = await balance(payee);
      const hash = await send({ value: 7n });
      expect(await read(hash)).toEqual({ status: "pending" });
      expect(await world.node.getTransaction(hash)).toMatchObject({ blockNumber: null, nonce: "0x0" });
      expect(await world.node.getReceipt(hash)).toBeNull();
      await world.node.mine();
      const landed = await read(hash);
      expect(landed).toMatchObject({
        status: "succeeded",
        final: false,
        includedIn: { blockNumber: BigInt(await world.node.blockNumber()) },
        receipts: [{ index: "native", asset: eth, from: world.account.address.toLowerCase(), amount: 7n }],
      });
      await world.node.mine();
      expect(await read(hash)).toMatchObject({ final: false });
      await world.node.mine();
      expect(await read(hash)).toMatchObject({ final: true });
      expect(await balance(payee)).toBe(before + 7n);
      const fee = landed.status === "succeeded" ? landed.fee : 0n;
      const block = await world.node.rpc<{ baseFeePerGas: string }>("eth_getBlockByNumber", [
        toHex((await world.node.blockNumber()) - 2),
        true,
      ]);
      expect(fee).toBe(21_000n * (BigInt(block.baseFeePerGas) + gwei));
      expect(await balance(world.account.address)).toBe(ether - 7n - fee);
    });

    test("of a token is a log, and costs more gas where the receiver has none yet", async () => {
      for (const [asset, first, second] of [
        [usdt, 58_152n, 41_052n],
        [usdc, 51_429n, 34_329n],
      ] as const) {
        const fresh = "0x2000000000000000000000000000000000000003";
        const offset = asset === usdt ? 0 : 2;
        const one = await land({ nonce: offset, ...tokenCall(asset, 5n, fresh) });
        const two = await land({ nonce: offset + 1, ...tokenCall(asset, 5n, fresh) });
        expect([await gasOf(one), await gasOf(two)]).toEqual([first, second]);
        expect(await read(two, [fresh])).toMatchObject({
          status: "succeeded",
          receipts: [{ index: "log+0", asset, to: fresh, amount: 5n }],
        });
        expect(await balance(fresh, asset)).toBe(10n);
        expect(await balance(world.account.address, asset)).toBe(10n ** 9n - 10n);
      }
    });

    test("of everything frees the slot, to oneself moves nothing", async () => {
      const self = await land(tokenCall(usdc, 1n, world.account.address));
      expect(await balance(world.account.address, usdc)).toBe(10n ** 9n);
      await land({ nonce: 1, ...tokenCall(usdt, 5n) });
      const all = await land({ nonce: 2, ...tokenCall(usdt, 10n ** 9n - 5n) });
      expect(await balance(world.account.address, usdt)).toBe(0n);
      expect([await gasOf(self), await gasOf(all)].map((gas) => gas < 40_000n)).toEqual([true, true]);
      expect(await read(self, [world.account.address])).toMatchObject({ receipts: [] });
    });

    test("several in one block are logged in its order", async () => {
      const hashes = [];
      for (const index of [0, 1, 2]) hashes.push(await send({ nonce: index, ...tokenCall(usdc, 1n) }));
      expect(await nonce("pending")).toBe(3n);
      expect(await nonce("latest")).toBe(0n);
      await world.node.mine();
      const readings = await Promise.all(hashes.map((hash) => read(hash)));
      expect(readings.map((one) => one.status === "succeeded" && one.receipts[0]?.index)).toEqual([
        "log+0",
        "log+0",
        "log+0",
      ]);
      const receipts = await Promise.all(hashes.map((hash) => world.node.getReceipt(hash)));
      expect(receipts.map((one) => one?.logs[0]?.logIndex)).toEqual(["0x0", "0x1", "0x2"]);
    });
  });

  describe("F57 a transfer that fails costs its gas, uses its nonce and moves nothing", () => {
    test("it moves more than there is", async () => {
      const hash = await land(tokenCall(usdc, 10n ** 18n));
      expect(await read(hash)).toMatchObject({ status: "reverted", receipts: [] });
      expect(await world.node.getReceipt(hash)).toMatchObject({ status: "0x0", logs: [] });
      expect(await nonce("latest")).toBe(1n);
      expect(await balance(world.account.address)).toBeLessThan(ether);
      expect(await balance(world.account.address, usdc)).toBe(10n ** 9n);
    });

    test("its gas runs out", async () => {
      const hash = await land({ ...tokenCall(usdc, 1n), gas: 30_000n });
      expect(await read(hash)).toMatchObject({ status: "reverted" });
      expect(await gasOf(hash)).toBe(30_000n);
    });

    test.each([
      ["a function the contract has not", { data: "0x12345678" }],
      ["an argument cut short", { data: "0xa9059cbb0011" }],
      ["coins for a token", { value: 1n }],
    ])("it carries %s", async (_name, fields) => {
      const hash = await land({ ...tokenCall(usdc, 1n), ...fields });
      expect(await read(hash)).toMatchObject({ status: "reverted" });
    });
  });

  describe("sends without a key", () => {
    test("take nonces in the order of the calls and land together", async () => {
      const from = world.account.address;
      const hashes = await Promise.all(
        [1n, 2n, 3n].map((amount) =>
          transfer(world.node, { from, to: payee, assetId: "ethereum:USDT", amount }),
        ),
      );
      const nonces = await Promise.all(
        hashes.map(async (hash) => (await world.node.getTransaction(hash))?.nonce),
      );
      expect(nonces).toEqual(["0x0", "0x1", "0x2"]);
      await world.node.mine();
      expect(await balanceOf(world.node, from, "ethereum:USDT")).toBe(10n ** 9n - 6n);
    });

    test("are refused without funds, and revert on chain like any other", async () => {
      const poor = newAccount().address;
      await expect(world.node.sendAs({ from: poor, to: payee, value: 1n })).rejects.toMatchObject({
        code: "provider_error",
        message: "Insufficient funds for gas * price + value",
      });
      const data = transferData(payee, 10n ** 18n);
      const hash = await world.node.sendAs({ from: world.account.address, to: usdt.contract ?? "", data });
      await world.node.mine();
      expect((await world.node.getReceipt(hash))?.status).toBe("0x0");
    });

    test("with automine are in their block when the call returns", async () => {
      const height = await world.node.blockNumber();
      await world.node.setAutomine(true);
      const hash = await world.node.sendAs({ from: world.account.address, to: payee, value: 1n });
      expect(await world.node.getReceipt(hash)).toMatchObject({ status: "0x1" });
      expect(await world.node.blockNumber()).toBe(height + 1);
      await world.node.setAutomine(false);
      const waiting = await world.node.sendAs({ from: world.account.address, to: payee, value: 1n });
      expect(await world.node.getReceipt(waiting)).toBeNull();
      await world.node.mine();
    });
  });
}
