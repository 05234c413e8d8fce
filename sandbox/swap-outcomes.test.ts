import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createChangenow as createChangenowAdapter } from "../src/providers/changenow/index.ts";
import { createSimpleswap as createSimpleswapAdapter } from "../src/providers/simpleswap/index.ts";
import type { CreateSwap, SwapProvider } from "../src/providers/port.ts";
import { systemClock } from "../src/clock.ts";
import { formatUnits, registry } from "../src/money/index.ts";
import { createBackground } from "./background.ts";
import { inventAddress } from "./coins.ts";
import { createSimpleswap } from "./simpleswap.ts";
import { startSandbox } from "./start-sandbox.ts";
import type { Sandbox, SwapEmulatorControl, SwapOutcome } from "./types.ts";

// Ends when the condition holds; the deadline is vitest's own.
const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 120_000, interval: 10 });
const never = new AbortController().signal;
const ETH = registry.get("ethereum:ETH");
const USDT = registry.get("ethereum:USDT");
const pair = { source: ETH, target: USDT, flow: "standard" } as const;
const ether = 10n ** 18n;

let world: Sandbox;
let people = 0;
beforeAll(async () => {
  world = await startSandbox({ blocks: "automine", swapStepMs: 15, simpleswap: true });
});
afterAll(async () => {
  expect(world.failures).toEqual([]);
  await world.stop();
});

const open = {
  changenow: (): SwapProvider =>
    createChangenowAdapter({
      baseUrl: world.env["CHANGENOW_BASE_URL"]!,
      apiKey: world.env["CHANGENOW_API_KEY"]!,
      registry,
      clock: systemClock,
    }),
  simpleswap: (): SwapProvider =>
    createSimpleswapAdapter({
      baseUrl: world.env["SIMPLESWAP_BASE_URL"]!,
      apiKey: world.env["SIMPLESWAP_API_KEY"]!,
      registry,
      clock: systemClock,
    }),
};

/** One exchange of one ether with this outcome, seen through the engine's own adapter and on the chain. */
async function begin(name: keyof typeof open, outcome: SwapOutcome, more: Partial<CreateSwap> = {}) {
  const control: SwapEmulatorControl = world[name]!;
  const provider = open[name]();
  people += 1;
  const address = inventAddress("evm", `payee ${people}`);
  const refundAddress = inventAddress("evm", `refund ${people}`);
  control.nextOutcome(outcome);
  const request: CreateSwap = {
    ...pair,
    amount: ether,
    rateId: null,
    address,
    memo: null,
    refundAddress,
    reference: `test-${people}`,
    ...more,
  };
  const created = await provider.create(request, never);
  if (created.kind !== "accepted") throw new Error(`${created.kind} ${created.reason}`);
  const { providerId, payinAddress } = created.value;
  const status = async () => {
    const swap = await provider.status(providerId, pair, never);
    if (swap === null) throw new Error("they never heard of it");
    return swap;
  };
  return {
    control,
    quoted: created.value.expectedTargetAmount,
    id: providerId,
    status,
    reaches: (word: string) =>
      eventually(async () => {
        const swap = await status();
        expect(swap.status).toBe(word);
        return swap;
      }),
    fund: (amount = ether) => world.deposit({ to: payinAddress, assetId: ETH.id, amount }),
    delivered: () => world.balanceOf(address, USDT.id),
    refunded: () => world.balanceOf(refundAddress, ETH.id),
  };
}

describe.each(["changenow", "simpleswap"] as const)("%s", (name) => {
  test("quotes what it delivers, and takes what really comes: less, or more than asked", async () => {
    const quote = await open[name]().quote(pair, ether, never);
    const whole = await begin(name, { kind: "deliver" });
    expect(whole.quoted).toBe(quote.targetAmount);
    await whole.fund();
    const done = await whole.reaches("delivered");
    expect(done).toMatchObject({ sourceAmount: ether, targetAmount: quote.targetAmount });
    expect(await whole.delivered()).toBe(quote.targetAmount);
    expect((await world.anvil.getReceipt(done.payoutHash!))?.status).toBe("0x1");
    for (const amount of [ether / 2n, 2n * ether]) {
      const swap = await begin(name, { kind: "deliver" });
      await swap.fund(amount);
      const { sourceAmount, targetAmount } = await swap.reaches("delivered");
      expect([sourceAmount, targetAmount]).toEqual([amount, await swap.delivered()]);
    }
  });

  test("late: it expires, and takes the deposit that comes all the same", async () => {
    const swap = await begin(name, { kind: "late" });
    await swap.reaches("expired");
    await swap.fund();
    await swap.reaches("delivered");
    expect(await swap.delivered()).toBe(swap.quoted);
  });

  test("expire: a deposit that comes all the same stays until a person sends it back", async () => {
    const swap = await begin(name, { kind: "expire" });
    await swap.reaches("expired");
    await swap.fund();
    await swap.reaches("failed");
    expect(await swap.delivered()).toBe(0n);
    swap.control.setOutcome(swap.id, { kind: "refund" });
    await swap.reaches("refunded");
    expect(await swap.refunded()).toBe((ether * 9_998n) / 10_000n);
  });

  test("disowns: it delivers and says that it failed, until it is released and names its delivery", async () => {
    const swap = await begin(name, { kind: "disowns" });
    await swap.fund();
    const failed = await swap.reaches("failed");
    expect([failed.payoutHash, failed.actionsAvailable]).toEqual([null, false]);
    expect(await swap.delivered()).toBe(swap.quoted);
    swap.control.release(swap.id);
    expect((await swap.reaches("delivered")).payoutHash).toMatch(/^0x/);
    expect(await swap.delivered()).toBe(swap.quoted);
  });

  test("misnames: it names another one's payout and sends nothing until released, then delivers its own", async () => {
    const before = await begin(name, { kind: "deliver" });
    await before.fund();
    const { payoutHash } = await before.reaches("delivered");
    const swap = await begin(name, { kind: "misnames" });
    await swap.fund();
    expect((await swap.reaches("delivered")).payoutHash).toBe(payoutHash);
    expect(await swap.delivered()).toBe(0n);
    swap.control.release(swap.id);
    await eventually(async () => expect(await swap.delivered()).toBe(swap.quoted));
  });

  test("twice: two deliveries on the chain, one of them named", async () => {
    const swap = await begin(name, { kind: "twice" });
    await swap.fund();
    expect((await swap.reaches("delivered")).targetAmount).toBe(swap.quoted);
    expect(await swap.delivered()).toBe(2n * swap.quoted);
  });

  test("a refund of a part, and one whose transaction they never name", async () => {
    const part = await begin(name, { kind: "partial_refund", fraction: "0.5" });
    await part.fund();
    const { refundHash } = await part.reaches("refunded");
    expect(await part.refunded()).toBe((ether * 4_998n) / 10_000n);
    expect((await world.anvil.getReceipt(refundHash!))?.status).toBe("0x1");
    const untold = await begin(name, { kind: "refund", untold: true });
    await untold.fund();
    expect(await untold.reaches("refunded")).toMatchObject({ refundHash: null, refundAmount: null });
    expect(await untold.refunded()).toBe((ether * 9_998n) / 10_000n);
  });

  test.each([
    ["0.9", (ether * 9n) / 10n],
    ["1.1", (ether * 11n) / 10n],
  ])("miscount: they say that %s of the deposit came, and go on with that", async (fraction, counted) => {
    const swap = await begin(name, { kind: "miscount", fraction });
    await swap.fund();
    const { sourceAmount, targetAmount } = await swap.reaches("delivered");
    expect(sourceAmount).toBe(counted);
    expect(await swap.delivered()).toBe(targetAmount);
  });

  test("strict: another amount than asked waits for a person; a release delivers for what came", async () => {
    const swap = await begin(name, { kind: "strict" });
    await swap.fund(2n * ether);
    await swap.reaches("failed");
    swap.control.release(swap.id);
    const { sourceAmount, targetAmount } = await swap.reaches("delivered");
    expect([sourceAmount, targetAmount]).toEqual([2n * ether, await swap.delivered()]);
  });

  test("a fixed rate can be taken once; its refusals are told as such, and so is a resting pair", async () => {
    const fixed = { ...pair, flow: "fixed-rate" } as const;
    const provider = open[name]();
    const { rateId, targetAmount } = await provider.quote(fixed, ether, never);
    const swap = await begin(name, { kind: "deliver" }, { flow: "fixed-rate", rateId });
    expect(swap.quoted).toBe(targetAmount);
    await expect(begin(name, { kind: "deliver" }, { flow: "fixed-rate", rateId })).rejects.toThrow(
      "rejected",
    );
    await expect(provider.quote(pair, ether / 1_000_000n, never)).rejects.toMatchObject({
      reason: "amount_too_small",
    });
    const ends = { from: "eth/eth", to: "usdt/eth" };
    swap.control.setPairActive({ ...ends, active: false });
    await expect(provider.quote(pair, ether, never)).rejects.toMatchObject({ reason: "pair_inactive" });
    swap.control.setPairActive({ ...ends, active: true });
    expect((await provider.limits(pair, never)).min).toBeGreaterThan(0n);
    await provider.checkHealth(never);
  });
});

test("a world has no second swap provider unless it asks for one, and its faults are its own", async () => {
  world.faults.outage("simpleswap");
  await expect(open.simpleswap().checkHealth(never)).rejects.toMatchObject({ reason: "server_error" });
  await open.changenow().checkHealth(never);
  world.faults.heal("simpleswap");
  const plain = await startSandbox({ blocks: "automine" });
  expect([plain.simpleswap, plain.urls.simpleswap, plain.env["SIMPLESWAP_API_KEY"]]).toEqual([
    null,
    undefined,
    undefined,
  ]);
  await plain.stop();
});

test("backwards: finished, then on its way again without a hash, then finished with it again; delivered once", async () => {
  const stopped = new AbortController();
  const seen: string[] = [];
  const emulator = createSimpleswap({
    apiKey: "key",
    settings: { spreadBps: 55, minimumUsd: "5", stepMs: 1, pollMs: 1 },
    prices: world.prices,
    anvil: world.anvil,
    clock: systemClock,
    background: {
      ...createBackground(),
      signal: stopped.signal,
      // Each pause notes what is told during it, and takes no time.
      async sleep() {
        stopped.signal.throwIfAborted();
        for (const { status, txTo } of emulator.exchanges()) seen.push(`${status} ${String(txTo)}`);
        await turn();
      },
    },
  });
  const address = inventAddress("evm", "payee of a swap that goes back");
  emulator.nextOutcome({ kind: "backwards" });
  const { body } = emulator.handle({
    method: "POST",
    path: "/exchanges",
    query: new URLSearchParams(),
    headers: { "x-api-key": "key" },
    body: {
      tickerFrom: "eth",
      networkFrom: "eth",
      tickerTo: "usdt",
      networkTo: "eth",
      amount: "1",
      addressTo: address,
    },
  });
  const { id, amountTo } = (body as { result: { id: string; amountTo: string } }).result;
  emulator.deposit(id, "1");
  const changes = (): string[] => seen.filter((word, index) => word !== seen[index - 1]);
  await eventually(() => expect(changes().filter((word) => word.startsWith("finished"))).toHaveLength(2));
  stopped.abort();
  const hash = String(emulator.exchange(id)["txTo"]);
  const told = changes();
  expect(told.slice(told.indexOf("exchanging null"))).toEqual([
    "exchanging null",
    "sending null",
    `finished ${hash}`,
    "exchanging null",
    "sending null",
    `finished ${hash}`,
  ]);
  expect(formatUnits(await world.balanceOf(address, USDT.id), USDT.decimals)).toBe(amountTo);
});
