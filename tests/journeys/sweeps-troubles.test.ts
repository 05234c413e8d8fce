import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { registry } from "../../src/money/index.ts";
import { listReview } from "../../src/desk/index.ts";
import { changeSetting } from "../support/index.ts";
import { findWallet, pauseWallet } from "../../src/transfers/index.ts";
import {
  earningsOf,
  DAI,
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
const deskItem = async (thing: string, id: string) =>
  (await listReview(gathering.parts, AbortSignal.timeout(9_000))).find(
    (item) => item.thing === thing && item.id === id,
  );

describe("what goes wrong", () => {
  test("every word that a transfer ended is lost: the check time finds the sweep at each step", async () => {
    const order = await gathering.order();
    await gathering.pay(order, USDT);
    const steps: string[] = [];
    await gathering.until("swept without a word", async () => {
      await sql`
        select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs
          where task_identifier = 'payments.advance_sweep' and locked_at is null))`.execute(db());
      const [sweep] = await gathering.sweeps(order);
      if (sweep && sweep.status !== steps.at(-1)) steps.push(sweep.status);
      await gathering.forward(11);
      await gathering.look();
      return sweep?.status === "swept";
    });
    expect(steps).toEqual(
      ["waiting", "waiting_for_gas", "sending", "swept"].filter((one) => steps.includes(one)),
    );
    expect(await gathering.sweeps(order)).toHaveLength(1);
  });

  test("each step by five workers at once is taken once", async () => {
    const order = await gathering.order();
    await gathering.pay(order, USDT);
    const advance = gathering.jobs.find(({ name }) => name === "payments.advance_sweep")!;
    await gathering.until("swept by many", async () => {
      const [sweep] = await gathering.sweeps(order);
      const context = { signal: AbortSignal.timeout(9_000), attempt: 1, log: gathering.parts.log };
      if (sweep) await Promise.all(Array.from({ length: 5 }, () => advance.run({ id: sweep.id }, context)));
      return sweep?.status === "swept";
    });
    const [sweep, ...more] = await gathering.sweeps(order);
    expect(more).toEqual([]);
    expect(await transfersOf(gathering, sweep!.id)).toHaveLength(2);
  });

  test("a transfer that reverts fails its sweep: the desk shows it, the deposits stay and the next sweep brings them", async () => {
    const order = await gathering.order();
    const { anvil } = gathering.world.sandbox;
    const contract = registry.get(USDT).contract!;
    const code = await anvil.rpc<string>("eth_getCode", [contract, "latest"]);
    await gathering.pay(order, USDT);
    await gathering.until("waiting for gas", async () => {
      const [sweep] = await gathering.sweeps(order);
      return sweep?.status === "waiting_for_gas";
    });
    const [sweep] = await gathering.sweeps(order);
    const gasIsThere = async () => (await transfersOf(gathering, sweep!.id))[0]?.status === "final";
    await gathering.until("gas there", gasIsThere, ["payments.advance_sweep"]);
    await anvil.setAutomine(false);
    await gathering.drain();
    expect(await transfersOf(gathering, sweep!.id)).toMatchObject([
      {},
      { purpose: "sweep", status: "broadcast" },
    ]);
    await anvil.setCode(contract, "0xfe");
    await anvil.mine(1);
    await anvil.setCode(contract, code);
    await anvil.setAutomine(true);
    await gathering.until("failed", async () => (await gathering.sweeps(order))[0]?.status === "failed");
    expect((await gathering.sweeps(order))[0]).toMatchObject({ status: "failed", reason: "reverted" });
    expect(await deskItem("deposit_sweep", sweep!.id)).toMatchObject({
      status: "failed",
      reason: "reverted",
      actions: ["check"],
    });
    expect((await gathering.deposits(order))[0]).toMatchObject({ swept_at: null, sweep_id: null });
    expect(await earningsOf(gathering, order.id)).toMatchObject([{ spendable: false }]);
    await gathering.forward(61);
    await gathering.look();
    await gathering.swept(order);
    expect(await gathering.sweeps(order)).toMatchObject([{ status: "failed" }, { status: "swept" }]);
    expect(await deskItem("deposit_sweep", sweep!.id)).toBeUndefined();
    expect(await earningsOf(gathering, order.id)).toMatchObject([{ spendable: true }]);
  });

  test("a transfer that cannot be signed in all its time is withdrawn, and its deposits are free for the next sweep", async () => {
    const order = await gathering.order();
    await gathering.pay(order, USDT);
    await gathering.until(
      "gas planned",
      async () => (await gathering.sweeps(order))[0]?.status === "waiting_for_gas",
      ["transfers.advance"],
    );
    const [sweep] = await gathering.sweeps(order);
    const wallet = (await findWallet(db(), "ethereum"))!;
    await pauseWallet(db(), wallet.id, "test");
    await gathering.forward(7 * 60);
    await gathering.look();
    await gathering.until("withdrawn", async () => (await gathering.sweeps(order))[0]?.status === "failed");
    expect(await transfersOf(gathering, sweep!.id)).toMatchObject([
      { purpose: "sweep_gas", status: "cancelled" },
    ]);
    expect((await gathering.deposits(order))[0]).toMatchObject({ swept_at: null, sweep_id: null });
    expect((await gathering.act("wallet", wallet.id, "resume")).status).toBe(200);
    await gathering.forward(61);
    await gathering.look();
    await gathering.swept(order);
  });

  test("dust alone is gathered too once it is worth it, and belongs to nobody until then and after", async () => {
    const order = await gathering.order({ price: "500" });
    await changeSetting(gathering.world, "direct_payments", {
      minimum_usd: "100",
      sweep_maximum_fee_bps: 5_000,
    });
    await gathering.pay(order, DAI, 150n * 10n ** 18n);
    await gathering.pay(order, USDT, 20_000_000n);
    await gathering.swept(order);
    const rows = await gathering.deposits(order);
    expect(rows.find(({ asset }) => asset === USDT)).toMatchObject({ status: "ignored", reason: "dust" });
    expect(rows.find(({ asset }) => asset === DAI)).toMatchObject({
      status: "in_review",
      reason: "wrong_asset",
    });
    await changeSetting(gathering.world, "direct_payments", {
      minimum_usd: "0.1",
      sweep_maximum_fee_bps: 200,
    });
  });
});
