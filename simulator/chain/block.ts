import type { ChainLedger } from "./chain-ledger.ts";
import type { Log } from "./metered-storage.ts";
import type { PooledTransaction, TransactionPool } from "./transaction-pool.ts";
import { effectiveTip, greatestCost, type Transaction } from "./transaction.ts";

export interface MinedTransaction {
  readonly transaction: Transaction;
  readonly blockNumber: number;
  readonly index: number;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly cumulativeGasUsed: bigint;
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly Log[];
  /** The place of its first log among those of the block. */
  readonly firstLogIndex: number;
}

export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Seconds. */
  readonly timestamp: number;
  readonly baseFee: bigint;
  readonly gasUsed: bigint;
  readonly transactions: readonly MinedTransaction[];
}

export const blockGasLimit = 30_000_000n;

/** The base fee after a block, by EIP-1559: it moves by an eighth at most. */
export function baseFeeAfter({ baseFee, gasUsed }: Block): bigint {
  const target = blockGasLimit / 2n;
  if (gasUsed === target) return baseFee;
  const change = (baseFee * (gasUsed > target ? gasUsed - target : target - gasUsed)) / target / 8n;
  if (gasUsed < target) return baseFee - change;
  return baseFee + (change > 0n ? change : 1n);
}

/** Each sender's next transaction that can pay the base fee, the best paid last, then the first come last. */
export function includable(pool: TransactionPool, ledger: ChainLedger, baseFee: bigint): PooledTransaction[] {
  const ready = [...pool.senders()].flatMap(
    (sender) => nextOf(pool, { sender, nonce: ledger.nonce(sender), baseFee }) ?? [],
  );
  return ready.sort((left, right) => (goesFirst(left, right, baseFee) ? 1 : -1));
}

function nextOf(
  pool: TransactionPool,
  { sender, nonce, baseFee }: { sender: string; nonce: bigint; baseFee: bigint },
): PooledTransaction | undefined {
  const next = pool.at(sender, nonce);
  return next !== undefined && next.transaction.maxFeePerGas >= baseFee ? next : undefined;
}

function goesFirst(one: PooledTransaction, other: PooledTransaction, baseFee: bigint): boolean {
  const [tip, otherTip] = [one, other].map(({ transaction }) => effectiveTip(transaction, baseFee));
  return tip === otherTip ? one.arrival < other.arrival : tip! > otherTip!;
}

/**
 * Runs what the pool has for a block, as far as it fits. What cannot pay the base fee waits; what its sender cannot pay for
 * is dropped, as geth does.
 */
export function fillBlock(
  pool: TransactionPool,
  ledger: ChainLedger,
  { height, baseFee }: { height: number; baseFee: bigint },
): MinedTransaction[] {
  const mined: MinedTransaction[] = [];
  const ready = includable(pool, ledger, baseFee);
  let gas = 0n;
  let logIndex = 0;
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    const { transaction } = next;
    if (gas + transaction.gasLimit > blockGasLimit) continue;
    pool.drop(transaction.hash);
    if (ledger.balance(transaction.from) < greatestCost(transaction)) continue;
    const { outcome, effectiveGasPrice, logs } = ledger.apply(transaction, { baseFee, height });
    gas += outcome.gasUsed;
    mined.push({
      transaction,
      blockNumber: height,
      index: mined.length,
      succeeded: outcome.kind === "succeeded",
      gasUsed: outcome.gasUsed,
      cumulativeGasUsed: gas,
      effectiveGasPrice,
      logs,
      firstLogIndex: logIndex,
    });
    logIndex += logs.length;
    const following = nextOf(pool, { sender: transaction.from, nonce: transaction.nonce + 1n, baseFee });
    if (following === undefined) continue;
    const after = ready.findLastIndex((waiting) => goesFirst(following, waiting, baseFee));
    ready.splice(after + 1, 0, following);
  }
  return mined;
}
