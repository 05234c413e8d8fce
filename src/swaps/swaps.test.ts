import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../../sandbox/faults.ts";
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
import { checkConversions, conversionJobs, type Conversion } from "../conversions/index.ts";
import { sql } from "../database/index.ts";
import type { Job } from "../jobs/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import type { CreatedSwap, ProviderSwap, SwapProvider } from "../providers/port.ts";
import { silentLogger } from "../telemetry/index.ts";
import { swapJobs, swapsOf, type Swap } from "./index.ts";

const ETH = "ethereum:ETH";
const USDT = "ethereum:USDT";
const amount = 30n * 10n ** 15n;
const hour = 3_600_000;

let world: World;
/** How far the engine's clock is ahead of the real one. */
let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
let payeeId: string;

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    // Each round of a drive looks once; a job must not be due again before its round is over.
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
beforeEach(async () => {
  ahead = 0;
  payeeId = await world.payee();
});

const exchanges = () => world.sandbox.changenow.exchanges();
const funded = () => exchanges().filter((exchange) => exchange["payinHash"] !== null);
const conversion = async (id: string): Promise<Conversion> =>
  (await sql<Conversion>`select * from conversion where id = ${id}`.execute(world.engine.db)).rows[0]!;
const balance = (account: string, asset: string) => balanceOf(world.engine.db, account, asset);
const available = () => balance(accounts.payee(payeeId, "available"), USDT);
const pending = (asset = ETH) => balance(accounts.payee(payeeId, "pending"), asset);

async function check(): Promise<string> {
  const [found] = await checkConversions(world.engine.conversions, AbortSignal.timeout(20_000));
  expect(found).toMatchObject({ decision: "converted" });
  return found!.conversionId!;
}
/** 60 dollars' worth claimed by a conversion. */
async function claim(asset = ETH, gift = amount): Promise<string> {
  await giveEarnings(world, asset, [{ payeeId, amount: gift }]);
  return check();
}
const swapOf = async (id: string): Promise<Swap> =>
  (await swapsOf(world.engine.db, "conversion", id)).at(-1)!;
const untilSwap = (id: string, what: Partial<Swap>, jobs?: readonly Job[]): Promise<Swap> =>
  driveUntil(
    world,
    `swap ${JSON.stringify(what)}`,
    async () => {
      const swap = await swapOf(id);
      return swap && Object.entries(what).every(([key, value]) => swap[key as keyof Swap] === value)
        ? swap
        : null;
    },
    jobs ? { jobs } : {},
  );
const untilConversion = (id: string, status: string, jobs?: readonly Job[]): Promise<Conversion> =>
  driveUntil(
    world,
    `conversion ${status}`,
    async () => {
      const found = await conversion(id);
      return found.status === status ? found : null;
    },
    jobs ? { jobs } : {},
  );

/** Jobs of a process with the test's clock, and with a provider that answers otherwise where `lies` says so. */
function jobsWith(lies: (real: SwapProvider) => Partial<SwapProvider> = () => ({})): Job[] {
  const parts = freshParts(world, clock);
  const real = parts.swapProviders.get("changenow")!;
  const swapProviders = new Map([["changenow", { ...real, ...lies(real) }]]);
  return withJobs(world, [
    ...swapJobs({ ...parts.swaps, swapProviders }),
    ...conversionJobs({ ...parts.conversions, swapProviders, prices: world.engine.prices }),
  ]);
}

/** So that the test itself decides when a swap goes on. */
const withoutSwaps = (jobs: readonly Job[] = world.jobs): Job[] =>
  jobs.filter((job) => job.name !== "swaps.advance");

const runSwapJob = (id: string, jobs: readonly Job[], signal = AbortSignal.timeout(10_000)): Promise<void> =>
  jobs.find((job) => job.name === "swaps.advance")!.run({ id }, { signal, attempt: 1, log: silentLogger });

async function expectDelivered(id: string, jobs?: readonly Job[]): Promise<void> {
  const done = await untilConversion(id, "distributed", jobs);
  expect(await available()).toBe(done.target_amount);
  expect(await balance(accounts.swap("changenow"), ETH)).toBe(0n);
}
async function expectReleased(id: string, jobs?: readonly Job[]): Promise<void> {
  await untilConversion(id, "released", jobs);
  expect(await pending()).toBe(amount);
  expect(await available()).toBe(0n);
  expect(await balance(accounts.conversion(id), ETH)).toBe(0n);
  expect(await balance(accounts.swap("changenow"), ETH)).toBe(0n);
}

describe("a provider in trouble", () => {
  afterEach(async () => {
    world.sandbox.heal();
    await driveUntil(world, "nothing under way", async () => {
      await checkConversions(world.engine.conversions, AbortSignal.timeout(20_000), true);
      const { rows } = await sql`
        select from earning where status in ('pending', 'converting') limit 1`.execute(world.engine.db);
      return rows.length === 0;
    });
    expect(await findTrouble(world)).toEqual([]);
  });

  const html = "<html><body>Bad gateway</body></html>";
  const troubles: { name: string; fault: FaultRule; orphans: number }[] = [
    { name: "429", fault: { kind: "http", status: 429, headers: { "retry-after": "1" } }, orphans: 0 },
    { name: "500", fault: { kind: "http", status: 500, body: {} }, orphans: 0 },
    { name: "502 in HTML", fault: { kind: "http", status: 502, body: html }, orphans: 0 },
    { name: "200 in HTML", fault: { kind: "http", status: 200, body: html }, orphans: 0 },
    { name: "a lost request", fault: { kind: "lost_request" }, orphans: 0 },
    { name: "a lost answer", fault: { kind: "lost_answer" }, orphans: 1 },
    { name: "an answer cut short", fault: { kind: "malformed" }, orphans: 1 },
  ];
  test.each(troubles)(
    "F36 F72 create meets $name: exactly one exchange is funded, and what remains over there stays unfunded",
    async ({ fault, orphans }) => {
      const before = { all: exchanges().length, funded: funded().length };
      world.sandbox.faults.next("changenow", { ...fault, match: { method: "POST", path: "/exchange" } });
      await expectDelivered(await claim());
      expect(funded()).toHaveLength(before.funded + 1);
      expect(exchanges()).toHaveLength(before.all + 1 + orphans);
    },
  );

  test.each([
    { name: "429", fault: { kind: "http", status: 429 } },
    { name: "500", fault: { kind: "http", status: 500 } },
    { name: "HTML", fault: { kind: "http", status: 200, body: html } },
    { name: "a lost answer", fault: { kind: "lost_answer" } },
  ] as const)("F67 F72 quotes and statuses meet $name, again and again: only a delay", async ({ fault }) => {
    const before = funded().length;
    for (const path of ["/exchange/estimated-amount", "/exchange/by-id"])
      world.sandbox.faults.next("changenow", { ...fault, times: 6, match: { path } });
    await expectDelivered(await claim());
    expect(funded()).toHaveLength(before + 1);
  });

  test("F36 no answer to create within our patience: the exchange made there is never funded", async () => {
    const before = { all: exchanges().length, funded: funded().length };
    const id = await claim();
    await untilSwap(id, { status: "quoted" }, withoutSwaps());
    world.sandbox.faults.next("changenow", { kind: "timeout_after", match: { method: "POST" } });
    const swap = await swapOf(id);
    await runSwapJob(swap.id, world.jobs, AbortSignal.timeout(400)).catch(() => undefined);
    await expectDelivered(id);
    expect(funded()).toHaveLength(before.funded + 1);
    expect(exchanges().length).toBeGreaterThan(before.all + 1);
  });

  test.each(["deposit_too_small", "pair_is_inactive", "out_of_range"])(
    "F71 refused with %s: the claim is given back and the earnings wait for the next conversion",
    async (code) => {
      const before = funded().length;
      world.sandbox.changenow.refuseNext(code);
      await expectReleased(await claim());
      expect(funded()).toHaveLength(before);
      await expectDelivered(await check());
    },
  );

  test("F68 F71 a withdrawal fee too high for the amount: given back within the hour, so that more can gather", async () => {
    const before = exchanges().length;
    const few = 3n * 10n ** 15n; // about 9 USD, of which the fee of one dollar is more than a tenth
    await giveEarnings(world, ETH, [{ payeeId, amount: few }]);
    await checkConversions(world.engine.conversions, AbortSignal.timeout(20_000), true);
    const { rows } = await sql<{ id: string }>`select id from conversion where status = 'claimed'`.execute(
      world.engine.db,
    );
    const id = rows[0]!.id;
    const jobs = jobsWith();
    await untilSwap(id, { waiting_reason: "withdrawal_fee_too_high" }, jobs);
    ahead = hour + 60_000;
    await untilConversion(id, "released", jobs);
    expect(await pending()).toBe(few);
    expect(exchanges()).toHaveLength(before);
    ahead = 0;
    await expectDelivered(await claim());
  });

  test("F69 refunded less the network fee: the shortfall is ours, the earnings are whole again", async () => {
    world.sandbox.changenow.nextOutcome({ kind: "refund" });
    const before = await balance(accounts.platform("variance"), ETH);
    const id = await claim();
    await expectReleased(id);
    const swap = await swapOf(id);
    expect(swap).toMatchObject({ status: "refunded", refund_hash: expect.any(String) });
    const shortfall = amount - swap.refunded_amount!;
    expect(shortfall).toBeGreaterThan(0n);
    expect((await balance(accounts.platform("variance"), ETH)) - before).toBe(-shortfall);
    await expectDelivered(await check());
  });

  test.each(["waiting", "confirming", "exchanging", "sending"] as const)(
    "F67 F68 stuck at %s: shown for review after the deadline, still followed, delivered when it moves",
    async (at) => {
      world.sandbox.changenow.nextOutcome({ kind: "stuck", at });
      const id = await claim();
      const jobs = jobsWith();
      await untilSwap(id, { provider_status: at }, jobs);
      expect((await swapOf(id)).status).not.toBe("in_review");
      ahead = 25 * hour;
      const swap = await untilSwap(id, { status: "in_review" }, jobs);
      expect(swap.review_reason).toBe("deadline_passed");
      expect((await conversion(id)).status).toBe("swapping");
      world.sandbox.changenow.release(swap.provider_id!);
      await expectDelivered(id, jobs);
    },
  );

  test("a swap counts as funded when our transfer is final, not before", async () => {
    await world.sandbox.anvil.setAutomine(false);
    const id = await claim();
    const transfer = async (): Promise<string | undefined> =>
      (
        await sql<{ status: string }>`
          select t.status from transfer t join swap s on s.transfer_id = t.id where s.purpose_id = ${id}`.execute(
          world.engine.db,
        )
      ).rows[0]?.status;
    for (let round = 0; round < 30 && (await transfer()) !== "broadcast"; round++)
      await world.drain({ future: true, maxRounds: 1 });
    expect(await transfer()).toBe("broadcast");
    await runSwapJob((await swapOf(id)).id, world.jobs);
    expect((await swapOf(id)).status).toBe("funding");
    await world.sandbox.anvil.setAutomine(true);
    await expectDelivered(id);
  });

  test("F69 held for verification: on hold, then delivered", async () => {
    world.sandbox.changenow.nextOutcome({ kind: "hold" });
    const id = await claim();
    const swap = await untilSwap(id, { status: "on_hold" });
    world.sandbox.changenow.release(swap.provider_id!);
    await expectDelivered(id);
  });

  test("F69 failed, and the provider may still act: on hold until it refunds", async () => {
    world.sandbox.changenow.nextOutcome({ kind: "fail", actionsAvailable: true });
    const id = await claim();
    const swap = await untilSwap(id, { status: "on_hold" });
    world.sandbox.changenow.setOutcome(swap.provider_id!, { kind: "refund" });
    await expectReleased(id);
  });

  test("F69 failed for good: a person must look, no second swap is made, and a late delivery still counts", async () => {
    const before = exchanges().length;
    world.sandbox.changenow.nextOutcome({ kind: "fail" });
    const id = await claim();
    const swap = await untilSwap(id, { status: "in_review" });
    expect(swap.review_reason).toBe("provider_failed");
    await world.drain({ future: true, maxRounds: 3 });
    expect(exchanges()).toHaveLength(before + 1);
    world.sandbox.changenow.release(swap.provider_id!);
    await expectDelivered(id);
  });

  test("delivered less than quoted: distributed is exactly what arrived", async () => {
    world.sandbox.changenow.nextOutcome({ kind: "less", fraction: "0.9" });
    const before = await world.sandbox.balanceOf(world.wallet, USDT);
    const id = await claim();
    await expectDelivered(id);
    const swap = await swapOf(id);
    expect(swap.delivered_amount).toBe((await world.sandbox.balanceOf(world.wallet, USDT)) - before);
    expect(swap.delivered_amount! < swap.quoted_target_amount!).toBe(true);
    expect((await conversion(id)).target_amount).toBe(swap.delivered_amount);
  });

  test("a status that goes backwards moves nothing back", async () => {
    const told: ProviderSwap["status"][] = ["confirming", "sending", "confirming", "waiting", "exchanging"];
    const jobs = jobsWith((real) => ({
      async status(...asked) {
        const answer = await real.status(...asked);
        const next = answer?.payinHash ? told.shift() : undefined;
        return answer && next ? { ...answer, status: next, rawStatus: next } : answer;
      },
    }));
    const id = await claim();
    await expectDelivered(id, jobs);
    const { rows } = await sql<{ to_status: string }>`
      select to_status from status_change where thing = 'swap' and thing_id = ${(await swapOf(id)).id} order by id`.execute(
      world.engine.db,
    );
    expect(rows.map((row) => row.to_status)).toEqual([
      "quoted",
      "created",
      "funding",
      "funded",
      "exchanging",
      "delivered",
    ]);
    expect(told).toEqual([]);
  });

  const lies: { name: string; lie(told: CreatedSwap): Partial<CreatedSwap>; reason: string }[] = [
    {
      name: "our token's contract as its address",
      lie: () => ({ payinAddress: "0xdAC17F958D2ee523a2206206994597C13D831ec7" }),
      reason: "payin_address_invalid",
    },
    {
      name: "an address with a bad checksum",
      lie: () => ({ payinAddress: "0xdAC17F958D2ee523a2206206994597C13D831eC8" }),
      reason: "payin_address_invalid",
    },
    {
      name: "an address of another chain",
      lie: () => ({ payinAddress: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" }),
      reason: "payin_address_invalid",
    },
    {
      name: "our own wallet",
      lie: () => ({ payinAddress: world.wallet.toLowerCase() }),
      reason: "payin_address_is_ours",
    },
    {
      name: "a larger amount",
      lie: (told) => ({ sourceAmount: told.sourceAmount * 3_807n }),
      reason: "amount_mismatch",
    },
    { name: "a memo we cannot send", lie: () => ({ payinMemo: "12345" }), reason: "payin_memo_unsupported" },
  ];
  test.each(lies)(
    "F61 F68 F76 the exchange we get has $name: never funded, and given back after its deadline",
    async ({ lie, reason }) => {
      const before = funded().length;
      const jobs = jobsWith((real) => ({
        async create(...asked) {
          const answer = await real.create(...asked);
          return answer.kind === "accepted"
            ? { ...answer, value: { ...answer.value, ...lie(answer.value) } }
            : answer;
        },
      }));
      const id = await claim();
      const swap = await untilSwap(id, { status: "in_review" }, jobs);
      expect(swap).toMatchObject({ review_reason: reason, transfer_id: null });
      await runSwapJob(swap.id, jobs);
      expect(await swapOf(id)).toMatchObject({ status: "in_review" });
      ahead = 25 * hour;
      await runSwapJob(swap.id, jobs);
      await expectReleased(id);
      expect(funded()).toHaveLength(before);
    },
  );

  test("F61 the exchange we get promises much less than its quote: never funded, and given back within the hour", async () => {
    const before = funded().length;
    const jobs = jobsWith((real) => ({
      async create(...asked) {
        const answer = await real.create(...asked);
        if (answer.kind !== "accepted") return answer;
        const expectedTargetAmount = answer.value.expectedTargetAmount / 2n;
        return { ...answer, value: { ...answer.value, expectedTargetAmount } };
      },
    }));
    const id = await claim();
    const swap = await untilSwap(id, { waiting_reason: "created_below_quote" }, jobs);
    expect(swap).toMatchObject({ status: "quoted", transfer_id: null });
    ahead = hour + 60_000;
    await runSwapJob(swap.id, jobs);
    await expectReleased(id);
    expect(funded()).toHaveLength(before);
  });

  test.each([
    {
      name: "pays somebody else",
      hash: () =>
        world.sandbox.deposit({
          to: "0x1111111254EEB25477B68fb85Ed929f73A960582",
          assetId: USDT,
          amount: 59_000_000n,
        }),
    },
    { name: "no chain knows", hash: async () => `0x${"ab".repeat(32)}` },
    { name: "is none", hash: async () => "pending...", reason: "delivery_without_hash" },
    {
      name: "was counted for another swap",
      hash: async () =>
        (
          await sql<{ hash: string }>`
            select payout_hash as hash from swap where status = 'delivered' order by id limit 1`.execute(
            world.engine.db,
          )
        ).rows[0]!.hash,
    },
  ])(
    "F70 finished by a hash that $name is not believed; the true one is",
    async ({ hash, reason = "delivery_not_seen_on_chain" }) => {
      const lie = await hash();
      const jobs = jobsWith((real) => ({
        async status(...asked) {
          const answer = await real.status(...asked);
          if (!answer?.payinHash) return answer;
          return { ...answer, status: "delivered", rawStatus: "finished", payoutHash: lie };
        },
      }));
      const id = await claim();
      await untilSwap(id, { waiting_reason: reason }, jobs);
      expect((await conversion(id)).status).toBe("swapping");
      expect(await available()).toBe(0n);
      await expectDelivered(id);
    },
  );
});

describe("a process that dies", () => {
  afterEach(async () => {
    world.sandbox.heal();
    expect(await findTrouble(world)).toEqual([]);
  });

  test("F36 F37 between the create call and its record: the orphan stays unfunded, exactly one is funded", async () => {
    const before = { all: exchanges().length, funded: funded().length };
    const jobs = jobsWith((real) => ({
      async create(...asked) {
        await real.create(...asked);
        throw new Error("the process died here");
      },
    }));
    const id = await claim();
    const swap = await untilSwap(id, { status: "quoted" }, withoutSwaps());
    await expect(runSwapJob(swap.id, jobs)).rejects.toThrow("died");
    expect(exchanges().length).toBeGreaterThan(before.all);
    await expectDelivered(id);
    expect(funded()).toHaveLength(before.funded + 1);
    const { rows } = await sql<{ outcome: string }>`
      select outcome from swap_create_attempt where swap_id = ${swap.id} order by id`.execute(
      world.engine.db,
    );
    expect(rows.map((row) => row.outcome)).toContain("asked");
  });

  test("F29 F34 F36 F38 each step run four times at once, at every status: one exchange funded, one distribution", async () => {
    const before = funded().length;
    const id = await claim();
    const jobs = jobsWith();
    await driveUntil(world, "distributed", async () => {
      const swap = await swapOf(id);
      if (swap) await Promise.allSettled(Array.from({ length: 4 }, () => runSwapJob(swap.id, jobs)));
      const advance = jobs.find((job) => job.name === "conversions.advance")!;
      const context = { signal: AbortSignal.timeout(10_000), attempt: 1, log: silentLogger };
      await Promise.allSettled(Array.from({ length: 4 }, () => advance.run({ id }, context)));
      return (await conversion(id)).status === "distributed";
    });
    await expectDelivered(id);
    expect(funded()).toHaveLength(before + 1);
    expect(await swapsOf(world.engine.db, "conversion", id)).toHaveLength(1);
  });

  test("F38 F68 every queued job is lost, again and again: the sweepers find what waits by its check time", async () => {
    const before = funded().length;
    const id = await claim();
    await driveUntil(world, "distributed", async () => {
      await sql`delete from graphile_worker._private_jobs where locked_by is null`.execute(world.engine.db);
      ahead += hour / 2;
      const parts = freshParts(world, clock);
      const sweeps = [...swapJobs(parts.swaps), ...conversionJobs(parts.conversions)];
      for (const job of sweeps.filter((one) => one.name.endsWith(".sweep")))
        await job.run({}, { signal: AbortSignal.timeout(10_000), attempt: 1, log: silentLogger });
      await sql`
        select graphile_worker.add_job('transfers.advance', json_build_object('payload', json_build_object('id', id), 'failures', 0))
        from transfer where next_check_at is not null`.execute(world.engine.db);
      return (await conversion(id)).status === "distributed";
    });
    await expectDelivered(id);
    expect(funded()).toHaveLength(before + 1);
  });

  test("F74 F75 a fixed rate that runs out before funding is not funded: a new rate is", async () => {
    const setFlow = (flow: string) => changeSetting(world, "conversion_trigger", { flow });
    await setFlow("fixed-rate");
    const before = funded().length;
    const jobs = jobsWith();
    const id = await claim();
    await driveUntil(
      world,
      "planned",
      async () => (await swapsOf(world.engine.db, "conversion", id)).length,
      {
        jobs: withoutSwaps(jobs),
      },
    );
    const first = await swapOf(id);
    await runSwapJob(first.id, jobs);
    expect(await swapOf(id)).toMatchObject({ status: "created", flow: "fixed-rate" });
    ahead = 20 * 60_000;
    await runSwapJob(first.id, jobs);
    expect(await swapOf(id)).toMatchObject({ status: "expired", transfer_id: null });
    ahead += 2 * 60_000;
    await driveUntil(world, "a second swap", async () => (await swapOf(id)).seq === 2, {
      jobs: withoutSwaps(jobs),
    });
    ahead = 0;
    await expectDelivered(id);
    expect(funded()).toHaveLength(before + 1);
    await setFlow("standard");
  });
});

/** These leave coins that nobody but a person may attribute, so they come last and each takes a coin of its own. */
describe("a provider that says more than it sends", () => {
  test.each([
    { asset: "ethereum:USDC", gift: 60_000_000n, fraction: "0.5", reason: "delivery_less_than_told" },
    { asset: "ethereum:DAI", gift: 60n * 10n ** 18n, fraction: "0", reason: "deadline_passed" },
  ])("F70 finished, but only $fraction of it arrived: not distributed, a person must look", async (told) => {
    world.sandbox.changenow.nextOutcome({ kind: "short", fraction: told.fraction });
    const jobs = jobsWith();
    const id = await claim(told.asset, told.gift);
    await untilSwap(id, { provider_status: "finished" }, jobs);
    if (told.reason === "deadline_passed") ahead = 25 * hour;
    const swap = await untilSwap(id, { status: "in_review" }, jobs);
    expect(swap.review_reason).toBe(told.reason);
    expect((await conversion(id)).status).toBe("swapping");
    expect(await available()).toBe(0n);
    expect(await balance(accounts.conversion(id), told.asset)).toBe(told.gift);
    expect(await balance(accounts.swap("changenow"), told.asset)).toBe(told.gift);
  });
});
