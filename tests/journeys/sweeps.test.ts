import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import { listReview } from "../../src/desk/index.ts";
import { changeSetting, findTrouble } from "../support/index.ts";
import {
  earningsOf,
  ETH,
  startGatheringWorld,
  transfersOf,
  USDT,
  type GatheringWorld,
} from "./gathering-world.ts";

let gathering: GatheringWorld;
beforeAll(async () => {
  gathering = await startGatheringWorld();
});
afterEach(async () => {
  gathering.world.sandbox.heal();
  await gathering.expectWhole();
});
afterAll(() => gathering.world.stop());

const db = () => gathering.world.engine.db;
const onChain = (address: string, asset: string) => gathering.world.sandbox.balanceOf(address, asset);
const booked = (address: string, asset: string) =>
  balanceOf(db(), accounts.wallet("ethereum", address), asset);
/** As the desk will show it in so many days. */
const deskItem = async (thing: string, id: string, days: number) => {
  const clock = { now: () => new Date(gathering.parts.clock.now().getTime() + days * 24 * 3_600_000) };
  const items = await listReview({ ...gathering.parts, clock }, AbortSignal.timeout(9_000));
  return items.find((item) => item.thing === thing && item.id === id);
};

describe("coins at a payer's address are gathered", () => {
  test("tokens: gas is sent ahead, the coins reach the hot wallet exactly, earnings become spendable, and nothing of it is a deposit", async () => {
    const order = await gathering.order();
    const before = await onChain(gathering.world.wallet, USDT);
    await gathering.pay(order, USDT);
    await gathering.until(
      "credited",
      async () => (await gathering.deposits(order))[0]?.status === "credited",
    );
    const address = gathering.addressOf(order);
    const [sweep] = await gathering.swept(order);
    const [deposit] = await gathering.deposits(order);
    expect(sweep).toMatchObject({ asset: USDT, amount: deposit!.amount, reason: null });
    expect(await transfersOf(gathering, sweep!.id)).toMatchObject([
      { purpose: "sweep_gas", status: "final", amount: sweep!.gas_amount },
      { purpose: "sweep", status: "final", amount: deposit!.amount },
    ]);
    expect(await onChain(gathering.world.wallet, USDT)).toBe(before + deposit!.amount);
    expect(await onChain(address, USDT)).toBe(0n);
    expect(await booked(address, USDT)).toBe(0n);
    expect(await booked(address, ETH)).toBe(await onChain(address, ETH));
    expect(deposit!.swept_at).not.toBeNull();
    expect(await earningsOf(gathering, order.id)).toMatchObject([
      { spendable: true, status: "pending", arrival: "seen", next_check_at: null },
    ]);
    const { rows } = await sql<{ status: string; reason: string; receipts: number }>`
      select d.status, d.reason, (select count(*) from wallet_receipt r where r.purpose_id = d.id) as receipts
      from deposit d where d.address = ${address} and d.asset = ${ETH}`.execute(db());
    expect(rows).toEqual([{ status: "ignored", reason: "own_transfer", receipts: 0 }]);
    expect(await gathering.deposits(order)).toHaveLength(1);
  });

  test("a gas top-up that the watcher sees before its transfer is booked is not booked by it", async () => {
    const order = await gathering.order();
    await gathering.pay(order, USDT);
    const address = gathering.addressOf(order);
    await gathering.until("gas under way", async () => {
      const [sweep] = await gathering.sweeps(order);
      return sweep?.status === "waiting_for_gas" && (await onChain(address, ETH)) > 0n;
    });
    const [sweep] = await gathering.sweeps(order);
    expect(await transfersOf(gathering, sweep!.id)).toMatchObject([{ status: "included" }]);
    const seen = async () =>
      (
        await sql<{ status: string; reason: string }>`
          select status, reason from deposit where address = ${address} and asset = ${ETH} and final`.execute(
          db(),
        )
      ).rows;
    const judged = async () => (await seen()).some(({ status }) => status !== "confirming");
    await gathering.until("the watcher has seen it", judged, ["transfers.advance"]);
    expect(await seen()).toEqual([{ status: "ignored", reason: "own_transfer" }]);
    expect(await transfersOf(gathering, sweep!.id)).toMatchObject([
      { purpose: "sweep_gas", status: "included" },
    ]);
    expect(await booked(address, ETH)).toBe(0n);
    const coins = async () => (await transfersOf(gathering, sweep!.id))[1]?.status;
    await gathering.until("coins under way", async () => (await coins()) === "included");
    expect(await findTrouble(gathering.world), "coins between two wallets of ours are nobody's").toEqual([]);
    await gathering.swept(order);
  });

  test("native coins pay their own way: what is sent is all but the highest fee, and the rest stays booked where it lies", async () => {
    const order = await gathering.order({ assets: [ETH], mode: "instant" });
    await gathering.pay(order, ETH);
    const [sweep] = await gathering.swept(order);
    const [deposit] = await gathering.deposits(order);
    const [transfer, ...more] = await transfersOf(gathering, sweep!.id);
    expect(more).toEqual([]);
    const left = deposit!.amount - transfer!.amount - transfer!.fee_paid!;
    expect(left).toBeGreaterThanOrEqual(0n);
    expect(left).toBeLessThan(deposit!.amount / 50n);
    const address = gathering.addressOf(order);
    expect(await onChain(address, ETH)).toBe(left);
    expect(await booked(address, ETH)).toBe(left);
    expect(await earningsOf(gathering, order.id)).toMatchObject([{ spendable: true, arrival: "seen" }]);
  });

  test("a token and the native coin at one address are gathered one after the other, and no gas is sent where coins lie", async () => {
    const order = await gathering.order({ price: "5000", assets: [USDT, ETH] });
    await gathering.pay(order, USDT, 2_500_000_000n);
    await gathering.pay(order, ETH, 10n ** 18n);
    const swept = await gathering.until("both swept", async () => {
      await gathering.look();
      await gathering.forward(2);
      const rows = (await gathering.sweeps(order)).filter(({ status }) => status === "swept");
      return rows.length >= 2 ? rows : (undefined as never);
    });
    const tokens = swept.find(({ asset }) => asset === USDT)!;
    const native = swept.find(({ asset }) => asset === ETH)!;
    expect(tokens.amount).toBe(2_500_000_000n);
    expect(native.amount).toBeGreaterThan(10n ** 18n - 10n ** 16n);
    expect((await earningsOf(gathering, order.id)).every(({ spendable }) => spendable)).toBe(true);
  });

  test("fifty deposits at once and two workers make one sweep, and what comes later makes another", async () => {
    const order = await gathering.order({ price: "5000" });
    const amounts = Array.from({ length: 50 }, (_, index) => 100_000_000n + BigInt(index));
    await Promise.all(amounts.map((amount) => gathering.pay(order, USDT, amount)));
    await gathering.until(
      "all seen",
      async () =>
        (await gathering.deposits(order)).filter(({ status, final }) => status === "credited" && final)
          .length === 50,
      ["payments.sweep_addresses"],
    );
    for (let round = 0; round < 3; round++) {
      await gathering.look();
      await Promise.all([gathering.drain(), gathering.drain()]);
    }
    const [sweep, ...more] = await gathering.swept(order);
    expect(more).toEqual([]);
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    expect(sweep!.amount).toBe(sum);
    expect((await gathering.deposits(order)).every((row) => row.sweep_id === sweep!.id)).toBe(true);
    await gathering.pay(order, USDT, 100_000_000n);
    const both = await gathering.swept(order, 2);
    expect(both.map(({ amount }) => amount)).toEqual([sum, 100_000_000n]);
  });
});

describe("what gathering costs", () => {
  test("a fee beyond the set part of the value waits and says so to operators; once fees fall, or the part is raised, it goes", async () => {
    const order = await gathering.order({ price: "2" });
    await changeSetting(gathering.world, "direct_payments", { sweep_maximum_fee_bps: 1 });
    await gathering.pay(order, USDT);
    await gathering.until("put off", async () => Boolean((await gathering.sweeps(order))[0]?.reason));
    const [waiting] = await gathering.sweeps(order);
    expect(waiting).toMatchObject({ status: "waiting", reason: "fee_share_too_high" });
    expect(waiting!.fee_share_bps).toBeGreaterThan(1);
    expect(await transfersOf(gathering, waiting!.id)).toEqual([]);
    expect(await earningsOf(gathering, order.id)).toMatchObject([{ spendable: false, arrival: "expected" }]);
    expect(await deskItem("deposit_sweep", waiting!.id, 29)).toBeUndefined();
    expect(await deskItem("deposit_sweep", waiting!.id, 31)).toMatchObject({
      reason: "fee_share_too_high",
      owner: "system",
      money: [{ asset: USDT, amount: waiting!.amount }],
      actions: ["check"],
    });
    await changeSetting(gathering.world, "direct_payments", { sweep_maximum_fee_bps: 10_000 });
    expect((await gathering.act("deposit_sweep", waiting!.id, "check")).status).toBe(200);
    const [swept] = await gathering.swept(order);
    expect(swept!.id).toBe(waiting!.id);
    await changeSetting(gathering.world, "direct_payments", { sweep_maximum_fee_bps: 200 });
  });

  test("more coins at the address make a sweep that waits look again at once", async () => {
    const order = await gathering.order({ price: "2" });
    await changeSetting(gathering.world, "direct_payments", { sweep_maximum_fee_bps: 1 });
    await gathering.pay(order, USDT, 1_000_000n);
    await gathering.until("put off", async () => Boolean((await gathering.sweeps(order))[0]?.reason));
    await changeSetting(gathering.world, "direct_payments", { sweep_maximum_fee_bps: 200 });
    await gathering.pay(order, USDT, 999_000_000n);
    const [swept] = await gathering.swept(order);
    expect(swept!.amount).toBe(1_000_000_000n);
  });

  test("without a price nothing is sent, and with one it goes", async () => {
    const order = await gathering.order();
    gathering.world.sandbox.prices.lie("ethereum", "missing");
    await gathering.forward(11);
    await gathering.pay(order, USDT);
    await gathering.until("put off", async () => Boolean((await gathering.sweeps(order))[0]?.reason));
    const [waiting] = await gathering.sweeps(order);
    expect(waiting).toMatchObject({ status: "waiting", reason: "price_unavailable" });
    expect(await transfersOf(gathering, waiting!.id)).toEqual([]);
    gathering.world.sandbox.prices.heal();
    await gathering.forward(2);
    await gathering.look();
    await gathering.swept(order);
  });
});
