import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, postEntry, verifyLedger } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { registerDepositWallets, registerWallet } from "../transfers/index.ts";
import { findHolder } from "./arrival-store.ts";
import { beats, evidences, type Evidence } from "./evidence.ts";
import type { ExpectDeps, Expectation, Expects } from "./expected.ts";
import { recordReceipt, type Claim } from "./record-receipt.ts";

const { db } = await freshDatabase();
const now = new Date("2026-11-20T12:00:00Z");
const hourMs = 3_600_000;
const asset = registry.get("ethereum:USDT");
const address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const wallet = await registerWallet(db, { chain: "ethereum", address, now });
const path = accounts.wallet("ethereum", address);
const nobody: ExpectDeps = { expects: [], readExpectedForMs: () => Promise.resolve(72 * hourMs) };

let hashes = 0;
const newHash = (): string => `0x${String((hashes += 1)).padStart(64, "0")}`;

/** A claim as its kind of claimant makes it: each credits an account of its own. */
function claimOf(evidence: Evidence, given: Partial<Claim> = {}): Claim {
  const arrival = {
    chain: "ethereum",
    transactionHash: newHash(),
    receipt: { index: "log+3", asset, from: "0x1", to: address, amount: 500n },
    alongside: null,
    wallet,
    purpose: evidence === "operator" ? "top_up" : evidence === "amount_and_time" ? "swap_surplus" : evidence,
    purposeId: newId(),
    credit: evidence === "operator" ? accounts.platform("funding") : accounts.suspense(`t_${evidence}`),
    now,
    by: "test",
  };
  const why = {
    reason: "seen at the explorer",
    proof: "ticket 7",
    released: 500n,
    holdsBy: "reattributed" as const,
  };
  const claim =
    evidence === "operator" || evidence === "amount_and_time"
      ? { ...arrival, evidence, expected: nobody, secondPerson: null }
      : evidence === "reattributed"
        ? { ...arrival, evidence, why }
        : { ...arrival, evidence };
  return { ...claim, ...(given as object) };
}

const claim = (one: Claim) => inTransaction(db, (tx) => recordReceipt(tx, one));
const holderOf = ({ chain, transactionHash, receipt }: Claim) =>
  findHolder(db, { chain, transactionHash, index: receipt.index });
const historyOf = async ({ transactionHash }: Claim) => {
  const { rows } = await sql<{ purpose: string; lost: bigint }>`
    select purpose, lost from arrival_attribution where transaction_hash = ${transactionHash} order by seq`.execute(
    db,
  );
  return rows;
};

describe("of two claimants the stronger has the coins, whoever came first", () => {
  const pairs = evidences.flatMap((first) => evidences.map((second) => [first, second] as const));

  test.each(pairs)("first %s, then %s", async (first, second) => {
    const before = await balanceOf(db, path, asset.id);
    const one = claimOf(first);
    const other = { ...claimOf(second), transactionHash: one.transactionHash };
    expect(await claim(one)).toBe("recorded");
    const [outcome] = await Promise.allSettled([claim(other)]);
    // What is said again with a proof corrects what was said so before.
    const wins = beats(second, first) || (first === "reattributed" && second === first);
    if (wins) expect(outcome).toMatchObject({ status: "fulfilled", value: "recorded" });
    else expect(outcome).toMatchObject({ reason: { code: "receipt_already_attributed" } });

    const winner = wins ? other : one;
    expect(await holderOf(one)).toMatchObject({
      purpose: winner.purpose,
      purpose_id: winner.purposeId,
      evidence: winner.evidence,
      seq: wins ? 1 : 0,
    });
    expect((await historyOf(one)).map(({ purpose }) => purpose)).toEqual(wins ? [one.purpose] : []);
    expect(await balanceOf(db, path, asset.id), "one coin is booked once").toBe(before + 500n);
    // Whoever has them may say so again; whoever had them must not.
    expect(await claim(winner)).toBe("exists");
    if (wins && second !== first)
      await expect(claim(one)).rejects.toMatchObject({ code: "receipt_already_attributed" });
  });

  test("fifty claims at once of one arrival end with the strongest, and one coin", async () => {
    const before = await balanceOf(db, path, asset.id);
    const transactionHash = newHash();
    const claims = Array.from({ length: 50 }, (_, at) => ({
      ...claimOf(evidences[2 + (at % 6)]!),
      transactionHash,
    }));
    const outcomes = await Promise.allSettled(claims.map(claim));
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "receipt_already_attributed" });
    expect(await holderOf(claims[0]!)).toMatchObject({ evidence: "named_hash" });
    expect(await balanceOf(db, path, asset.id)).toBe(before + 500n);
    expect(await verifyLedger(db)).toMatchObject({ problems: [] });
  });

  test("a claim whose transaction does not end leaves nothing", async () => {
    const weak = claimOf("amount_and_time");
    await claim(weak);
    const before = await balanceOf(db, path, asset.id);
    const strong = { ...claimOf("named_hash"), transactionHash: weak.transactionHash };
    await expect(
      inTransaction(db, async (tx) => {
        await recordReceipt(tx, strong);
        throw new Error("the process dies here");
      }),
    ).rejects.toThrow("dies");
    expect(await holderOf(weak)).toMatchObject({ purpose: "swap_surplus", seq: 0 });
    expect(await historyOf(weak)).toEqual([]);
    expect(await balanceOf(db, path, asset.id)).toBe(before);
  });
});

describe("what a former claimant has spent is a loss of the platform's, by name", () => {
  test("the owner's funds may become less than nothing: nothing is lost", async () => {
    const funding = accounts.platform("funding");
    const before = await balanceOf(db, funding, asset.id);
    const topUp = claimOf("operator");
    await claim(topUp);
    await claim({ ...claimOf("named_hash"), transactionHash: topUp.transactionHash });
    expect(await balanceOf(db, funding, asset.id)).toBe(before);
    expect(await historyOf(topUp)).toEqual([{ purpose: "top_up", lost: 0n }]);
  });

  test("what was handed on comes from variance", async () => {
    const variance = accounts.platform("variance");
    const before = await balanceOf(db, variance, asset.id);
    const sale = claimOf("operator", { purpose: "conversion_by_hand", credit: accounts.conversion(newId()) });
    await claim(sale);
    await inTransaction(db, (tx) =>
      postEntry(tx, {
        id: newId(),
        reason: "handed_out",
        happenedAt: now,
        postings: [
          {
            debit: sale.credit,
            credit: accounts.payee(newId(), "available"),
            money: { asset: asset.id, amount: 500n },
          },
        ],
      }),
    );
    await claim({ ...claimOf("named_hash"), transactionHash: sale.transactionHash });
    expect(await balanceOf(db, variance, asset.id)).toBe(before - 500n);
    expect(await holderOf(sale)).toMatchObject({ lost: 500n, purpose: "named_hash" });
    expect(await historyOf(sale)).toEqual([{ purpose: "conversion_by_hand", lost: 500n }]);
  });

  test("a surplus of which a part is left gives back that part", async () => {
    const surplus = claimOf("amount_and_time", { credit: accounts.suspense("half_spent") });
    await claim(surplus);
    await inTransaction(db, (tx) =>
      postEntry(tx, {
        id: newId(),
        reason: "asked_back",
        happenedAt: now,
        postings: [
          {
            debit: surplus.credit,
            credit: accounts.platform("fees"),
            money: { asset: asset.id, amount: 200n },
          },
        ],
      }),
    );
    await claim({ ...claimOf("named_hash"), transactionHash: surplus.transactionHash });
    expect(await historyOf(surplus)).toEqual([{ purpose: "swap_surplus", lost: 200n }]);
    expect(await balanceOf(db, surplus.credit, asset.id)).toBe(0n);
  });
});

describe("a weak claim gives way to whoever still expects such coins", () => {
  const waiting = (since: Date, id = newId()): ExpectDeps => {
    const expected: Expectation = { thing: "payment", id, from: "nowpayments", since };
    const waits: Expects = (_db, { claimantId }) => Promise.resolve(claimantId === id ? null : expected);
    return { ...nobody, expects: [() => Promise.resolve(null), waits] };
  };

  test.each(["operator", "amount_and_time"] as const)("%s", async (evidence) => {
    const fresh = claimOf(evidence, { expected: waiting(new Date(now.getTime() - 71 * hourMs)) });
    await expect(claim(fresh)).rejects.toMatchObject({
      code: "arrival_expected_elsewhere",
      message: expect.stringContaining("nowpayments still owes") as string,
    });
    expect(await holderOf(fresh)).toBeNull();
    const old = claimOf(evidence, { expected: waiting(new Date(now.getTime() - 73 * hourMs)) });
    await expect(claim(old)).rejects.toMatchObject({ code: "second_person_needed" });
    expect(await claim({ ...old, secondPerson: "cli:somebody" } as Claim)).toBe("recorded");
  });

  test("whoever expects them may claim them itself", async () => {
    const own = claimOf("operator");
    expect(await claim({ ...own, expected: waiting(now, own.purposeId) } as Claim)).toBe("recorded");
  });

  test("a strong claim asks nobody", async () => {
    expect(await claim(claimOf("named_hash", { expected: waiting(now) } as Partial<Claim>))).toBe("recorded");
  });
});

test("coins from an address of ours are nobody's but a move", async () => {
  const from = "0x2000000000000000000000000000000000000009";
  await inTransaction(db, (tx) =>
    registerDepositWallets(tx, "ethereum", [{ address: from, derivationIndex: 9 }], now),
  );
  for (const evidence of evidences.slice(1)) {
    const moved = claimOf(evidence);
    await expect(claim({ ...moved, receipt: { ...moved.receipt, from } }), evidence).rejects.toMatchObject({
      code: "receipt_already_attributed",
    });
  }
});

test("a reading that differs from what is booked changes nothing", async () => {
  const weak = claimOf("operator");
  await claim(weak);
  const more = { ...claimOf("named_hash"), transactionHash: weak.transactionHash };
  await expect(claim({ ...more, receipt: { ...more.receipt, amount: 501n } })).rejects.toMatchObject({
    code: "arrival_contradicted",
  });
  expect(await holderOf(weak)).toMatchObject({ purpose: "top_up", amount: 500n });
});
