import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historyOf, getArrival, reattribute, type Recipient } from "../../src/arrivals/index.ts";
import type { DepositRow } from "../../src/deposits/index.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import { eventually, findTrouble } from "../support/index.ts";
import { inTransaction, sql } from "../../src/database/index.ts";
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

  test("while what it brought beyond the price is sent back: either of the two has it, never both", async () => {
    const order = await at.order();
    await at.pay(order, USDT, 600_000_000n);
    await at.swept(order);
    const [deposit] = await at.deposits(order);
    const { db } = at.parts;
    const waiting = async (): Promise<number> => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::integer as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return rows[0]!.waiting;
    };
    expect(await give(deposit!, { kind: "top_up" }, "ada", "ticket 12")).toBe("second_person_needed");
    const address = "0x7777777777777777777777777777777777777771";
    let sent: { status: number; body: { code?: string } } | undefined;
    const [outcome, refund] = await inTransaction(db, async (tx) => {
      // Whoever claims the arrival waits here: the deposit is taken from its order by then, and nothing is committed.
      const { chain, transactionHash, index } = placeOf(deposit!);
      const name = `receipt:${chain}:${transactionHash}:${index}`;
      await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
      const given = give(deposit!, { kind: "top_up" }, "bob", "ticket 12");
      await eventually("it waits", async () => (await waiting()) > 0);
      const asked = at.act("surplus", `${order.id}:${USDT}`, "refund", { address });
      void asked.then((answer) => (sent = answer));
      await eventually("both are under way", async () => sent !== undefined || (await waiting()) > 1);
      return [given, asked] as const;
    });
    expect([await outcome, (await refund).body.code]).toEqual(["done", "no_surplus"]);
    await at.drain();
    expect(await at.world.sandbox.balanceOf(address, USDT)).toBe(0n);
    expect(await findTrouble(at.world)).toEqual([]);
  });
});
