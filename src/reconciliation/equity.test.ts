import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  changeSetting,
  driveUntil,
  giveEarnings,
  startWorld,
  type World,
} from "../../tests/support/index.ts";
import { bookTopUp } from "../arrivals/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { inTransaction } from "../database/index.ts";
import { listReview } from "../desk/index.ts";
import { refreshEquity } from "../health/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, equityByAsset, postEntry } from "../ledger/index.ts";
import { findPayout, planPayouts, requestPayout } from "../payouts/index.ts";
import { checkBooksJob, checkInvariants, findFaults } from "./index.ts";

const USDT = "ethereum:USDT";
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;
const signal = () => AbortSignal.timeout(20_000);

let world: World;
beforeAll(async () => {
  world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
});
afterAll(() => world.stop());
afterEach(async () => {
  expect(await checkInvariants(world.engine.db)).toEqual([]);
});

const plan = () => planPayouts(world.engine.payouts, signal());
const equity = async (): Promise<bigint> => (await equityByAsset(world.engine.db)).get(USDT) ?? 0n;
const onDesk = async () =>
  (await listReview(world.engine, signal(), { everyAddress: false })).filter(
    ({ thing }) => thing === "platform_equity",
  );
const alarms = async (): Promise<number> => {
  const { values } = await world.engine.metrics.failures.get();
  return (
    values.find(({ labels }) => labels.component === "reconciliation" && labels.reason === "platform_equity")
      ?.value ?? 0
  );
};
const gauged = async (): Promise<number | undefined> => {
  await refreshEquity(world.engine);
  return (await world.engine.metrics.platformEquity.get()).values.find(({ labels }) => labels.asset === USDT)
    ?.value;
};
const checkBooks = async () => checkBooksJob(world.engine).run({}, { signal: signal() } as never);

async function owe(amount: bigint): Promise<string> {
  const payeeId = await world.payee({ threshold: "10" });
  await giveEarnings(world, USDT, [{ payeeId, amount }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(
    world,
    "available",
    async () => (await balanceOf(world.engine.db, accounts.payee(payeeId, "available"), USDT)) > 0n,
  );
  return payeeId;
}

test("more owed than held: an alarm, on the desk and in the metrics; by setting nothing new is paid until it is funded", async () => {
  const { db, clock } = world.engine;
  await owe(dollars(30));
  const [under] = await plan();
  const payeeId = await owe(dollars(30));
  const before = await equity();
  expect(before).toBeGreaterThanOrEqual(0n);
  expect(await onDesk()).toEqual([]);
  expect(await findFaults(db)).toEqual([]);
  await checkBooks();
  expect(await alarms()).toBe(0);

  await inTransaction(db, (tx) =>
    postEntry(tx, {
      id: newId(),
      reason: "swap_written_off",
      happenedAt: clock.now(),
      postings: [
        {
          debit: accounts.platform("variance"),
          credit: accounts.wallet("ethereum", world.wallet),
          money: { asset: USDT, amount: before + dollars(5) },
        },
      ],
    }),
  );
  expect(await equity()).toBe(-dollars(5));
  expect(await onDesk()).toMatchObject([
    {
      id: USDT,
      reason: "more_owed_than_held",
      owner: "operator",
      money: [{ asset: USDT, amount: dollars(5) }],
    },
  ]);
  expect(await findFaults(db)).toEqual([
    { check: "platform_equity", id: USDT, detail: "5000000 base units more are owed than held" },
  ]);
  expect(await gauged()).toBe(-5);
  await checkBooks();
  expect(await alarms()).toBe(1);

  await changeSetting(world, "platform_equity", { below_zero: "stop" });
  expect(await plan()).toEqual([]);
  const { unpaid } = await world.client.get("/v1/payees/{id}", { params: { path: { id: payeeId } } });
  expect(unpaid).toMatchObject([{ state: "available", cause: "platform_equity_below_zero" }]);
  const asked = await requestPayout(world.engine.payouts, { payeeId, asset: USDT, requestedBy: "test" });
  await driveUntil(
    world,
    "what was under way is paid",
    async () => (await findPayout(db, under!))?.status === "completed",
  );
  expect((await findPayout(db, asked))?.status).toBe("requested");

  const transactionHash = await world.sandbox.deposit({
    to: world.wallet,
    assetId: USDT,
    amount: dollars(5),
  });
  await world.sandbox.anvil.mine(70);
  await bookTopUp(world.engine, { chain: "ethereum", transactionHash, by: "test" }, signal());
  expect(await equity()).toBe(0n);
  expect(await findFaults(db)).toEqual([]);
  expect(await onDesk()).toEqual([]);
  expect(await gauged()).toBe(0);
  await driveUntil(
    world,
    "what waited is paid",
    async () => (await findPayout(db, asked))?.status === "completed",
  );
});
