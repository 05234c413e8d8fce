import { expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { registerWallet } from "../transfers/index.ts";
import { inClaim, recordReceipt, takeBackReceipt, type Claim } from "./index.ts";

const { db } = await freshDatabase();
const now = new Date("2026-11-20T12:00:00Z");
const address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const wallet = await registerWallet(db, { chain: "ethereum", address, now });
const asset = registry.get("ethereum:USDT");
const credit = accounts.processor("nowpayments");
const path = accounts.wallet("ethereum", address);

let hashes = 0;
const newArrival = (extra: Partial<Claim> = {}): Claim => ({
  chain: "ethereum",
  transactionHash: `0x${String((hashes += 1)).padStart(64, "0")}`,
  receipt: { index: "log:3", asset, from: "0x1", to: address.toLowerCase(), amount: 500n },
  alongside: null,
  wallet,
  purpose: "payment",
  purposeId: newId(),
  credit: accounts.platform("funding"),
  now,
  by: "test",
  evidence: "named_hash",
  ...(extra as object),
});
const record = (arrival: Claim) => inTransaction(db, (tx) => recordReceipt(tx, arrival));

test("a wallet is registered once", async () => {
  expect((await registerWallet(db, { chain: "ethereum", address, now })).id).toBe(wallet.id);
});

test("an arrival is booked once, however often it is told", async () => {
  const before = await balanceOf(db, path, asset.id);
  const arrival = newArrival();
  expect((await Promise.all([record(arrival), record(arrival), record(arrival)])).toSorted()).toEqual([
    "exists",
    "exists",
    "recorded",
  ]);
  expect(await balanceOf(db, path, asset.id)).toBe(before + 500n);
});

test("one arrival claimed for two purposes at once belongs to one of them", async () => {
  const before = await balanceOf(db, path, asset.id);
  const arrival = newArrival();
  const claims = Array.from({ length: 10 }, () => record({ ...arrival, purposeId: newId() }));
  const outcomes = await Promise.allSettled(claims);
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected")
      expect(outcome.reason).toMatchObject({ code: "receipt_already_attributed" });
  expect(await balanceOf(db, path, asset.id)).toBe(before + 500n);
});

test("two transfers in one transaction are two arrivals", async () => {
  const arrival = newArrival();
  expect(await record(arrival)).toBe("recorded");
  expect(await record({ ...arrival, receipt: { ...arrival.receipt, index: "log:4" } })).toBe("recorded");
});

test("what is booked for good is not booked again under another index: both readings are kept, whoever claims it", async () => {
  const first = newArrival();
  await record(first);
  const before = await balanceOf(db, path, asset.id);
  for (const [index, amount] of [
    ["log:4", 500n],
    ["log:4", 700n],
    ["native", 500n],
  ] as const) {
    const receipt = { ...first.receipt, index, amount };
    const claim = () =>
      inClaim({ db, clock: { now: () => now } }, (tx) =>
        recordReceipt(tx, { ...first, receipt, alongside: [receipt], purposeId: newId() }),
      );
    await expect(claim()).rejects.toMatchObject({ code: "arrival_contradicted" });
  }
  const beside = { ...first.receipt, index: "log:9", amount: 8n };
  const both = { ...first, receipt: beside, alongside: [first.receipt, beside], purposeId: newId() };
  expect(await record(both)).toBe("recorded");
  expect(await balanceOf(db, path, asset.id)).toBe(before + 8n);
  const { rows } = await sql`
    select booked, read from reading_contradiction where transaction_hash = ${first.transactionHash}`.execute(
    db,
  );
  expect(rows).toMatchObject([
    { booked: [{ index: "log:3", amount: "500" }], read: [{ index: "native", amount: "500" }] },
  ]);
});

test.each(["whoever has it", "somebody with more evidence"])(
  "what is booked under an index is not another amount, asset or wallet to %s: nothing changes, and both readings are kept",
  async (who) => {
    const again = who === "whoever has it";
    const first = newArrival(again ? {} : { evidence: "derived_address" });
    await record(first);
    const before = [await balanceOf(db, path, asset.id), await balanceOf(db, path, "ethereum:DAI")];
    const second = await registerWallet(db, { chain: "ethereum", address: `0x${"7".repeat(40)}`, now });
    const changes: { receipt: Partial<Claim["receipt"]>; wallet?: Claim["wallet"] }[] = [
      { receipt: { amount: 499n } },
      { receipt: { amount: 50_000n } },
      { receipt: { asset: registry.get("ethereum:DAI") } },
      { receipt: { to: second.address }, wallet: second },
    ];
    for (const { receipt: changed, ...more } of changes) {
      const receipt = { ...first.receipt, ...changed };
      const purposeId = again ? first.purposeId : newId();
      const claim = { ...first, ...more, receipt, purposeId, alongside: [receipt] };
      const told = inClaim({ db, clock: { now: () => now } }, (tx) =>
        recordReceipt(tx, { ...claim, evidence: "named_hash" } as Claim),
      );
      await expect(told).rejects.toMatchObject({ code: "arrival_contradicted" });
      const { rows } = await sql`
        select booked, read from reading_contradiction where transaction_hash = ${first.transactionHash}`.execute(
        db,
      );
      expect(rows).toMatchObject([
        { booked: [{ amount: "500" }], read: [{ asset: receipt.asset.id, amount: String(receipt.amount) }] },
      ]);
    }
    expect([await balanceOf(db, path, asset.id), await balanceOf(db, path, "ethereum:DAI")]).toEqual(before);
  },
);

test("what arrives beyond the expected goes to the named account", async () => {
  const surplusTo = accounts.platform("variance");
  const before = await balanceOf(db, surplusTo, asset.id);
  await record(newArrival({ creditAtMost: { amount: 450n, surplusTo } }));
  expect(await balanceOf(db, surplusTo, asset.id)).toBe(before + 50n);
  expect(credit).toBe("processor:nowpayments");
});

test("coins that came to somebody else are refused", async () => {
  const arrival = newArrival();
  const elsewhere = { ...arrival.receipt, to: "0x2000000000000000000000000000000000000002" };
  await expect(record({ ...arrival, receipt: elsewhere })).rejects.toMatchObject({ code: "wrong_recipient" });
  const { rows } =
    await sql`select from wallet_receipt where transaction_hash = ${arrival.transactionHash}`.execute(db);
  expect(rows).toHaveLength(0);
});

test("what came is never rewritten by anybody, and leaves the books only as a deposit that the chain took back", async () => {
  const kept = newArrival();
  const deposit = newArrival({ purpose: "deposit" });
  await record(kept);
  await record(deposit);
  const rewrite = (column: string, value: unknown) =>
    sql`update wallet_receipt set ${sql.id(column)} = ${value}
        where transaction_hash = ${kept.transactionHash}`.execute(db);
  for (const [column, value] of [
    ["amount", 499n],
    ["amount", 501n],
    ["asset", "ethereum:USDC"],
    ["transaction_hash", "0x1"],
    ["receipt_index", "log:4"],
    ["wallet_id", newId()],
    ["from_address", "0x2"],
  ] as const)
    await expect(rewrite(column, value), column).rejects.toThrow("never deleted or given another identity");
  await expect(sql`truncate wallet_receipt`.execute(db)).rejects.toThrow("never deleted");
  const takeBack = ({ chain, transactionHash, receipt: { index } }: Claim) =>
    inTransaction(db, (tx) => takeBackReceipt(tx, { chain, transactionHash, index, now }));
  await expect(takeBack(kept)).rejects.toThrow("never deleted");
  await takeBack(deposit);
  const { rows } = await sql<{ transaction_hash: string; amount: bigint }>`
    select transaction_hash, amount from wallet_receipt
    where transaction_hash in (${kept.transactionHash}, ${deposit.transactionHash})`.execute(db);
  expect(rows).toEqual([{ transaction_hash: kept.transactionHash, amount: 500n }]);
});

test("a receipt is in a wallet and by an entry that are there, and a wallet stays", async () => {
  const kept = newArrival();
  await record(kept);
  const nobodys = { ...wallet, id: newId() };
  await expect(record(newArrival({ wallet: nobodys }))).rejects.toThrow("not there");
  await expect(
    sql`update wallet_receipt set entry_id = ${newId()} where transaction_hash = ${kept.transactionHash}`.execute(
      db,
    ),
  ).rejects.toThrow("not there");
  await expect(sql`delete from wallet where id = ${wallet.id}`.execute(db)).rejects.toThrow("never deleted");
  await expect(sql`update wallet set address = '0x2' where id = ${wallet.id}`.execute(db)).rejects.toThrow(
    "never deleted or given another identity",
  );
});
