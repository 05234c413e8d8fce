import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Receipt } from "../chains/receiving.ts";
import type { TransactionReading } from "../chains/sending.ts";
import { convertByHand, listSellable, type ConvertByHandDeps } from "../conversions/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { explainPayment } from "../explain/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, verifyLedger } from "../ledger/index.ts";
import { allocate, registry } from "../money/index.ts";
import { openSecondPerson } from "../operators/index.ts";
import { checkInvariants } from "../reconciliation/index.ts";
import { recordReceipt } from "../arrivals/index.ts";
import { registerWallet } from "../transfers/index.ts";
import { takeBackDeposit } from "./give-away.ts";
import { readAndBookOne } from "./take-reading.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";
import type { ScriptedTransaction } from "./testing/scripted-chain.ts";
import { watchedAddresses } from "../addresses/index.ts";

const usdt = "ethereum:USDT";
const eth = "ethereum:ETH";
const settlement = registry.get("base:USDC");
const hot = "0x00000000000000000000000000000000000000aa";
const stranger = "0x00000000000000000000000000000000000000bb";
const signal = new AbortController().signal;
const minute = 60_000;

let world: DepositWorld;
let deps: ConvertByHandDeps;
/** By address: what the chain says lies there. Nothing, unless a test says so. */
const balances = new Map<string, bigint | "no answer">();
/** What happens while the chain is asked. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve();
/** Transactions of the settlement asset's chain, by hash. */
const proceeds = new Map<string, TransactionReading>();
let made = 0;
const newHash = (): string => `0xhash${(made += 1)}`;

const outage = (): ProviderError =>
  new ProviderError({ provider: "ethereum", operation: "balance", failure: "retryable", reason: "down" });

beforeAll(async () => {
  world = await depositWorld();
  await registerWallet(world.deps.db, { chain: "base", address: hot, now: world.clock.now() });
  const { db, clock, log } = world.deps;
  deps = {
    db,
    clock,
    log,
    registry,
    arrivals: { expects: [], readExpectedForMs: () => Promise.resolve(0) },
    secondPerson: openSecondPerson({ db, log }),
    chains: new Map([
      [
        "base",
        {
          normaliseHash: (text: string) => text.trim().toLowerCase(),
          readTransaction: (hash: string) =>
            Promise.resolve(proceeds.get(hash) ?? { status: "not_found" as const }),
        },
      ],
    ]),
    depositChains: new Map([
      [
        "ethereum",
        {
          ...world.chain,
          balance: async (address: string) => {
            await meanwhile();
            const answer = balances.get(address) ?? 0n;
            if (answer === "no answer") throw outage();
            return answer;
          },
        },
      ],
    ]),
    readSettlementAsset: () => Promise.resolve(settlement.id),
    readTrigger: () =>
      Promise.resolve({
        minimumUsdMicros: 0n,
        maximumAgeMs: 0,
        intervalMs: minute,
        weights: "usd_value" as const,
        flow: "standard" as const,
        maximumSlippageBps: 300,
        version: 7,
      }),
  };
});
afterEach(async () => {
  expect(await checkInvariants(deps.db)).toEqual([]);
  balances.clear();
  meanwhile = () => Promise.resolve();
  // Nothing may wait for the next test.
  for (const asset of [usdt, eth])
    if ((await sellable(asset)).length > 0) await convert(arrived(1_000n), asset);
});

/** An operator's transaction to the hot wallet. It is mined now, after every block so far. */
function arrived(
  amount: bigint,
  {
    to = hot,
    from = stranger,
    asset = settlement,
    final = true,
    status = "succeeded" as const,
    at = now(),
  } = {},
): string {
  const hash = newHash();
  const receipt: Receipt = { index: "log+0", asset, from, to, amount };
  const includedIn = { blockNumber: 1n, blockHash: "0xblock", blockTime: at };
  proceeds.set(hash, { status, includedIn, final, fee: 1n, receipts: [receipt] });
  return hash;
}

/** The time of the newest block of the chain that payers pay on. */
const now = (): Date => new Date(world.clock.now().getTime() - minute);

/** Pays to an address, in one block, and lets it become final. */
async function pay(to: string, amount: bigint, asset = usdt, blocks = 7): Promise<string> {
  const hash = newHash();
  mine({ hash, to, asset, amount });
  for (let count = 0; count < blocks; count++) mine();
  await look(hash);
  return hash;
}

/** The world's clock goes with its blocks, a minute ahead of them. */
function mine(...transactions: ScriptedTransaction[]): void {
  world.chain.mine(...transactions);
  world.clock.advance(12_000);
}

async function look(hash: string): Promise<void> {
  const watched = await watchedAddresses(world.deps.db, "evm");
  const cause = { kind: "chain", ref: "test" } as const;
  await readAndBookOne(world.deps, { chain: world.chain, hash, watched, cause }, signal);
}

/** An order of 50 USD, paid in full with so many units. */
async function paidOrder(
  amount = 50_000_000n,
  { asset = usdt, sharedAddress }: { asset?: string; sharedAddress?: string } = {},
): Promise<{ id: string; address: string }> {
  const assets = { [asset]: amount };
  const order = await world.order({ assets, ...(sharedAddress !== undefined && { sharedAddress }) });
  await pay(order.address, amount, asset);
  return order;
}

const convert = (hashes: string | readonly string[], sourceAsset = usdt, depositsUntil: Date | null = null) =>
  convertByHand(deps, { sourceAsset, transactionHashes: [hashes].flat(), depositsUntil, by: "test" }, signal);

const sellable = (asset: string) => listSellable({ ...deps, clock: { now } }, asset);

interface EarningRow {
  readonly id: string;
  readonly payee_id: string;
  readonly amount: bigint;
  readonly status: string;
  readonly available_asset: string | null;
  readonly available_amount: bigint | null;
}

async function earningsOf(...orderIds: string[]): Promise<EarningRow[]> {
  const { rows } = await sql<EarningRow>`
    select e.* from earning e join payment p on p.id = e.payment_id
    where p.order_id = any (${orderIds}::uuid[]) order by e.id`.execute(deps.db);
  return rows;
}
const sum = (amounts: readonly (bigint | null)[]): bigint =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);
const balance = (path: string, asset: string): Promise<bigint> => balanceOf(deps.db, path, asset);
const walletHolds = (address: string, asset = usdt): Promise<bigint> =>
  balance(accounts.wallet("ethereum", address), asset);
const pendingStill = async (...orderIds: string[]): Promise<boolean> =>
  (await earningsOf(...orderIds)).every(({ status }) => status === "pending");

describe("what arrived is divided", () => {
  test("everybody gets their exact share, of both routes; the coins leave the books; explain and invariants hold", async () => {
    await sql`update payee set payout_mode = 'instant' where id = ${world.payees[0]}`.execute(deps.db);
    const orders = [await paidOrder(), await paidOrder(50_000_001n)];
    await sql`update payee set payout_mode = 'threshold' where id = ${world.payees[0]}`.execute(deps.db);
    const before = await earningsOf(...orders.map(({ id }) => id));
    const [fees, feesBefore] = [accounts.platform("fees"), await balance(accounts.platform("fees"), usdt)];
    const available = (payee: string) => balance(accounts.payee(payee, "available"), settlement.id);
    const [had, feesHad] = [
      await Promise.all(world.payees.map(available)),
      await balance(fees, settlement.id),
    ];

    const hash = arrived(98_765_433n);
    const conversion = await convert(` ${hash.toUpperCase()}`.replace("0X", "0x"));

    const weights = before.map(({ id, amount }) => ({ id, weight: amount }));
    const ours = 100_000_001n - sum(before.map(({ amount }) => amount));
    const shares = allocate(98_765_433n, [...weights, { id: "platform", weight: ours }]);
    const after = await earningsOf(...orders.map(({ id }) => id));
    expect(after).toMatchObject(
      before.map(({ id }) => ({
        id,
        status: "available",
        available_asset: settlement.id,
        available_amount: shares.get(id),
        spendable: true,
      })),
    );
    const gained = await Promise.all(world.payees.map(available));
    expect(sum(gained) - sum(had)).toBe(98_765_433n - shares.get("platform")!);
    expect((await balance(fees, settlement.id)) - feesHad).toBe(shares.get("platform"));
    expect((await balance(fees, usdt)) - feesBefore).toBe(-ours);
    expect(await balance(accounts.wallet("base", hot), settlement.id)).toBeGreaterThanOrEqual(98_765_433n);
    for (const { address } of orders) expect(await walletHolds(address)).toBe(0n);
    expect(conversion).toMatchObject({
      status: "distributed",
      source_asset: usdt,
      source_amount: sum(before.map(({ amount }) => amount)),
      target_amount: 98_765_433n - shares.get("platform")!,
      weights: "source_amount",
      trigger_reason: `by hand: ${hash}`,
      settings_version: 7,
    });
    const { rows } = await sql<{ id: string; arrival: string; gone: boolean }>`
      select p.id, p.arrival, d.swept_at is not null and d.conversion_id = ${conversion.id} as gone
      from payment p join deposit d on d.payment_id = p.id
      where p.order_id = any (${orders.map(({ id }) => id)}::uuid[])`.execute(deps.db);
    expect(rows.map(({ arrival, gone }) => [arrival, gone])).toEqual([
      ["seen", true],
      ["seen", true],
    ]);
    const { conversions } = await explainPayment(deps.db, registry, rows[0]!.id);
    expect(conversions).toMatchObject([{ conversion_id: conversion.id, trigger: `by hand: ${hash}` }]);
    expect(await verifyLedger(deps.db)).toMatchObject({ problems: [] });
  });

  test("whatever the amounts: payees and platform have all that arrived, and every share is exact within one unit", async () => {
    const amount = fc.oneof(
      fc.bigInt(1n, 5n),
      fc.bigInt(10n ** 5n, 10n ** 9n),
      fc.bigInt(10n ** 20n, 10n ** 24n),
    );
    const received = fc.oneof(fc.bigInt(1n, 9n), fc.bigInt(1n, 10n ** 20n));
    await fc.assert(
      fc.asyncProperty(fc.array(amount, { minLength: 1, maxLength: 4 }), received, async (amounts, total) => {
        const orders = [];
        for (const one of amounts) orders.push(await world.order({ assets: { [usdt]: one } }));
        const hashes = orders.map(() => newHash());
        const transactions = orders.map(({ address }, index) => ({
          hash: hashes[index]!,
          to: address,
          asset: usdt,
          amount: amounts[index]!,
        }));
        mine(...transactions);
        for (let count = 0; count < 7; count++) mine();
        for (const hash of hashes) await look(hash);
        const fees = await balance(accounts.platform("fees"), settlement.id);
        const { id } = await convert(arrived(total));
        const earnings = await earningsOf(...orders.map((order) => order.id));
        const platform = (await balance(accounts.platform("fees"), settlement.id)) - fees;
        expect(sum(earnings.map((one) => one.available_amount)) + platform).toBe(total);
        const sold = sum(amounts);
        const exactWithinOne = (share: bigint, weight: bigint): boolean => {
          const off = share * sold - total * weight;
          return off < sold && off > -sold;
        };
        for (const one of earnings) expect(exactWithinOne(one.available_amount!, one.amount)).toBe(true);
        expect(exactWithinOne(platform, sold - sum(earnings.map((one) => one.amount)))).toBe(true);
        for (const asset of [usdt, settlement.id])
          expect(await balance(accounts.conversion(id), asset)).toBe(0n);
        for (const { address } of orders) expect(await walletHolds(address)).toBe(0n);
      }),
      { numRuns: 12 },
    );
    expect(await checkInvariants(deps.db)).toEqual([]);
  });

  test("proceeds in several transactions are one sum; dust beside the coins goes with the platform's part", async () => {
    const order = await paidOrder(50_000_000n, { sharedAddress: "0xdusty" });
    await pay("0xdusty", 50_000n);
    expect(await walletHolds("0xdusty")).toBe(50_050_000n);
    const suspense = await balance(accounts.suspense("deposits"), usdt);
    const [first, second] = [arrived(20_000_000n), arrived(30_050_000n)];
    const conversion = await convert([second, first, second]);
    expect(conversion).toMatchObject({ source_amount: 48_500_000n, target_amount: 48_500_000n });
    expect(await walletHolds("0xdusty")).toBe(0n);
    // Sold with the rest, it is nobody's to be given to anybody: its place in suspense is empty.
    const { rows } = await sql<{ id: string }>`
      select id from deposit where address = '0xdusty' and reason = 'dust'`.execute(world.deps.db);
    const step = { cause: { kind: "operator", ref: "ada" }, now: now() } as const;
    const given = inTransaction(world.deps.db, (tx) =>
      takeBackDeposit(tx, { purpose_id: rows[0]!.id, seq: 0 }, step),
    );
    await expect(given).rejects.toMatchObject({ code: "arrival_kept" });
    expect((await balance(accounts.suspense("deposits"), usdt)) - suspense).toBe(-50_000n);
    expect(await earningsOf(order.id)).toMatchObject([{ status: "available" }, { status: "available" }]);
  });
});

describe("which coins", () => {
  test("the settlement asset itself, from the operator's own address on a chain that we send on", async () => {
    const order = await paidOrder(50_000_066n, { sharedAddress: stranger });
    const same = registry.get(usdt);
    await registerWallet(deps.db, { chain: "ethereum", address: hot, now: now() });
    const hash = arrived(50_000_066n, { asset: same });
    const sent = { sourceAsset: usdt, transactionHashes: [hash], depositsUntil: null, by: "test" };
    const here = {
      ...deps,
      chains: new Map([["ethereum", deps.chains.get("base")!]]),
      readSettlementAsset: () => Promise.resolve(usdt),
    };
    const before = await earningsOf(order.id);
    const fees = await balance(accounts.platform("fees"), usdt);
    await convertByHand(here, sent, signal);
    const after = await earningsOf(order.id);
    expect(after.map((one) => one.available_amount)).toEqual(before.map((one) => one.amount));
    expect(await balance(accounts.platform("fees"), usdt)).toBe(fees);
    expect(await walletHolds(stranger)).toBe(0n);
    expect(await walletHolds(hot)).toBe(50_000_066n);
  });

  test("where we send ourselves, only what lies at the operator's own addresses", async () => {
    const own = await paidOrder();
    const shared = await paidOrder(50_000_777n, { sharedAddress: "0xoperators" });
    const chains = new Map([...deps.chains, ["ethereum", deps.chains.get("base")!]]);
    const sold = {
      sourceAsset: usdt,
      transactionHashes: [arrived(40_000_000n)],
      depositsUntil: null,
      by: "test",
    };
    const conversion = await convertByHand({ ...deps, chains }, sold, signal);
    expect(conversion.source_amount).toBe(48_500_754n);
    expect((await earningsOf(shared.id)).map((one) => one.status)).toEqual(["available", "available"]);
    expect(await pendingStill(own.id)).toBe(true);
    expect(await walletHolds(own.address)).toBe(50_000_000n);
  });

  test("a deposit mined after the proceeds is not taken, and its coins may lie at the same address", async () => {
    const before = await paidOrder(50_000_011n, { sharedAddress: "0xbusy" });
    const hash = arrived(40_000_000n);
    const after = await paidOrder(50_000_022n, { sharedAddress: "0xbusy" });
    balances.set("0xbusy", 50_000_022n);
    expect(await convert(hash)).toMatchObject({ source_amount: 48_500_011n });
    expect((await earningsOf(before.id)).map((one) => one.status)).toEqual(["available", "available"]);
    expect(await pendingStill(after.id)).toBe(true);
    expect(await walletHolds("0xbusy")).toBe(50_000_022n);
  });

  test("a deposit mined between the sale and its proceeds is left out by naming the moment of the sale", async () => {
    const sold = await paidOrder(50_000_033n, { sharedAddress: "0xbusier" });
    const moment = now();
    const late = await paidOrder(50_000_044n, { sharedAddress: "0xbusier" });
    balances.set("0xbusier", 50_000_044n);
    const hash = arrived(40_000_000n);
    await expect(convert(hash)).rejects.toMatchObject({ code: "coins_still_there" });
    expect(await convert(hash, usdt, moment)).toMatchObject({ source_amount: 48_500_033n });
    expect(await pendingStill(late.id)).toBe(true);
    expect((await earningsOf(sold.id)).every((one) => one.status === "available")).toBe(true);
  });

  test("coins in review or overpaid stay where they are; if they left with the others nothing is booked", async () => {
    const good = await paidOrder(50_000_055n, { sharedAddress: "0xmixed" });
    await pay("0xmixed", 7_000_000n);
    const over = await world.order();
    await pay(over.address, 90_000_000n);
    const hash = arrived(40_000_000n);
    await expect(convert(hash)).rejects.toMatchObject({
      code: "deposits_in_review",
      details: { deposits: [expect.any(String)] },
    });
    expect(await pendingStill(good.id, over.id)).toBe(true);
    balances.set("0xmixed", 7_000_000n);
    expect(await sellable(usdt)).toMatchObject([{ address: "0xmixed", sold: 50_000_055n, kept: 7_000_000n }]);
    expect(await convert(hash)).toMatchObject({ source_amount: 48_500_054n });
    expect(await pendingStill(over.id)).toBe(true);
    expect(await walletHolds("0xmixed")).toBe(7_000_000n);
    expect(await walletHolds(over.address)).toBe(90_000_000n);
  });

  test("of native coin a wallet's fee may stay behind, and no more", async () => {
    const order = await paidOrder(10n ** 16n * 2n, { asset: eth });
    balances.set(order.address, 10n ** 14n * 2n + 1n);
    const hash = arrived(40_000_000n);
    await expect(convert(hash, eth)).rejects.toMatchObject({ code: "coins_still_there" });
    balances.set(order.address, 10n ** 14n * 2n);
    expect(await convert(hash, eth)).toMatchObject({ status: "distributed" });
  });
});

describe("nothing is booked", () => {
  test.each([
    { name: "of a hash that the chain does not show", hash: () => "0xnowhere", code: "proceeds_not_found" },
    {
      name: "of one that is pending",
      hash: () => {
        proceeds.set("0xpending", { status: "pending" });
        return "0xpending";
      },
      code: "proceeds_not_found",
    },
    {
      name: "of one that failed",
      hash: () => {
        const hash = arrived(5n);
        const reading = proceeds.get(hash) as Extract<TransactionReading, { final: boolean }>;
        proceeds.set(hash, { ...reading, status: "reverted", receipts: [] });
        return hash;
      },
      code: "proceeds_not_found",
    },
    {
      name: "of one that is not final",
      hash: () => arrived(5n, { final: false }),
      code: "proceeds_not_final",
    },
    {
      name: "of another coin",
      hash: () => arrived(5n, { asset: registry.native("base") }),
      code: "proceeds_not_found",
    },
    {
      name: "of coins that come from a wallet of ours",
      hash: () => arrived(5n, { from: hot.toUpperCase() }),
      code: "proceeds_not_found",
    },
  ])("$name", async ({ hash, code }) => {
    const { id } = await paidOrder();
    await expect(convert(hash())).rejects.toMatchObject({ code });
    await expect(convert([arrived(1n), hash()])).rejects.toMatchObject({ code });
    expect(await pendingStill(id)).toBe(true);
  });

  test("while coins are still there, or nobody knows: the addresses are named", async () => {
    const orders = [await paidOrder(), await paidOrder()];
    const hash = arrived(40_000_000n);
    balances.set(orders[1]!.address, 1n);
    const refused = convert(hash);
    await expect(refused).rejects.toMatchObject({
      code: "coins_still_there",
      details: { addresses: [orders[1]!.address] },
    });
    await expect(refused).rejects.toThrow(orders[1]!.address);
    balances.set(orders[1]!.address, "no answer");
    await expect(convert(hash)).rejects.toBeInstanceOf(ProviderError);
    expect(await pendingStill(...orders.map(({ id }) => id))).toBe(true);
    const { rows } = await sql`select from wallet_receipt where transaction_hash = ${hash}`.execute(deps.db);
    expect(rows).toEqual([]);
  });

  test("when a deposit is settled while the chain is asked about the others", async () => {
    const known = await paidOrder(50_000_088n, { sharedAddress: "0xmeanwhile" });
    const other = await world.order({ sharedAddress: "0xmeanwhile", assets: { [usdt]: 50_000_099n } });
    const unread = newHash();
    mine({ hash: unread, to: "0xmeanwhile", asset: usdt, amount: 50_000_099n });
    for (let count = 0; count < 7; count++) mine();
    const hash = arrived(80_000_000n);
    meanwhile = () => look(unread);
    await expect(convert(hash)).rejects.toMatchObject({ code: "stale_status" });
    expect(await pendingStill(known.id, other.id)).toBe(true);
    expect(await convert(hash)).toMatchObject({ source_amount: 97_000_183n });
  });

  test("without coins to sell, of an unknown asset or chain, or while a conversion of the asset is under way", async () => {
    const hash = arrived(40_000_000n);
    await expect(convert(hash)).rejects.toMatchObject({ code: "nothing_to_convert" });
    await expect(convert(hash, "ethereum:NONE")).rejects.toMatchObject({ code: "unknown_asset" });
    await expect(convert(hash, "solana:USDC")).rejects.toMatchObject({ code: "unsupported_chain" });
    const { id } = await paidOrder();
    const live = newId();
    await sql`
      insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason, settings_version,
        created_at, updated_at)
      values (${live}, ${usdt}, 1, ${settlement.id}, 'source_amount', 'claimed', 'test', 1, now(), now())`.execute(
      deps.db,
    );
    await expect(convert(arrived(40_000_000n))).rejects.toMatchObject({ code: "conversion_under_way" });
    await sql`update conversion set status = 'released' where id = ${live}`.execute(deps.db);
    expect(await pendingStill(id)).toBe(true);
  });
});

describe("once", () => {
  test("twenty at once are one conversion, and the same hashes later are the same one", async () => {
    const { id } = await paidOrder();
    const hashes = [arrived(20_000_000n), arrived(20_000_000n)];
    const answers = await Promise.all(Array.from({ length: 20 }, () => convert(hashes)));
    const again = await convert(hashes.toReversed());
    expect(new Set([...answers, again].map((one) => one.id)).size).toBe(1);
    expect(again).toEqual(answers[0]);
    expect(sum((await earningsOf(id)).map((one) => one.available_amount))).toBe(38_800_000n);
  });

  test("twenty with different proceeds at once sell the coins once", async () => {
    const { id } = await paidOrder();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => convert(arrived(40_000_000n))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const codes = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    const expected = new Set(["nothing_to_convert", "stale_status", "coins_still_there"]);
    expect(codes.filter((code) => !expected.has(code))).toEqual([]);
    expect(sum((await earningsOf(id)).map((one) => one.available_amount))).toBe(38_800_000n);
  });

  test("proceeds that belong to something else are refused, whole", async () => {
    await paidOrder();
    const used = arrived(40_000_000n);
    await convert(used);
    const { id } = await paidOrder();
    const fresh = arrived(10n);
    await expect(convert([used, fresh])).rejects.toMatchObject({ code: "receipt_already_attributed" });
    await expect(convert(used, eth)).rejects.toMatchObject({ code: "receipt_already_attributed" });
    const topUp = arrived(11n);
    const reading = proceeds.get(topUp) as Extract<TransactionReading, { final: boolean }>;
    const wallet = await registerWallet(deps.db, { chain: "base", address: hot, now: now() });
    await inTransaction(deps.db, (tx) =>
      recordReceipt(tx, {
        chain: "base",
        transactionHash: topUp,
        receipt: reading.receipts[0]!,
        alongside: null,
        wallet,
        purpose: "top_up",
        purposeId: wallet.id,
        credit: accounts.platform("funding"),
        now: now(),
        by: "test",
        evidence: "operator",
        expected: deps.arrivals,
        secondPerson: null,
      }),
    );
    await expect(convert([topUp])).rejects.toMatchObject({ code: "receipt_already_attributed" });
    expect(await pendingStill(id)).toBe(true);
  });
});

describe("proceeds that somebody else still waits for", () => {
  const owed = { thing: "payment", id: newId(), from: "nowpayments" } as const;
  const sell = (hash: string, by: string, since: Date) => {
    const arrivals = {
      expects: [() => Promise.resolve({ ...owed, since })],
      readExpectedForMs: () => Promise.resolve(72 * 60 * minute),
    };
    const sold = { sourceAsset: usdt, transactionHashes: [hash], depositsUntil: null, by };
    return convertByHand({ ...deps, arrivals }, sold, signal);
  };
  const hoursAgo = (hours: number) => new Date(world.clock.now().getTime() - hours * 60 * minute);

  test("are theirs while they are waited for, and a sale's by two persons after that, once", async () => {
    const { id } = await paidOrder();
    const hash = arrived(40_000_000n);
    await expect(sell(hash, "ada", hoursAgo(71))).rejects.toMatchObject({
      code: "arrival_expected_elsewhere",
    });
    for (const attempt of [1, 2])
      await expect(sell(hash, "ada", hoursAgo(73)), `${attempt}`).rejects.toMatchObject({
        code: "second_person_needed",
        message: expect.stringContaining("nowpayments still owes coins like these") as string,
      });
    expect(await pendingStill(id)).toBe(true);
    const other = arrived(40_000_000n);
    await expect(sell(other, "bob", hoursAgo(73))).rejects.toMatchObject({ code: "second_person_needed" });
    // Whoever asked first may ask once more before the second person is heard, and is refused as before.
    const again = sell(hash, "ada", hoursAgo(73)).catch((error: { code?: string }) => error.code);
    const [one, same] = await Promise.all(["bob", "bob"].map((by) => sell(hash, by, hoursAgo(73))));
    expect(same).toEqual(one);
    expect([one, "second_person_needed"]).toContainEqual(await again);
    expect(await sell(hash, "ada", hoursAgo(73))).toEqual(one);
    expect(await verifyLedger(deps.db)).toMatchObject({ problems: [] });
  });
});

test("planted faults: a sale that is not what its earnings and fees were of is named", async () => {
  await paidOrder();
  const { id } = await convert(arrived(40_000_000n));
  const undo = new Error("undo");
  const faults = async (statement: string): Promise<string[]> => {
    let found: string[] = [];
    await inTransaction(deps.db, async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx);
      await sql.raw(statement).execute(tx);
      const same = {
        setIsolationLevel: () => same,
        setAccessMode: () => same,
        execute: (run: (inner: typeof tx) => unknown) => run(tx),
      };
      found = (await checkInvariants({ transaction: () => same } as never)).map(({ check }) => check);
      throw undo;
    }).catch((error: unknown) => {
      if (error !== undo) throw error;
    });
    return found;
  };
  expect(await faults(`update deposit set amount = amount + 1 where conversion_id = '${id}'`)).toContain(
    "sold_by_hand",
  );
  expect(await faults(`update deposit set conversion_id = null where conversion_id = '${id}'`)).toContain(
    "sweeps",
  );
  expect(await faults(`update conversion set status = 'released' where id = '${id}'`)).toContain(
    "sold_by_hand",
  );
});
