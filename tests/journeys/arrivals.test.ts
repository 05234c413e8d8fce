import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { enqueueNamed } from "../../src/jobs/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";
import { newPaymentId, noticeOf, paymentOf, tell } from "./intake-notices.ts";

const settled = 9_900_000_000_000_000n; // what a notice says settled, base units of ether

const settle = (world: World, payout_hash: string, orderId: string) => {
  const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash });
  return tell(world, notice).then(() => notice.payment_id);
};

/** A transfer of the processor's, final at once. */
async function deposit(world: World, amount: bigint): Promise<string> {
  const hash = await world.sandbox.deposit({ to: world.wallet, assetId: "ethereum:ETH", amount });
  await world.sandbox.anvil.mine(3);
  return hash;
}

async function expectWhole(world: World): Promise<void> {
  const { differences, wallets } = await world.client.get("/v1/reconciliation");
  expect(differences).toEqual([]);
  expect(wallets.map((wallet) => wallet.difference).filter((difference) => difference !== "0")).toEqual([]);
}

const spendable = async (world: World, paymentId: number): Promise<boolean> => {
  const { rows } = await sql<{ spendable: boolean }>`
    select bool_and(e.spendable) as spendable from earning e join payment p on p.id = e.payment_id
    where p.external_id = ${String(paymentId)}`.execute(world.database.db);
  return rows[0]?.spendable ?? false;
};

const arrivalOf = async (world: World, paymentId: number): Promise<string> => {
  await world.drain({ future: true, maxRounds: 2 });
  return (await paymentOf(world, paymentId)).arrival;
};

describe("arrivals of what a processor settled", () => {
  let world: World;
  let orderId: string;
  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine" },
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
    ({ orderId } = await world.order({ payees: [await world.payee()] }));
  });
  afterAll(() => world.stop());

  test("one transfer that settles two payments is shared between them, heard of one after the other, and spelled in two ways", async () => {
    const hash = await deposit(world, 2n * settled);
    const first = await settle(world, hash, orderId);
    await eventually("the first one's coins seen", async () => (await arrivalOf(world, first)) === "seen");
    await expectWhole(world);
    const second = await settle(world, `0x${hash.slice(2).toUpperCase()}`, orderId);
    await eventually("the second one's coins seen", async () => (await arrivalOf(world, second)) === "seen");
    await expectWhole(world);
    const third = await settle(world, hash, orderId);
    expect(await arrivalOf(world, third)).toBe("expected");
    expect(await spendable(world, third)).toBe(false);
    await expectWhole(world);
  });

  test("F54 a settlement that brings less than announced holds its earnings back; a last unit less is our cost", async () => {
    const short = await settle(world, await deposit(world, settled / 2n), orderId);
    expect(await arrivalOf(world, short)).toBe("expected");
    expect(await spendable(world, short)).toBe(false);
    const almost = await settle(world, await deposit(world, settled - 1n), orderId);
    await eventually("the coins seen", async () => (await arrivalOf(world, almost)) === "seen");
    expect(await spendable(world, almost)).toBe(true);
    await expectWhole(world);
  });

  test("a hash that is none is asked for again, and stops nothing", async () => {
    const payment = await settle(world, "pending", orderId);
    expect(await arrivalOf(world, payment)).toBe("expected");
    const { rows } = await sql`select from job_dead_letter`.execute(world.database.db);
    expect(rows).toEqual([]);
  });
});

test("F54 a wallet that was empty at first stays opened: a restart never takes customers' coins for the operator's", async () => {
  const world = await startWorld({ worker: false, float: 0n, sandbox: { blocks: "automine" } });
  try {
    const { orderId } = await world.order({ payees: [await world.payee()] });
    const hash = await deposit(world, settled);
    const payment = await settle(world, hash, orderId);
    const { rows } = await sql<{ id: string }>`select id from wallet`.execute(world.database.db);
    await enqueueNamed(world.database.db, "transfers.open_wallet", { id: rows[0]!.id });
    await eventually("the coins seen", async () => (await arrivalOf(world, payment)) === "seen");
    await enqueueNamed(world.database.db, "transfers.open_wallet", { id: rows[0]!.id });
    await world.drain();
    await expectWhole(world);
  } finally {
    await world.stop();
  }
});
