import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findTrouble, giveEarnings, startWorld, type World } from "../../tests/support/index.ts";
import { claimConversion, findConversion } from "../conversions/index.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { attemptsOf, createPayout, findPayout } from "../payouts/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { findWallet, planTransfer } from "../transfers/index.ts";
import { findOrphans, findOrphansJob, findUnowned, listReview } from "./index.ts";
import { rowJob } from "../jobs/index.ts";

const USDT = "ethereum:USDT";
const DAI = "ethereum:DAI";
const elsewhere = "0x1111111254EEB25477B68fb85Ed929f73A960582";

let world: World;
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine" },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(async () => {
  expect([...tested].toSorted()).toEqual(Object.keys(world.engine.desk.orphans).toSorted());
  await world.stop();
});
let ahead = 0;
afterEach(() => {
  ahead = 0;
});
const clock = { now: () => new Date(Date.now() + ahead) };
const tested = new Set<string>();

/** The kinds of orphans of one id, now. */
async function orphansOf(id: string): Promise<string[]> {
  const found = await findOrphans(world.engine, clock.now());
  const kinds = found.filter((one) => one.id === id).map(({ kind }) => kind);
  for (const kind of kinds) tested.add(kind);
  return kinds;
}

/** Runs the search as its schedule does, and whatever that wakes. */
async function search(): Promise<void> {
  const job = findOrphansJob({ ...world.engine, clock, log: silentLogger });
  await job.run({}, { signal: AbortSignal.timeout(9_000), attempt: 1, log: silentLogger });
  await world.drain();
}

const onDesk = async (id: string): Promise<boolean> =>
  (await listReview({ ...world.engine, clock }, AbortSignal.timeout(9_000))).some(
    (item) => item.thing === "orphan" && item.id.endsWith(id),
  );

/** Writes what no code of ours would: triggers and keys sleep, as after a repair by hand. */
const plant = (statement: ReturnType<typeof sql>): Promise<void> =>
  inTransaction(world.engine.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await statement.execute(tx);
  });

const move = (tx: Tx, debit: string, credit: string, amount: bigint): Promise<unknown> =>
  postEntry(tx, {
    id: newId(),
    reason: "planted",
    happenedAt: clock.now(),
    postings: [{ debit, credit, money: { asset: USDT, amount } }],
  });

async function earningOf(payeeId: string, route: "threshold" | "instant" = "threshold"): Promise<string> {
  await giveEarnings(world, USDT, [{ payeeId, amount: 5_000_000n, route }]);
  const { rows } = await sql<{ id: string }>`select id from earning where payee_id = ${payeeId}`.execute(
    world.engine.db,
  );
  return rows[0]!.id;
}

const readEarning = async (id: string) =>
  (
    await sql<Record<string, unknown>>`
      select status, conversion_id, payout_id, available_amount from earning where id = ${id}`.execute(
      world.engine.db,
    )
  ).rows[0];
const pendingAgain = { status: "pending", conversion_id: null, payout_id: null, available_amount: null };
const swapStatus = async (table: "swap" | "transfer", id: string): Promise<string> =>
  (
    await sql<{ status: string }>`select status from ${sql.table(table)} where id = ${id}`.execute(
      world.engine.db,
    )
  ).rows[0]!.status;

describe("F68: earnings that a dead conversion claimed", () => {
  test("are pending again where the ledger says that they are, and where it still holds the claim", async () => {
    const payeeId = await world.payee();
    const [gone, released] = [newId(), newId()];
    const earning = await earningOf(payeeId);
    await plant(sql`update earning set status = 'converting', conversion_id = ${gone} where id = ${earning}`);
    expect(await orphansOf(gone)).toEqual(["earning_of_dead_conversion"]);
    await search();
    expect(await readEarning(earning)).toEqual(pendingAgain);

    await inTransaction(world.engine.db, async (tx) => {
      await move(tx, accounts.payee(payeeId, "pending"), accounts.conversion(released), 5_000_000n);
      await sql`
        insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason,
          settings_version, created_at, updated_at)
        values (${released}, ${USDT}, 5000000, ${USDT}, 'source_amount', 'released', 'test', 1, now(), now())`.execute(
        tx,
      );
    });
    await plant(
      sql`update earning set status = 'converting', conversion_id = ${released} where id = ${earning}`,
    );
    await Promise.all([search(), search()]);
    expect(await readEarning(earning)).toEqual(pendingAgain);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("stay as they are, on the desk, where the ledger says neither", async () => {
    const payeeId = await world.payee();
    const gone = newId();
    const earning = await earningOf(payeeId);
    await inTransaction(world.engine.db, (tx) =>
      move(tx, accounts.payee(payeeId, "pending"), accounts.conversion(gone), 1n),
    );
    await plant(sql`update earning set status = 'converting', conversion_id = ${gone} where id = ${earning}`);
    await search();
    expect(await readEarning(earning)).toMatchObject({ status: "converting" });
    expect(await onDesk(gone)).toBe(true);
    await inTransaction(world.engine.db, (tx) =>
      move(tx, accounts.conversion(gone), accounts.payee(payeeId, "pending"), 1n),
    );
    await search();
    expect(await readEarning(earning)).toEqual(pendingAgain);
    expect(await onDesk(gone)).toBe(false);
  });
});

describe("§7 45: earnings held for a payout that has ended", () => {
  const failedPayout = async (payeeId: string, status = "failed"): Promise<string> => {
    const id = newId();
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, route, status, requested_by,
        created_at, updated_at)
      values (${id}, ${payeeId}, 'instant', ${USDT}, 5000000, ${USDT}, ${elsewhere}, 'direct', ${status}, 'test', now(), now())`.execute(
      world.engine.db,
    );
    return id;
  };
  const hold = (earning: string, payout: string) =>
    plant(sql`
      update earning set status = 'held', payout_id = ${payout}, available_asset = asset, available_amount = amount
      where id = ${earning}`);

  test("go back where they came from, whether the ledger released them or not", async () => {
    const payeeId = await world.payee({ mode: "instant" });
    const earning = await earningOf(payeeId, "instant");
    const first = await failedPayout(payeeId);
    await hold(earning, first);
    expect(await orphansOf(first)).toEqual(["earning_of_ended_payout"]);
    await search();
    expect(await readEarning(earning)).toEqual(pendingAgain);

    const second = await failedPayout(payeeId);
    await inTransaction(world.engine.db, (tx) =>
      move(tx, accounts.payee(payeeId, "pending"), accounts.payee(payeeId, "held"), 5_000_000n),
    );
    await hold(earning, second);
    await search();
    expect(await readEarning(earning)).toEqual(pendingAgain);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("are never given back when the payout completed and the ledger still holds them: a person looks", async () => {
    const payeeId = await world.payee({ mode: "instant" });
    const earning = await earningOf(payeeId, "instant");
    const completed = await failedPayout(payeeId, "completed");
    await inTransaction(world.engine.db, (tx) =>
      move(tx, accounts.payee(payeeId, "pending"), accounts.payee(payeeId, "held"), 5_000_000n),
    );
    await hold(earning, completed);
    await search();
    expect(await readEarning(earning)).toMatchObject({ status: "held" });
    expect(await onDesk(completed)).toBe(true);
    await inTransaction(world.engine.db, (tx) =>
      move(tx, accounts.payee(payeeId, "held"), accounts.suspense("planted"), 5_000_000n),
    );
    await search();
    expect(await readEarning(earning)).toMatchObject({ status: "paid" });
  });

  test("an available or pending earning that names a payout cannot be written", async () => {
    const earning = await earningOf(await world.payee());
    const write = sql`update earning set payout_id = ${newId()} where id = ${earning}`.execute(
      world.engine.db,
    );
    await expect(write).rejects.toThrow(/free_while_waiting/);
    const held =
      sql`update earning set status = 'held', payout_id = null, available_asset = asset, available_amount = amount
      where id = ${earning}`.execute(world.engine.db);
    await expect(held).rejects.toThrow(/owned_while_under_way/);
  });
});

describe("sends whose reason has ended", () => {
  const insertSwap = async (status: string, transferId: string | null = null): Promise<string> => {
    const id = newId();
    await plant(sql`
      insert into swap (id, purpose, purpose_id, seq, done_task, provider, status, flow, source_asset, source_amount, target_asset,
        target_address, source_account, refund_address, least_target_amount, correlation_id, created_at, updated_at,
        next_check_at, deadline_at, provider_id, transfer_id, source_usd_micros)
      values (${id}, 'conversion', ${newId()}, 1, 'conversions.advance', 'changenow', ${status}, 'standard', ${DAI}, 5, ${USDT},
        ${world.wallet}, 'conversion:gone', ${world.wallet}, 1, ${id}, now(), now(), now() + interval '1 day',
        now() + interval '1 day', ${id}, ${transferId}, 0)`);
    return id;
  };
  const insertTransfer = async (purposeId: string): Promise<string> => {
    const wallet = (await findWallet(world.engine.db, "ethereum"))!;
    return inTransaction(world.engine.db, (tx) =>
      planTransfer(tx, {
        walletId: wallet.id,
        purpose: "swap",
        purposeId,
        money: { asset: USDT, amount: 1n },
        toAddress: elsewhere,
        debitAccount: accounts.swap("changenow"),
        doneTask: rowJob("swaps.advance"),
        correlationId: purposeId,
        now: clock.now(),
      }),
    );
  };

  test("an unfunded swap of a conversion that is gone ends, and so does a transfer nothing was signed for", async () => {
    const [quoted, transfer] = [await insertSwap("quoted"), await insertTransfer(newId())];
    expect(await orphansOf(quoted)).toEqual(["swap_without_owner"]);
    expect(await orphansOf(transfer)).toEqual(["transfer_without_owner"]);
    await search();
    expect(await swapStatus("swap", quoted)).toBe("rejected");
    expect(await swapStatus("transfer", transfer)).toBe("cancelled");
    const funding = await insertSwap("funding");
    const its = await insertTransfer(funding);
    await plant(sql`update swap set transfer_id = ${its} where id = ${funding}`);
    await search();
    expect([await swapStatus("swap", funding), await swapStatus("transfer", its)]).toEqual([
      "expired",
      "cancelled",
    ]);
  });

  test("what is funded or signed is never dropped: it is followed, and shown", async () => {
    const transfer = await insertTransfer(newId());
    await plant(
      sql`update transfer set status = 'broadcast', authorised_by = 'policy:1', slot = '{"kind":"number","number":"900"}', next_check_at = now() + interval '1 day' where id = ${transfer}`,
    );
    const funded = await insertSwap("exchanging", transfer);
    await search();
    expect([await swapStatus("swap", funded), await swapStatus("transfer", transfer)]).toEqual([
      "exchanging",
      "broadcast",
    ]);
    expect([await onDesk(funded), await onDesk(transfer)]).toEqual([true, true]);
    await plant(sql`update swap set status = 'expired' where id = ${funded}`);
    await plant(sql`update transfer set status = 'displaced' where id = ${transfer}`);
  });
});

describe("attempts, conversions and refunds left in the middle", () => {
  test("an attempt for which nothing was ever planned fails, and the payout goes on with another one", async () => {
    const payeeId = await world.payee({ mode: "instant" });
    await earningOf(payeeId, "instant");
    const terms = { kind: "instant", asset: USDT, offer: null, destinationAsset: USDT } as const;
    const id = await createPayout(
      { ...world.engine, clock },
      { payeeId, ...terms, least: 1n, most: null, requestedBy: "test" },
    );
    const attempt = newId();
    await plant(sql`update payout set status = 'sending' where id = ${id}`);
    await plant(sql`
      insert into payout_attempt (id, payout_id, seq, route, status, created_at) values (${attempt}, ${id}, 1, 'direct', 'sending', now())`);
    expect(await orphansOf(attempt)).toEqual(["attempt_without_send"]);
    await search();
    expect(await attemptsOf(world.engine.db, id!)).toMatchObject([
      { status: "failed", outcome: "transfer_never_planned" },
    ]);
    expect(await findPayout(world.engine.db, id!)).toMatchObject({ status: "approved" });
  });

  test("an attempt that outlived its payout ends without moving the payout", async () => {
    const payeeId = await world.payee();
    const [id, attempt] = [newId(), newId()];
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, route, status, requested_by,
        created_at, updated_at)
      values (${id}, ${payeeId}, 'operator', ${USDT}, 5, ${USDT}, ${elsewhere}, 'direct', 'failed', 'test', now(), now())`.execute(
      world.engine.db,
    );
    await plant(sql`
      insert into payout_attempt (id, payout_id, seq, route, status, created_at) values (${attempt}, ${id}, 1, 'direct', 'sending', now())`);
    await search();
    expect(await attemptsOf(world.engine.db, id)).toMatchObject([{ status: "failed" }]);
    expect(await findPayout(world.engine.db, id)).toMatchObject({ status: "failed" });
  });

  test("F68: a claimed conversion without a swap is taken up again", async () => {
    const payeeId = await world.payee();
    await earningOf(payeeId);
    const asset = registry.get(USDT);
    const conversion = await claimConversion(world.engine.conversions, {
      source: asset,
      target: asset,
      trigger: await world.engine.conversions.readTrigger(),
      reason: "test",
      observationId: null,
    });
    const { id } = conversion!;
    await sql`delete from graphile_worker._private_jobs where payload::text like ${`%${id}%`}`.execute(
      world.engine.db,
    );
    expect(await orphansOf(id)).toEqual([]);
    ahead = 3_600_000;
    expect(await orphansOf(id)).toEqual(["conversion_without_swap"]);
    await search();
    expect((await findConversion(world.engine.db, id))?.status).toBe("distributed");
  });

  test("F20: the earnings of a refunded payment are reversed although the job for it was lost", async () => {
    const payeeId = await world.payee();
    const earning = await earningOf(payeeId);
    const { rows } = await sql<{
      payment_id: string;
    }>`select payment_id from earning where id = ${earning}`.execute(world.engine.db);
    const paymentId = rows[0]!.payment_id;
    await plant(sql`update payment set status = 'refunded' where id = ${paymentId}`);
    expect(await orphansOf(paymentId)).toEqual(["earning_of_refunded_payment"]);
    await search();
    expect(await readEarning(earning)).toMatchObject({ status: "reversed" });
    expect(await findTrouble(world)).toEqual([]);
  });

  test("when all of it is done, nothing is without an owner", async () => {
    await search();
    expect(await findUnowned(world.engine, clock.now(), { lateMs: 600_000 })).toEqual([]);
  });
});
