import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { giveEarnings, startWorld, type World } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { balancesOf } from "../earnings/index.ts";
import { whyUnpaid, type UnpaidReason } from "./index.ts";

let world: World;
let payeeId: string;

/** A payee with a threshold of 10 USDT who earned 20 USDT and a little ether; each kind below moves the USDT. */
beforeAll(async () => {
  world = await startWorld({ worker: false });
  payeeId = await world.payee({ threshold: "10" });
  await giveEarnings(world, "ethereum:USDT", [{ payeeId, amount: 20_000_000n }]);
  await giveEarnings(world, "ethereum:ETH", [{ payeeId, amount: 7n }]);
});
afterAll(() => world.stop());

const id = (n: number): string => `'00000000-0000-4000-8000-00000000000${n}'`;
const [conversionId, payoutId, attemptId, swapId, transferId, sweepId, depositId] = [1, 2, 3, 4, 5, 6, 7].map(
  id,
);
const text = (value: string | null): string => (value === null ? "null" : `'${value}'`);
const watch = "now() + interval '1 minute', now() + interval '1 day'";

const earning = (set: string): string => `update earning set ${set} where asset = 'ethereum:USDT'`;
const payment = (set: string): string => `update payment set ${set} where settled_asset = 'ethereum:USDT'`;
const payee = (set: string): string => `update payee set ${set}`;
const notHere = earning("spendable = false");
const expected = payment("arrival = 'expected', next_check_at = now(), deadline_at = now()");
const instant = earning("route = 'instant'");
const available = earning("status = 'available', available_asset = asset, available_amount = amount");

const gathering = (status: string, reason: string | null): string[] => [
  notHere,
  payment("processor = 'chain'"),
  `insert into deposit_sweep (id, wallet_id, to_wallet_id, asset, amount, status, reason, created_at, updated_at, next_check_at, deadline_at)
   select ${sweepId}, id, id, 'ethereum:USDT', 20000000, ${text(status)}, ${text(reason)}, now(), now(), ${watch} from wallet limit 1`,
  `insert into deposit (id, chain, transaction_hash, transfer_index, asset, amount, address, block_number, block_hash, block_time,
     final, status, payment_id, sweep_id, created_at, updated_at)
   select ${depositId}, 'ethereum', '0x1', 'log+1', settled_asset, settled_amount, '0x2', 1, '0x3', now(), true, 'credited', id,
     ${sweepId}, now(), now() from payment where settled_asset = 'ethereum:USDT'`,
];
const check = (reason: string, decision = "waiting"): string[] => [
  `insert into conversion_check (asset, checked_at, pending_amount, decision, reason)
   values ('ethereum:USDT', now(), 20000000, ${text(decision)}, ${text(reason)})`,
];
const wait = (reason: string): string =>
  `insert into payout_wait (payee_id, asset, reason, since, checked_at) select id, 'ethereum:USDT', ${text(reason)}, now(), now() from payee`;
const payout = (status: string, review: string | null = null, at = "now()"): string =>
  `insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, route, status, review_reason, end_reason,
     requested_by, created_at, updated_at, next_check_at, deadline_at)
   select ${payoutId}, id, 'threshold', 'ethereum:USDT', 20000000, 'ethereum:USDT', '0x1', 'direct', ${text(status)}, ${text(review)},
     ${text(status === "rejected" ? "planted" : null)}, 'test', ${at}, ${at}, ${watch} from payee`;
const held = (status: string, review: string | null = null): string[] => [
  earning(`status = 'held', payout_id = ${payoutId}, available_asset = asset, available_amount = amount`),
  payout(status, review),
  `insert into payout_attempt (id, payout_id, seq, route, status, created_at) values (${attemptId}, ${payoutId}, 1, 'direct', 'sending', now())`,
];
const transfer = (status: string, waiting: string | null, review: string | null = null): string =>
  `insert into transfer (id, wallet_id, purpose, purpose_id, asset, amount, to_address, debit_account, done_task, status, waiting_reason,
     review_reason, slot, correlation_id, created_at, updated_at, next_check_at, deadline_at)
   select ${transferId}, id, 'payout_attempt', ${attemptId}, 'ethereum:USDT', 1, '0x1', 'x', 'x', ${text(status)}, ${text(waiting)},
     ${text(review)}, '{"number": "1"}', 'x', now(), now(), ${watch} from wallet limit 1`;
const swap = (
  purpose: "conversion" | "payout_attempt",
  status: string,
  waiting: string | null,
  review: string | null = null,
): string =>
  `insert into swap (id, purpose, purpose_id, seq, done_task, provider, provider_id, status, waiting_reason, review_reason, flow, source_asset,
     source_amount, source_usd_micros, target_asset, target_address, source_account, refund_address, least_target_amount, correlation_id,
     created_at, updated_at, next_check_at, deadline_at)
   values (${swapId}, '${purpose}', ${purpose === "conversion" ? conversionId : attemptId}, 1, 'x', 'changenow', 'x', ${text(status)},
     ${text(waiting)}, ${text(review)}, 'standard', 'ethereum:USDT', 1, 1, 'ethereum:USDC', '0x1', 'x', '0x1', 1, 'x', now(), now(), ${watch})`;
const converting = (status: string): string[] => [
  earning(`status = 'converting', conversion_id = ${conversionId}`),
  `insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason, settings_version, created_at,
     updated_at, next_check_at, deadline_at)
   values (${conversionId}, 'ethereum:USDT', 20000000, 'ethereum:USDC', 'source_amount', ${text(status)}, 'x', 1, now(), now(), ${watch})`,
];
const sending = (waiting: string): string[] => [...held("sending"), transfer("planned", waiting)];
const debt = (reason: string): string =>
  `insert into recoverable (id, payee_id, asset, amount, created_at, reason) select ${id(8)}, id, 'ethereum:USDT', 5, now(), ${text(reason)} from payee`;

/** What is planted, and the code and cause that must answer. */
const kinds: readonly (readonly [string, readonly string[], string, string | null])[] = [
  ["coins still at the processor", [notHere, expected], "coins_not_arrived", null],
  [
    "coins in the processor's custody",
    [notHere, payment("arrival = 'custody', next_check_at = now(), deadline_at = now()")],
    "coins_not_arrived",
    null,
  ],
  [
    "settled short",
    [
      notHere,
      payment(
        "review_reason = 'settled_short', arrival = 'expected', next_check_at = now(), deadline_at = now()",
      ),
    ],
    "payment_in_review",
    "settled_short",
  ],
  [
    "a fee too high to gather",
    gathering("waiting", "fee_share_too_high"),
    "coins_not_gathered",
    "fee_share_too_high",
  ],
  ["no key to gather with", gathering("waiting", "signer_missing"), "coins_not_gathered", "signer_missing"],
  [
    "gas on its way to the address",
    gathering("waiting_for_gas", null),
    "coins_not_gathered",
    "waiting_for_gas",
  ],
  ["being gathered", gathering("sending", null), "coins_not_gathered", "sending"],
  ["a gathering that failed", gathering("failed", "reverted"), "coins_not_gathered", "reverted"],
  ["nothing gathers yet", [notHere, payment("processor = 'chain'")], "coins_not_gathered", null],
  [
    "coins on Tron",
    [notHere, payment("processor = 'chain'"), earning("asset = 'tron:USDT'")],
    "coins_where_we_do_not_send",
    null,
  ],
  [
    "coins on Solana",
    [notHere, payment("processor = 'chain'"), earning("asset = 'solana:SOL'")],
    "coins_where_we_do_not_send",
    null,
  ],
  ["no conversion check yet", [earning("spendable = true")], "conversion_not_looked_at", null],
  [
    "came after the last conversion",
    check("asked by an operator", "converted"),
    "conversion_not_looked_at",
    null,
  ],
  ["below the trigger", check("below_trigger"), "conversion_not_worth_it", null],
  ["no price to convert by", check("no_price"), "cannot_be_converted_yet", "no_price"],
  [
    "no wallet for the settlement asset",
    check("no_wallet_for_settlement_asset"),
    "cannot_be_converted_yet",
    "no_wallet_for_settlement_asset",
  ],
  ["no provider swaps it", check("no_swap_provider"), "cannot_be_converted_yet", "no_swap_provider"],
  [
    "less than a provider swaps",
    check("below_provider_minimum"),
    "cannot_be_converted_yet",
    "below_provider_minimum",
  ],
  [
    "the swap provider is down",
    check("provider: unavailable"),
    "cannot_be_converted_yet",
    "provider: unavailable",
  ],
  [
    "another conversion of the asset",
    check("conversion_under_way"),
    "cannot_be_converted_yet",
    "conversion_under_way",
  ],
  ["claimed", converting("claimed"), "being_converted", null],
  [
    "the exposure cap is reached",
    [...converting("swapping"), swap("conversion", "quoted", "exposure_cap")],
    "being_converted",
    "exposure_cap",
  ],
  [
    "no coins to fund the swap",
    [...converting("swapping"), swap("conversion", "funding", "insufficient_asset")],
    "being_converted",
    "insufficient_asset",
  ],
  [
    "exchanging",
    [...converting("swapping"), swap("conversion", "exchanging", null)],
    "being_converted",
    "exchanging",
  ],
  [
    "on hold at the provider",
    [...converting("swapping"), swap("conversion", "on_hold", null)],
    "being_converted",
    "on_hold",
  ],
  [
    "its swap in review",
    [...converting("swapping"), swap("conversion", "in_review", null, "deadline_passed")],
    "being_converted",
    "deadline_passed",
  ],
  [
    "refunded while converting",
    [...converting("swapping"), earning("refunded_at = now()")],
    "refunded_meanwhile",
    "swapping",
  ],
  ["instant and due", [instant], "payout_due", null],
  ["instant and paused", [instant, payee("status = 'paused'")], "payee_paused", null],
  ["instant dust", [instant, wait("below_instant_minimum")], "cannot_be_paid_yet", "below_instant_minimum"],
  [
    "instant, and its network is down",
    [instant, wait("provider: unavailable")],
    "cannot_be_paid_yet",
    "provider: unavailable",
  ],
  ["instant, after a failure", [instant, payout("failed")], "payout_failed", null],
  ["below the threshold", [available, payee("threshold_amount = 50000000")], "below_threshold", null],
  ["due", [available], "payout_due", null],
  ["paused", [available, payee("status = 'paused'")], "payee_paused", null],
  [
    "the threshold is in another asset",
    [available, payee("threshold_asset = 'ethereum:USDC'"), wait("below_threshold_by_value")],
    "cannot_be_paid_yet",
    "below_threshold_by_value",
  ],
  [
    "no price for the threshold",
    [available, payee("threshold_asset = 'ethereum:USDC'"), wait("no_price_for_threshold")],
    "cannot_be_paid_yet",
    "no_price_for_threshold",
  ],
  ["no price for the swap", [available, wait("no_price")], "cannot_be_paid_yet", "no_price"],
  [
    "below the provider's minimum",
    [available, wait("below_provider_minimum")],
    "cannot_be_paid_yet",
    "below_provider_minimum",
  ],
  ["no wallet", [available, wait("no_wallet")], "cannot_be_paid_yet", "no_wallet"],
  ["no route", [available, wait("no_rail")], "cannot_be_paid_yet", "no_rail"],
  [
    "no provider to the destination",
    [available, wait("no_swap_provider")],
    "cannot_be_paid_yet",
    "no_swap_provider",
  ],
  ["the last payout failed an hour less ago", [available, payout("failed")], "payout_failed", null],
  [
    "the last payout failed a day ago",
    [available, payout("failed", null, "now() - interval '1 day'")],
    "payout_due",
    null,
  ],
  ["asked for", held("requested"), "payout_under_way", null],
  ["is paid elsewhere", held("outside"), "payout_paid_elsewhere", null],
  ["waits for approval", held("awaiting_approval"), "payout_awaiting_approval", null],
  ["the last payout was rejected", [available, payout("rejected")], "payout_rejected", "planted"],
  ["the last payout was cancelled", [available, payout("cancelled")], "payout_failed", null],
  ["over the policy's day", [available, wait("above_day_limit")], "cannot_be_paid_yet", "above_day_limit"],
  ["approved", held("approved"), "payout_under_way", null],
  ["approved, and paused since", [...held("approved"), payee("status = 'paused'")], "payee_paused", null],
  ["too few coins in the wallet", sending("insufficient_asset"), "payout_under_way", "insufficient_asset"],
  ["too little gas", sending("insufficient_gas"), "payout_under_way", "insufficient_gas"],
  ["the wallet is stopped", sending("wallet_paused"), "payout_under_way", "wallet_paused"],
  ["over the day's limit", sending("above_daily_limit"), "payout_under_way", "above_daily_limit"],
  ["over one transfer's limit", sending("above_transfer_limit"), "payout_under_way", "above_transfer_limit"],
  ["fees above the cap", sending("fee_above_cap"), "payout_under_way", "fee_above_cap"],
  ["no endpoint answers", sending("rpc_unavailable"), "payout_under_way", "rpc_unavailable"],
  [
    "the transfer would revert",
    sending("transfer_would_revert"),
    "payout_under_way",
    "transfer_would_revert",
  ],
  ["no key", sending("keystore_missing"), "payout_under_way", "keystore_missing"],
  [
    "on the chain, not final",
    [...held("sending"), transfer("broadcast", null)],
    "payout_under_way",
    "broadcast",
  ],
  [
    "the exposure cap holds its swap",
    [...held("sending"), swap("payout_attempt", "quoted", "exposure_cap")],
    "payout_under_way",
    "exposure_cap",
  ],
  [
    "at the swap provider",
    [...held("sent"), swap("payout_attempt", "exchanging", null)],
    "payout_at_provider",
    "exchanging",
  ],
  [
    "held for a check at the provider",
    [...held("sent"), swap("payout_attempt", "on_hold", null)],
    "payout_at_provider",
    "on_hold",
  ],
  ["reverted on the chain", held("in_review", "reverted"), "payout_in_review", "reverted"],
  [
    "a swap lost without proof",
    held("in_review", "swap_lost_unproved"),
    "payout_in_review",
    "swap_lost_unproved",
  ],
  [
    "refunded while held",
    [...held("sending"), earning("refunded_at = now()")],
    "refunded_meanwhile",
    "sending",
  ],
  ["owed back after a refund", [debt("refunded")], "owed_back", "refunded"],
  ["owed back, paid twice", [debt("paid_twice")], "owed_back", "paid_twice"],
];

/** What answers with these statements run; they are rolled back, and triggers sleep. */
async function planted(statements: readonly string[]) {
  let seen: { reasons: UnpaidReason[]; balances: Awaited<ReturnType<typeof balancesOf>> } | null = null;
  const undo = new Error("undo");
  await inTransaction(world.engine.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`insert into schedule_run (task, succeeded_at) values ('payouts.plan', now()) on conflict do nothing`.execute(
      tx,
    );
    for (const statement of statements)
      expect((await sql.raw(statement).execute(tx)).numAffectedRows).toBeGreaterThan(0n);
    const db = tx as unknown as Db;
    seen = { reasons: await whyUnpaid(db, payeeId, new Date()), balances: await balancesOf(db, payeeId) };
    throw undo;
  }).catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  return seen!;
}

describe("no unpaid balance is without a reason, a next step and a date", () => {
  test("fifty kinds and more are planted", () => {
    expect(new Set(kinds.map(([name]) => name)).size).toBe(kinds.length);
    expect(kinds.length).toBeGreaterThanOrEqual(50);
  });

  test.each(kinds)("%s", async (_name, statements, code, cause) => {
    const { reasons, balances } = await planted(statements);
    const found = reasons.filter(({ asset }) => asset !== "ethereum:ETH");
    expect(found.map((one) => [one.code, one.cause])).toContainEqual([code, cause]);
    for (const one of reasons) {
      expect(one.sentence).toMatch(/^[A-Z].+\.$/s);
      expect(one.nextStep).toMatch(/\S/);
      expect(one.since).toBeInstanceOf(Date);
      // Seen, to be seen again, or ended by a time; only what waits for the payee's next earnings has none of these.
      expect(one.owner === "payer" || (one.lookedAt ?? one.nextLookAt ?? one.endsBy) !== null).toBe(true);
    }
    const owed = balances.filter(({ state }) => state !== "paid");
    expect(owed.length).toBeGreaterThan(0);
    for (const { state, asset, amount } of owed) {
      const explained = reasons.filter((one) => one.state === state && one.asset === asset);
      expect(explained.reduce((sum, one) => sum + one.amount, 0n)).toBe(amount);
    }
  });

  test("the API shows it with the payee", async () => {
    const { unpaid } = await world.client.get("/v1/payees/{id}", { params: { path: { id: payeeId } } });
    expect(unpaid).toContainEqual(
      expect.objectContaining({
        state: "pending",
        money: { asset: "ethereum:USDT", amount: "20" },
        code: "conversion_not_looked_at",
        owner: "system",
        next_look_at: expect.any(String),
      }),
    );
  });
});
