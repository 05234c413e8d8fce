import type { Clock } from "../src/clock.ts";
import type { AnvilControl } from "./anvil.ts";
import type { AptosSandbox } from "./aptos/index.ts";
import type { FlutterwaveControl } from "./flutterwave/index.ts";
import type { Faults, Journal, Network } from "./faults.ts";
import type { MailControl } from "./mail-server.ts";
import type { SolanaEmulator } from "./solana/index.ts";
import type { TelegramControl } from "./telegram.ts";
import type { Tron } from "./tron/index.ts";

export interface SandboxOptions {
  /**
   * How blocks come: seconds between them (default 1), "automine" (a block with each transaction, for tests),
   * or "manual" (only when told to mine).
   */
  readonly blocks?: number | "automine" | "manual";
  readonly chainId?: number;
  /** Where the processor settles. May be set later with `nowpayments.configure`. */
  readonly payoutWallet?: string;
  /** What the processor settles in; a ticker of its own. Default "eth". */
  readonly outcomeCurrency?: string;
  /** Pause between two statuses of a payment and of a swap. Default 250 ms each. */
  readonly paymentStepMs?: number;
  readonly swapStepMs?: number;
  /** Whether there is a bank, Flutterwave. Default false. */
  readonly bank?: boolean;
  /** Whether there is a second swap provider. Default false. */
  readonly simpleswap?: boolean;
  /** Chains beside Ethereum. None unless said. */
  readonly chains?: {
    readonly bsc?: boolean;
    readonly solana?: boolean;
    readonly tron?: boolean;
    readonly aptos?: boolean;
  };
  /** Pause between two slots of Solana, and between two of the blocks that make a payment on Tron solid. Default 250 ms; 0: only when told. */
  readonly chainStepMs?: number;
  /** Whether Binance and Coinbase are there beside CoinGecko, and the engine asks all three. Default false. */
  readonly markets?: boolean;
  /** Whether there are a mail server and Telegram, and the engine sends notices by both. Default false. */
  readonly notices?: boolean;
  /** Pause between two attempts of one IPN, of three. Default 1000 ms. */
  readonly ipnRetryMs?: number;
  readonly clock?: Clock;
  /** Fixed ports for `sandbox` commands; by default every server takes a free one. */
  readonly ports?: Partial<Record<Network | "anvil" | "bsc-anvil" | "mail" | "control", number>>;
}

/** As the registry names them. */
export const sandboxChains = ["ethereum", "bnb-smart-chain", "solana", "tron", "aptos"] as const;
export type SandboxChain = (typeof sandboxChains)[number];

/** A payer's transfer. */
export interface ChainPayment {
  readonly chain: SandboxChain;
  /** A symbol of the registry's on that chain ("USDT"), or a contract, mint or type that it need not know. */
  readonly asset: string;
  readonly to: string;
  /** Base units. */
  readonly amount: bigint;
  /** A stranger with enough of everything unless given. */
  readonly from?: string;
  /** The network executes it, and it moves nothing. Not for the coins of EVM chains. */
  readonly fails?: boolean;
}

export type PaymentStatus =
  | "waiting"
  | "confirming"
  | "confirmed"
  | "sending"
  | "partially_paid"
  | "finished"
  | "failed"
  | "refunded"
  | "expired"
  | "cancelled";

/** Amounts are decimal text of whole coins. */
export interface PayRequest {
  /** One of the two: a payment is born under the invoice, or an existing payment is paid. */
  readonly invoiceId?: string | number;
  readonly paymentId?: string | number;
  /** A ticker of the processor ("btc", "usdttrc20"). Needed with `invoiceId`. */
  readonly payCurrency?: string;
  /** Part of the asked amount that arrives: "0.6" underpays. Default "1". */
  readonly fraction?: string;
  /** What arrives beyond the asked amount, as a part of it: "0.25" pays 125 %. */
  readonly overpay?: string;
  /** What the default walk ends with. Default "finished", or "partially_paid" when less than asked arrives. */
  readonly finishAs?: PaymentStatus | (string & {});
  /** The very statuses to walk, instead of the default ones. */
  readonly statuses?: readonly string[];
  /** The customer sends this coin to the address instead: the payment keeps waiting, a child payment finishes. */
  readonly wrongAssetChild?: { readonly payCurrency: string; readonly amount?: string };
  /** After the payment, the customer sends the same coin again: a child payment. Default amount: what was asked. */
  readonly repeatedDeposit?: { readonly amount?: string };
  /** "sent" (default) transfers the coins; "withheld" reports them and sends nothing; "custody" keeps them, with the marker hash. */
  readonly settlement?: "sent" | "withheld" | "custody";
  /** What becomes of the notices. Default "in_order". */
  readonly ipn?: "in_order" | "lost" | "reversed" | "duplicated" | "held";
  readonly ipnDelayMs?: number;
  readonly stepMs?: number;
}

/** A payment as `GET /v1/payment/:id` shows it. */
export type PaymentView = Readonly<Record<string, unknown>> & {
  readonly payment_id: number;
  readonly payment_status: string;
};

export interface PayHandle {
  readonly paymentId: number;
  readonly childId: number | null;
  /** Resolves when the last status is reached and its notices are delivered, lost, held or given up. */
  readonly settled: Promise<PaymentView>;
}

export interface IpnRecord {
  readonly paymentId: number;
  readonly status: string;
  readonly url: string;
  /** The exact bytes, and their signature. */
  readonly body: string;
  readonly signature: string;
  /** HTTP statuses of the attempts; 0 is no answer. */
  readonly attempts: number[];
  state: "queued" | "held" | "delivered" | "given_up" | "lost";
}

export interface NowpaymentsSettings {
  payoutWallet: string | null;
  outcomeCurrency: string;
  serviceFeeBps: number;
  /** Smallest payment, USD as decimal text. */
  minimumUsd: string;
  /** An account setting of theirs: what a repeated deposit ends as. */
  repeatedDepositStatus: "finished" | "partially_paid";
  stepMs: number;
  ipnRetryMs: number;
}

export interface NowpaymentsControl {
  readonly settings: Readonly<NowpaymentsSettings>;
  configure(settings: Partial<NowpaymentsSettings>): void;
  /** The fake payer. Returns when the payment exists; `settled` follows it to its end. @throws an unknown invoice or coin. */
  pay(request: PayRequest): Promise<PayHandle>;
  /** Moves a payment to any status, with its notice. */
  setStatus(paymentId: number, status: string): Promise<void>;
  payment(paymentId: number): PaymentView;
  payments(): PaymentView[];
  invoices(): { id: string; orderId: string | null; priceAmount: string; callbackUrl: string | null }[];
  /** Every notice made, in order. */
  readonly ipns: readonly IpnRecord[];
  /** Sends the newest notice of a payment once more, byte for byte. */
  duplicateIpn(paymentId: number): Promise<IpnRecord>;
  /** Sends the notice of one status (default: all of them, in order) again, whatever became of it. */
  resend(paymentId: number, status?: string): Promise<IpnRecord[]>;
  /** Delivers the held notices of a payment. */
  releaseIpns(paymentId: number, order?: "in_order" | "reversed"): Promise<void>;
  /** The next `times` notices (default 1; "all" until `heal`) are lost on the way. */
  dropIpn(times?: number | "all"): void;
  /** Ends `dropIpn("all")`. */
  heal(): void;
  /** Signs anything as the processor would: for forged and odd bodies. */
  sign(body: object): { body: string; signature: string };
}

/** What becomes of an exchange. A deposit of another amount than asked is exchanged as it came, unless something says otherwise. */
export type SwapOutcome =
  | { readonly kind: "deliver" }
  /** Sent back to the refund address, less the network fee. `untold`: the answer never names the transaction. */
  | { readonly kind: "refund"; readonly untold?: boolean }
  /** Only this part of the deposit ("0.5") is sent back, less the network fee, and they say so. */
  | { readonly kind: "partial_refund"; readonly fraction: string }
  /** "verifying" until `release`. */
  | { readonly kind: "hold" }
  /** "failed"; `actionsAvailable` says whether `refund` or `release` may still be called. */
  | { readonly kind: "fail"; readonly actionsAvailable?: boolean }
  /** Expires unless funded at once. A deposit that comes all the same is "failed" until a refund or `release`. */
  | { readonly kind: "expire" }
  /** Expires unless funded at once, and takes a deposit that comes all the same: also one past a fixed rate's time. */
  | { readonly kind: "late" }
  /** Never leaves this status. */
  | { readonly kind: "stuck"; readonly at: "waiting" | "confirming" | "exchanging" | "sending" }
  /** Delivers, and says so, only this part of the rate's amount ("0.9"). */
  | { readonly kind: "less"; readonly fraction: string }
  /** Reports the full amount, delivers only this part; "0" delivers nothing and invents a hash. */
  | { readonly kind: "short"; readonly fraction: string }
  /** Delivers two times, in two transactions, and names the first. */
  | { readonly kind: "twice" }
  /** "finished" with a hash, then "exchanging" and "sending" without it, then "finished" with it again. One delivery. */
  | { readonly kind: "backwards" }
  /**
   * "finished" with the payout of an exchange before it, to whomever that went, until `release`; then "exchanging" and
   * "sending" without it, and its own delivery. Delivers at once where there was none before.
   */
  | { readonly kind: "misnames" }
  /** Delivers, and says "failed" without any transaction until `release`; then "finished" with its delivery. */
  | { readonly kind: "disowns" }
  /** Says that this part of the deposit arrived ("0.9": less, "1.1": more), and goes on with that, whatever it is. */
  | { readonly kind: "miscount"; readonly fraction: string }
  /** A deposit of another amount than asked is "failed" until a refund or `release`. */
  | { readonly kind: "strict" };

export type ExchangeView = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly status: string;
  readonly payinAddress: string;
};

export interface SwapEmulatorSettings {
  spreadBps: number;
  /** Smallest source amount of a pair without its own, USD as decimal text. */
  minimumUsd: string;
  stepMs: number;
  pollMs: number;
}

interface SwapPairText {
  /** "eth/eth": ticker/network. */
  readonly from: string;
  readonly to: string;
}

/** The switches of one emulated swap provider. */
export interface SwapEmulatorControl {
  readonly settings: Readonly<SwapEmulatorSettings>;
  configure(settings: Partial<SwapEmulatorSettings>): void;
  /** Whole source coins, decimal text. Without `to`: every pair from `from`. */
  setMinAmount(pair: { from: string; to?: string; amount: string }): void;
  setPairActive(pair: SwapPairText & { active: boolean }): void;
  /** What becomes of the next exchanges created. */
  nextOutcome(outcome: SwapOutcome, times?: number): void;
  /** What becomes of every exchange that has no outcome of its own. */
  defaultOutcome(outcome: SwapOutcome): void;
  /** Changes the outcome of one exchange; it also frees a stuck one. */
  setOutcome(id: string, outcome: SwapOutcome): void;
  /** A held, stuck or failed exchange goes on and delivers. */
  release(id: string): void;
  /**
   * The next creates are refused, with a code of ChangeNOW's ("deposit_too_small", "pair_is_inactive", "out_of_range"…)
   * or a status of SimpleSwap's ("400", "404", "422").
   */
  refuseNext(error: string, times?: number): void;
  /** A deposit on a network this world has no chain for. */
  deposit(id: string, amount: string): void;
  exchange(id: string): ExchangeView;
  exchanges(): ExchangeView[];
  /** What becomes of an exchange as things stand. */
  outcomeOf(id: string): SwapOutcome["kind"];
}

/** What one market says of a coin, by its CoinGecko id; "missing": it does not list it. The table's true price stays. */
export type MarketControl = Pick<PricesControl, "lie" | "heal">;

/** By CoinGecko id; USD for one coin as decimal text. */
export interface PricesControl {
  get(id: string): string;
  set(prices: Readonly<Record<string, string>>): void;
  /** What CoinGecko answers for this id; the other servers keep the true price. */
  lie(
    id: string,
    lie: "missing" | "null" | "zero" | { readonly ageSeconds: number } | { readonly usd: string },
  ): void;
  heal(): void;
}

/**
 * - down: every connection is cut.
 * - http: every request answers this status.
 * - lagging_head: the node is this many blocks behind, in everything it says.
 * - late_logs: it knows its newest blocks, and has not listed the logs of this many of them; with `some`, those of every
 *   other transaction.
 * - forget: it has never heard of any transaction; with `hashes`, of these.
 * - drop_sends: it takes transactions, answers their hash and forgets them.
 * - lost_send_answer: it takes and forwards transactions, then the connection is cut.
 * - wrong_chain: it is a node of another chain.
 * - method_error: this method answers a JSON-RPC error.
 */
export type RpcLie =
  | { readonly kind: "down" }
  | { readonly kind: "http"; readonly status: number; readonly body?: string }
  | { readonly kind: "lagging_head"; readonly blocks: number }
  | { readonly kind: "late_logs"; readonly blocks: number; readonly some?: boolean }
  | { readonly kind: "forget"; readonly hashes?: readonly string[] }
  | { readonly kind: "drop_sends" }
  | { readonly kind: "lost_send_answer" }
  | { readonly kind: "wrong_chain"; readonly chainId: number }
  | {
      readonly kind: "method_error";
      readonly method: string;
      readonly code: number;
      readonly message: string;
    };

export interface RpcControl {
  /** One lie at a time of each kind; stays until `heal`. Failures of single calls are queued with `faults.next("rpc", …)`. */
  lie(lie: RpcLie): void;
  /** Every lie, or that of one kind. */
  heal(kind?: RpcLie["kind"]): void;
  /** Transactions that `drop_sends` swallowed: hash and raw bytes. */
  readonly dropped: readonly { hash: string; raw: string }[];
}

/** The switches of the USDT contract. They are transactions: with manual blocks, mine one. */
export interface UsdtControl {
  setBlackListed(account: string, listed: boolean): Promise<string>;
  setPaused(paused: boolean): Promise<string>;
  /** A fee on each transfer, taken from what arrives. */
  setFee(basisPoints: number, collector: string): Promise<string>;
}

/** The servers of every world. */
export type AlwaysThere = "nowpayments" | "changenow" | "coingecko" | "rpc";

export interface Sandbox {
  /** What the engine needs in its environment to live in this world. */
  readonly env: Readonly<Record<string, string>>;
  readonly urls: Readonly<Record<AlwaysThere | "anvil" | "control", string>> &
    Readonly<Partial<Record<Network, string>>>;
  readonly chainId: number;
  readonly anvil: AnvilControl;
  readonly rpc: RpcControl;
  readonly nowpayments: NowpaymentsControl;
  readonly changenow: SwapEmulatorControl;
  /** Null unless the world was started with it. */
  readonly simpleswap: SwapEmulatorControl | null;
  readonly prices: PricesControl;
  /** Null unless the world was started with it, as all below. */
  readonly flutterwave: FlutterwaveControl | null;
  readonly markets: {
    readonly binance: MarketControl & {
      /** Trading of this coin stops: its last price and time stay as they are. */
      halt(id: string): void;
    };
    readonly coinbase: MarketControl;
  } | null;
  readonly notices: { readonly mail: MailControl; readonly telegram: TelegramControl } | null;
  readonly bsc: { readonly anvil: AnvilControl; readonly rpc: RpcControl } | null;
  readonly solana: SolanaEmulator | null;
  readonly tron: Tron | null;
  readonly aptos: AptosSandbox | null;
  readonly faults: Faults;
  /**
   * Every request each server got, in order. For JSON-RPC the path is the method. Tron and Aptos keep theirs themselves
   * (`tron.requests`, `aptos.journal`).
   */
  readonly journal: Journal;
  readonly usdt: UsdtControl;
  /** What went wrong in the background of the sandbox itself. Empty in a healthy world. */
  readonly failures: readonly unknown[];
  /** Gives coins of an EVM chain out of nothing, at once, without a transaction. @param amount base units */
  fundWallet(address: string, assetId: string, amount: bigint): Promise<void>;
  /** Pays on any chain of this world. @returns the transaction's hash, as the chain writes it */
  pay(payment: ChainPayment): Promise<string>;
  /** A token that calls itself USDT and is none. @returns what `pay` calls it */
  fakeUsdt(chain: SandboxChain): Promise<string>;
  /** A stranger's real transfer on an EVM chain. @returns its hash */
  deposit(transfer: { to: string; assetId: string; amount: bigint; from?: string }): Promise<string>;
  balanceOf(address: string, assetId: string): Promise<bigint>;
  /** Ends every fault, lie and outage, everywhere. */
  heal(): void;
  /** Stops every server, timer and the chain. Safe to call twice. */
  stop(): Promise<void>;
}
