/** Their amounts are kept as whole thousandths of a currency's unit: their fees have three decimals. */
export const wireDecimals = 3;

export type TransferStatus = "NEW" | "PENDING" | "SUCCESSFUL" | "FAILED";

/** What becomes of a transfer. */
export type TransferOutcome =
  | { readonly kind: "succeed" }
  /** `said` is their free text; "DISBURSE FAILED: Transfer failed. Please contact support" unless given. */
  | { readonly kind: "fail"; readonly said?: string }
  /** Stays pending until `release`. */
  | { readonly kind: "stuck" }
  /** Answers, and pays, another amount than was asked, decimal text. */
  | { readonly kind: "other_amount"; readonly amount: string }
  /** Succeeds, and pays another account. */
  | { readonly kind: "other_account"; readonly accountNumber: string };

export interface BankTransfer {
  readonly id: number;
  readonly reference: string;
  readonly currency: string;
  readonly debitCurrency: string;
  amount: bigint;
  readonly fee: bigint;
  /** What the float was debited when it left, in the debited currency; 0n: nothing yet, or given back. */
  debited: bigint;
  readonly bankCode: string;
  accountNumber: string;
  readonly fullName: string;
  readonly narration: string | null;
  readonly callbackUrl: string | null;
  readonly createdAt: Date;
  status: TransferStatus;
  said: string;
  outcome: TransferOutcome;
  retries: number;
  /** Sent back by the receiving bank after it had succeeded. */
  bounced: boolean;
}

/** One try of a customer to pay a hosted link. Several may carry one `txRef`. */
export interface Charge {
  readonly id: number;
  readonly txRef: string;
  readonly flwRef: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly appFee: bigint;
  readonly status: "successful" | "failed" | "pending";
  readonly paymentType: string;
  readonly email: string;
  readonly createdAt: Date;
  refunded: bigint;
}

export interface HostedLink {
  readonly token: string;
  readonly txRef: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly email: string;
  readonly redirectUrl: string;
}

export interface BankNotice {
  readonly event: string;
  readonly about: number;
  readonly body: string;
  /** HTTP statuses of the attempts; 0 is no answer. */
  readonly attempts: number[];
  state: "queued" | "held" | "delivered" | "given_up" | "lost";
}

export interface FlutterwaveSettings {
  /** Where the account's one webhook goes; null: nowhere. */
  webhookUrl: string | null;
  /** Pause between two statuses. */
  stepMs: number;
  retryMs: number;
  /** What the merchant pays for being paid, of the amount. */
  chargeFeeBps: number;
}

/** Amounts are decimal text of whole units. */
export interface FlutterwaveControl {
  configure(settings: Partial<FlutterwaveSettings>): void;
  /** What the float holds now. */
  balance(currency: string): string;
  /** Sets the float. */
  fund(currency: string, amount: string): void;
  /** So much of the currency for one US dollar, from now on. */
  setRate(currency: string, perUsd: string): void;
  /** What becomes of the next transfer that is made, or of one that is there and has not ended. */
  next(outcome: TransferOutcome): void;
  decide(reference: string, outcome: TransferOutcome): void;
  /** The receiving bank sends a transfer that succeeded back: its amount, not its fee, is in the float again. */
  bounce(reference: string): void;
  transfers(): readonly Readonly<BankTransfer>[];
  /** All that ever left the float for a reference, less what came back. */
  paidBy(reference: string): string;
  /** The fake payer. `amount` and `currency` are what the link asks unless given. */
  pay(
    txRef: string,
    how?: { amount?: string; currency?: string; status?: Charge["status"]; notice?: "sent" | "lost" },
  ): Promise<Charge>;
  charges(): readonly Readonly<Charge>[];
  readonly notices: readonly BankNotice[];
  /** What becomes of the next notices. */
  noticeBy(how: "sent" | "lost" | "held" | "duplicated"): void;
  /** Sends all notices of one transfer or charge again, whatever became of them; newest first. */
  resend(about: number): Promise<void>;
  heal(): void;
}
