import type { Receipt, TransactionReading } from "../chains/port.ts";
import { inTransaction, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { ProviderSwap, SwapProvider } from "../providers/port.ts";
import { findWallet, recordReceipt, type Wallet } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap, SwapStatus } from "./swap.ts";
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

/**
 * A conversion's delivery is believed when our own chain shows it final in our wallet. A payout's goes to the payee's own
 * address, often on a chain we do not read: there the provider's word with a transaction hash completes it.
 */
async function followDelivery(
  deps: SwapDeps,
  swap: Swap,
  told: ProviderSwap,
  signal: AbortSignal,
): Promise<void> {
  const hash = told.payoutHash;
  if (hash === null) return later(deps, swap, { reason: "delivery_without_hash", told });
  if (swap.purpose === "conversion") {
    const target = deps.registry.get(swap.target_asset);
    const seen = await seeOnChain(deps, { assetId: target.id, chainName: target.chain, hash }, signal);
    if (seen === null) return later(deps, swap, { reason: "delivery_not_seen_on_chain", told });
    return inTransaction(deps.db, async (tx) => {
      const current = await findSwap(tx, swap.id);
      if (!current || current.status === "delivered") return;
      await recordReceipt(tx, receiptOf(swap, hash, seen, swap.source_account, deps.clock.now()));
      await deliver(deps, tx, current, { hash, amount: seen.receipt.amount, told });
    });
  }
  await inTransaction(deps.db, async (tx) => {
    const current = await findSwap(tx, swap.id);
    if (current && current.status !== "delivered")
      await deliver(deps, tx, current, { hash, amount: told.targetAmount, told });
  });
}

async function deliver(
  deps: SwapDeps,
  tx: Tx,
  swap: Swap,
  delivery: { hash: string; amount: bigint | null; told: ProviderSwap },
): Promise<void> {
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
  const hash = told.refundHash;
  const source = deps.registry.get(swap.source_asset);
  const seen =
    hash === null
      ? null
      : await seeOnChain(deps, { assetId: source.id, chainName: source.chain, hash }, signal);
  if (hash === null || seen === null) {
    if (swap.status !== "refunding")
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
  await inTransaction(deps.db, async (tx) => {
    const current = await findSwap(tx, swap.id);
    if (!current || current.status === "refunded") return;
    const now = deps.clock.now();
    const receipt = receiptOf(swap, hash, seen, accounts.swap(swap.provider), now);
    await recordReceipt(tx, {
      ...receipt,
      creditAtMost: { amount: swap.source_amount, surplusTo: accounts.platform("variance") },
    });
    const shortfall = swap.source_amount - seen.receipt.amount;
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
    await advanceSwap(tx, current, {
      to: "refunded",
      cause: { kind: "chain", ref: hash },
      now,
      set: {
        refund_hash: hash,
        refunded_amount: seen.receipt.amount,
        provider_status: told.rawStatus,
        review_reason: null,
      },
    });
  });
}

interface Seen {
  readonly receipt: Receipt;
  readonly wallet: Wallet;
  readonly reading: Extract<TransactionReading, { status: "succeeded" | "reverted" }>;
}

/** The arrival at our wallet that this transaction brought, once final; null until then. */
async function seeOnChain(
  deps: SwapDeps,
  what: { assetId: string; chainName: string; hash: string },
  signal: AbortSignal,
): Promise<Seen | null> {
  const chain = deps.chains.get(what.chainName);
  const wallet = await findWallet(deps.db, what.chainName);
  if (!chain || !wallet) return null;
  const reading = await chain.readTransaction(what.hash, [wallet.address], signal);
  if (reading.status !== "succeeded" || !reading.final) return null;
  const receipt = reading.receipts.find((one) => one.asset.id === what.assetId);
  return receipt ? { receipt, wallet, reading } : null;
}

const receiptOf = (
  swap: Swap,
  hash: string,
  { receipt, wallet, reading }: Seen,
  credit: string,
  now: Date,
) => ({
  chain: wallet.chain,
  transactionHash: hash,
  receipt,
  walletId: wallet.id,
  purpose: "swap",
  purposeId: swap.id,
  credit,
  happenedAt: reading.includedIn.blockTime,
  now,
});
