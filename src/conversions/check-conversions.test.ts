import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { drainJobs } from "../jobs/index.ts";
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
import { systemClock } from "../clock.ts";
import { sql } from "../database/index.ts";
import { listReview } from "../desk/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { checkConversions, conversionJobs } from "./index.ts";
import { checkConversionsJob } from "./check-conversions.job.ts";
import type { Conversion } from "./conversion.ts";

const ETH = "ethereum:ETH";
const USDT = "ethereum:USDT";
const USDC = "ethereum:USDC";
const DAI = "ethereum:DAI";
const finney = 10n ** 15n;

type Check = Schemas["ConversionCheck"];

let world: World;
const trigger = {
  minimum_usd: "20",
  maximum_age_hours: 24,
  interval_minutes: 15,
  weights: "source_amount",
  flow: "standard",
  maximum_slippage_bps: 300,
};

const set = (key: "conversion_trigger" | "settlement_asset", value: object | string): Promise<number> =>
  changeSetting(world, key, value);
const check = async (force = false): Promise<Check[]> =>
  (await world.client.post("/v1/conversion-checks", { body: { force } })).data;
/** As a process that has seen no price yet. */
const checkAfresh = (force = false) =>
  checkConversions(freshParts(world).conversions, AbortSignal.timeout(20_000), force);
const only = async (force = false): Promise<Check> => {
  const checks = await check(force);
  expect(checks).toHaveLength(1);
  return checks[0]!;
};
const conversions = async (): Promise<Conversion[]> =>
  (await sql<Conversion>`select * from conversion order by id`.execute(world.engine.db)).rows;
const conversion = async (id: string): Promise<Conversion> =>
  (await conversions()).find((one) => one.id === id)!;
const distributed = (id: string): Promise<Conversion> =>
  driveUntil(world, `conversion ${id} distributed`, async () => {
    const found = await conversion(id);
    return found.status === "distributed" ? found : null;
  });
const balance = (payeeId: string, part: "pending" | "available", asset: string): Promise<bigint> =>
  balanceOf(world.engine.db, accounts.payee(payeeId, part), asset);
const fundedExchanges = (): number =>
  world.sandbox.changenow.exchanges().filter((exchange) => exchange["payinHash"] !== null).length;

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    // Each round of a drive looks once; a job must not be due again before its round is over.
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
  world.sandbox.prices.set({ ethereum: "2000", tether: "1", "usd-coin": "1", dai: "1" });
});
afterAll(() => world.stop());
afterEach(async () => {
  world.sandbox.heal();
  await set("conversion_trigger", trigger);
  await set("settlement_asset", USDT);
  // Nothing may wait for the next test.
  await driveUntil(world, "nothing left to convert", async () => {
    await check(true);
    const { rows } = await sql`
      select from earning where status in ('pending', 'converting') and route = 'threshold' limit 1`.execute(
      world.engine.db,
    );
    return rows.length === 0;
  });
  expect(await findTrouble(world)).toEqual([]);
});

describe("the trigger", () => {
  test("below the minimum earnings wait with the reason stored; F78 once they reach it they are converted", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 9n * finney }]);
    expect(await only()).toMatchObject({ decision: "waiting", reason: "below_trigger" });
    const { data } = await world.client.get("/v1/conversion-checks");
    expect(data).toMatchObject([{ reason: "below_trigger" }]);
    await giveEarnings(world, ETH, [{ payeeId, amount: 1n * finney }]);
    const found = await only();
    expect(found).toMatchObject({ decision: "converted" });
    const done = await distributed(found.conversion_id!);
    expect(done.source_amount).toBe(10n * finney);
    expect(await balance(payeeId, "available", USDT)).toBe(done.target_amount);
  });

  test("the trigger changes at run time through the API, and the conversion says by which version", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 9n * finney }]);
    expect(await only()).toMatchObject({ decision: "waiting", reason: "below_trigger" });
    const version = await set("conversion_trigger", { ...trigger, minimum_usd: "18" });
    const found = await only();
    expect(found).toMatchObject({
      decision: "converted",
      reason: expect.stringMatching(/reached 18(\.0+)? USD/),
    });
    expect(await conversion(found.conversion_id!)).toMatchObject({ settings_version: version });
  });

  test("the oldest earning's age fires the trigger although the value is below the minimum", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 9n * finney }]);
    await sql`update earning set created_at = now() - interval '23 hours 59 minutes' where payee_id = ${payeeId}`.execute(
      world.engine.db,
    );
    expect(await only()).toMatchObject({ decision: "waiting" });
    await sql`update earning set created_at = now() - interval '24 hours 1 minute' where payee_id = ${payeeId}`.execute(
      world.engine.db,
    );
    expect(await only()).toMatchObject({ decision: "converted", reason: expect.stringContaining("age") });
  });

  test("F78 F92 the scheduled job looks once an interval, and an interval made shorter holds without a restart", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    await set("conversion_trigger", { ...trigger, minimum_usd: "1000" });
    const checks = async (): Promise<number> =>
      (await sql<{ n: number }>`select count(*) as n from conversion_check`.execute(world.engine.db)).rows[0]!
        .n;
    let at = new Date(Math.ceil(Date.now() / 900_000) * 900_000 + 60_000);
    const job = checkConversionsJob({ ...world.engine.conversions, clock: { now: () => at } });
    const run = () => job.run({}, { signal: AbortSignal.timeout(10_000), attempt: 1, log: silentLogger });
    const before = await checks();
    await run();
    expect(await checks()).toBe(before + 1);
    at = new Date(at.getTime() + 5 * 60_000);
    await run();
    expect(await checks()).toBe(before + 1);
    await set("conversion_trigger", { ...trigger, minimum_usd: "1000", interval_minutes: 5 });
    await run();
    expect(await checks()).toBe(before + 2);
  });

  test("F71 below the provider's minimum the earnings wait with that reason", async () => {
    const payeeId = await world.payee();
    world.sandbox.changenow.setMinAmount({ from: "eth/eth", to: "usdt/eth", amount: "0.05" });
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    expect(await only()).toMatchObject({ decision: "waiting", reason: "below_provider_minimum" });
    expect(await balance(payeeId, "pending", ETH)).toBe(30n * finney);
    world.sandbox.changenow.setMinAmount({ from: "eth/eth", to: "usdt/eth", amount: "0.001" });
    expect(await only()).toMatchObject({ decision: "converted" });
  });

  test.each(["missing", "null", "zero"] as const)(
    "no usable price (%s) is no price of zero: nothing is decided",
    async (lie) => {
      const payeeId = await world.payee();
      await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
      world.sandbox.prices.lie("ethereum", lie);
      for (const force of [false, true])
        expect(await checkAfresh(force)).toMatchObject([{ decision: "waiting", reason: "no_price" }]);
    },
  );

  test("the price service down: waits, and converts when it is back", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    world.sandbox.faults.outage("coingecko");
    expect(await checkAfresh()).toMatchObject([{ decision: "waiting", reason: "no_price" }]);
    world.sandbox.faults.heal("coingecko");
    expect(await checkAfresh()).toMatchObject([{ decision: "converted" }]);
  });

  test("what nobody swaps is on the recovery desk at once, what nobody prices after a day, and neither once it goes", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    const onDesk = async (now = systemClock.now()) =>
      (await listReview({ ...world.engine, clock: { now: () => now } }, AbortSignal.timeout(20_000)))
        .filter(({ thing }) => thing === "conversion_check")
        .map(({ id, reason, owner, money, actions }) => ({ id, reason, owner, money, actions }));
    const item = {
      id: ETH,
      owner: "operator",
      money: [{ asset: ETH, amount: 30n * finney }],
      actions: ["check"],
    };
    const signal = AbortSignal.timeout(20_000);
    await checkConversions({ ...freshParts(world).conversions, swapProviders: new Map() }, signal);
    expect(await onDesk()).toEqual([{ ...item, reason: "no_swap_provider" }]);
    world.sandbox.faults.outage("coingecko");
    await checkAfresh();
    expect(await onDesk()).toEqual([]);
    const tomorrow = new Date(Date.now() + 25 * 3_600_000);
    expect(await onDesk(tomorrow)).toEqual([{ ...item, reason: "no_price" }]);
    world.sandbox.faults.heal("coingecko");
    await world.client.post("/v1/review/{thing}/{id}/{action}", {
      params: { path: { thing: "conversion_check", id: ETH, action: "check" } },
    });
    expect(await onDesk(tomorrow)).toEqual([]);
  });

  test("F61 F62 a quote far below observed prices is not taken: nothing is created, the conversion waits", async () => {
    const payeeId = await world.payee();
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    const before = world.sandbox.changenow.exchanges().length;
    world.sandbox.prices.lie("ethereum", { usd: "3000" });
    const [found] = await checkAfresh();
    expect(found!.decision).toBe("converted");
    const jobs = withJobs(world, conversionJobs(freshParts(world).conversions));
    const swap = async () =>
      (
        await sql<{ status: string; waiting_reason: string | null }>`
          select status, waiting_reason from swap where purpose_id = ${found!.conversionId}`.execute(
          world.engine.db,
        )
      ).rows[0];
    await driveUntil(world, "the swap waits", async () => (await swap())?.waiting_reason, { jobs });
    expect(await swap()).toEqual({ status: "quoted", waiting_reason: "quote_below_limit" });
    expect(world.sandbox.changenow.exchanges()).toHaveLength(before);
    world.sandbox.heal();
    world.sandbox.prices.set({ ethereum: "3100" });
    await distributed(found!.conversionId!);
    world.sandbox.prices.set({ ethereum: "2000" });
  });
});

describe("what is converted", () => {
  test("F76 the settlement asset itself needs no swap: every unit becomes available as it is", async () => {
    const [a, b] = [await world.payee(), await world.payee()];
    const before = world.sandbox.changenow.exchanges().length;
    await giveEarnings(world, USDT, [
      { payeeId: a, amount: 15_000_001n },
      { payeeId: b, amount: 7_000_000n },
    ]);
    const found = await only();
    await distributed(found.conversion_id!);
    expect(await balance(a, "available", USDT)).toBe(15_000_001n);
    expect(await balance(b, "available", USDT)).toBe(7_000_000n);
    expect(world.sandbox.changenow.exchanges()).toHaveLength(before);
  });

  test("F63 several source assets: each its own conversion, each its own swap of what is held", async () => {
    const payeeId = await world.payee();
    const before = fundedExchanges();
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    await giveEarnings(world, DAI, [{ payeeId, amount: 50n * 10n ** 18n }]);
    await giveEarnings(world, USDC, [{ payeeId, amount: 40_000_000n }]);
    const found = await check();
    expect(found.map((one) => [one.pending.asset, one.decision])).toEqual([
      [DAI, "converted"],
      [ETH, "converted"],
      [USDC, "converted"],
    ]);
    let sum = 0n;
    for (const one of found) sum += (await distributed(one.conversion_id!)).target_amount!;
    expect(fundedExchanges()).toBe(before + 3);
    expect(await balance(payeeId, "available", USDT)).toBe(sum);
  });

  test("the settlement asset changes at run time: the next conversion brings the new one", async () => {
    const payeeId = await world.payee();
    await set("settlement_asset", USDC);
    await giveEarnings(world, ETH, [{ payeeId, amount: 30n * finney }]);
    const found = await only();
    // Changing it back does not touch a conversion under way.
    await set("settlement_asset", USDT);
    const done = await distributed(found.conversion_id!);
    expect(done.target_asset).toBe(USDC);
    expect(await balance(payeeId, "available", USDC)).toBe(done.target_amount);
    expect(await balance(payeeId, "available", USDT)).toBe(0n);
  });

  test("by value in USD: who earned when the coin was dearer gets more", async () => {
    const [early, late] = [await world.payee(), await world.payee()];
    await set("conversion_trigger", { ...trigger, weights: "usd_value" });
    world.sandbox.prices.set({ ethereum: "3000" });
    await giveEarnings(world, ETH, [{ payeeId: early, amount: 10n * finney }]);
    world.sandbox.prices.set({ ethereum: "1000" });
    await giveEarnings(world, ETH, [{ payeeId: late, amount: 10n * finney }]);
    world.sandbox.prices.set({ ethereum: "2000" });
    const found = await only();
    const { target_amount: received } = await distributed(found.conversion_id!);
    const got = {
      early: await balance(early, "available", USDT),
      late: await balance(late, "available", USDT),
    };
    expect(got.early + got.late).toBe(received);
    expect(got.early - got.late * 3n).toBeLessThanOrEqual(3n);
    expect(got.early - got.late * 3n).toBeGreaterThanOrEqual(-3n);
  });

  test("F84 F85 a payment that settles after the claim waits for the next conversion", async () => {
    const [first, second] = [await world.payee(), await world.payee()];
    await giveEarnings(world, ETH, [{ payeeId: first, amount: 30n * finney }]);
    const found = await only();
    await giveEarnings(world, ETH, [{ payeeId: second, amount: 40n * finney }]);
    expect(await only()).toMatchObject({ decision: "waiting", reason: "conversion_under_way" });
    const done = await distributed(found.conversion_id!);
    expect(done.source_amount).toBe(30n * finney);
    expect(await balance(first, "available", USDT)).toBe(done.target_amount);
    expect(await balance(second, "pending", ETH)).toBe(40n * finney);
    expect(await balance(second, "available", USDT)).toBe(0n);
    expect(await only()).toMatchObject({ decision: "converted" });
  });

  test("above the provider's maximum: several swaps one after the other, distributed once, exactly", async () => {
    const payeeId = await world.payee();
    const before = fundedExchanges();
    const real = world.engine.swapProviders.get("changenow")!;
    const bounded = {
      ...real,
      limits: async (...asked: Parameters<typeof real.limits>) => ({
        ...(await real.limits(...asked)),
        max: 30n * finney,
      }),
    };
    const deps = { ...world.engine.conversions, swapProviders: new Map([["changenow", bounded]]) };
    const jobs = [
      ...world.jobs.filter((job) => !job.name.startsWith("conversions.")),
      ...conversionJobs(deps),
    ];
    await giveEarnings(world, ETH, [{ payeeId, amount: 70n * finney + 1n }]);
    const found = await only();
    await driveUntil(
      world,
      "three swaps",
      async () => (await conversion(found.conversion_id!)).status === "distributed",
      { jobs },
    );
    const { rows } = await sql<{ source_amount: bigint; delivered_amount: bigint }>`
      select source_amount, delivered_amount from swap where purpose_id = ${found.conversion_id} order by seq`.execute(
      world.engine.db,
    );
    expect(rows).toHaveLength(3);
    expect(rows.reduce((sum, row) => sum + row.source_amount, 0n)).toBe(70n * finney + 1n);
    expect(rows.every((row) => row.source_amount <= 30n * finney)).toBe(true);
    expect(await balance(payeeId, "available", USDT)).toBe(
      rows.reduce((sum, row) => sum + row.delivered_amount, 0n),
    );
    expect(fundedExchanges()).toBe(before + 3);
  });
});

describe("two schedulers at once", () => {
  test("F36 F40 eight checks at the same moment make one conversion and one funded swap", async () => {
    const payees = await Promise.all(Array.from({ length: 4 }, () => world.payee()));
    await giveEarnings(
      world,
      ETH,
      payees.map((payeeId, index) => ({ payeeId, amount: BigInt(20 + index) * finney })),
    );
    const before = { conversions: (await conversions()).length, exchanges: fundedExchanges() };
    const checks = await Promise.all(
      Array.from({ length: 8 }, () =>
        checkConversions(world.engine.conversions, AbortSignal.timeout(20_000)),
      ),
    );
    const converted = checks.flat().filter((one) => one.decision === "converted");
    expect(converted).toHaveLength(1);
    expect(await conversions()).toHaveLength(before.conversions + 1);
    // Every job runs in two processes at once, and twice.
    await sql`
      select graphile_worker.add_job(name, payload := json_build_object('payload', json_build_object('id', ${converted[0]!.conversionId}::text), 'failures', 0))
      from unnest(array['conversions.advance', 'conversions.advance']) as name`.execute(world.engine.db);
    const drain = () =>
      drainJobs({
        database: world.database,
        jobs: world.jobs,
        clock: world.engine.clock,
        log: silentLogger,
        includeFuture: true,
        maxRounds: 4,
      });
    await Promise.all([drain(), drain()]);
    const done = await distributed(converted[0]!.conversionId!);
    expect(done.source_amount).toBe(86n * finney);
    expect(fundedExchanges()).toBe(before.exchanges + 1);
    const shares = await Promise.all(payees.map((id) => balance(id, "available", USDT)));
    expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(done.target_amount);
  });
});
