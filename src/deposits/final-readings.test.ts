import { beforeAll, describe, expect, test } from "vitest";
import { watchedAddresses } from "../addresses/index.ts";
import { contradictionDesk, keepContradiction } from "../arrivals/index.ts";
import type { Deposit } from "../chains/receiving.ts";
import { sql } from "../database/index.ts";
import { balanceOf } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { readAndBookOne } from "./take-reading.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";

const usdt = registry.get("ethereum:USDT");
const signal = new AbortController().signal;
let world: DepositWorld;
let other: string;
let hashes = 0;
beforeAll(async () => {
  world = await depositWorld();
  other = (await world.order()).address;
});

/** As a node tells it whose answer was changed on the way. */
async function readAs(
  hash: string,
  change: (deposits: readonly Deposit[]) => Deposit[],
  more: { mayHideTransfers?: boolean } = {},
): Promise<void> {
  const chain = {
    ...world.chain,
    async readDeposits(...asked: Parameters<typeof world.chain.readDeposits>) {
      const reading = await world.chain.readDeposits(...asked);
      if (reading.status !== "included") throw new Error(`the transaction is ${reading.status}`);
      return { ...reading, ...more, deposits: change(reading.deposits) };
    },
  };
  const watched = await watchedAddresses(world.deps.db, "evm");
  await readAndBookOne(world.deps, { chain, hash, watched, cause: { kind: "chain", ref: "test" } }, signal);
}

/** An order's 50 USDT, credited and final. */
async function finalDeposit() {
  const order = await world.order();
  const hash = `0xfinal${(hashes += 1)}`;
  world.chain.mine({ hash, to: order.address, asset: usdt.id, amount: 50_000_000n });
  for (let blocks = 0; blocks < 8; blocks++) world.chain.mine();
  await readAs(hash, (deposits) => [...deposits]);
  return { ...order, hash };
}

const bookedAt = (address: string, asset = usdt.id): Promise<bigint> =>
  balanceOf(world.deps.db, `wallet:ethereum:${address}`, asset);
const readAgain: string[] = [];
const desk = () =>
  contradictionDesk({
    db: world.deps.db,
    depositChains: world.deps.depositChains,
    readAgain: async (chain, hash) => void readAgain.push(`${chain}/${hash}`),
  });
const decision = () => ({ now: new Date(), signal, input: {}, by: "api_key:ann" });
const itemOf = async (hash: string) =>
  (await desk().find(decision())).find(({ id }) => id === `ethereum/${hash}`);

describe("a reading that differs from what is final books nothing, and both are on the desk", () => {
  const dai = registry.get("ethereum:DAI");
  test.each<[string, (one: Deposit) => Deposit[]]>([
    ["more of it", (one) => [{ ...one, amount: 90_000_000n }]],
    ["less of it", (one) => [{ ...one, amount: 10_000_000n }]],
    ["another asset", (one) => [{ ...one, asset: dai }]],
    ["another index", (one) => [{ ...one, index: `${one.index}9` }]],
    ["another receiver of ours", (one) => [{ ...one, to: other }]],
    [
      "another receiver of ours, twice",
      (one) => [
        { ...one, to: other },
        { ...one, index: "log+77", to: other },
      ],
    ],
    ["nothing at all", () => []],
  ])("%s", async (_, change) => {
    const { address, hash } = await finalDeposit();
    const before = [await bookedAt(address), await bookedAt(address, dai.id), await bookedAt(other)];
    for (let times = 0; times < 3; times++) await readAs(hash, ([one]) => change(one!));
    expect([await bookedAt(address), await bookedAt(address, dai.id), await bookedAt(other)]).toEqual(before);
    const { rows } = await sql`select from deposit where transaction_hash = ${hash}`.execute(world.deps.db);
    expect(rows).toHaveLength(1);
    const item = await itemOf(hash);
    expect(item).toMatchObject({
      reason: "final_reading_differs",
      money: [{ asset: usdt.id, amount: 50_000_000n }],
      actions: ["check", "acknowledge"],
    });
    expect(item!.said).toContain("booked 50000000 of ethereum:USDT");
  });

  test("a person says that they saw what they read, once; another reading shows it anew", async () => {
    const { hash } = await finalDeposit();
    const id = `ethereum/${hash}`;
    await readAs(hash, ([one]) => [{ ...one!, amount: 60_000_000n }]);
    const acknowledge = (seen?: string) =>
      desk().act({ ...decision(), id, action: "acknowledge", input: { seen } });
    await expect(acknowledge()).rejects.toMatchObject({ code: "review_input_missing" });
    const { version: old } = (await itemOf(hash))!;
    // What it says changes after it was read: it is not closed for that.
    await readAs(hash, ([one]) => [{ ...one!, amount: 65_000_000n }]);
    await expect(acknowledge(old)).rejects.toMatchObject({
      code: "review_item_changed",
      message: expect.stringMatching(/booked 50000000 of .*; read 65000000 of/) as string,
    });
    await readAs(hash, ([one]) => [{ ...one!, amount: 60_000_000n }]);
    const { version } = (await itemOf(hash))!;
    expect(version).toBe(old);
    await acknowledge(version);
    await expect(acknowledge(version)).rejects.toMatchObject({ code: "unknown_review_item" });
    await readAs(hash, ([one]) => [{ ...one!, amount: 60_000_000n }]);
    expect(await itemOf(hash)).toBeUndefined();
    await readAs(hash, ([one]) => [{ ...one!, amount: 70_000_000n }]);
    expect(await itemOf(hash)).toBeDefined();
  });
});

describe("a person has it read again", () => {
  const contradicted = async (address: string, shown: { amount: bigint }) => {
    const hash = `0xagain${(hashes += 1)}`;
    world.chain.mine({ hash, to: address, asset: usdt.id, amount: shown.amount });
    for (let blocks = 0; blocks < 8; blocks++) world.chain.mine();
    const reading = await world.chain.readDeposits(hash, new Set([address]), signal);
    const [seen] = reading.status === "included" ? reading.deposits : [];
    const leg = { index: seen!.index, asset: usdt.id, to: address };
    await keepContradiction(
      world.deps.db,
      {
        chain: "ethereum",
        transactionHash: hash,
        booked: [{ ...leg, amount: 50_000_000n }],
        read: [{ ...leg, amount: 60_000_000n }],
      },
      new Date(),
    );
    return hash;
  };
  test.each(["a payer's", "a hot wallet's", "a watched one"])("at an address that is %s", async (kind) => {
    const address =
      kind === "a payer's" ? (await world.order()).address : `0x${"ab".repeat(19)}${hashes + 10}`;
    const hash = await contradicted(address, { amount: 40_000_000n });
    const id = `ethereum/${hash}`;
    await desk().act({ ...decision(), id, action: "check" });
    expect(readAgain).toContain(id);
    expect((await itemOf(hash))?.said).toMatch(/booked 50000000 of .*; read 40000000 of/);
    // One that the chain denies no more is nobody's to look at.
    const same = await contradicted(address, { amount: 50_000_000n });
    expect(await itemOf(same)).toBeDefined();
    await desk().act({ ...decision(), id: `ethereum/${same}`, action: "check" });
    expect(await itemOf(same)).toBeUndefined();
    // While the chain does not answer, nothing is said.
    world.chain.down = true;
    await expect(desk().act({ ...decision(), id, action: "check" })).rejects.toMatchObject({
      code: "provider_error",
    });
    world.chain.down = false;
    expect(await itemOf(hash)).toBeDefined();
  });
});

describe("a reading that denies nothing", () => {
  test("and shows one more transfer is believed: what was hidden is booked", async () => {
    const { address, hash } = await finalDeposit();
    await readAs(hash, ([one]) => [one!, { ...one!, index: "log+55", amount: 5_000_000n }]);
    expect(await bookedAt(address)).toBe(55_000_000n);
    expect(await itemOf(hash)).toBeUndefined();
  });

  test("because it cannot see all of it takes nothing away and says nothing", async () => {
    const { address, hash } = await finalDeposit();
    await readAs(hash, () => [], { mayHideTransfers: true });
    expect(await bookedAt(address)).toBe(50_000_000n);
    expect(await itemOf(hash)).toBeUndefined();
  });
});
