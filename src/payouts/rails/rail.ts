import type { Db, Tx } from "../../database/index.ts";
import type { Cause } from "../../lifecycle/index.ts";
import type { Money } from "../../money/index.ts";
import type { PayoutDeps } from "../deps.ts";
import type { Payout, PayoutRoute } from "../payout.ts";
import type { Weighed } from "../weigh-ways.ts";

/** One way by which the engine pays a payee. */
export interface PayoutRail extends AttemptRail {
  readonly name: PayoutRoute;
  /** Whether it is the way between these two assets. At most one is. */
  serves(pair: { asset: string; destinationAsset: string }): boolean;
  /** What it would take to pay this now, or why it cannot be paid yet. Asks others, and moves nothing. */
  quote(deps: PayoutDeps, wanted: Wanted, signal: AbortSignal): Promise<RailQuote>;
}

/** What is known of attempts by one way, whoever pays by it. */
export interface AttemptRail {
  /** How far an attempt is, by what this rail started for it. */
  look(tx: Db | Tx, attempt: Attempt): Promise<Sight>;
  /**
   * Takes back an attempt of which nothing was signed or funded.
   * @returns false: money of it may be on its way, so only the chain or the provider can end it.
   */
  cancel(tx: Tx, attemptId: string, why: { cause: Cause; now: Date }): Promise<boolean>;
  /** Whether an attempt that ended may have reached the payee all the same: its loss was booked, and nothing showed where it went. */
  isInDoubt(tx: Db | Tx, attemptId: string): Promise<boolean>;
  /**
   * Asks once more what became of an attempt that failed, before another one is made. What is found is told as ever.
   * @throws {ProviderError} nobody answers now.
   */
  askAgain(deps: PayoutDeps, attemptId: string, signal: AbortSignal): Promise<void>;
  /** Two persons said that an attempt in doubt did not reach the payee. */
  vouch(tx: Tx, attemptId: string): Promise<void>;
}

export interface Wanted {
  readonly money: Money;
  readonly destinationAsset: string;
  /** Where to; left out: not looked at yet. */
  readonly destination?: { readonly address: string; readonly memo: string | null };
}

export interface Attempt {
  readonly id: string;
  readonly payout: Payout;
}

export type RailQuote = Offer | NoOffer;

/** How a payout can go now. */
export interface Offer {
  readonly kind: "offer";
  readonly route: PayoutRoute;
  /** What a payout planned now should not go beyond, base units; null: no limit. */
  readonly most: bigint | null;
  /** What so much of the balance is worth, USD micros rounded up; null: it has no price. */
  valueOf(amount: bigint): bigint | null;
  /** The least of so much that reaches the payee by this way, base units of the destination asset. */
  leastNetOf(amount: bigint): bigint;
  /** The most that this way may cost the payee, of the value. */
  readonly greatestFeeBps: number;
  /** What was weighed before it was taken, to be kept with its payout; absent: nothing was. */
  readonly considered?: Considered;
  /**
   * Sends the payout's money, once its transaction commits; the caller writes the attempt in the same one.
   * @returns why it cannot start after all, with nothing done; null: it is under way.
   */
  start(tx: Tx, attempt: Attempt & { readonly now: Date }): Promise<string | null>;
}

/** The ways that a payout could go, and the most that fees could take of its value; null: no limit held. */
export interface Considered {
  readonly weighed: Weighed;
  readonly limitBps: number | null;
}

export interface NoOffer {
  readonly kind: "none";
  readonly reason: string;
}

/** What can be seen of an attempt. */
export interface Sight {
  readonly state: AttemptState;
  /** Whether `cancel` would take it back. */
  readonly cancellable: boolean;
}

export type AttemptState =
  | { readonly kind: "live" }
  /** The money has left us, and somebody else brings it to the payee. */
  | { readonly kind: "sent" }
  /** `afterLoss`: what it cost was booked as lost before it showed. */
  | {
      readonly kind: "completed";
      readonly hash: string;
      readonly delivered: bigint | null;
      readonly afterLoss: boolean;
    }
  /** Nothing reached the payee, for certain: another attempt is safe. */
  | { readonly kind: "again"; readonly outcome: string }
  /** Nothing reached the payee, and another attempt would end alike. */
  | { readonly kind: "failed"; readonly outcome: string }
  | { readonly kind: "review"; readonly outcome: string }
  /** Still under way, and somebody should look at it. */
  | { readonly kind: "watched"; readonly reason: string };
