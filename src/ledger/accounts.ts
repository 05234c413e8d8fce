import { InvariantViolation } from "../errors.ts";

export type NormalSide = "debit" | "credit" | "either";
export type PayeeAccount = "pending" | "available" | "held" | "recoverable";
export type PlatformAccount = "fees" | "network_costs" | "variance" | "fx" | "funding";

/** The paths of our accounts. An account is a path in one asset; it exists from the first entry that names it. */
export const accounts = {
  /** Coins in a wallet of ours. */
  wallet: (chain: string, address: string): string => `wallet:${chain}:${address}`,
  processor: (name: string): string => `processor:${name}`,
  swap: (provider: string): string => `swap:${provider}`,
  bank: (provider: string): string => `bank:${provider}`,
  payee: (id: string, account: PayeeAccount): string => `payee:${id}:${account}`,
  conversion: (id: string): string => `conversion:${id}`,
  surplus: (orderId: string): string => `order:${orderId}:surplus`,
  suspense: (reason: string): string => `suspense:${reason}`,
  platform: (account: PlatformAccount): string => `platform:${account}`,
} as const;

/** One line of the chart of accounts. */
export interface ChartLine {
  /** For people: `payee:<id>:pending`. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly normalSide: NormalSide;
  /** Posted to by everybody: movements are appended and folded into the balance later, so that bookings never queue. */
  readonly folding: boolean;
  readonly holds: string;
}

/** The chart, as docs/chart-of-accounts.md shows it. The SQL function `ledger_chart` says the same; a test compares them. */
export const chartOfAccounts: readonly ChartLine[] = [
  line(
    "wallet:<chain>:<address>",
    /^wallet:[a-z0-9-]+:[^:]+$/,
    "debit",
    "folding",
    "coins in a wallet of ours",
  ),
  line(
    "processor:<name>",
    /^processor:[a-z0-9]+$/,
    "debit",
    "folding",
    "settled by a processor, not yet seen in our wallet",
  ),
  line(
    "swap:<provider>",
    /^swap:[a-z0-9]+$/,
    "debit",
    "folding",
    "sent to a swap provider, not yet delivered",
  ),
  line("bank:<provider>", /^bank:[a-z0-9]+$/, "debit", "folding", "float at a fiat provider"),
  line("payee:<id>:pending", /^payee:[^:]+:pending$/, "credit", "own", "owed to a payee as received"),
  line("payee:<id>:available", /^payee:[^:]+:available$/, "credit", "own", "owed to a payee and payable"),
  line("payee:<id>:held", /^payee:[^:]+:held$/, "credit", "own", "owed to a payee, in a payout under way"),
  line(
    "payee:<id>:recoverable",
    /^payee:[^:]+:recoverable$/,
    "debit",
    "folding",
    "owed back to us after a refund or clawback",
  ),
  line("conversion:<id>", /^conversion:[^:]+$/, "credit", "own", "claimed by a conversion under way"),
  line("order:<id>:surplus", /^order:[^:]+:surplus$/, "credit", "own", "overpaid on an order"),
  line("suspense:<reason>", /^suspense:[a-z_]+$/, "credit", "folding", "arrived and not understood"),
  line("platform:fees", /^platform:fees$/, "either", "folding", "what we earn"),
  line(
    "platform:network_costs",
    /^platform:network_costs$/,
    "either",
    "folding",
    "what chains and banks take for transfers",
  ),
  line(
    "platform:variance",
    /^platform:variance$/,
    "either",
    "folding",
    "what arrived more or less than was sent",
  ),
  line("platform:fx", /^platform:fx$/, "either", "folding", "gained or lost between two currencies"),
  line("platform:funding", /^platform:funding$/, "either", "folding", "what the owner put in or took out"),
];

function line(
  path: string,
  pattern: RegExp,
  side: NormalSide,
  balance: "folding" | "own",
  holds: string,
): ChartLine {
  return { path, pattern, normalSide: side, folding: balance === "folding", holds };
}

/** @throws {InvariantViolation} `unknown_account`: no line of the chart has such a path. */
export function chartLineOf(path: string): ChartLine {
  const found = chartOfAccounts.find(({ pattern }) => pattern.test(path));
  if (!found)
    throw new InvariantViolation("unknown_account", `"${path}" is not on the chart of accounts`, { path });
  return found;
}
