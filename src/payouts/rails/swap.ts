import { accounts } from "../../ledger/index.ts";
import { currencyOf, divide, registry, valueInUsd, type Asset } from "../../money/index.ts";
import {
  abandonSwap,
  amountWorth,
  isAbandonable,
  leastTargetAmount,
  planSwap,
  swapLimits,
  swapsOf,
  vouchForLosses,
  type Swap,
} from "../../swaps/index.ts";
import { findWallet } from "../../transfers/index.ts";
import type { PayoutDeps } from "../deps.ts";
import { type AttemptState, type Offer, type PayoutRail } from "./rail.ts";
import { payoutTasks } from "../tasks.ts";

const purpose = "payout_attempt";

/** What became of a payout whose swap was written off, where nobody can tell whether it reached the payee. */
export const lostUnproved = "swap_lost_unproved";
/** The same, where the provider and the chain show that it did not. */
export const lostForCertain = "swap_written_off";

/**
 * A swap that delivers to the payee; which provider makes it is decided when it is opened. Below every provider's minimum
 * there is no offer yet.
 */
export const swapRail: PayoutRail = {
  name: "swap",
  serves: ({ asset, destinationAsset }) =>
    asset !== destinationAsset && currencyOf(asset) === null && currencyOf(destinationAsset) === null,
  async quote(deps, { money, destinationAsset }, signal) {
    const source = deps.registry.get(money.asset);
    const target = deps.registry.get(destinationAsset);
    const prices = await deps.prices.observe([source, target], signal);
    const sourcePrice = prices.get(source.id)?.usd;
    const targetPrice = prices.get(target.id)?.usd;
    if (sourcePrice === undefined || targetPrice === undefined) return { kind: "none", reason: "no_price" };
    const pair = { source, target, flow: "standard" } as const;
    const limits = await swapLimits(deps.swapProviders.values(), pair, signal);
    if (limits.kind === "unknown") return { kind: "none", reason: limits.reason };
    if (money.amount < limits.min) return { kind: "none", reason: "below_provider_minimum" };
    const room = await roomAtProviders(deps, source, sourcePrice);
    const slippageBps = await deps.readMaximumSlippageBps();
    const leastNetOf = (amount: bigint) =>
      leastTargetAmount(
        { asset: source, amount, price: sourcePrice },
        { asset: target, price: targetPrice },
        slippageBps,
      );
    return offerOf({
      greatestFeeBps: slippageBps,
      leastNetOf,
      valueOf: (amount) => valueInUsd(amount, source, sourcePrice, "up"),
      limit: limits.max,
      most: room === null || (limits.max !== null && limits.max < room) ? limits.max : room,
      sourceUsdMicros: valueInUsd(money.amount, source, sourcePrice, "down"),
      leastTargetAmount: leastNetOf(money.amount),
    });
  },
  async look(tx, { id }) {
    const swap = (await swapsOf(tx, purpose, id)).at(-1);
    return { state: stateOf(swap), cancellable: swap !== undefined && (await isAbandonable(tx, swap)) };
  },
  async cancel(tx, attemptId, why) {
    const swap = (await swapsOf(tx, purpose, attemptId)).at(-1);
    return swap !== undefined && abandonSwap(tx, swap.id, why);
  },
  isInDoubt: async (tx, attemptId) =>
    (await swapsOf(tx, purpose, attemptId)).some(({ loss_finding: found }) => found === "cannot_tell"),
  askAgain: (deps, attemptId, signal) => deps.followLosses(attemptId, signal),
  vouch: (tx, attemptId) => vouchForLosses(tx, purpose, attemptId),
};

/** Prices move between planning a payout and opening its swap: so much of the exposure limit is kept free for that. */
const roomForPricesBps = 500n;

async function roomAtProviders(deps: PayoutDeps, source: Asset, price: string): Promise<bigint | null> {
  const exposure = await deps.readExposureLimit();
  if (exposure === null) return null;
  return amountWorth(divide(exposure * (10_000n - roomForPricesBps), 10_000n, "down"), source, price);
}

const offerOf = (terms: {
  readonly greatestFeeBps: number;
  readonly valueOf: Offer["valueOf"];
  readonly leastNetOf: Offer["leastNetOf"];
  /** What one swap may take at the providers; null: no limit. */
  readonly limit: bigint | null;
  readonly most: bigint | null;
  readonly sourceUsdMicros: bigint;
  readonly leastTargetAmount: bigint;
}): Offer => ({
  kind: "offer",
  route: "swap",
  most: terms.most,
  greatestFeeBps: terms.greatestFeeBps,
  valueOf: terms.valueOf,
  leastNetOf: terms.leastNetOf,
  async start(tx, { id, payout, now }) {
    if (terms.limit !== null && payout.amount > terms.limit) return "above_provider_maximum";
    const wallet = await findWallet(tx, registry.get(payout.asset).chain);
    if (wallet === null) return "no_wallet";
    await planSwap(tx, {
      purpose,
      purposeId: id,
      flow: "standard",
      source: { asset: payout.asset, amount: payout.amount },
      sourceUsdMicros: terms.sourceUsdMicros,
      targetAsset: payout.destination_asset,
      targetAddress: payout.destination_address,
      targetMemo: payout.destination_memo,
      leastTargetAmount: terms.leastTargetAmount,
      sourceAccount: accounts.payee(payout.payee_id, "held"),
      refundAddress: wallet.address,
      doneTask: payoutTasks.attemptEnded,
      correlationId: payout.id,
      now,
    });
    return null;
  },
});

function stateOf(swap: Swap | undefined): AttemptState {
  if (swap === undefined) return { kind: "again", outcome: "swap_never_planned" };
  switch (swap.status) {
    case "delivered":
      return deliveredBy(swap, { afterLoss: false });
    case "refunded":
      return { kind: "again", outcome: "swap_refunded" };
    case "expired":
      return { kind: "again", outcome: "swap_expired_unfunded" };
    case "written_off":
      if (swap.loss_finding === "delivered") return deliveredBy(swap, { afterLoss: true });
      // Its provider may deliver after all, so a second payment is a person's decision, or that of two.
      return {
        kind: "review",
        outcome: swap.loss_finding === "cannot_tell" ? lostUnproved : lostForCertain,
      };
    case "rejected":
      return { kind: "failed", outcome: swap.waiting_reason ?? "swap_rejected" };
    case "funded":
    case "exchanging":
    case "on_hold":
      return { kind: "sent" };
    case "in_review":
      return { kind: "watched", reason: swap.review_reason ?? "swap_in_review" };
    default:
      return { kind: "live" };
  }
}

const deliveredBy = (
  { payout_hash: hash, delivered_amount: delivered }: Swap,
  { afterLoss }: { afterLoss: boolean },
): AttemptState => ({ kind: "completed", hash: hash ?? "", delivered, afterLoss });
