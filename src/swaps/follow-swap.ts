import type { Receipt, TransactionReading } from "../chains/port.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError, InvariantViolation, ProviderError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { Asset } from "../money/index.ts";
import type { ProviderSwap, SwapProvider } from "../providers/port.ts";
import { recordReceipt } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { endedSwaps, type Swap, type SwapStatus } from "./swap.ts";
import { advanceSwap, checkSwapLater, findSwap } from "./swap-store.ts";

/** Asks the provider about a funded swap and does what its answer means. The provider's word moves no money: the chain's does. */
export async function followSwap(
  deps: SwapDeps,
  swap: Swap,
  provider: SwapProvider,
  signal: AbortSignal,
): Promise<void> {
  const pair = { source: deps.registry.get(swap.source_asset), target: deps.registry.get(swap.target_asset) };
  let told: ProviderSwap | null;
  try {
    told = await provider.status(swap.provider_id ?? "", pair, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return later(deps, swap, { reason: `status_unavailable: ${error.reason}` });
  }
  if (told === null) return later(deps, swap, { reason: "unknown_at_provider" });
  try {
    await followTold(deps, swap, told, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await later(deps, swap, { reason: `chain_unavailable: ${error.reason}`, told });
  }
}

function followTold(deps: SwapDeps, swap: Swap, told: ProviderSwap, signal: AbortSignal): Promise<void> {
  switch (told.status) {
    case "delivered":
      return followDelivery(deps, swap, told, signal);
    case "refunded":
      return followRefund(deps, swap, told, signal);
    case "on_hold":
      return step(deps, swap, told, "on_hold");
    case "failed":
      return told.actionsAvailable
        ? step(deps, swap, told, "on_hold")
        : review(deps, swap, told, "provider_failed");
    case "expired":
      return review(deps, swap, told, "expired_after_funding");
    case "unrecognised":
      deps.log.error(
        { swap_id: swap.id, status: told.rawStatus },
        "the provider uses a status we do not know",
      );
      return later(deps, swap, { reason: `unrecognised_status: ${told.rawStatus}`, told });
    case "waiting":
      return later(deps, swap, { reason: "deposit_not_seen_by_provider", told });
    default:
      return step(deps, swap, told, "exchanging");
  }
}

/** Moves to a status on the way, unless the swap is there or beyond it already, and looks again later. */
async function step(deps: SwapDeps, swap: Swap, told: ProviderSwap, to: SwapStatus): Promise<void> {
  if (swap.status !== to && swap.status !== "refunding" && swap.status !== "in_review")
    await inTransaction(deps.db, (tx) =>
      advanceSwap(tx, swap, { to, cause: { kind: "provider", ref: told.rawStatus }, now: deps.clock.now() }),
    );
  await later(deps, swap, { reason: null, told });
}

async function review(deps: SwapDeps, swap: Swap, told: ProviderSwap, reason: string): Promise<void> {
  if (swap.status !== "in_review") {
    deps.log.error(
      { swap_id: swap.id, reason, correlation_id: swap.correlation_id },
      "a funded swap needs a person",
    );
    await inTransaction(deps.db, (tx) =>
      advanceSwap(tx, swap, {
        to: "in_review",
        cause: { kind: "provider", ref: told.rawStatus, note: reason },
        now: deps.clock.now(),
        set: { review_reason: reason },
      }),
    );
  }
  await later(deps, swap, { reason, told });
}

/** Looks again after a while; past the deadline the swap is also shown for review, and still followed. */
async function later(
  deps: SwapDeps,
  swap: Swap,
  why: { reason: string | null; told?: ProviderSwap },
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const current = await findSwap(tx, swap.id);
    if (
      current &&
      current.status !== "in_review" &&
      current.deadline_at !== null &&
      now > current.deadline_at
    )
      await advanceSwap(tx, current, {
        to: "in_review",
        cause: { kind: "job", ref: "swaps.advance", note: "deadline passed" },
        now,
        set: { review_reason: "deadline_passed" },
      });
    const age = now.getTime() - swap.updated_at.getTime();
    const at = new Date(now.getTime() + Math.min(Math.max(deps.settings.pollMs, age / 20), 15 * 60_000));
    await checkSwapLater(tx, swap, {
      at,
      waitingReason: why.reason,
      ...(why.told && { providerStatus: why.told.rawStatus }),
    });
  });
}

/** Of what the provider says it sent, this part must have arrived; rounding and a token's own fee explain the rest. */
const leastArrivedBps = 9_900n;

/**
 * A delivery on a chain we read is believed when that chain shows it final at the address we named. On other chains, where
 * only payouts go, the provider's word with a transaction hash completes it.
 */
async function followDelivery(
  deps: SwapDeps,
  swap: Swap,
  told: ProviderSwap,
  signal: AbortSignal,
): Promise<void> {
  const hash = normaliseHash(deps, deps.registry.get(swap.target_asset).chain, told.payoutHash);
  if (hash === null) return later(deps, swap, { reason: "delivery_without_hash", told });
  const target = deps.registry.get(swap.target_asset);
  if (swap.purpose === "payout_attempt" && !deps.chains.has(target.chain))
    return recordDelivery(deps, swap, { hash, amount: told.targetAmount, told });
  const seen = await seeOnChain(deps, { asset: target, address: swap.target_address, hash }, signal);
  if (seen === null) return later(deps, swap, { reason: "delivery_not_seen_on_chain", told });
  const least = ((told.targetAmount ?? 0n) * leastArrivedBps) / 10_000n;
  if (swap.purpose === "payout_attempt") {
    // A contract may send the native coin within its call, where no receipt shows it.
    const arrived = seen.receipts.reduce((sum, receipt) => sum + receipt.amount, 0n);
    if (target.contract !== null && arrived === 0n)
      return later(deps, swap, { reason: "delivery_not_seen_on_chain", told });
    if (target.contract !== null && arrived < least)
      return review(deps, swap, told, "delivery_less_than_told");
    return recordDelivery(deps, swap, { hash, amount: told.targetAmount, told });
  }
  const ours = await notAttributedElsewhere(deps, swap, hash, seen.receipts);
  if (ours.length === 0) return later(deps, swap, { reason: "delivery_not_seen_on_chain", told });
  const receipt = ours.find((one) => one.amount >= least);
  if (!receipt) return review(deps, swap, told, "delivery_less_than_told");
  const arrival = receiptOf(swap, { hash, receipt, reading: seen.reading }, swap.source_account);
  await recordDelivery(deps, swap, { hash, amount: receipt.amount, told }, arrival);
}

type Delivery = { hash: string; amount: bigint | null; told: ProviderSwap };

async function recordDelivery(
  deps: SwapDeps,
  swap: Swap,
  delivery: Delivery,
  arrival?: ReturnType<typeof receiptOf>,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const current = await findSwap(tx, swap.id);
    if (!current || endedSwaps.has(current.status)) return;
    if (arrival) {
      const wallet = await walletAt(tx, deps.registry.get(swap.target_asset).chain, swap.target_address);
      await recordReceipt(tx, { ...arrival, walletId: wallet.id, now: deps.clock.now() });
    }
    await deliver(deps, tx, current, delivery);
  });
}

/** One transaction may bring several arrivals, and a provider may name one that it named before for another swap. */
async function notAttributedElsewhere(
  deps: SwapDeps,
  swap: Swap,
  hash: string,
  receipts: readonly Receipt[],
): Promise<Receipt[]> {
  const chain = receipts[0]?.asset.chain ?? "";
  const { rows } = await sql<{ receipt_index: string }>`
    select receipt_index from wallet_receipt where chain = ${chain} and transaction_hash = ${hash}
      and not (purpose = 'swap' and purpose_id = ${swap.id})`.execute(deps.db);
  return receipts.filter((one) => !rows.some((row) => row.receipt_index === one.index));
}

async function deliver(deps: SwapDeps, tx: Tx, swap: Swap, delivery: Delivery): Promise<void> {
  const now = deps.clock.now();
  await advanceSwap(tx, swap, {
    to: "delivered",
    cause: { kind: swap.purpose === "conversion" ? "chain" : "provider", ref: delivery.hash },
    now,
    set: {
      payout_hash: delivery.hash,
      delivered_amount: delivery.amount,
      provider_status: delivery.told.rawStatus,
      review_reason: null,
    },
  });
  await postEntry(tx, {
    id: derivedId("swap", swap.id, "delivered"),
    reason: "swap_delivered",
    happenedAt: now,
    postings: [
      {
        debit: swap.source_account,
        credit: accounts.swap(swap.provider),
        money: { asset: swap.source_asset, amount: swap.source_amount },
      },
    ],
  });
  deps.log.info(
    {
      swap_id: swap.id,
      correlation_id: swap.correlation_id,
      delivered: String(delivery.amount),
      quoted: String(swap.quoted_target_amount),
      hash: delivery.hash,
    },
    "swap delivered",
  );
}

/** A refund counts when our chain shows it final. What it lacks against what we sent is our cost, never the payees'. */
async function followRefund(
  deps: SwapDeps,
  swap: Swap,
  told: ProviderSwap,
  signal: AbortSignal,
): Promise<void> {
  const asset = deps.registry.get(swap.source_asset);
  const hash = normaliseHash(deps, asset.chain, told.refundHash);
  const seen =
    hash === null ? null : await seeOnChain(deps, { asset, address: swap.refund_address, hash }, signal);
  const receipt =
    seen && hash !== null ? (await notAttributedElsewhere(deps, swap, hash, seen.receipts))[0] : null;
  if (hash === null || !seen || !receipt) {
    if (swap.status !== "refunding" && swap.status !== "in_review")
      await inTransaction(deps.db, (tx) =>
        advanceSwap(tx, swap, {
          to: "refunding",
          cause: { kind: "provider", ref: told.rawStatus },
          now: deps.clock.now(),
          set: { review_reason: null },
        }),
      );
    return later(deps, swap, { reason: "refund_not_seen_on_chain", told });
  }
  if (receipt.amount * 10_000n < swap.source_amount * leastRefundedBps)
    return review(deps, swap, told, "refund_too_small");
  await recordRefund(deps, swap, { hash, receipt, reading: seen.reading, told });
}

/** A refund lacks the network's fee. One that lacks more than this is no refund of what we sent: a person looks. */
const leastRefundedBps = 8_000n;

async function recordRefund(
  deps: SwapDeps,
  swap: Swap,
  { told, ...arrived }: Arrived & { told: ProviderSwap },
): Promise<void> {
  const { hash, receipt } = arrived;
  await inTransaction(deps.db, async (tx) => {
    const current = await findSwap(tx, swap.id);
    if (!current || endedSwaps.has(current.status)) return;
    const now = deps.clock.now();
    await advanceSwap(tx, current, {
      to: "refunded",
      cause: { kind: "chain", ref: hash },
      now,
      set: {
        refund_hash: hash,
        refunded_amount: receipt.amount,
        provider_status: told.rawStatus,
        review_reason: null,
      },
    });
    const wallet = await walletAt(tx, receipt.asset.chain, swap.refund_address);
    await recordReceipt(tx, {
      ...receiptOf(swap, arrived, accounts.swap(swap.provider)),
      walletId: wallet.id,
      now,
      creditAtMost: { amount: swap.source_amount, surplusTo: accounts.platform("variance") },
    });
    const shortfall = swap.source_amount - receipt.amount;
    if (shortfall > 0n)
      await postEntry(tx, {
        id: derivedId("swap", swap.id, "refund_shortfall"),
        reason: "swap_refund_shortfall",
        happenedAt: now,
        postings: [
          {
            debit: accounts.platform("variance"),
            credit: accounts.swap(swap.provider),
            money: { asset: swap.source_asset, amount: shortfall },
          },
        ],
      });
  });
}

type Landed = Extract<TransactionReading, { status: "succeeded" | "reverted" }>;

/** What this transaction brought of an asset to an address, once it is final; null until then. */
async function seeOnChain(
  deps: SwapDeps,
  what: { asset: Asset; address: string; hash: string },
  signal: AbortSignal,
): Promise<{ reading: Landed; receipts: Receipt[] } | null> {
  const chain = deps.chains.get(what.asset.chain);
  if (!chain) return null;
  const reading = await chain.readTransaction(what.hash, [what.address], signal);
  if (reading.status !== "succeeded" || !reading.final) return null;
  return { reading, receipts: reading.receipts.filter((one) => one.asset.id === what.asset.id) };
}

/** A provider's hash in its chain's normal form, or one arrival would have two names. A text that is none names nothing. */
function normaliseHash(deps: SwapDeps, chainName: string, told: string | null): string | null {
  if (told === null) return null;
  try {
    return deps.chains.get(chainName)?.normaliseHash(told) ?? told;
  } catch (error) {
    if (error instanceof DomainError && error.code === "invalid_transaction_hash") return null;
    throw error;
  }
}

/** The wallet a swap named when it was made, whichever is in use now. */
async function walletAt(tx: Tx, chain: string, address: string): Promise<{ id: string }> {
  const { rows } = await sql<{ id: string }>`
    select id from wallet where chain = ${chain} and address = ${address}`.execute(tx);
  if (!rows[0])
    throw new InvariantViolation("wallet_missing", `No wallet of ours is ${address} on ${chain}.`);
  return rows[0];
}

type Arrived = { hash: string; receipt: Receipt; reading: Landed };

const receiptOf = (swap: Swap, { hash, receipt, reading }: Arrived, credit: string) => ({
  chain: receipt.asset.chain,
  transactionHash: hash,
  receipt,
  purpose: "swap",
  purposeId: swap.id,
  credit,
  happenedAt: reading.includedIn.blockTime,
});
