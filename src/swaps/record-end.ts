import type { Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { InvariantViolation } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { findWalletAt, type Wallet } from "../transfers/index.ts";
import { claimByWord, recordReceipt, refuseExpected, type Claim } from "../arrivals/index.ts";
import { swapAccount } from "./chosen-provider.ts";
import type { SwapDeps } from "./deps.ts";
import { claimDelivery } from "./payee-delivery.ts";
import { raiseAlert } from "./raise-alert.ts";
import type { Arrived } from "./see-on-chain.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { advanceSwap, findSwap } from "./swap-store.ts";

export interface Delivery {
  readonly hash: string;
  /** What arrived, base units of the target. Null: on a chain we do not read, and the provider does not say. */
  readonly amount: bigint | null;
  readonly cause: Cause;
  /** The arrival in a wallet of ours; absent where the payee got it. */
  readonly arrived?: Arrived;
  /** Of what the payee got: which transfers of the transaction it is, and who names it. */
  readonly sent?: { readonly indexes: readonly string[]; readonly namedBy: Arrived["namedBy"] };
}

/**
 * Ends a swap as delivered and books what arrived. Safe to repeat: a swap that ended is left alone.
 * @throws {DomainError} `delivery_already_used`; of what a person named: `receipt_already_attributed`,
 * `arrival_expected_elsewhere`, `second_person_needed`
 */
export async function recordDelivery(deps: SwapDeps, id: string, delivery: Delivery): Promise<void> {
  const alertBps = await deps.readVarianceAlertBps();
  await endOnce(deps, { id, what: "delivery", ...delivery }, async (tx, swap, { now, secondPerson }) => {
    if (delivery.arrived) {
      const wallet = await walletAt(tx, deps.registry.get(swap.target_asset).chain, swap.target_address);
      await recordReceipt(tx, {
        ...receiptOf(deps, swap, delivery.arrived, { by: delivery.cause.ref, secondPerson }),
        credit: swap.source_account,
        wallet,
        now,
      });
    }
    if (delivery.sent !== undefined) await claimSent(deps, tx, swap, { ...delivery, now, secondPerson });
    await advanceSwap(tx, swap, {
      to: "delivered",
      cause: delivery.cause,
      now,
      set: { payout_hash: delivery.hash, delivered_amount: delivery.amount, review_reason: null },
    });
    await postEnd(tx, swap, {
      end: "delivered",
      debit: swap.source_account,
      amount: swap.source_amount,
      now,
    });
    const delivered = { delivered: String(delivery.amount), quoted: String(swap.quoted_target_amount) };
    deps.log.info(
      { swap_id: swap.id, correlation_id: swap.correlation_id, ...delivered, hash: delivery.hash },
      "swap delivered",
    );
    if (isShort(swap, delivery.amount, alertBps))
      await raiseAlert(deps, tx, { swap, alert: "delivered_below_quote", ...delivered });
  });
}

/**
 * Runs what ends a swap, unless it ended. A transaction that only a person named may be what somebody else waits for, and is
 * booked by the one rule for claims by word.
 */
async function endOnce(
  deps: SwapDeps,
  { id, what, hash, cause }: { id: string; what: "delivery" | "refund"; hash: string; cause: Cause },
  book: (tx: Tx, swap: Swap, at: { now: Date; secondPerson: string | null }) => Promise<void>,
): Promise<void> {
  const now = deps.clock.now();
  const asked = { subject: hash, input: { swap: id, what }, by: cause.ref, now };
  await claimByWord(deps, asked, async (tx, secondPerson) => {
    const swap = await findSwap(tx, id);
    if (swap !== null && !endedSwaps.has(swap.status)) await book(tx, swap, { now, secondPerson });
  });
}

/** What reached the payee is this swap's. A person's word for it gives way to another swap that should bring them the like. */
async function claimSent(
  deps: SwapDeps,
  tx: Tx,
  swap: Swap,
  { hash, amount, cause, sent, now, secondPerson }: Delivery & { now: Date; secondPerson: string | null },
): Promise<void> {
  const { indexes, namedBy } = sent!;
  if (namedBy === "operator") {
    const { chain, id: asset } = deps.registry.get(swap.target_asset);
    const whose = { claimantId: swap.id, payeeAddress: swap.target_address };
    const coins = { chain, asset, amount: amount ?? 0n, hash, ...whose };
    const refusal = await refuseExpected(tx, deps.arrivals, coins, { secondPerson, now });
    if (refusal !== null) throw refusal;
  }
  const person = cause.kind === "operator" ? { namedIt: namedBy === "operator", second: secondPerson } : null;
  await claimDelivery(tx, swap, { hash, indexes, person, now });
}

function isShort(swap: Swap, arrived: bigint | null, alertBps: number): boolean {
  const quoted = swap.quoted_target_amount;
  return quoted !== null && arrived !== null && arrived * 10_000n < quoted * BigInt(10_000 - alertBps);
}

/** Ends a swap as refunded and books what came back. What it lacks against what we sent is our cost, never the payees'. */
export async function recordRefund(
  deps: SwapDeps,
  id: string,
  { arrived, cause }: { arrived: Arrived; cause: Cause },
): Promise<void> {
  const { hash, receipt } = arrived;
  await endOnce(deps, { id, what: "refund", hash, cause }, async (tx, swap, { now, secondPerson }) => {
    await advanceSwap(tx, swap, {
      to: "refunded",
      cause,
      now,
      set: { refund_hash: hash, refunded_amount: receipt.amount, review_reason: null },
    });
    const wallet = await walletAt(tx, receipt.asset.chain, swap.refund_address);
    await recordReceipt(tx, {
      ...receiptOf(deps, swap, arrived, { by: cause.ref, secondPerson }),
      credit: swapAccount(swap),
      wallet,
      now,
      creditAtMost: { amount: swap.source_amount, surplusTo: accounts.platform("variance") },
    });
    const shortfall = swap.source_amount - receipt.amount;
    if (shortfall <= 0n) return;
    const debit = accounts.platform("variance");
    await postEnd(tx, swap, { end: "refund_shortfall", debit, amount: shortfall, now });
    if (isPoorRefund(swap, receipt.amount))
      await raiseAlert(deps, tx, { swap, alert: "refund_shortfall", shortfall: shortfall.toString() });
  });
}

/** A refund lacks the network's fee. One that lacks more than this is no refund of what we sent: a person looks. */
const leastRefundedBps = 8_000n;

export const isPoorRefund = (swap: Swap, refunded: bigint): boolean =>
  refunded * 10_000n < swap.source_amount * leastRefundedBps;

/**
 * Ends a swap that brings nothing any more, as far as anybody can tell: what we sent is our loss. Where nothing reached the
 * target, what it was for is owed as before; where nobody can tell, the loss goes by that name.
 */
export async function recordWriteOff(
  deps: SwapDeps,
  tx: Tx,
  id: string,
  { cause, finding }: { cause: Cause; finding: "absent" | "cannot_tell" },
): Promise<void> {
  const swap = await findSwap(tx, id);
  if (!swap || endedSwaps.has(swap.status)) return;
  const now = deps.clock.now();
  await advanceSwap(tx, swap, {
    to: "written_off",
    cause,
    now,
    set: { review_reason: null, loss_finding: finding },
  });
  const debit = accounts.platform("variance");
  const end = finding === "absent" ? "written_off" : "lost_unproved";
  await postEnd(tx, swap, { end, debit, amount: swap.source_amount, now });
  await raiseAlert(deps, tx, { swap, alert: end, lost: swap.source_amount.toString() });
}

async function postEnd(
  tx: Tx,
  swap: Swap,
  { end, debit, amount, now }: { end: string; debit: string; amount: bigint; now: Date },
): Promise<void> {
  await postEntry(tx, {
    id: derivedId("swap", swap.id, end),
    reason: `swap_${end}`,
    happenedAt: now,
    postings: [{ debit, credit: swapAccount(swap), money: { asset: swap.source_asset, amount } }],
  });
}

/** The wallet a swap named when it was made, whichever is in use now. */
export async function walletAt(tx: Tx, chain: string, address: string): Promise<Wallet> {
  const wallet = await findWalletAt(tx, chain, address);
  if (!wallet) throw new InvariantViolation("wallet_missing", `No wallet of ours is ${address} on ${chain}.`);
  return wallet;
}

type Bare = Claim extends infer One
  ? One extends Claim
    ? Omit<One, "credit" | "wallet" | "now">
    : never
  : never;

function receiptOf(
  deps: SwapDeps,
  swap: Swap,
  { hash, receipt, reading, namedBy }: Arrived,
  { by, secondPerson }: { by: string; secondPerson: string | null },
): Bare {
  const arrival = {
    chain: receipt.asset.chain,
    transactionHash: hash,
    receipt,
    alongside: reading.receipts,
    purpose: "swap",
    purposeId: swap.id,
    happenedAt: reading.includedIn.blockTime,
    by,
  };
  return namedBy === "provider"
    ? { ...arrival, evidence: "named_hash" }
    : { ...arrival, evidence: "operator", expected: deps.arrivals, secondPerson };
}
