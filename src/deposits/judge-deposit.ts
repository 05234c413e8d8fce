import { divide, valueInUsd, type AssetRegistry } from "../money/index.ts";
import { hours, minutes } from "../lifecycle/index.ts";

/** What an operator decides about direct payments, as the settings have it. */
export interface DepositPolicy {
  /** Blocks after which a deposit counts, by chain and value. Without a line, and above its value, finality decides. */
  readonly confirmations: readonly {
    readonly chain: string;
    readonly belowUsdMicros: bigint;
    readonly confirmations: bigint;
  }[];
  /** From this value on two independent endpoints must say the same; null: never. */
  readonly twoEndpointsFromUsdMicros: bigint | null;
  /** What arrives beyond the price and this part of it is booked apart, for the payer to have back. */
  readonly overpaidBps: number;
  /** Deposits below this are dust, unless they pay an order that costs less. */
  readonly minimumUsdMicros: bigint;
  /** Payments after the order's expiry: booked for so long, or left to a person. */
  readonly late: { readonly policy: "credit" | "review"; readonly withinMs: number };
}

export interface JudgedOrder {
  readonly id: string;
  readonly status: string;
  readonly priceUsdMicros: bigint;
  readonly leastUsdMicros: bigint;
  readonly createdAt: Date;
  /** From then on a payment is late: it expired, or was cancelled. */
  readonly expiresAt: Date;
  /** What was paid for it so far, by whichever way. */
  readonly paidUsdMicros: bigint;
  readonly quotes: readonly { readonly asset: string; readonly amount: bigint; readonly expiresAt: Date }[];
}

export interface Judged {
  readonly asset: string;
  readonly amount: bigint;
  readonly blockTime: Date;
  /** The sender is a wallet or deposit address of ours. */
  readonly fromOurselves: boolean;
  /** The address serves many orders. */
  readonly shared: boolean;
  /** Null: nobody's. */
  readonly order: JudgedOrder | null;
  /** One whole coin in USD, as observed now, decimal text; null: no source tells. */
  readonly usdNow: string | null;
  readonly now: Date;
  /** Our clock, by which orders begin and end, is so far ahead of the world's; negative: behind. */
  readonly clockAheadMs: number;
}

export type ReviewReason =
  | "no_order"
  | "amount_matches_no_order"
  | "wrong_asset"
  | "wrong_chain"
  | "too_old"
  | "time_in_future"
  | "late"
  | "order_refunded";

export type Judgement =
  /** `credit` + `surplus` = the amount; `credit` may be zero where the order was paid before. */
  | {
      readonly kind: "credit";
      readonly credit: bigint;
      readonly surplus: bigint;
      readonly paidUsdMicros: bigint;
      readonly usdMicros: bigint;
    }
  | { readonly kind: "review"; readonly reason: ReviewReason; readonly usdMicros: bigint | null }
  | { readonly kind: "ignore"; readonly reason: "own_transfer" | "dust"; readonly usdMicros: bigint | null }
  | { readonly kind: "wait"; readonly reason: "no_price" };

/** Clocks of chains and of our own differ by so much without anything being wrong. */
const skewMs = minutes(5);
const futureMs = hours(2);
/** Beyond this our clock says nothing at all, and a person decides. */
const mostWrongMs = hours(24);

/** How much earlier or later than our own times say a block may be, by what is known of our clock. */
const allowance = (clockAheadMs: number): { readonly earlyMs: number; readonly lateMs: number } => ({
  earlyMs: Math.min(Math.max(clockAheadMs, 0), mostWrongMs),
  lateMs: Math.min(Math.max(-clockAheadMs, 0), mostWrongMs),
});

/**
 * What one transfer to an address of ours is for, by the order's terms. Pure: the same facts give the same judgement.
 * Amounts are compared in the quoted asset's own base units; a price is asked only where no quote holds any more.
 */
export function judgeDeposit(judged: Judged, policy: DepositPolicy, registry: AssetRegistry): Judgement {
  const { order, blockTime } = judged;
  const asset = registry.get(judged.asset);
  const observed = judged.usdNow === null ? null : valueInUsd(judged.amount, asset, judged.usdNow, "down");
  const ignore = (reason: "own_transfer" | "dust", usdMicros: bigint | null): Judgement => ({
    kind: "ignore",
    reason,
    usdMicros,
  });
  if (judged.fromOurselves) return ignore("own_transfer", observed);
  const quote = order?.quotes.find((one) => one.asset === judged.asset);
  const reason = whyReview(judged, policy, registry);
  if (reason !== null || order === null || quote === undefined) {
    // Anybody can send dust to anybody: it is not worth a person's look. What nobody can value is looked at again.
    if (observed === null) return { kind: "wait", reason: "no_price" };
    if (observed < policy.minimumUsdMicros) return ignore("dust", observed);
    return { kind: "review", reason: reason ?? "no_order", usdMicros: observed };
  }
  const { lateMs } = allowance(judged.clockAheadMs);
  const quoteHolds = blockTime.getTime() <= quote.expiresAt.getTime() + skewMs + lateMs;
  const usd = quoteHolds ? divide(order.priceUsdMicros * judged.amount, quote.amount, "down") : observed;
  if (usd === null) return { kind: "wait", reason: "no_price" };
  const lacking = order.leastUsdMicros - order.paidUsdMicros;
  if (usd < policy.minimumUsdMicros && (lacking <= 0n || usd < lacking)) return ignore("dust", usd);
  return creditByTerms(judged.amount, usd, order, policy);
}

/** Why a person must decide about a deposit, whatever it is worth; null: the order's terms say what it is. */
function whyReview(
  { asset: assetId, blockTime, order, shared, now, clockAheadMs }: Judged,
  { late }: DepositPolicy,
  registry: AssetRegistry,
): ReviewReason | null {
  const allowed = allowance(clockAheadMs);
  if (blockTime.getTime() > now.getTime() + futureMs + allowed.lateMs) return "time_in_future";
  if (order === null) return shared ? "amount_matches_no_order" : "no_order";
  if (blockTime.getTime() < order.createdAt.getTime() - skewMs - allowed.earlyMs) return "too_old";
  if (!order.quotes.some((one) => one.asset === assetId)) {
    const { symbol } = registry.get(assetId);
    return order.quotes.some((one) => registry.get(one.asset).symbol === symbol)
      ? "wrong_chain"
      : "wrong_asset";
  }
  if (order.status === "refunded") return "order_refunded";
  const lateMs = blockTime.getTime() - order.expiresAt.getTime() - skewMs - allowed.lateMs;
  return lateMs > 0 && (late.policy === "review" || lateMs > late.withinMs) ? "late" : null;
}

/** What of an amount worth `usd` pays the order, and what is beyond its price. */
export function creditByTerms(
  amount: bigint,
  usd: bigint,
  order: JudgedOrder,
  policy: DepositPolicy,
): Extract<Judgement, { kind: "credit" }> {
  const due = order.paidUsdMicros >= order.leastUsdMicros ? 0n : order.priceUsdMicros - order.paidUsdMicros;
  const kept = due + divide(order.priceUsdMicros * BigInt(policy.overpaidBps), 10_000n, "down");
  if (due > 0n && usd <= kept)
    return { kind: "credit", credit: amount, surplus: 0n, paidUsdMicros: usd, usdMicros: usd };
  // Up, so that what is due is paid in full to the base unit.
  const part = due === 0n ? 0n : divide(amount * due, usd, "up");
  return { kind: "credit", credit: part, surplus: amount - part, paidUsdMicros: due, usdMicros: usd };
}

/** Blocks that a deposit of this value needs; null: only finality will do. An unknown value needs finality. */
export function confirmationsFor(
  policy: DepositPolicy,
  chain: string,
  usdMicros: bigint | null,
): bigint | null {
  if (usdMicros === null) return null;
  const lines = policy.confirmations
    .filter((line) => line.chain === chain && usdMicros < line.belowUsdMicros)
    .toSorted((a, b) => (a.belowUsdMicros < b.belowUsdMicros ? -1 : 1));
  return lines[0]?.confirmations ?? null;
}
