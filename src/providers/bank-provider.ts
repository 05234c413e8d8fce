import type { Asset } from "../money/index.ts";
import type { SubmissionOutcome } from "./port.ts";

export interface Bank {
  /** With its leading zeros; codes repeat across countries. */
  readonly code: string;
  readonly name: string;
  /** What `branches` asks by. */
  readonly externalId: string;
}

export interface Branch {
  readonly code: string;
  readonly name: string;
}

export interface BankAccount {
  readonly bankCode: string;
  /** With its leading zeros. */
  readonly accountNumber: string;
}

export interface SendToBank extends BankAccount {
  readonly asset: Asset;
  /** Base units, with no more digits than a bank takes. */
  readonly amount: bigint;
  /** Ours, permanent, once for all time; letters, digits and hyphens. */
  readonly reference: string;
  readonly holder: string;
  readonly branchCode: string | null;
  readonly narration: string;
}

export type BankTransferStatus = "pending" | "succeeded" | "failed" | "unrecognised";

/** A transfer as the provider tells it. Its amount and account are theirs, not what was asked. */
export interface BankTransferView extends BankAccount {
  readonly externalId: string;
  readonly reference: string;
  readonly status: BankTransferStatus;
  readonly rawStatus: string;
  /** Null: a currency that we do not know. */
  readonly asset: Asset | null;
  readonly currency: string;
  /** Base units of the currency. */
  readonly amount: bigint;
  /** On top of the amount, base units rounded up; null: it does not tell. */
  readonly fee: bigint | null;
  /** Their words, for people. */
  readonly said: string;
  readonly createdAt: Date | null;
  readonly raw: string;
}

export interface HostedPayment {
  readonly checkoutUrl: string;
}

export type ChargeStatus = "pending" | "succeeded" | "failed" | "unrecognised";

/** One try of a payer. Several may carry one reference of ours, and more than one may succeed. */
export interface Charge {
  readonly externalId: string;
  readonly reference: string;
  readonly status: ChargeStatus;
  readonly rawStatus: string;
  readonly asset: Asset | null;
  readonly currency: string;
  /** What was paid for the order, base units; not what a card was charged, which may hold the provider's fee. */
  readonly amount: bigint;
  /** What comes into the float, net of the provider's fee; null while it does not tell. */
  readonly settled: bigint | null;
  readonly raw: string;
}

/** What a notice is about. It is no evidence: whoever knows the secret can write anything, so the object is read again. */
export type BankNotice =
  | { readonly kind: "transfer"; readonly externalId: string; readonly reference: string | null }
  | { readonly kind: "charge"; readonly externalId: string; readonly reference: string | null }
  | { readonly kind: "other"; readonly description: string };

/** Who pays to banks out of a float of ours, and takes money of payers into it. */
export interface BankProvider {
  readonly name: string;
  /** Whether it pays this asset. */
  serves(asset: Asset): boolean;
  /** @throws {ProviderError} */
  banks(asset: Asset, signal: AbortSignal): Promise<readonly Bank[]>;
  /** Empty: the bank needs none. @throws {ProviderError} */
  branches(bank: Bank, signal: AbortSignal): Promise<readonly Branch[]>;
  /** Whose account it is; null: there is no such account. @throws {ProviderError} */
  holderOf(account: BankAccount, signal: AbortSignal): Promise<string | null>;
  /** What sending so much costs on top, base units rounded up. @throws {ProviderError} */
  fee(money: { asset: Asset; amount: bigint }, signal: AbortSignal): Promise<bigint>;
  /** What one US dollar of theirs buys: `target` units of the asset for `usdMicros`. @throws {ProviderError} */
  rate(
    money: { asset: Asset; amount: bigint },
    signal: AbortSignal,
  ): Promise<{ readonly usdMicros: bigint; readonly amount: bigint }>;
  /**
   * Never throws for what the provider did. Rejected with `reference_taken`: it was sent before, which `findByReference` tells;
   * that is no failure of the transfer.
   */
  send(request: SendToBank, signal: AbortSignal): Promise<SubmissionOutcome<BankTransferView>>;
  /** The way to find out what became of an unknown one; null: there is none under it now. @throws {ProviderError} */
  findByReference(reference: string, signal: AbortSignal): Promise<BankTransferView | null>;
  /** Null: they never heard of it. @throws {ProviderError} */
  fetchTransfer(externalId: string, signal: AbortSignal): Promise<BankTransferView | null>;
  /** One page of what was made since a day, newest first; `page` starts at 1. @throws {ProviderError} */
  listTransfers(
    request: { since: Date; page: number },
    signal: AbortSignal,
  ): Promise<{ readonly transfers: readonly BankTransferView[]; readonly nextPage: number | null }>;
  /** What can be paid out now, by asset id, base units rounded down. @throws {ProviderError} */
  floats(signal: AbortSignal): Promise<ReadonlyMap<string, bigint>>;
  /** @param request.reference ours, comes back with each try. */
  createPayment(
    request: {
      readonly reference: string;
      readonly asset: Asset;
      readonly amount: bigint;
      readonly email: string;
      readonly returnUrl: string;
      readonly title: string;
    },
    signal: AbortSignal,
  ): Promise<SubmissionOutcome<HostedPayment>>;
  /** Every try under a reference of ours; empty: nobody paid yet. @throws {ProviderError} */
  chargesOf(reference: string, signal: AbortSignal): Promise<readonly Charge[]>;
  /** Null: they never heard of it. @throws {ProviderError} */
  fetchCharge(externalId: string, signal: AbortSignal): Promise<Charge | null>;
  /** Whether a notice carries our secret. Constant time, never throws. */
  verifyNotice(headers: Readonly<Record<string, string | string[] | undefined>>): boolean;
  /** @throws {DomainError} `malformed_event` */
  parseNotice(raw: Buffer): BankNotice;
  /** @throws {ProviderError} */
  checkHealth(signal: AbortSignal): Promise<void>;
}
