import { describe, expect, test } from "vitest";
import { registry } from "../money/index.ts";
import type { DepositReading } from "../chains/receiving.ts";
import type { DepositRow } from "./deposit.ts";
import { claimMessages, judgeClaim, type JudgedClaim } from "./judge-claim.ts";

const now = new Date("2026-05-01T12:00:00Z");
const asset = registry.get("ethereum:USDT");
type Included = Extract<DepositReading, { status: "included" }>;

const included: Included = {
  status: "included",
  includedIn: { blockNumber: 7n, blockHash: "0x7", blockTime: now },
  succeeded: true,
  confirmations: 3n,
  final: true,
  deposits: [{ index: "log+0", asset, from: null, to: "0x1", amount: 5n }],
  unlisted: [],
  mayHideTransfers: false,
};

const row = (changes: Partial<DepositRow>): DepositRow => ({
  id: "d",
  chain: "ethereum",
  transaction_hash: "0x",
  transfer_index: "log+0",
  asset: asset.id,
  amount: 5n,
  from_address: null,
  address: "0x1",
  order_id: "mine",
  block_number: 7n,
  block_hash: "0x7",
  block_time: now,
  final: true,
  generation: 0,
  status: "credited",
  reason: null,
  payment_id: "p",
  surplus_amount: 0n,
  usd_micros: null,
  swept_at: null,
  sweep_id: null,
  created_at: now,
  updated_at: now,
  ...changes,
});

const claim: JudgedClaim = {
  orderId: "mine",
  orderPaid: true,
  reading: included,
  deposits: [row({})],
  unlistedForOrder: false,
  foundElsewhere: false,
  over: false,
};
const nothing = { ...included, deposits: [] };

describe("where a payer's claim stands", () => {
  test.each<[string, Partial<JudgedClaim>, string, string]>([
    ["§7 25 not found yet is waiting", { reading: { status: "not_found" } }, "waiting", "not_found"],
    ["pending is waiting", { reading: { status: "pending" } }, "waiting", "pending"],
    ["not found for days is over", { reading: { status: "not_found" }, over: true }, "rejected", "not_found"],
    [
      "found on another chain of the family",
      { reading: { status: "not_found" }, foundElsewhere: true },
      "rejected",
      "wrong_network",
    ],
    [
      "§7 20 a failed transaction paid nothing",
      { reading: { ...nothing, succeeded: false } },
      "rejected",
      "failed_on_chain",
    ],
    [
      "§7 19 failed, but not final: the chain may still change its mind",
      { reading: { ...nothing, succeeded: false, final: false } },
      "waiting",
      "checking",
    ],
    ["credited", {}, "accepted", "credited"],
    ["§7 10 credited, and the order wants more", { orderPaid: false }, "accepted", "underpaid"],
    ["§7 11 more than asked", { deposits: [row({ surplus_amount: 2n })] }, "accepted", "overpaid"],
    ["§7 19 being confirmed", { deposits: [row({ status: "confirming" })] }, "waiting", "confirming"],
    [
      "§7 15 somebody else's payment",
      { deposits: [row({ order_id: "theirs" })] },
      "rejected",
      "already_used",
    ],
    [
      "somebody else's payment is not told before it is final",
      { deposits: [row({ order_id: "theirs" })], reading: { ...included, final: false } },
      "waiting",
      "checking",
    ],
    [
      "nobody's amount at a shared address",
      { deposits: [row({ order_id: null })] },
      "in_review",
      "needs_review",
    ],
    [
      "§7 4 a fake token",
      { deposits: [], reading: nothing, unlistedForOrder: true },
      "rejected",
      "wrong_asset",
    ],
    ["not to us at all", { deposits: [], reading: nothing }, "rejected", "wrong_recipient"],
    [
      "coins that no endpoint can show",
      { deposits: [], reading: { ...nothing, mayHideTransfers: true } },
      "in_review",
      "needs_review",
    ],
    ["§7 17 late", { deposits: [row({ status: "in_review", reason: "late" })] }, "in_review", "late"],
    [
      "dust beside the payment",
      { deposits: [row({ status: "ignored", reason: "dust" }), row({ transfer_index: "log+1" })] },
      "accepted",
      "credited",
    ],
    ["dust", { deposits: [row({ status: "ignored", reason: "dust" })] }, "rejected", "too_little"],
    [
      "a deposit that a reorganisation took counts for nothing",
      { deposits: [row({ status: "reversed" })], reading: { status: "not_found" } },
      "waiting",
      "not_found",
    ],
  ])("%s", (_name, changes, status, reason) => {
    expect(judgeClaim({ ...claim, ...changes })).toEqual({ status, reason });
  });

  test("§7 2 §7 32 no sentence for a payer blames them for our provider, or shows how we are built", () => {
    for (const [reason, message] of Object.entries(claimMessages)) {
      expect(message, reason).toMatch(/^[A-Z].*\.$/);
      expect(message, reason).not.toMatch(/error|exception|http|rpc|null|undefined|_/i);
    }
    expect(claimMessages.provider_unavailable).toContain("not lost");
  });
});
