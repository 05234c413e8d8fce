import { inTransaction, sql } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import type { ProviderSwap } from "../providers/port.ts";
import type { SwapDeps } from "./deps.ts";
import { hearProvider } from "./hear-provider.ts";
import { isOlderThanFunding, readPayeeDelivery } from "./payee-delivery.ts";
import { raiseAlert } from "./raise-alert.ts";
import { isPoorRefund, recordDelivery, recordRefund } from "./record-end.ts";
import { normaliseHash, notAttributedElsewhere, seeOnChain } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";
import { advanceSwap, checkSwapLater, findSwap } from "./swap-store.ts";
import { sameAmount } from "./unacceptable-exchange.ts";

/** Asks the provider about a funded swap and does what its answer means. The provider's word moves no money: the chain's does. */
export async function followSwap(deps: SwapDeps, swap: Swap, signal: AbortSignal): Promise<void> {
  let told: ProviderSwap | null;
  try {
    told = await hearProvider(deps, swap, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return later(deps, swap, `status_unavailable: ${error.reason}`);
  }
  if (told === null) return later(deps, swap, "unknown_at_provider");
  await tellOfMismatch(deps, swap, told);
  try {
    await followTold(deps, swap, told, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await later(deps, swap, `chain_unavailable: ${error.reason}`);
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
      return later(deps, swap, `unrecognised_status: ${told.rawStatus}`);
    case "waiting":
      return later(deps, swap, "deposit_not_seen_by_provider");
    default:
      return step(deps, swap, told, "exchanging");
  }
}

/** Moves to a status on the way, unless the swap is there or beyond it already, and looks again later. */
async function step(
  deps: SwapDeps,
  swap: Swap,
  told: ProviderSwap,
  to: "on_hold" | "exchanging",
): Promise<void> {
  if (swap.status !== to && swap.status !== "refunding" && swap.status !== "in_review")
    await inTransaction(deps.db, (tx) =>
      advanceSwap(tx, swap, { to, cause: { kind: "provider", ref: told.rawStatus }, now: deps.clock.now() }),
    );
  await later(deps, swap, null);
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
  } else if (swap.review_reason !== reason)
    await sql`
      update swap set review_reason = ${reason} where id = ${swap.id} and status = 'in_review'`.execute(
      deps.db,
    );
  await later(deps, swap, reason);
}

/** Looks again after a while; past the deadline the swap is also shown for review, and still followed. */
async function later(deps: SwapDeps, swap: Swap, waitingReason: string | null): Promise<void> {
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
    await checkSwapLater(tx, swap, { at, waitingReason });
  });
}

/** The provider's figures move nothing. A deposit that it counts otherwise than we sent it is told to a person. */
async function tellOfMismatch(deps: SwapDeps, swap: Swap, told: ProviderSwap): Promise<void> {
  const { decimals } = deps.registry.get(swap.source_asset);
  const received = told.sourceAmount;
  if (received === null || sameAmount(swap.source_amount, received, decimals)) return;
  const amounts = { sent: swap.source_amount.toString(), received: received.toString() };
  await raiseAlert(deps, deps.db, { swap, alert: "deposit_mismatch", ...amounts });
}

const namedBy = "provider";

/** Of what the provider says it sent, this part must have arrived; rounding and a token's own fee explain the rest. */
const leastArrivedBps = 9_900n;
export const leastOfTold = ({ targetAmount }: ProviderSwap): bigint =>
  ((targetAmount ?? 0n) * leastArrivedBps) / 10_000n;

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
  const target = deps.registry.get(swap.target_asset);
  const hash = normaliseHash(deps, target.chain, told.payoutHash);
  if (hash === null) return later(deps, swap, "delivery_without_hash");
  const least = leastOfTold(told);
  if (swap.purpose === "payout_attempt") {
    const cause: Cause = { kind: "provider", ref: hash };
    const sent = await readPayeeDelivery(deps, swap, { hash, told, least }, signal);
    if (sent.kind === "nothing") return later(deps, swap, "delivery_not_seen_on_chain");
    if (sent.kind === "unbelievable" || sent.kind === "contested")
      return review(deps, swap, told, sent.reason);
    if (sent.amount < least) return review(deps, swap, told, "delivery_less_than_told");
    const { indexes } = sent;
    const amount = sent.amount === 0n ? null : sent.amount;
    const delivery = { hash, amount, cause, sent: { indexes, namedBy } } as const;
    return unlessUsed(deps, swap, told, () => recordDelivery(deps, swap.id, delivery));
  }
  const seen = await seeOnChain(deps, { asset: target, address: swap.target_address, hash }, signal);
  const ours =
    seen === null ? [] : await notAttributedElsewhere(deps, swap, { hash, namedBy }, seen.receipts);
  if (seen === null || ours.length === 0) return later(deps, swap, "delivery_not_seen_on_chain");
  if (await isOlderThanFunding(deps.db, swap, target.chain, seen.reading))
    return review(deps, swap, told, "delivery_older_than_funding");
  const receipt = ours.find((one) => one.amount >= least);
  if (!receipt) return review(deps, swap, told, "delivery_less_than_told");
  const arrived = { hash, receipt, reading: seen.reading, namedBy } as const;
  const delivery = { hash, amount: receipt.amount, cause: { kind: "chain", ref: hash } as const, arrived };
  await unlessUsed(deps, swap, told, () => recordDelivery(deps, swap.id, delivery));
}

/** Another one claimed what the provider names between our look and this, or it is a transfer of ours: a person looks. */
async function unlessUsed(
  deps: SwapDeps,
  swap: Swap,
  told: ProviderSwap,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record();
  } catch (error) {
    const used = ["delivery_already_used", "receipt_already_attributed"];
    const unbelieved = [...used, "arrival_contradicted"];
    if (!(error instanceof DomainError) || !unbelieved.includes(error.code)) throw error;
    await review(deps, swap, told, used.includes(error.code) ? "delivery_already_used" : error.code);
  }
}

/** A refund counts when our chain shows it final. */
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
    seen && hash !== null
      ? (await notAttributedElsewhere(deps, swap, { hash, namedBy }, seen.receipts))[0]
      : null;
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
    return later(deps, swap, "refund_not_seen_on_chain");
  }
  if (await isOlderThanFunding(deps.db, swap, asset.chain, seen.reading))
    return review(deps, swap, told, "refund_older_than_funding");
  if (isPoorRefund(swap, receipt.amount)) return review(deps, swap, told, "refund_too_small");
  const arrived = { hash, receipt, reading: seen.reading, namedBy } as const;
  const cause: Cause = { kind: "chain", ref: hash };
  await unlessUsed(deps, swap, told, () => recordRefund(deps, swap.id, { arrived, cause }));
}
