import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import {
  changeSetting,
  driveUntil,
  findTrouble,
  freshParts,
  giveEarnings,
  startWorld,
  withJobs,
  type World,
} from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { sql } from "../database/index.ts";
import type { Job } from "../jobs/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { swapJobs } from "../swaps/index.ts";
import { bookTopUp } from "../arrivals/index.ts";
import { attemptsOf, createPayout, findPayout, payoutJobs, planPayouts, type Payout } from "./index.ts";

const ETH = "ethereum:ETH";
const USDT = "ethereum:USDT";
const TRON = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" };
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;

let world: World;
let people = 0;
const newAddress = (): string => inventAddress("evm", `payee ${++people}`);
let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    // Each round of a drive looks once; a job must not be due again before its round is over.
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(() => {
  ahead = 0;
  world.sandbox.heal();
});

const signal = () => AbortSignal.timeout(20_000);
const plan = () => planPayouts(world.engine.payouts, signal());
const payout = async (id: string): Promise<Payout> => (await findPayout(world.engine.db, id))!;
const balance = (payeeId: string, part: "pending" | "available" | "held", asset = USDT) =>
  balanceOf(world.engine.db, accounts.payee(payeeId, part), asset);
const until = (id: string, status: string, jobs?: readonly Job[]): Promise<Payout> =>
  driveUntil(
    world,
    `payout ${status}`,
    async () => {
      const found = await payout(id);
      return found.status === status ? found : null;
    },
    jobs ? { jobs } : {},
  );
const pause = (id: string) => world.client.post("/v1/payees/{id}/pause", { params: { path: { id } } });
const resume = (id: string) => world.client.post("/v1/payees/{id}/resume", { params: { path: { id } } });
const resolve = (id: string, resolution: "retry" | "give_back") =>
  world.client.post("/v1/payouts/{id}/resolve", { params: { path: { id } }, body: { resolution } });
const waitsOf = async (payeeId: string) => {
  const { data } = await world.client.get("/v1/payout-waits");
  return data.filter((wait) => wait.payee_id === payeeId);
};
const withClock = (): Job[] => {
  const parts = freshParts(world, clock);
  return withJobs(world, [...swapJobs(parts.swaps), ...payoutJobs(parts.payouts)]);
};

/** Gives balances in the settlement asset that may be paid out. @param onChain what the wallet really gets. */
async function makeAvailable(gifts: { payeeId: string; amount: bigint }[], onChain?: bigint): Promise<void> {
  await giveEarnings(world, USDT, gifts, onChain === undefined ? {} : { onChain });
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "available", async () => (await balance(gifts.at(-1)!.payeeId, "available")) > 0n);
}
async function due(terms: Parameters<World["payee"]>[0], amount = dollars(50)) {
  const address = newAddress();
  const payeeId = await world.payee({ destination: { asset: USDT, address }, ...terms });
  await makeAvailable([{ payeeId, amount }]);
  return { payeeId, address };
}
const onlyPlanned = async (): Promise<string> => {
  const ids = await plan();
  expect(ids).toHaveLength(1);
  return ids[0]!;
};

describe("payouts", () => {
  afterEach(async () => {
    expect(await findTrouble(world)).toEqual([]);
  });

  test("F70 F86 F91 a direct payout at the threshold: the payee has the very amount, paid only when it is final", async () => {
    const { payeeId, address } = await due({ threshold: "50" }, dollars(49));
    expect(await plan()).toEqual([]);
    await makeAvailable([{ payeeId, amount: dollars(1) }]);
    const id = await onlyPlanned();
    expect(await balance(payeeId, "held")).toBe(dollars(50));
    expect(await plan()).toEqual([]);
    const done = await until(id, "completed");
    expect(done).toMatchObject({ route: "direct", amount: dollars(50), delivered_amount: dollars(50) });
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(dollars(50));
    expect(await balance(payeeId, "held")).toBe(0n);
  });

  test("F64 F76 a payout by swap, to an address on another chain: sent, then completed by the provider's hash", async () => {
    const { payeeId } = await due({ destination: TRON });
    const id = await onlyPlanned();
    const done = await until(id, "completed");
    expect(done).toMatchObject({ route: "swap", transaction_hash: expect.any(String) });
    expect(done.delivered_amount! > dollars(48)).toBe(true);
    const made = world.sandbox.changenow.exchanges().at(-1)!;
    expect(made).toMatchObject({ payoutAddress: TRON.address, refundAddress: world.wallet });
    expect(await balance(payeeId, "held")).toBe(0n);
  });

  test("F70 by swap to a chain we read: a hash that chain does not know is not believed", async () => {
    const address = newAddress();
    const { payeeId } = await due({ destination: { asset: "ethereum:USDC", address } });
    world.sandbox.changenow.nextOutcome({ kind: "short", fraction: "0" });
    const id = await onlyPlanned();
    const jobs = withClock();
    await until(id, "sent", jobs);
    ahead = 25 * 3_600_000;
    const found = await until(id, "in_review", jobs);
    expect(found.review_reason).toBe("deadline_passed");
    expect(await balance(payeeId, "held")).toBe(dollars(50));
    expect(await world.sandbox.balanceOf(address, "ethereum:USDC")).toBe(0n);
  });

  test("F63 F64 F82 F83 instant earnings go out at once, as they came: directly and by swap; nothing is converted", async () => {
    const address = newAddress();
    const direct = await world.payee({ mode: "instant", destination: { asset: ETH, address } });
    const swapped = await world.payee({ mode: "instant", destination: TRON });
    const amount = 30n * 10n ** 15n;
    await giveEarnings(world, ETH, [
      { payeeId: direct, amount, route: "instant" },
      { payeeId: swapped, amount, route: "instant" },
    ]);
    expect(await checkConversions(world.engine.conversions, signal(), true)).toEqual([]);
    const ids = await plan();
    expect(ids).toHaveLength(2);
    const done = await Promise.all(ids.map(payout));
    for (const one of done) await until(one.id, "completed");
    expect(done.map((one) => [one.kind, one.asset, one.route]).toSorted()).toEqual([
      ["instant", ETH, "direct"],
      ["instant", ETH, "swap"],
    ]);
    expect(await world.sandbox.balanceOf(address, ETH)).toBe(amount);
    expect(world.sandbox.changenow.exchanges().at(-1)).toMatchObject({
      fromCurrency: "eth",
      toNetwork: "trx",
    });
  });

  test("after the settlement asset was changed, a threshold in the one before is compared by value: paid, or told why not", async () => {
    const USDC = "ethereum:USDC";
    const address = newAddress();
    const payeeId = await world.payee({ threshold: "10", destination: { asset: USDC, address } });
    const earn = async (amount: bigint) => {
      await giveEarnings(world, USDC, [{ payeeId, amount }]);
      const before = await balance(payeeId, "available", USDC);
      await checkConversions(world.engine.conversions, signal(), true);
      await driveUntil(world, "available", async () => (await balance(payeeId, "available", USDC)) > before);
    };
    await changeSetting(world, "settlement_asset", USDC);
    try {
      await earn(dollars(6));
      expect(await plan()).toEqual([]);
      expect(await waitsOf(payeeId)).toMatchObject([{ asset: USDC, reason: "below_threshold_by_value" }]);
      await earn(dollars(6));
      const prices = { name: "none", observe: () => Promise.resolve(new Map()) };
      expect(await planPayouts({ ...world.engine.payouts, prices }, signal())).toEqual([]);
      expect(await waitsOf(payeeId)).toMatchObject([{ asset: USDC, reason: "no_price_for_threshold" }]);
      const id = await onlyPlanned();
      expect(await waitsOf(payeeId)).toEqual([]);
      await until(id, "completed");
      expect(await world.sandbox.balanceOf(address, USDC)).toBe(dollars(12));
    } finally {
      await changeSetting(world, "settlement_asset", USDT);
    }
  });

  test("an operator pays below the threshold; a paused payee is not paid until resumed", async () => {
    const { payeeId, address } = await due({ threshold: "1000" });
    expect(await plan()).toEqual([]);
    await pause(payeeId);
    const metadata = { ticket: "4711" };
    const ask = () => world.client.post("/v1/payouts", { body: { payee_id: payeeId, metadata } });
    await expect(ask()).rejects.toMatchObject({ code: "payee_paused" });
    await resume(payeeId);
    const asked = await ask();
    expect(asked).toMatchObject({ metadata });
    await expect(ask()).rejects.toMatchObject({ code: "nothing_to_pay" });
    await until(asked.id, "completed");
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(dollars(50));
  });

  test("less than was found when it was planned: nothing is held", async () => {
    const { payeeId } = await due({ threshold: "1000" });
    const ask = (least: bigint) =>
      createPayout(world.engine.payouts, {
        payeeId,
        kind: "operator",
        asset: USDT,
        offer: null,
        destinationAsset: USDT,
        least,
        most: null,
        requestedBy: "test",
      });
    expect(await ask(dollars(50) + 1n)).toBeNull();
    expect(await balance(payeeId, "available")).toBe(dollars(50));
    expect(await findTrouble(world)).toEqual([]);
    await until((await ask(dollars(50)))!, "completed");
  });

  test("F89 what had not left when a payee's destination changed is theirs again, and is paid where they are now: nothing is stranded", async () => {
    const { payeeId, address } = await due({});
    const id = await onlyPlanned();
    const later = newAddress();
    await sql`update payee set destination_address = ${later} where id = ${payeeId}`.execute(world.engine.db);
    expect((await until(id, "cancelled")).end_reason).toBe("destination_changed");
    expect([await balance(payeeId, "held"), await balance(payeeId, "available")]).toEqual([0n, dollars(50)]);
    const asked = await world.client.post("/v1/payouts", { body: { payee_id: payeeId } });
    await until(asked.id, "completed");
    expect(await world.sandbox.balanceOf(later, USDT)).toBe(dollars(50));
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(0n);
  });

  test("F71 below the provider's minimum: waits with the reason, goes on growing, is paid when large enough", async () => {
    world.sandbox.changenow.setMinAmount({ from: "usdt/eth", to: "usdt/trx", amount: "60" });
    const { payeeId } = await due({ destination: TRON });
    expect(await plan()).toEqual([]);
    expect(await waitsOf(payeeId)).toMatchObject([{ asset: USDT, reason: "below_provider_minimum" }]);
    await makeAvailable([{ payeeId, amount: dollars(15) }]);
    const id = await onlyPlanned();
    expect(await waitsOf(payeeId)).toEqual([]);
    expect((await until(id, "completed")).amount).toBe(dollars(65));
    world.sandbox.changenow.setMinAmount({ from: "usdt/eth", to: "usdt/trx", amount: "5" });
  });

  test("the provider refuses the swap: the payout fails, and the balance is the payee's again", async () => {
    const { payeeId } = await due({ destination: TRON });
    world.sandbox.changenow.refuseNext("pair_is_inactive");
    const id = await onlyPlanned();
    await until(id, "failed");
    expect(await balance(payeeId, "held")).toBe(0n);
    expect(await balance(payeeId, "available")).toBe(dollars(50));
    expect(await attemptsOf(world.engine.db, id)).toMatchObject([{ status: "failed" }]);
    expect((await waitsOf(payeeId)).map((wait) => wait.reason)).toEqual(["pair_inactive"]);
    // The cause may last: the next payout is planned only after a while, unless an operator asks for it.
    expect(await planPayouts(world.engine.payouts, AbortSignal.timeout(20_000))).toEqual([]);
    const asked = await world.client.post("/v1/payouts", { body: { payee_id: payeeId } });
    await until(asked.id, "completed");
  });

  test("F36 F69 refunded twice, delivered at the third attempt: three attempts of one payout, the payee is paid once", async () => {
    const { payeeId } = await due({ destination: TRON });
    world.sandbox.changenow.nextOutcome({ kind: "refund" }, 2);
    const id = await onlyPlanned();
    // What the two refunds lack is the operator's cost, who tops the wallet up.
    await topUp(dollars(10));
    const done = await until(id, "completed");
    expect(done.amount).toBe(dollars(50));
    expect((await attemptsOf(world.engine.db, id)).map((one) => [one.seq, one.status, one.outcome])).toEqual([
      [1, "failed", "swap_refunded"],
      [2, "failed", "swap_refunded"],
      [3, "succeeded", "delivered"],
    ]);
    expect(await balance(payeeId, "held")).toBe(0n);
  });

  test("refunded three times: a person must look, and the hold is kept", async () => {
    const { payeeId } = await due({ destination: TRON });
    world.sandbox.changenow.nextOutcome({ kind: "refund" }, 3);
    await topUp(dollars(10));
    const found = await until(await onlyPlanned(), "in_review");
    expect(found.review_reason).toBe("swap_refunded");
    expect(await attemptsOf(world.engine.db, found.id)).toHaveLength(3);
    expect(await balance(payeeId, "held")).toBe(dollars(50));
  });

  test("a transfer that reverts on the chain: in review with the reason, the hold kept, nothing sent again", async () => {
    const { payeeId, address } = await due({});
    const id = await onlyPlanned();
    await world.sandbox.anvil.setAutomine(false);
    await driveWithoutBlocks(async () => (await transferStatus(id)) === "broadcast");
    const held = await world.sandbox.balanceOf(world.wallet, USDT);
    await world.sandbox.fundWallet(world.wallet, USDT, -held);
    await world.sandbox.anvil.mine(1);
    await world.sandbox.fundWallet(world.wallet, USDT, held);
    await world.sandbox.anvil.setAutomine(true);
    const found = await until(id, "in_review");
    expect(found.review_reason).toBe("transfer_reverted");
    expect(await balance(payeeId, "held")).toBe(dollars(50));
    await world.drain({ future: true, maxRounds: 3 });
    expect(await attemptsOf(world.engine.db, id)).toHaveLength(1);
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(0n);
  });

  test("F68 a transfer that would revert shows on the payout, and completes it once the token works again", async () => {
    const { payeeId, address } = await due({});
    const id = await onlyPlanned();
    await world.sandbox.usdt.setBlackListed(world.wallet, true);
    const jobs = withClock();
    await driveUntil(
      world,
      "in review",
      async () => {
        ahead += 300_000;
        await sweep();
        return (await payout(id)).status === "in_review";
      },
      { jobs },
    );
    expect(await payout(id)).toMatchObject({ review_reason: "transfer_would_revert" });
    expect(await balance(payeeId, "held")).toBe(dollars(50));
    await world.sandbox.usdt.setBlackListed(world.wallet, false);
    expect(await until(id, "completed", jobs)).toMatchObject({ review_reason: null });
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(dollars(50));
  });
});

describe("at once", () => {
  test("S14 a pause after the approval holds the payout; resumed, it goes out", async () => {
    const { payeeId, address } = await due({});
    const id = await onlyPlanned();
    await pause(payeeId);
    await world.drain();
    expect((await payout(id)).status).toBe("approved");
    await resume(payeeId);
    await until(id, "completed");
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(dollars(50));
  });

  test("F47 an approved payout that cannot start for a day gives the balance back", async () => {
    const { payeeId } = await due({});
    const id = await onlyPlanned();
    await pause(payeeId);
    ahead = 25 * 3_600_000;
    await until(id, "failed", withClock());
    expect(await balance(payeeId, "held")).toBe(0n);
    expect(await balance(payeeId, "available")).toBe(dollars(50));
  });

  test("F91 dust of an instant payee gathers until it is worth the smallest payout", async () => {
    const payeeId = await world.payee({
      mode: "instant",
      destination: { asset: ETH, address: newAddress() },
    });
    const dust = 10n ** 13n; // some cents
    await giveEarnings(world, ETH, [{ payeeId, amount: dust, route: "instant" }]);
    expect(await plan()).toEqual([]);
    expect((await waitsOf(payeeId)).map((wait) => wait.reason)).toEqual(["below_instant_minimum"]);
    await giveEarnings(world, ETH, [{ payeeId, amount: 10n ** 15n, route: "instant" }]);
    expect((await until(await onlyPlanned(), "completed")).amount).toBe(10n ** 15n + dust);
  });

  test("F91 what an instant payee could not be paid for a week is gathered with everybody's, to the base unit", async () => {
    const payeeId = await world.payee({
      mode: "instant",
      destination: { asset: ETH, address: newAddress() },
    });
    const dust = 10n ** 13n;
    await giveEarnings(world, ETH, [{ payeeId, amount: dust, route: "instant" }]);
    const routes = async () => {
      const { rows } = await sql<{ route: string; payment: string }>`
        select e.route, p.status as payment from earning e join payment p on p.id = e.payment_id
        where e.payee_id = ${payeeId}`.execute(world.engine.db);
      return rows;
    };
    expect(await plan()).toEqual([]);
    expect(await routes()).toEqual([{ route: "instant", payment: "settled" }]);
    await sql`update earning set created_at = created_at - interval '8 days' where payee_id = ${payeeId}`.execute(
      world.engine.db,
    );
    // Two who plan at once gather it once; what it was paid for stands as it did.
    await Promise.all([plan(), plan()]);
    expect(await routes()).toEqual([{ route: "threshold", payment: "settled" }]);
    expect(await balance(payeeId, "pending", ETH)).toBe(dust);
    await giveEarnings(world, ETH, [{ payeeId, amount: 10n ** 16n }]);
    await checkConversions(world.engine.conversions, signal(), true);
    await driveUntil(world, "converted", async () => (await balance(payeeId, "available")) > 0n);
    expect(await balance(payeeId, "pending", ETH)).toBe(0n);
    await changeSetting(world, "payout_fees", { maximum_share_bps: 10_000 });
    for (const id of await plan()) await until(id, "completed");
  });

  test("F50 a payout whose fees take too much waits, and says from which amount and when it goes", async () => {
    const unlimited = { maximum_share_bps: 10_000, longest_wait_days: 30, of_payees: [] };
    await changeSetting(world, "payout_fees", { ...unlimited, maximum_share_bps: 1 });
    const { payeeId } = await due({ destination: { asset: USDT, address: newAddress() } });
    expect(await plan()).toEqual([]);
    const { data } = await world.client.get("/v1/payout-waits");
    const wait = data.find((one) => one.payee_id === payeeId)!;
    expect(wait).toMatchObject({ reason: "fee_share_too_high", limit_bps: 1 });
    expect(wait.fee_share_bps).toBeGreaterThan(1);
    expect(Number(wait.pays_from?.amount)).toBeGreaterThan(50);
    const shown = await world.client.get("/v1/payees/{id}", { params: { path: { id: payeeId } } });
    expect(shown.unpaid).toMatchObject([
      { cause: "fee_share_too_high", pays_from: wait.pays_from, ends_by: wait.pays_by },
    ]);
    // It has waited for as long as it may.
    await sql`update payout_wait set since = since - interval '31 days' where payee_id = ${payeeId}`.execute(
      world.engine.db,
    );
    await until(await onlyPlanned(), "completed");
    // Somebody's own limit stands before everybody's.
    const other = await due({ destination: { asset: USDT, address: newAddress() } });
    expect(await plan()).toEqual([]);
    await changeSetting(world, "payout_fees", {
      ...unlimited,
      maximum_share_bps: 1,
      of_payees: [{ payee_id: other.payeeId, maximum_share_bps: null }],
    });
    const id = await onlyPlanned();
    await changeSetting(world, "payout_fees", unlimited);
    const { plans, attempts } = await world.client.get("/v1/payouts/{id}", { params: { path: { id } } });
    expect(attempts).toEqual([]);
    expect(plans).toMatchObject([
      {
        best: 0,
        limit_bps: null,
        ways: [{ route: "direct", net: { asset: USDT, amount: "50" }, problem: null }],
      },
    ]);
    await until(id, "completed");
  });

  test("a plan weighs each provider by what reaches the payee, and is kept before anybody is asked to exchange", async () => {
    await due({ destination: TRON });
    const exchanges = world.sandbox.changenow.exchanges().length;
    const id = await onlyPlanned();
    expect(world.sandbox.changenow.exchanges()).toHaveLength(exchanges);
    const { plans } = await world.client.get("/v1/payouts/{id}", { params: { path: { id } } });
    const [{ ways, best }] = plans as [(typeof plans)[number]];
    expect(ways.map(({ provider }) => provider)).toContain("changenow");
    const net = (way: (typeof ways)[number]) => Number(way.net!.amount);
    expect(net(ways[best!]!)).toBe(Math.max(...ways.map(net)));
    for (const way of ways) {
      expect(way.network_fee).toMatchObject({ asset: ETH });
      expect(way.fee_share_bps).toBeGreaterThan(0);
    }
    await until(id, "completed");
  });

  test("an operator resolves a payout in review: refused while signed, given back or tried again when nothing is on its way", async () => {
    const { payeeId } = await due({ destination: TRON });
    world.sandbox.changenow.nextOutcome({ kind: "refund" }, 3);
    await topUp(dollars(10));
    const id = await onlyPlanned();
    await expect(resolve(id, "retry")).rejects.toMatchObject({ status: 409, code: "payout_not_in_review" });
    await until(id, "in_review");
    await topUp(dollars(10));
    await resolve(id, "retry");
    await until(id, "completed");
    expect(await balance(payeeId, "held")).toBe(0n);

    const second = await due({ destination: TRON });
    world.sandbox.changenow.nextOutcome({ kind: "refund" }, 3);
    const other = await onlyPlanned();
    await until(other, "in_review");
    await resolve(other, "give_back");
    expect(await balance(second.payeeId, "available")).toBe(dollars(50));
    await expect(resolve(other, "give_back")).rejects.toMatchObject({ status: 409 });
    await topUp(dollars(10));
  });

  test("F39 F85 eight planners at the same moment: one payout for each payee, nothing held twice", async () => {
    const payees = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const address = newAddress();
        return { address, payeeId: await world.payee({ destination: { asset: USDT, address } }) };
      }),
    );
    await makeAvailable(payees.map(({ payeeId }) => ({ payeeId, amount: dollars(11) })));
    const planned = (await Promise.all(Array.from({ length: 8 }, plan))).flat();
    expect(planned).toHaveLength(5);
    for (const id of planned) await until(id, "completed");
    for (const { address } of payees) expect(await world.sandbox.balanceOf(address, USDT)).toBe(dollars(11));
    expect(await findTrouble(world)).toEqual([]);
  });

  test("F47 fifty payees, coins for ten: ten are paid, forty wait with the reason, all after funding, nobody twice", async () => {
    // Whatever the tests above left in the wallet belongs to payouts in review.
    const rest = await world.sandbox.balanceOf(world.wallet, USDT);
    await world.sandbox.fundWallet(world.wallet, USDT, -rest);
    const payees = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const address = newAddress();
        return { address, payeeId: await world.payee({ destination: { asset: USDT, address } }) };
      }),
    );
    await makeAvailable(
      payees.map(({ payeeId }) => ({ payeeId, amount: dollars(10) })),
      dollars(100),
    );
    const ids = await plan();
    expect(ids).toHaveLength(50);
    const paid = async (): Promise<number> =>
      (await Promise.all(payees.map(({ address }) => world.sandbox.balanceOf(address, USDT)))).filter(
        (amount) => amount === dollars(10),
      ).length;
    const completed = async () =>
      (
        await sql<{ n: number }>`
          select count(*) as n from payout where id = any(${ids}::uuid[]) and status = 'completed'`.execute(
          world.engine.db,
        )
      ).rows[0]!.n;
    await driveUntil(world, "ten completed", async () => (await completed()) === 10);
    await world.drain({ future: true, maxRounds: 2 });
    expect(await paid()).toBe(10);
    const { rows } = await sql<{ waiting_reason: string }>`
      select t.waiting_reason from transfer t join payout_attempt a on a.id = t.purpose_id
      where a.payout_id = any(${ids}::uuid[]) and t.slot is null`.execute(world.engine.db);
    expect(rows).toHaveLength(40);
    // One that lost a race between its look at the balance and its simulation may say that it would revert.
    const lost = rows.filter((row) => row.waiting_reason === "transfer_would_revert");
    expect(rows.filter((row) => row.waiting_reason === "insufficient_asset")).toHaveLength(40 - lost.length);
    await world.sandbox.fundWallet(world.wallet, USDT, dollars(400) + rest);
    await driveUntil(world, "all completed", async () => (await completed()) === 50);
    expect(await paid()).toBe(50);
    expect(await findTrouble(world)).toEqual([]);
  });
});

async function topUp(amount: bigint): Promise<void> {
  const transactionHash = await world.sandbox.deposit({ to: world.wallet, assetId: USDT, amount });
  await world.sandbox.anvil.mine(70);
  await bookTopUp(world.engine, { chain: "ethereum", transactionHash, by: "test" }, signal());
}

const transferStatus = async (payoutId: string): Promise<string | undefined> =>
  (
    await sql<{ status: string }>`
      select t.status from transfer t join payout_attempt a on a.id = t.purpose_id where a.payout_id = ${payoutId}`.execute(
      world.engine.db,
    )
  ).rows[0]?.status;

async function driveWithoutBlocks(probe: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 50; round++) {
    await world.drain({ future: true, maxRounds: 1 });
    if (await probe()) return;
  }
  throw new Error("drove in vain, without blocks");
}

async function sweep(): Promise<void> {
  const job = payoutJobs(freshParts(world, clock).payouts).find((one) => one.name === "payouts.sweep")!;
  await job.run({}, { signal: signal(), attempt: 1, log: world.engine.log });
}
