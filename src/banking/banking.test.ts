import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApiKey } from "../operators/index.ts";
import { inTransaction } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import {
  askAboutFailed,
  bankTransferDesk,
  cancelBankTransfer,
  floatDesk,
  vouchForFailed,
  type BankTransfer,
} from "./index.ts";
import { isSameHolder } from "./quote.ts";
import { NGN, startBankWorld, type BankWorld } from "./testing/bank-world.ts";

const never = new AbortController().signal;

describe("payments to banks", () => {
  let world: BankWorld;
  let begun: bigint;
  beforeAll(async () => {
    world = await startBankWorld();
    await world.fund(100_000_000n);
  });
  beforeEach(async () => {
    begun = await world.float();
  });
  afterAll(() => world.stop());

  const keyIds = new Map<string, string>();
  /** Somebody's decision at the desk. */
  async function decide(id: string, owner: string, action: string): Promise<void> {
    const now = world.clock.now();
    const key =
      keyIds.get(owner) ??
      (await createApiKey(world.db, { name: owner, owner, scopes: ["admin"], now })).apiKey.id;
    keyIds.set(owner, key);
    const desk = bankTransferDesk(world.deps);
    await desk.act({ id, action, input: {}, by: `api_key:${key}`, now, signal: never });
  }
  const planned = async (how: Parameters<BankWorld["plan"]>[0] = {}): Promise<string> =>
    (await world.plan(how))!;
  /** What the emulator took for it, and what the book says left the float. */
  const expectPaidOnce = async (transfer: BankTransfer): Promise<void> => {
    expect(world.emulator.paidBy(transfer.id)).toBe("1510.75");
    expect(begun - (await world.float())).toBe(1_510_750n);
    expect(world.ended.filter((id) => id === transfer.purpose_id)).toHaveLength(1);
  };

  test("one is sent, and what it cost is booked when the bank has it", async () => {
    const id = await planned();
    const transfer = await world.until(id, "succeeded");
    await world.run();
    await expectPaidOnce(transfer);
    expect(transfer).toMatchObject({ fee_paid: 10_750n, authorised_by: "policy:1" });
  });

  test.each([
    ["the answer is lost", { kind: "lost_answer" }],
    ["no answer comes in time", { kind: "timeout_after" }],
    ["the answer is cut", { kind: "malformed" }],
    ["their own time-out, and it was done", { kind: "lost_answer" }],
  ] as const)("%s: it is looked up by its reference, and sent once", async (_name, fault) => {
    world.faults.next("flutterwave", { ...fault, match: { method: "POST", path: "/transfers" } });
    const before = world.sends();
    const id = await planned();
    const transfer = await world.until(id, "succeeded");
    await world.run();
    await expectPaidOnce(transfer);
    expect(world.sends() - before).toBe(1);
  });

  test.each([
    ["the request is lost", { kind: "lost_request" }],
    [
      "503 after half a minute, and nothing was done",
      {
        kind: "http",
        status: 503,
        body: { status: "error", message: "An error occurred. Please contact support", data: null },
      },
    ],
  ] as const)(
    "%s: it is told again under the same reference, some minutes after it was not found",
    async (_name, fault) => {
      world.faults.next("flutterwave", { ...fault, match: { method: "POST", path: "/transfers" } });
      const before = world.sends();
      const id = await planned();
      await world.run(3);
      expect(await world.of(id)).toMatchObject({ status: "submitting", waiting_reason: "looked_for" });
      expect(world.sends() - before).toBe(1);
      world.clock.advance(6 * 60_000);
      const transfer = await world.until(id, "succeeded");
      await world.run();
      await expectPaidOnce(transfer);
      expect(world.sends() - before).toBe(2);
    },
  );

  test("told twice by two workers at once, it is paid once: a reference that is taken is no failure", async () => {
    const id = await planned();
    world.faults.next("flutterwave", { kind: "lost_answer", match: { method: "POST", path: "/transfers" } });
    await world.run();
    world.faults.next("flutterwave", {
      kind: "http",
      status: 200,
      body: { status: "success", message: "Transfers fetched", data: [] },
      times: 2,
      match: { method: "GET", path: "/transfers?" },
    });
    world.clock.advance(6 * 60_000);
    const transfer = await world.until(id, "succeeded");
    await world.run();
    await expectPaidOnce(transfer);
  });

  test("what they refuse is failed for certain, and the hold is where it was", async () => {
    const id = await planned({ account: "0690000036" });
    const transfer = await world.until(id, "failed");
    await world.run();
    expect(transfer.said).toContain("blacklisted");
    expect(await world.float()).toBe(begun);
    expect((await world.balances())[`${transfer.debit_account} ethereum:USDT`]).toBe(1_000_000n);
    expect(world.ended).toContain(id);
  });

  test("what is about our account there, not about the payment, waits and fails nothing", async () => {
    world.faults.next("flutterwave", {
      kind: "http",
      status: 400,
      body: { status: "error", message: "Please enable IP Whitelisting to access this service", data: null },
      match: { method: "POST", path: "/transfers" },
    });
    const id = await planned();
    await world.run();
    // Nobody there heard of it, for certain: it can be taken back, and asks for its word again.
    expect(await world.of(id)).toMatchObject({
      status: "planned",
      waiting_reason: "ip_not_allowed",
      told_at: null,
    });
    await expectPaidOnce(await world.until(id, "succeeded").then(async (one) => (await world.run(), one)));
  });

  test("a refusal of what may have been heard before is no failure: it goes on being looked for", async () => {
    const lost = { kind: "lost_request", match: { method: "POST", path: "/transfers" } } as const;
    world.faults.next("flutterwave", lost);
    const id = await planned();
    await world.run(2);
    const body = { status: "error", message: "Transfer limit exceeded", data: null };
    world.faults.next("flutterwave", { ...lost, kind: "http", status: 400, body });
    world.clock.advance(6 * 60_000);
    await world.run(2);
    expect(await world.of(id)).toMatchObject({ status: "submitting", tellings: 2 });
    expect(world.ended).not.toContain(id);
    world.clock.advance(6 * 60_000);
    await expectPaidOnce(await world.until(id, "succeeded").then(async (one) => (await world.run(), one)));
  });

  test("what is paused, or may leave no more, is not told again, however long nobody heard of it", async () => {
    world.faults.next("flutterwave", {
      kind: "lost_request",
      match: { method: "POST", path: "/transfers" },
    });
    const id = await planned();
    await world.run(2);
    const told = world.sends();
    world.permit("paused_by_operator");
    world.clock.advance(6 * 60_000);
    await world.run(3);
    expect(await world.of(id)).toMatchObject({
      status: "submitting",
      waiting_reason: "paused_by_operator",
    });
    expect(world.sends()).toBe(told);
    world.permit("granted");
    await expectPaidOnce(await world.until(id, "succeeded").then(async (one) => (await world.run(), one)));
  });

  test("one that had failed and has not, says its provider later, is in doubt until two persons vouch", async () => {
    const there = world.emulator.balance("NGN");
    world.emulator.fund("NGN", "1");
    const { id, purpose, purpose_id: purposeId } = await world.until(await planned(), "failed");
    world.emulator.fund("NGN", there);
    await askAboutFailed(world.deps, { purpose, purposeId }, never);
    expect(await world.of(purposeId)).toMatchObject({ contradicted_at: null });
    const theirs = world.emulator.transfers().find(({ reference }) => reference === id)!;
    Object.assign(theirs, { status: "SUCCESSFUL" }); // as after a retry in their dashboard
    await askAboutFailed(world.deps, { purpose, purposeId }, never);
    expect((await world.of(purposeId)).contradicted_at).not.toBeNull();
    await inTransaction(world.db, (tx) => vouchForFailed(tx, { purpose, purposeId }));
    expect(await world.of(purposeId)).toMatchObject({ status: "failed", contradicted_at: null });
  });

  test("what the bank has and the book's float has not is a person's matter, and is booked once the float is", async () => {
    const id = await planned();
    const move = (amount: bigint, [debit, credit]: readonly [string, string]) =>
      postEntry(world.db, {
        id: newId(),
        reason: "test",
        happenedAt: world.clock.now(),
        postings: [{ debit, credit, money: { asset: NGN, amount } }],
      });
    const [float, funding] = [accounts.bank("flutterwave"), accounts.platform("funding")];
    const taken = begun - 1_000n;
    await move(taken, [funding, float]);
    expect(await world.until(id, "in_review")).toMatchObject({ review_reason: "float_overdrawn" });
    await move(taken, [float, funding]);
    await decide((await world.of(id)).id, "Ada", "check");
    await expectPaidOnce(await world.until(id, "succeeded").then(async (one) => (await world.run(), one)));
  });

  test.each([
    ["amount", { kind: "other_amount", amount: "15" }, "bank_tells_other_amount"],
    ["account", { kind: "other_account", accountNumber: "0690000032" }, "bank_tells_other_account"],
  ] as const)(
    "another %s than was asked is a person's matter, and nothing is booked",
    async (_name, outcome, reason) => {
      world.emulator.next(outcome);
      const id = await planned();
      expect(await world.until(id, "in_review")).toMatchObject({ review_reason: reason });
      await world.run();
      expect(await world.float()).toBe(begun);
      expect(world.ended).not.toContain(id);
      const transfer = await world.of(id);
      const act = (owner: string, action: string) => decide(transfer.id, owner, action);
      await expect(act("Ada", "book_as_delivered")).rejects.toMatchObject({ code: "second_person_needed" });
      await expect(act("Bob", "book_as_failed")).rejects.toMatchObject({ code: "second_person_needed" });
      await act("Bob", "book_as_delivered");
      expect(await world.of(id)).toMatchObject({ status: "succeeded" });
      expect(begun - (await world.float())).toBe(transfer.amount + transfer.fee_expected);
    },
  );

  test("without a word nobody outside is told, and it may be taken back; told, it may not", async () => {
    world.permit("awaiting_approval");
    const before = world.sends();
    const id = await planned();
    await world.run(2);
    const waiting = await world.of(id);
    expect(waiting).toMatchObject({ status: "planned", waiting_reason: "awaiting_approval", told_at: null });
    expect(world.sends()).toBe(before);
    const why = { cause: { kind: "operator", ref: "test" }, now: world.clock.now() } as const;
    expect(await inTransaction(world.db, (tx) => cancelBankTransfer(tx, waiting.id, why))).toBe(true);
    world.permit("granted");
    await world.run(2);
    expect(world.sends()).toBe(before);
    const told = await world.until(await planned(), "succeeded");
    expect(await inTransaction(world.db, (tx) => cancelBankTransfer(tx, told.id, why))).toBe(false);
  });

  test("a float is promised once: of twenty at once as many are planned as it has room for", async () => {
    const amount = (await world.float()) / 4n;
    const results = await Promise.all(Array.from({ length: 20 }, () => world.plan({ amount })));
    // What still waits for a person above keeps its part of the float.
    const made = results.filter((id) => id !== null);
    expect(made.length).toBeGreaterThanOrEqual(2);
    expect(made.length).toBeLessThan(4);
    for (const id of made) {
      const { id: transferId } = await world.of(id);
      const why = { cause: { kind: "operator", ref: "test" }, now: world.clock.now() } as const;
      await inTransaction(world.db, (tx) => cancelBankTransfer(tx, transferId, why));
    }
  });

  test("queued, then failed for want of funds there: nothing left, and another try is safe", async () => {
    const there = world.emulator.balance("NGN");
    world.emulator.fund("NGN", "1");
    const transfer = await world.until(await planned(), "failed");
    expect(transfer.said).toContain("Insufficient funds");
    expect(await world.float()).toBe(begun);
    world.emulator.fund("NGN", there);
  });

  test("a float that differs is shown after a while: more is the owner's by one word, less is a loss by two", async () => {
    const desk = floatDesk(world.deps);
    const keys = await Promise.all(
      ["Ada", "Bob"].map((owner) =>
        createApiKey(world.db, { name: owner, owner, scopes: ["admin"], now: world.clock.now() }),
      ),
    );
    const act = (person: number) =>
      desk.act({
        id: "flutterwave:fiat:NGN",
        action: "book_difference",
        input: {},
        by: `api_key:${keys[person]!.apiKey.id}`,
        now: world.clock.now(),
        signal: never,
      });
    const found = () => desk.find({ now: world.clock.now(), signal: never });
    const there = Number(world.emulator.balance("NGN"));
    const lack = Number(await world.float()) / 1_000 - there;
    for (const [difference, status] of [
      [500, "more_at_provider"],
      [-5_000_000, "less_at_provider"],
    ] as const) {
      const booked = await world.float();
      world.emulator.fund("NGN", `${Math.max(there + lack + difference, 1)}`);
      const { compareFloatsJob } = await import("./compare-floats.job.ts");
      await compareFloatsJob(world.deps).run({}, { signal: never, log: world.deps.log } as never);
      expect(await found()).toEqual([]);
      world.clock.advance(11 * 60_000);
      expect(await found()).toMatchObject([{ status }]);
      if (difference > 0) await act(0);
      else {
        await expect(act(0)).rejects.toMatchObject({ code: "second_person_needed" });
        await expect(act(0)).rejects.toMatchObject({ code: "second_person_needed" });
        expect(await world.float()).toBe(booked);
        await act(1);
      }
      expect(await found()).toEqual([]);
      expect(`${Number(await world.float()) / 1_000}`).not.toBe(`${Number(booked) / 1_000}`);
      await act(0); // nothing differs any more: nothing is booked
    }
    const { [`${accounts.platform("variance")} fiat:NGN`]: variance } = await world.balances();
    expect(variance).toBeDefined();
  });
});

test.each([
  ["Forrest Green", "GREEN FORREST", true],
  ["Forrest Green", "GREEN FORREST ADEYEMI", true],
  ["forrest green", "Forrest Gréen", true],
  ["Forrest Blue", "GREEN FORREST", false],
  ["Green", "GREEN FORREST", false],
  ["", "GREEN FORREST", false],
  ["F G", "GREEN FORREST", false],
])("whether %s is %s: %s", (given, told, same) => expect(isSameHolder(given, told)).toBe(same));
