import type { Asset } from "../money/index.ts";

/**
 * The outcome of a request that changes something at a provider. Only "rejected" promises that nothing happened;
 * "retryable" that nothing happened yet; after "unknown", ask before anything else.
 */
export type SubmissionOutcome<T> =
  | { readonly kind: "accepted"; readonly value: T; readonly raw: unknown }
  | { readonly kind: "rejected"; readonly reason: string; readonly message: string; readonly raw: unknown }
  | { readonly kind: "retryable"; readonly reason: string; readonly message: string }
  | { readonly kind: "unknown"; readonly reason: string; readonly message: string };

/** An asset of ours that a provider's own list names otherwise than we do: it was renamed, moved, or is theirs no more. */
export interface CurrencyChange {
  readonly asset: Asset;
  /** Our name of it at them. */
  readonly name: string;
  readonly kind: "gone" | "other_contract";
  /** By what the list seems to name it now; null: by nothing that can be told. */
  readonly likelyName: string | null;
}

export type ProcessorStatus =
  | "waiting"
  | "confirming"
  | "confirmed"
  | "partially_settled"
  | "settled"
  | "failed"
  | "refunded"
  | "expired"
  | "unrecognised";

/** A payment as the processor tells it. Decimals are the processor's own text, never a float. */
export interface ProcessorPayment {
  readonly externalId: string;
  /** Set: a repeated or wrong-asset deposit, which never completes an order by its status. */
  readonly parentExternalId: string | null;
  readonly invoiceId: string | null;
  readonly orderId: string | null;
  readonly status: ProcessorStatus;
  readonly rawStatus: string;
  /** What was asked. Never what arrived. */
  readonly price: { readonly currency: string; readonly amount: string };
  /** Asked and arrived, both in the coin the customer chose. `asset` is null for a coin the registry lacks. */
  readonly paid: {
    readonly currency: string;
    readonly asset: Asset | null;
    readonly asked: string;
    readonly arrived: string;
  };
  /** What is settled to us, net of the processor's fee; null while unknown. */
  readonly settled: {
    readonly currency: string;
    readonly asset: Asset | null;
    readonly amount: string;
  } | null;
  /** Hash of the processor's own transfer to our wallet; null while unknown or kept in its custody. */
  readonly settlementHash: string | null;
  readonly inCustody: boolean;
  readonly updatedAt: Date | null;
}

export interface ProcessorInvoice {
  readonly invoiceId: string;
  readonly checkoutUrl: string;
}

export interface PaymentProcessor {
  readonly name: string;
  /** @param request.orderId ours, opaque; comes back in every event. `priceUsd` is decimal text. */
  createInvoice(
    request: { orderId: string; priceUsd: string; description: string; callbackUrl: string | null },
    signal: AbortSignal,
  ): Promise<SubmissionOutcome<ProcessorInvoice>>;
  /**
   * The text that the signature covers, which is what `parseEvent` is to be given: a body may be spelled in many ways that
   * have one signed text. Null: not signed by the processor. Constant time, never throws.
   */
  verifyEvent(raw: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>): Buffer | null;
  /** `kind: "other"`: a true event about something else (a payout of theirs). @throws {DomainError} `malformed_event` */
  parseEvent(
    raw: Buffer,
  ): { kind: "payment"; payment: ProcessorPayment } | { kind: "other"; description: string };
  /** `null`: the processor has never heard of it. @throws {ProviderError} */
  fetchPayment(
    externalId: string,
    signal: AbortSignal,
  ): Promise<{ payment: ProcessorPayment; raw: string } | null>;
  /**
   * One page of what changed since, oldest first; `page` starts at 0, `nextPage` is null at the end.
   * `unreadable`: rows, as raw text, that do not fit; they hide no other row, but a person must be told.
   * @throws {ProviderError}
   */
  listPayments(
    request: { since: Date; page: number },
    signal: AbortSignal,
  ): Promise<{
    payments: readonly { payment: ProcessorPayment; raw: string }[];
    unreadable: readonly string[];
    nextPage: number | null;
  }>;
  /** What their list, an hour old at most, names otherwise than we do. Null: it is out of reach. @throws {ProviderError} `aborted` */
  currencyChanges(signal: AbortSignal): Promise<readonly CurrencyChange[] | null>;
  /** @throws {ProviderError} */
  checkHealth(signal: AbortSignal): Promise<void>;
  /** Asks what only our key may ask, and signs in where there is a login. @returns what works @throws {ProviderError} */
  checkAccess(signal: AbortSignal): Promise<string>;
  /** A notice signed as theirs are that tells nothing (`isProbe`), for us to send to our own webhook. */
  makeProbe(): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

const probe = '{"spillway_probe":true}';
/** The text that a probe signs. */
export const probeText = (): string => probe;
export const isProbe = (signed: Buffer): boolean =>
  signed.length === probe.length && signed.toString("utf8") === probe;

export type SwapFlow = "standard" | "fixed-rate";

export interface SwapPair {
  readonly source: Asset;
  readonly target: Asset;
  readonly flow: SwapFlow;
}

export interface SwapQuote {
  readonly sourceAmount: bigint;
  readonly targetAmount: bigint;
  /** Present for a fixed rate: what `create` must hand back, and until when. */
  readonly rateId: string | null;
  readonly validUntil: Date | null;
  /** As told, decimal text: deposit fee in source, withdrawal fee in target; both already inside `targetAmount`. */
  readonly fees: { readonly deposit: string; readonly withdrawal: string };
  readonly raw: unknown;
}

export interface CreateSwap extends SwapPair {
  readonly amount: bigint;
  readonly rateId: string | null;
  readonly address: string;
  readonly memo: string | null;
  /** Always an address of ours. */
  readonly refundAddress: string;
  /** Our own id of this try, handed along where the provider has a field for it. */
  readonly reference: string;
}

export interface CreatedSwap {
  readonly providerId: string;
  readonly payinAddress: string;
  readonly payinMemo: string | null;
  /** What must be sent: the provider's figure, not our request. */
  readonly sourceAmount: bigint;
  readonly expectedTargetAmount: bigint;
  readonly validUntil: Date | null;
}

export type ProviderSwapStatus =
  | "waiting"
  | "confirming"
  | "exchanging"
  | "sending"
  | "on_hold"
  | "delivered"
  | "failed"
  | "refunded"
  | "expired"
  | "unrecognised";

export interface ProviderSwap {
  readonly providerId: string;
  readonly status: ProviderSwapStatus;
  readonly rawStatus: string;
  /** Null until received / paid out; base units. */
  readonly sourceAmount: bigint | null;
  readonly targetAmount: bigint | null;
  readonly payinHash: string | null;
  readonly payoutHash: string | null;
  readonly refundHash: string | null;
  readonly refundAmount: bigint | null;
  /** A "failed" swap that may still go on or be refunded. */
  readonly actionsAvailable: boolean;
  readonly raw: unknown;
}

export interface SwapProvider {
  readonly name: string;
  /** Whether the adapter knows both assets' tickers; says nothing of the pair's being active. */
  knows(pair: Pick<SwapPair, "source" | "target">): boolean;
  /** @throws {ProviderError} `pair_inactive`, … ; `max` null: no upper limit. */
  limits(pair: SwapPair, signal: AbortSignal): Promise<{ min: bigint; max: bigint | null }>;
  /** @throws {ProviderError} `amount_too_small`, `amount_too_large`, `pair_inactive`, … */
  quote(pair: SwapPair, amount: bigint, signal: AbortSignal): Promise<SwapQuote>;
  /** Never throws for what the provider did: the outcome says it. */
  create(request: CreateSwap, signal: AbortSignal): Promise<SubmissionOutcome<CreatedSwap>>;
  /** `null`: the provider has never heard of it. The pair gives the digits of its amounts. @throws {ProviderError} */
  status(
    providerId: string,
    pair: Pick<SwapPair, "source" | "target">,
    signal: AbortSignal,
  ): Promise<ProviderSwap | null>;
  /** What their list, an hour old at most, names otherwise than we do. Null: it is out of reach. @throws {ProviderError} `aborted` */
  currencyChanges(signal: AbortSignal): Promise<readonly CurrencyChange[] | null>;
  /** @throws {ProviderError} */
  checkHealth(signal: AbortSignal): Promise<void>;
}

export interface PriceObservation {
  readonly asset: Asset;
  /** USD for one whole coin: the source's decimal text, exact. */
  readonly usd: string;
  readonly source: string;
  readonly sourceTime: Date | null;
  readonly fetchedAt: Date;
}

export interface PriceSource {
  readonly name: string;
  /** Who tells prices of the asset here, by name; none: it can never be priced. Left out: it may tell of any. */
  listedBy?(asset: Asset): readonly string[];
  /** An asset without a usable price is missing from the answer: no price is never 0. @throws {ProviderError} */
  observe(assets: readonly Asset[], signal: AbortSignal): Promise<ReadonlyMap<string, PriceObservation>>;
}
