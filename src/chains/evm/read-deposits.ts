import type { Deposit, DepositReading, UnlistedArrival } from "../receiving.ts";
import {
  checkAnswer,
  quantitySchema,
  transactionWithInputSchema,
  unusable,
  type Asked,
  type Log,
  type Transaction,
  type TransactionReceipt,
} from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { netArrivals, type Movement } from "./net-arrivals.ts";
import { getTransaction, readInclusion, type Inclusion } from "./read-inclusion.ts";
import type { ReadingContext } from "./reading-context.ts";
import { parseTransfer } from "./token-transfers.ts";
import { mayMoveCoins, traceCalls } from "./trace-calls.ts";
import type { WatchedAddresses } from "./watched-addresses.ts";

/** What one endpoint shows of a transaction that is in a block. */
export interface DepositFacts extends Inclusion {
  readonly endpoint: string;
  readonly transaction: Transaction;
  readonly confirmations: bigint;
  /** What its calls moved; empty where none could; `null`: not shown. */
  readonly calls: readonly Movement[] | null;
}

export type DepositAnswer =
  { readonly endpoint: string; readonly status: "not_found" | "pending" } | DepositFacts;

/** Everything that bears on deposits, from one endpoint. */
export async function readDepositFacts(
  context: ReadingContext,
  endpoint: Endpoint,
  hash: string,
): Promise<DepositAnswer> {
  const asked = { chain: context.chain, operation: "readDeposits", endpoint: endpoint.label };
  const inclusion = await readInclusion(asked, endpoint, hash);
  if (inclusion.status !== "included") return { endpoint: endpoint.label, status: inclusion.status };
  const { receipt, finalNumber } = inclusion;
  checkLogs(asked, receipt);
  const transaction = await getTransaction(asked, endpoint, receipt, transactionWithInputSchema);
  const calls =
    receipt.status === "0x1" && mayMoveCoins(context, receipt, transaction)
      ? await traceCalls(asked, endpoint, transaction, context.native)
      : [];
  const head = checkAnswer(quantitySchema, await endpoint.request("eth_blockNumber", []), asked);
  if (finalNumber > head)
    throw unusable(asked, "finality_beyond_head", { finalNumber: String(finalNumber), head: String(head) });
  const above = head > receipt.blockNumber ? head - receipt.blockNumber : 0n;
  return { ...inclusion, endpoint: endpoint.label, transaction, calls, confirmations: above + 1n };
}

/** A log is named by its place in the receipt, so none may be missing, doubled, out of order or of somebody else. */
function checkLogs(asked: Asked, { logs, transactionHash: hash }: TransactionReceipt): void {
  const first = logs[0]?.logIndex ?? 0n;
  for (const [place, log] of logs.entries()) {
    if (log.transactionHash !== hash)
      throw unusable(asked, "hash_mismatch", { hash, answered: log.transactionHash });
    if (log.removed === true) throw unusable(asked, "reorganised", { hash });
    if (log.logIndex !== first + BigInt(place))
      throw unusable(asked, "garbled_answer", { hash, logIndex: String(log.logIndex) });
  }
}

/**
 * What the facts mean for the watched addresses. A transfer keeps its index wherever the transaction is included again:
 * "native", "log+3" (place in the receipt), "call:0x…:0" (recipient, moves to it before).
 */
export function interpretDeposits(
  context: ReadingContext,
  { receipt, includedIn, transaction, calls, confirmations, finalNumber }: DepositFacts,
  watched: WatchedAddresses,
): DepositReading {
  const succeeded = receipt.status === "0x1";
  const { from, to, value } = transaction;
  const coins = [
    ...(to === null ? [] : [{ index: "native", asset: context.native, from, to, amount: value }]),
    ...(calls ?? []),
  ];
  const movements = succeeded ? [...coins, ...tokenMovements(context, receipt.logs)] : [];
  const deposits = netArrivals(movements, watched).map((arrival): Deposit => ({
    ...arrival,
    from: watched.spell(arrival.from),
    to: watched.spell(arrival.to),
  }));
  return {
    status: "included",
    includedIn,
    succeeded,
    confirmations,
    final: receipt.blockNumber <= finalNumber,
    deposits,
    unlisted: succeeded ? unlistedArrivals(context, receipt.logs, watched) : [],
    mayHideTransfers: calls === null,
  };
}

const indexOf = (place: number): string => `log+${place}`;

function tokenMovements({ chain, registry }: ReadingContext, logs: readonly Log[]): Movement[] {
  return logs.flatMap((log, place) => {
    const asset = registry.findByContract(chain, log.address);
    const transfer = asset === null ? null : parseTransfer(log);
    return asset === null || transfer === null ? [] : [{ index: indexOf(place), asset, ...transfer }];
  });
}

/**
 * These repeat what native coins did, and are never evidence. On Polygon a transfer through the contract 0x…1010 is logged
 * twice, by the node and by the contract (its MRC20.sol, read 2026-11-21); the other one is EIP-7708's, a draft on that day.
 */
const nativeLogSources = new Set([
  "0x0000000000000000000000000000000000001010",
  "0xfffffffffffffffffffffffffffffffffffffffe",
]);

function unlistedArrivals(
  { chain, registry }: ReadingContext,
  logs: readonly Log[],
  watched: WatchedAddresses,
): UnlistedArrival[] {
  return logs.flatMap(({ address, ...log }, place) => {
    if (nativeLogSources.has(address) || registry.findByContract(chain, address) !== null) return [];
    const transfer = parseTransfer(log);
    if (transfer === null || transfer.amount === 0n || transfer.from === transfer.to) return [];
    const { to, amount } = transfer;
    return watched.has(to)
      ? [{ index: indexOf(place), contract: address, to: watched.spell(to), amount }]
      : [];
  });
}
