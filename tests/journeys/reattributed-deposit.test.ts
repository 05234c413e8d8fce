import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historyOf, getArrival, reattribute, type Recipient } from "../../src/arrivals/index.ts";
import { refundSurplus, type DepositRow } from "../../src/deposits/index.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import { openSecondPerson } from "../../src/operators/index.ts";
import { dieAtEachStatement, eventually, findTrouble, standingAfter } from "../support/index.ts";
import { sql } from "../../src/database/index.ts";
import { readOrder, type DirectOrder } from "./direct-orders.ts";
import { startGatheringWorld, USDT, type GatheringWorld } from "./gathering-world.ts";

let at: GatheringWorld;
beforeAll(async () => {
  at = await startGatheringWorld();
});
afterAll(() => at.world.stop());

const soon = () => AbortSignal.timeout(30_000);
const balance = (path: string) => balanceOf(at.parts.db, path, USDT);
const variance = () => balance(accounts.platform("variance"));

/** An order whose deposit is credited and final; the coins lie at its address, or in the hot wallet. */
async function paid(mode: "instant" | "threshold" = "threshold", amount?: bigint) {
  const order = await at.order({ mode });
  await at.pay(order, USDT, amount);
  const deposit = await at.until("credited and final", async () => {
    const row = (await at.deposits(order))[0];
    return row?.status === "credited" && row.final ? row : (undefined as never);
  });
  return { order, deposit, payee: await payeeOf(order) };
}

async function payeeOf({ id }: Pick<DirectOrder, "id">): Promise<string> {
  const { rows } = await sql<{ payee_id: string }>`
    select payee_id from pay_order_split where order_id = ${id}`.execute(at.parts.db);
  return rows[0]!.payee_id;
}

const placeOf = ({ chain, transaction_hash: transactionHash, transfer_index: index }: DepositRow) => ({
  chain,
  transactionHash,
  index,
});
const give = (deposit: DepositRow, to: Recipient, by: string, proof = "ticket 9") =>
  reattribute(
    at.parts,
    { at: placeOf(deposit), to, reason: "paid to a wrong order", proof, by },
    soon(),
  ).then(
    () => "done",
    (error: { code?: string }) => (error.code === "23514" ? String(error) : error.code) ?? String(error),
  );
const giveAsTwo = async (deposit: DepositRow, to: Recipient, proof?: string) => {
  expect(await give(deposit, to, "ada", proof)).toBe("second_person_needed");
  return give(deposit, to, "bob", proof);
};
const statusOf = async ({ id }: DirectOrder): Promise<string> => (await readOrder(at.world, id)).status;

describe("a deposit that two persons give to somebody else", () => {
  test("goes to another order with all that it was worth; the former order has nothing of it", async () => {
    const one = await paid();
    const other = await at.order();
    const payee = await payeeOf(other);
    const before = { fees: await balance(accounts.platform("fees")), variance: await variance() };
    const pending = await balance(accounts.payee(one.payee, "pending"));
    expect(pending).toBeGreaterThan(0n);
    expect(await give(one.deposit, { kind: "order", id: one.order.id }, "ada")).toBe("second_person_needed");
    expect(await give(one.deposit, { kind: "order", id: one.order.id }, "bob")).toBe("arrival_kept");
    expect(await giveAsTwo(one.deposit, { kind: "order", id: other.id })).toBe("done");
    expect(await balance(accounts.payee(one.payee, "pending"))).toBe(0n);
    expect(await balance(accounts.payee(payee, "pending"))).toBe(pending);
    expect({ fees: await balance(accounts.platform("fees")), variance: await variance() }).toEqual(before);
    await at.until("both orders know", async () => {
      const statuses = [await statusOf(one.order), await statusOf(other)];
      return statuses[0] !== "paid" && statuses[1] === "paid";
    });
    expect(await getArrival(at.parts.db, placeOf(one.deposit))).toMatchObject({
      purpose: "deposit",
      evidence: "reattributed",
      proof: "ticket 9",
      lost: 0n,
    });
    expect(await historyOf(at.parts.db, placeOf(one.deposit))).toMatchObject([
      { evidence: "derived_address" },
    ]);
    expect(await findTrouble(at.world)).toEqual([]);

    // Back again, and to the owner, and to nobody, and from there to an order: each time one coin.
    expect(await giveAsTwo(one.deposit, { kind: "order", id: one.order.id })).toBe("done");
    expect(await balance(accounts.payee(payee, "pending"))).toBe(0n);
    const funding = await balance(accounts.platform("funding"));
    expect(await giveAsTwo(one.deposit, { kind: "top_up" })).toBe("done");
    expect(await balance(accounts.platform("funding"))).toBe(funding + one.deposit.amount);
    expect(await findTrouble(at.world)).toEqual([]);
    expect(await giveAsTwo(one.deposit, { kind: "unclaimed" })).toBe("done");
    expect(await balance(accounts.suspense("unclaimed"))).toBe(one.deposit.amount);
    expect(await giveAsTwo(one.deposit, { kind: "order", id: other.id }, "ticket 10")).toBe("done");
    expect(await balance(accounts.payee(payee, "pending"))).toBe(pending);
    expect(await balance(accounts.platform("funding"))).toBe(funding);
    expect(await historyOf(at.parts.db, placeOf(one.deposit))).toHaveLength(5);
    expect(await variance()).toBe(before.variance);
    expect(await findTrouble(at.world)).toEqual([]);
  });

  test("its payee was paid already: they owe it back, and the other order's payee has theirs", async () => {
    const one = await paid("instant");
    const other = await at.order();
    await at.until("paid out", async () => (await balance(accounts.payee(one.payee, "pending"))) === 0n);
    const query = { payee_id: one.payee };
    await at.until("completed", async () => {
      const { data } = await at.world.client.get("/v1/payouts", { params: { query } });
      return data[0]?.status === "completed";
    });
    const before = await variance();
    expect(await giveAsTwo(one.deposit, { kind: "order", id: other.id })).toBe("done");
    const owed = await balance(accounts.payee(one.payee, "recoverable"));
    expect(owed).toBeGreaterThan(0n);
    expect(await balance(accounts.payee(await payeeOf(other), "pending"))).toBe(owed);
    expect(await variance(), "somebody owes all that was lost").toBe(before);
    expect(await getArrival(at.parts.db, placeOf(one.deposit))).toMatchObject({ lost: owed });
    expect(await findTrouble(at.world)).toEqual([]);
  });

  test("while a payout takes its earnings at the same time one of them has them, never both", async () => {
    for (const round of [1, 2, 3]) {
      const order = await at.order({ mode: "instant" });
      await at.pay(order, USDT);
      const swept = async () => {
        const row = (await at.deposits(order))[0];
        return row?.status === "credited" && row.final && row.swept_at !== null ? row : (undefined as never);
      };
      await at.look();
      const deposit = await at.until("gathered", swept, ["payouts.plan"]);
      const payee = await payeeOf(order);
      expect(await give(deposit, { kind: "top_up" }, "ada")).toBe("second_person_needed");
      const [outcome] = await Promise.all([give(deposit, { kind: "top_up" }, "bob"), at.drain()]);
      expect(["done", "arrival_kept"], `round ${round}`).toContain(outcome);
      const owed = await balance(accounts.payee(payee, "pending"));
      if (outcome === "done") expect(owed).toBe(0n);
      await at.drain();
      expect(await findTrouble(at.world)).toEqual([]);
    }
  });

  test("with what was paid beyond the price; to no processor's payment, to no order that is none", async () => {
    const quoted = await at.order();
    await at.pay(quoted, USDT, 600_000_000n);
    const deposit = await at.until("credited", async () => {
      const row = (await at.deposits(quoted))[0];
      return row?.status === "credited" && row.final ? row : (undefined as never);
    });
    expect(deposit.surplus_amount).toBeGreaterThan(0n);
    expect(await giveAsTwo(deposit, { kind: "payment", id: deposit.payment_id! })).toBe("arrival_kept");
    expect(await giveAsTwo(deposit, { kind: "order", id: deposit.id })).toBe("unknown_order");
    const funding = await balance(accounts.platform("funding"));
    const asked = ["ada", "bob", "ada", "bob"].map((by) =>
      give(deposit, { kind: "top_up" }, by, "ticket 11"),
    );
    await Promise.all(asked);
    expect(await balance(accounts.platform("funding"))).toBe(funding + deposit.amount);
    expect(await balance(accounts.surplus(quoted.id))).toBe(0n);
    expect(await findTrouble(at.world)).toEqual([]);
  });
});

test("while what was paid beyond the price goes back to its payer, the deposit is not given away, and the other way round", async () => {
  for (const refundFirst of [true, false]) {
    const { order, deposit } = await paid("threshold", 600_000_000n);
    await at.look();
    await at.until("gathered", async () => (await at.deposits(order))[0]?.swept_at != null);
    const surplus = await balance(accounts.surplus(order.id));
    expect(surplus).toBeGreaterThan(0n);
    const proof = `surplus ${refundFirst}`;
    expect(await give(deposit, { kind: "top_up" }, "ada", proof)).toBe("second_person_needed");
    const slow = standingAfter(at.parts.db, refundFirst ? 5 : 20);
    const refund = (db = at.parts.db) =>
      refundSurplus(
        { ...at.parts.deposits, db },
        {
          orderId: order.id,
          asset: USDT,
          toAddress: "0x5B38Da6a701c568545dCfcB03FcB875f56beddC4",
          by: "ada",
        },
      ).then(
        () => "done",
        (error: { code?: string }) => error.code ?? String(error),
      );
    const giveSlowly = () =>
      reattribute(
        { ...at.parts, db: slow.db, secondPerson: openSecondPerson({ db: slow.db, log: at.parts.log }) },
        { at: placeOf(deposit), to: { kind: "top_up" }, reason: "paid to a wrong order", proof, by: "bob" },
        soon(),
      ).then(
        () => "done",
        (error: { code?: string }) => error.code ?? String(error),
      );
    const first = refundFirst ? refund(slow.db) : giveSlowly();
    await slow.stands;
    let ended = false;
    const second = (refundFirst ? give(deposit, { kind: "top_up" }, "bob", proof) : refund()).finally(
      () => (ended = true),
    );
    await eventually("it waits, or has ended", async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        at.world.database.db,
      );
      return ended || rows.length > 0;
    });
    slow.goOn();
    expect(await Promise.all([first, second])).toEqual(["done", refundFirst ? "arrival_kept" : "no_surplus"]);
    await at.drain();
    expect(await findTrouble(at.world)).toEqual([]);
  }
});

describe("whoever dies while a deposit is given to somebody else", () => {
  /** Every account that is not empty, and whose the arrival is. */
  async function booksOf(deposit: DepositRow) {
    const { rows } = await sql<{ account: string; balance: bigint }>`
      select path || ' ' || asset as account, ledger_balance(path, asset) as balance from ledger_account
      where ledger_balance(path, asset) <> 0 order by 1`.execute(at.parts.db);
    const { purpose, seq } = await getArrival(at.parts.db, placeOf(deposit));
    return { rows, purpose, seq };
  }

  /** The second person's process dies after each of its statements; then one lives. */
  async function giveDying(deposit: DepositRow, to: Recipient, proof: string): Promise<void> {
    expect(await give(deposit, to, "ada", proof)).toBe("second_person_needed");
    const before = await booksOf(deposit);
    const deaths = await dieAtEachStatement(
      at.parts.db,
      (db) =>
        reattribute(
          { ...at.parts, db, secondPerson: openSecondPerson({ db, log: at.parts.log }) },
          { at: placeOf(deposit), to, reason: "paid to a wrong order", proof, by: "bob" },
          soon(),
        ),
      async () => expect(await booksOf(deposit)).toEqual(before),
    );
    expect(deaths).toBeGreaterThan(10);
    expect((await booksOf(deposit)).seq).toBe(before.seq + 1);
    expect(await findTrouble(at.world)).toEqual([]);
    // Whoever never heard that it was done asks again: they are the first of two, and nothing is done.
    const after = await booksOf(deposit);
    expect(["second_person_needed", "arrival_kept"]).toContain(await give(deposit, to, "bob", proof));
    expect(await booksOf(deposit)).toEqual(after);
  }

  test("nothing of it was done, and whoever asks again does all of it once: from an order, to nobody, to another order", async () => {
    const { order, deposit, payee } = await paid("threshold", 600_000_000n);
    const other = await at.order();
    const pending = await balance(accounts.payee(payee, "pending"));
    const before = await variance();
    await giveDying(deposit, { kind: "order", id: other.id }, "death 1");
    expect(await balance(accounts.payee(payee, "pending"))).toBe(0n);
    expect(await balance(accounts.surplus(order.id))).toBe(0n);
    expect(await balance(accounts.payee(await payeeOf(other), "pending"))).toBe(pending);
    await giveDying(deposit, { kind: "unclaimed" }, "death 2");
    await giveDying(deposit, { kind: "order", id: order.id }, "death 3");
    expect(await balance(accounts.payee(payee, "pending"))).toBe(pending);
    expect(await variance()).toBe(before);
  });

  test("a payee who was paid owes it back once", async () => {
    const { deposit, payee } = await paid("instant");
    await at.until("completed", async () => {
      const { data } = await at.world.client.get("/v1/payouts", { params: { query: { payee_id: payee } } });
      return data[0]?.status === "completed";
    });
    const before = await variance();
    await giveDying(deposit, { kind: "top_up" }, "death 4");
    const { rows } = await sql<{ amount: bigint }>`
      select amount from recoverable where payee_id = ${payee}`.execute(at.parts.db);
    expect(rows).toEqual([{ amount: await balance(accounts.payee(payee, "recoverable")) }]);
    // Our fee is taken back whole, what the payee had is owed, and the owner has all that came.
    expect(await variance()).toBe(before);
  });

  test("asked for by twenty at once, to two different owners, each coin is one owner's", async () => {
    const { deposit, payee } = await paid();
    const other = await at.order();
    const before = await variance();
    const funding = await balance(accounts.platform("funding"));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const to: Recipient = n % 4 < 2 ? { kind: "top_up" } : { kind: "order", id: other.id };
        return give(deposit, to, n % 2 === 0 ? "ada" : "bob", "ticket 20");
      }),
    );
    const known = ["done", "second_person_needed", "arrival_kept", "receipt_already_attributed"];
    expect(outcomes.filter((one) => !known.includes(one))).toEqual([]);
    expect(await balance(accounts.payee(payee, "pending"))).toBe(0n);
    const { purpose } = await getArrival(at.parts.db, placeOf(deposit));
    const owners = {
      funding: (await balance(accounts.platform("funding"))) - funding,
      other: await balance(accounts.payee(await payeeOf(other), "pending")),
    };
    expect(purpose === "top_up" ? owners : { ...owners, other: owners.other > 0n }).toEqual(
      purpose === "top_up" ? { funding: deposit.amount, other: 0n } : { funding: 0n, other: true },
    );
    expect(await variance(), "nothing of it was handed on").toBe(before);
    expect(await findTrouble(at.world)).toEqual([]);
  });
});
