import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { noticeOf, paymentOf, tell } from "../../tests/journeys/intake-notices.ts";
import { findTrouble, giveEarnings, startWorld, type World } from "../../tests/support/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { createPayout, findPayout } from "../payouts/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { findWallet, pauseWallet, planTransfer } from "../transfers/index.ts";
import { refreshReview } from "../health/index.ts";
import { findUnowned, listReview, reviewActions, type ReviewItem } from "./index.ts";
import { rowJob } from "../jobs/index.ts";

const USDT = "ethereum:USDT";
const elsewhere = "0x1111111254EEB25477B68fb85Ed929f73A960582";
const hour = 3_600_000;

let world: World;
let ahead = 0;
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine" },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(() => {
  ahead = 0;
});

const clock = { now: () => new Date(Date.now() + ahead) };
const desk = (): Promise<ReviewItem[]> => listReview({ ...world.engine, clock }, AbortSignal.timeout(9_000));
const itemOf = async (id: string): Promise<ReviewItem | undefined> =>
  (await desk()).find((item) => item.id === id);
const act = (
  thing: string,
  id: string,
  action: string,
  body: object = {},
  headers?: Record<string, string>,
) =>
  world.api<{ code?: string }>(
    "POST",
    `/v1/review/${thing}/${encodeURIComponent(id)}/${action}`,
    body,
    headers,
  );
const actionsOn = async (id: string) =>
  (
    await sql<{ action: string; taken_by: string; outcome: string | null }>`
      select action, taken_by, outcome from review_action where thing_id = ${id} order by taken_at`.execute(
      world.engine.db,
    )
  ).rows;

/** A payout of 5 USDT in review, of which nothing was sent. */
async function payoutInReview(): Promise<string> {
  const payeeId = await world.payee({ mode: "instant" });
  await giveEarnings(world, USDT, [{ payeeId, amount: 5_000_000n, route: "instant" }]);
  const terms = { kind: "instant", asset: USDT, offer: null, destinationAsset: USDT } as const;
  const how = { payeeId, ...terms, least: 1n, most: null, requestedBy: "test" };
  const id = (await createPayout(world.engine, how))!;
  await sql`update payout set status = 'in_review', review_reason = 'transfer_reverted' where id = ${id}`.execute(
    world.engine.db,
  );
  return id;
}

describe("what is in review", () => {
  test("a payout: money, value, deadline and actions are shown; giving back is recorded with who did it, once", async () => {
    const id = await payoutInReview();
    await sql`
      insert into price_observation (id, asset, usd, source, fetched_at) values (${newId()}, ${USDT}, '1.01', 'test', now())`.execute(
      world.engine.db,
    );
    expect(await itemOf(id)).toMatchObject({
      thing: "payout",
      status: "in_review",
      reason: "transfer_reverted",
      owner: "operator",
      money: [{ asset: USDT, amount: 5_000_000n }],
      usdMicros: 5_050_000n,
      actions: ["check", "retry", "give_back"],
    });
    const { data } = await world.client.get("/v1/review");
    expect(data.find((item) => item.id === id)).toMatchObject({
      money: [{ asset: USDT, amount: "5" }],
      usd: "5.05",
    });
    const key = { "idempotency-key": newId() };
    const answers = [
      await act("payout", id, "give_back", {}, key),
      await act("payout", id, "give_back", {}, key),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await act("payout", id, "give_back")).toMatchObject({
      status: 409,
      body: { code: "payout_not_in_review" },
    });
    expect((await findPayout(world.engine.db, id))?.status).toBe("failed");
    expect(await itemOf(id)).toBeUndefined();
    const taken = await actionsOn(id);
    expect(taken.map(({ outcome }) => outcome)).toEqual(["done", "payout_not_in_review"]);
    for (const { taken_by: by } of taken) expect(by).toMatch(/^api_key:/);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("an action that is none, or lacks what it needs, or names nothing, is refused and moves nothing", async () => {
    const id = await payoutInReview();
    expect(await act("payout", id, "write_off")).toMatchObject({
      status: 422,
      body: { code: "unknown_review_action" },
    });
    expect(await act("payout", "no-id", "retry")).toMatchObject({
      status: 404,
      body: { code: "unknown_review_item" },
    });
    expect(await act("payout", newId(), "retry")).toMatchObject({
      status: 404,
      body: { code: "unknown_payout" },
    });
    expect(await act("payment", newId(), "assign")).toMatchObject({
      status: 422,
      body: { code: "review_input_missing" },
    });
    expect(await act("swap", newId(), "write_off")).toMatchObject({
      status: 404,
      body: { code: "unknown_swap" },
    });
    expect((await findPayout(world.engine.db, id))?.status).toBe("in_review");
    expect((await act("payout", id, "retry")).status).toBe(200);
    expect((await findPayout(world.engine.db, id))?.status).toBe("approved");
  });

  test("F68: an event that cannot be used stays on the desk until it is replayed or dismissed", async () => {
    const notice = noticeOf(null, { payment_status: "no_such_status" });
    await tell(world, notice);
    const event = (await desk()).find((item) => item.thing === "event")!;
    expect(event).toMatchObject({ status: "in_review", owner: "operator", actions: ["replay", "dismiss"] });
    expect((await act("event", event.id, "replay")).status).toBe(200);
    await world.drain();
    expect(await itemOf(event.id)).toMatchObject({ status: "in_review" });
    expect((await act("event", event.id, "dismiss")).status).toBe(200);
    expect(await itemOf(event.id)).toBeUndefined();
    expect(await act("event", event.id, "dismiss")).toMatchObject({
      status: 409,
      body: { code: "event_not_in_review" },
    });
  });
});

describe("what is offered is what is allowed", () => {
  const refused = async (thing: string, id: string, action: string, code: string, body: object = {}) => {
    expect(await act(thing, id, action, body), `${action} of a ${thing}`).toMatchObject({ body: { code } });
    expect((await actionsOn(id)).at(-1)).toMatchObject({ action, outcome: code });
  };

  test("a payment whose coins are on no way to us is neither settled short, nor assigned, nor refunded", async () => {
    const { orderId } = await world.order({ payees: [await world.payee()] });
    const notice = noticeOf(orderId, { payout_hash: `0x${"ef".repeat(32)}` });
    await tell(world, notice);
    const { id } = await paymentOf(world, notice.payment_id);
    ahead = 25 * hour;
    expect((await itemOf(id))?.actions).toEqual(["check", "accept_short"]);
    await refused("payment", id, "assign", "payment_not_unmatched", { order_id: orderId });
    await refused("payment", id, "refund", "payment_not_unmatched", { address: elsewhere });
    await sql`update payment set arrival = 'seen' where id = ${id}`.execute(world.engine.db);
    expect(await itemOf(id)).toBeUndefined();
    await refused("payment", id, "accept_short", "payment_not_awaited");
  });

  test("a payout of which something is signed offers no decision, and refuses one", async () => {
    const id = await payoutInReview();
    const { db } = world.engine;
    const attempt = newId();
    const wallet = (await findWallet(db, "ethereum"))!;
    await sql`
      insert into payout_attempt (id, payout_id, seq, route, status, created_at)
      values (${attempt}, ${id}, 1, 'direct', 'sending', now())`.execute(db);
    const transfer = await inTransaction(db, (tx) =>
      planTransfer(tx, {
        walletId: wallet.id,
        purpose: "payout_attempt",
        purposeId: attempt,
        money: { asset: USDT, amount: 5_000_000n },
        toAddress: elsewhere,
        debitAccount: "suspense:test",
        doneTask: rowJob("payouts.attempt_ended"),
        correlationId: id,
        now: clock.now(),
      }),
    );
    expect((await itemOf(id))?.actions).toEqual(["check", "retry", "give_back"]);
    await sql`update transfer set status = 'broadcast', slot = '{"kind":"number","number":"901"}' where id = ${transfer}`.execute(
      db,
    );
    expect((await itemOf(id))?.actions).toEqual(["check"]);
    await refused("payout", id, "give_back", "payout_under_way");
    await refused("payout", id, "retry", "payout_under_way");
    expect((await findPayout(db, id))?.status).toBe("in_review");
    await sql`update transfer set status = 'displaced' where id = ${transfer}`.execute(db);
    await sql`update payout_attempt set status = 'failed' where id = ${attempt}`.execute(db);
    await act("payout", id, "give_back");
  });

  test("a wallet that is not paused is not resumed, and no top-up is booked where chain and book agree", async () => {
    const wallet = (await findWallet(world.engine.db, "ethereum"))!;
    await refused("wallet", wallet.id, "resume", "wallet_not_paused");
    const hash = `0x${"ab".repeat(32)}`;
    const body = { transaction_hash: hash };
    await refused("wallet_difference", `${wallet.id}:${USDT}`, "top_up", "unknown_review_item", body);
    await refused("wallet_difference", `${newId()}:${USDT}`, "top_up", "unknown_review_item", body);
  });

  test("an action that no thing of its kind has is refused before anything is looked at", async () => {
    for (const { thing, actions } of world.engine.desk.rooms)
      for (const action of reviewActions(world.engine.desk).filter((one) => !actions.includes(one)))
        if (!world.engine.desk.rooms.some((room) => room.thing === thing && room.actions.includes(action)))
          expect(await act(thing, newId(), action), `${action} of a ${thing}`).toMatchObject({
            status: 422,
            body: { code: "unknown_review_action" },
          });
  });
});

describe("what passed its deadline", () => {
  /** What the metrics say of the desk, by owner. */
  async function gauges() {
    const { metrics } = world.engine;
    await refreshReview({ ...world.engine, clock }, AbortSignal.timeout(9_000));
    const read = async (gauge: typeof metrics.reviewItems): Promise<Record<string, number>> =>
      Object.fromEntries((await gauge.get()).values.map(({ labels, value }) => [labels.owner, value]));
    return {
      items: await read(metrics.reviewItems),
      usd: await read(metrics.reviewValueUsd),
      oldest: await read(metrics.reviewOldestSeconds),
    };
  }

  test("a transfer that waits appears, whoever owns it, and its money is counted once with the payout it is part of", async () => {
    ahead = 48 * hour;
    const before = await gauges();
    ahead = 0;
    const id = await payoutInReview();
    const wallet = (await findWallet(world.engine.db, "ethereum"))!;
    const transfer = await inTransaction(world.engine.db, (tx) =>
      planTransfer(tx, {
        walletId: wallet.id,
        purpose: "test",
        purposeId: id,
        money: { asset: USDT, amount: 5_000_000n },
        toAddress: elsewhere,
        debitAccount: "suspense:test",
        doneTask: rowJob("payouts.attempt_ended"),
        correlationId: id,
        now: clock.now(),
      }),
    );
    expect(await itemOf(transfer)).toBeUndefined();
    ahead = 48 * hour;
    expect(await itemOf(transfer)).toMatchObject({ owner: "system", partOf: id, actions: ["check"] });
    const after = await gauges();
    expect(after.items.system! - before.items.system!).toBe(1);
    expect(after.usd.system).toBe(before.usd.system);
    expect(after.usd.operator! - before.usd.operator!).toBeCloseTo(5.05);
    expect(after.oldest.operator).toBeGreaterThanOrEqual(48 * 3_600);
    await sql`update transfer set status = 'cancelled' where id = ${transfer}`.execute(world.engine.db);
    await act("payout", id, "give_back");
  });

  test("a payment whose coins never come appears with them, owned by the provider", async () => {
    const { orderId } = await world.order({ payees: [await world.payee()] });
    const notice = noticeOf(orderId, { payout_hash: `0x${"cd".repeat(32)}` });
    await tell(world, notice);
    const { id } = await paymentOf(world, notice.payment_id);
    expect(await itemOf(id)).toBeUndefined();
    ahead = 25 * hour;
    expect(await itemOf(id)).toMatchObject({
      owner: "provider",
      reason: "deadline_passed",
      money: [{ asset: "ethereum:ETH", amount: 9_900_000_000_000_000n }],
      actions: ["check", "accept_short"],
    });
  });
});

describe("what has no row of its own to wait in", () => {
  test("F46: a dead letter can be retried; what it was for is woken by the sweep all the same", async () => {
    const { orderId } = await world.order({ payees: [await world.payee()] });
    const { rows } = await sql<{ id: string }>`
      insert into job_dead_letter (task, payload, attempts, error, failed_at)
      values ('orders.refresh', ${JSON.stringify({ orderId })}::jsonb, 25, 'Error: no', now()) returning id::text`.execute(
      world.engine.db,
    );
    const id = rows[0]!.id;
    await sql`update pay_order set next_check_at = now() - interval '1 minute' where id = ${orderId}`.execute(
      world.engine.db,
    );
    expect(await itemOf(id)).toMatchObject({
      thing: "dead_letter",
      status: "orders.refresh",
      actions: ["retry", "dismiss"],
    });
    const sweep = world.jobs.find(({ name }) => name === "orders.sweep")!;
    await sweep.run({}, { signal: AbortSignal.timeout(9_000), attempt: 1, log: silentLogger });
    await world.drain();
    const { rows: orders } = await sql<{ late: boolean }>`
      select next_check_at < now() as late from pay_order where id = ${orderId}`.execute(world.engine.db);
    expect(orders).toEqual([{ late: false }]);
    expect((await act("dead_letter", id, "retry")).status).toBe(200);
    const { rows: jobs } = await sql`
      select from graphile_worker._private_jobs where payload::text like ${`%${orderId}%`}`.execute(
      world.engine.db,
    );
    expect(jobs).toHaveLength(1);
    expect(await act("dead_letter", id, "retry")).toMatchObject({
      status: 404,
      body: { code: "unknown_dead_letter" },
    });
  });

  test("a paused wallet and coins nobody explained are shown, and end by resuming and by booking them", async () => {
    const wallet = (await findWallet(world.engine.db, "ethereum"))!;
    await pauseWallet(world.engine.db, wallet.id, "nonce_used_elsewhere");
    expect(await itemOf(wallet.id)).toMatchObject({ reason: "nonce_used_elsewhere", actions: ["resume"] });
    expect((await act("wallet", wallet.id, "resume")).status).toBe(200);
    expect(await itemOf(wallet.id)).toBeUndefined();
    const hash = await world.sandbox.deposit({ to: world.wallet, assetId: USDT, amount: 7n });
    await world.sandbox.anvil.mine(3);
    const difference = `${wallet.id}:${USDT}`;
    expect(await itemOf(difference)).toMatchObject({
      status: "more_on_chain",
      money: [{ asset: USDT, amount: 7n }],
    });
    expect((await act("wallet_difference", difference, "top_up", { transaction_hash: hash })).status).toBe(
      200,
    );
    expect(await itemOf(difference)).toBeUndefined();
  });
});

describe("rows that nobody would look after", () => {
  test("F68: the database gives what a writer forgot a next check and a deadline, and refuses to take them away", async () => {
    const id = await payoutInReview();
    const { db } = world.engine;
    await sql`update payout set next_check_at = null, deadline_at = null where id = ${id}`.execute(db);
    const { rows } = await sql`
      select from payout where id = ${id} and next_check_at is not null and deadline_at is not null`.execute(
      db,
    );
    expect(rows).toHaveLength(1);
    const bare = inTransaction(db, async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx);
      await sql`update payout set next_check_at = null where id = ${id}`.execute(tx);
    });
    await expect(bare).rejects.toThrow(/watched_while_live/);
    await act("payout", id, "give_back");
  });

  test("a row that the sweepers should have looked at by now is found", async () => {
    const id = await payoutInReview();
    await sql`update payout set next_check_at = now() - interval '1 hour' where id = ${id}`.execute(
      world.engine.db,
    );
    const unowned = () => findUnowned(world.engine, clock.now(), { lateMs: 600_000 });
    expect(await unowned()).toEqual([{ thing: "payout", id, problem: "its check time passed" }]);
    const sweep = world.jobs.find(({ name }) => name === "payouts.sweep")!;
    await sweep.run({}, { signal: AbortSignal.timeout(9_000), attempt: 1, log: silentLogger });
    expect(await unowned()).toEqual([]);
  });
});
