import { expect, test } from "vitest";
import { fund } from "../../sandbox/tokens.ts";
import { sql } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import { newPayee, startWorld, withChain } from "./testing/world.ts";

const world = await startWorld();
const { anvil, database, deps, wallet } = world;
const USDT = "ethereum:USDT";
const ETH = "ethereum:ETH";
const walletAccount = accounts.wallet("ethereum", wallet.address);
await world.fund(ETH, 10n ** 18n);

const noncesOf = async (): Promise<bigint[]> => {
  const { rows } = await sql<{ nonce: bigint }>`
    select slot_number as nonce from transfer where slot is not null order by slot_number`.execute(
    database.db,
  );
  return rows.map((row) => row.nonce);
};

test("F44 two workers on one wallet at once give out every nonce once, without a gap", async () => {
  await world.fund(USDT, 12n * 1_000_000n);
  const ids = await Promise.all(Array.from({ length: 12 }, () => world.plan()));
  const other = withChain(deps, world.newChain());
  // Each transfer is even run by both workers.
  await Promise.all(ids.flatMap((id) => [world.run(id), world.run(id, other)]));
  const ended = await world.settle(...ids);
  expect(ended.map((transfer) => transfer.status)).toEqual(ids.map(() => "final"));
  expect(await noncesOf()).toEqual(ids.map((_, index) => BigInt(index)));
  expect(await world.booked(walletAccount, USDT)).toBe(0n);
  expect(await world.onChain(wallet.address, USDT)).toBe(0n);
});

test("F47 F49 fifty at once, money for ten: the ten oldest are paid, forty wait and resume in order", async () => {
  await world.fund(USDT, 10n * 1_000_000n + 999_999n);
  const payees = Array.from({ length: 50 }, newPayee);
  const ids: string[] = [];
  for (const to of payees) ids.push(await world.plan({ to }));
  const paid = async () =>
    (await Promise.all(payees.map((to) => world.onChain(to, USDT)))).filter((amount) => amount === 1_000_000n)
      .length;

  for (let round = 0; round < 4; round += 1) {
    await Promise.all(ids.toReversed().map((id) => world.run(id)));
    await anvil.mine(3);
    world.clock.advance(1_000);
  }
  const first = await Promise.all(ids.map(world.get));
  expect(first.slice(0, 10).map((transfer) => transfer.status)).toEqual(Array(10).fill("final"));
  expect(first.slice(10).map((transfer) => transfer.waiting_reason)).toEqual(
    Array(40).fill("insufficient_asset"),
  );
  expect(await paid()).toBe(10);

  await world.fund(USDT, 40n * 1_000_000n - 999_999n);
  const ended = await world.settle(...ids);
  expect(ended.map((transfer) => transfer.status)).toEqual(Array(50).fill("final"));
  expect(await paid()).toBe(50);
  expect(await world.booked(walletAccount, USDT)).toBe(0n);
  expect(new Set(await noncesOf()).size).toBe(62);
});

test("F47 a large transfer that waits for money is not starved by small ones behind it", async () => {
  await world.fund(USDT, 5_000_000n);
  const large = await world.plan({ amount: 8_000_000n });
  const small = await world.plan({ amount: 1_000_000n });
  await world.run(large);
  await world.run(small);
  expect(await world.get(small)).toMatchObject({ status: "planned", waiting_reason: "insufficient_asset" });
  await world.fund(USDT, 4_000_000n);
  const ended = await world.settle(small, large);
  expect(ended.map((transfer) => transfer.status)).toEqual(["final", "final"]);
});

test("F49 a token transfer without gas money waits for it, and goes on when it comes", async () => {
  await world.fund(USDT, 1_000_000n);
  const left = await anvil.getBalance(wallet.address);
  await anvil.setBalance(wallet.address, 1_000n);
  const id = await world.plan();
  await world.run(id);
  expect(await world.get(id)).toMatchObject({
    status: "planned",
    waiting_reason: "insufficient_gas",
    slot: null,
  });
  await anvil.setBalance(wallet.address, left);
  expect((await world.settle(id))[0]!.status).toBe("final");
});

test("F53 what the book does not hold is not sent, though the chain has it", async () => {
  await world.fund(USDT, 1_000n);
  await fund(anvil, wallet.address, USDT, 1_000_000n); // on the chain only
  const id = await world.plan({ amount: 2_000n });
  await world.run(id);
  expect(await world.get(id)).toMatchObject({ status: "planned", waiting_reason: "insufficient_asset" });
});
