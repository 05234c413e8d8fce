import type { Clock } from "../../src/clock.ts";
import {
  baseFeeAfter,
  blockGasLimit,
  fillBlock,
  includable,
  type Block,
  type MinedTransaction,
} from "./block.ts";
import { ChainLedger } from "./chain-ledger.ts";
import { insufficientFunds, invalidParams, poolRefusal, RpcError } from "./rpc-error.ts";
import { TransactionPool } from "./transaction-pool.ts";
import { greatestCost, intrinsicGas, ownHash, type Transaction } from "./transaction.ts";

interface Snapshot {
  readonly id: string;
  readonly blocks: readonly Block[];
  readonly ledger: ChainLedger;
}

const noHash = `0x${"0".repeat(64)}`;

/** Blocks, ledger and pool of one chain. It moves only when told, and the same calls always give the same chain. */
export class ChainCore {
  readonly chainId: number;
  readonly pool: TransactionPool;
  ledger = new ChainLedger();
  private readonly clock: Clock;
  private chain: Block[] = [];
  private readonly mined = new Map<string, MinedTransaction>();
  private automine: boolean;
  private timeAhead = 0;
  private forcedBaseFee: bigint | null = null;
  /** Raised whenever history is rewritten, so that a block in place of another has another hash. */
  private rewrites = 0;
  private snapshots: Snapshot[] = [];
  private snapshotsTaken = 0;

  constructor(options: { chainId: number; clock: Clock; mostPendingPerSender: number; automine: boolean }) {
    this.chainId = options.chainId;
    this.clock = options.clock;
    this.automine = options.automine;
    this.pool = new TransactionPool(options.mostPendingPerSender);
    this.append({ parentHash: noHash, number: 0, timestamp: this.now(), baseFee: 1_000_000_000n }, []);
  }

  get blocks(): readonly Block[] {
    return this.chain;
  }

  get head(): Block {
    return this.chain.at(-1)!;
  }

  get nextBaseFee(): bigint {
    return this.forcedBaseFee ?? baseFeeAfter(this.head);
  }

  findMined(hash: string): MinedTransaction | undefined {
    return this.mined.get(hash);
  }

  forceBaseFee(wei: bigint): void {
    this.forcedBaseFee = wei;
  }

  /** What of the sender can never be included now leaves the pool. */
  setNonce(address: string, nonce: bigint): void {
    this.ledger.setNonce(address, nonce, this.head.number);
    this.pool.dropBelow(address, nonce);
  }

  /** The next block is at least so much later than the head, which may be ahead of the clock. */
  passTime(seconds: number): void {
    this.timeAhead += seconds + Math.max(0, this.head.timestamp - this.now());
  }

  setAutomine(on: boolean): void {
    this.automine = on;
    this.mineIfAutomatic();
  }

  /** Takes a transaction into the pool. @throws {RpcError} it refuses it */
  submit(transaction: Transaction): void {
    const { from, nonce, gasLimit, data, maxFeePerGas, hash } = transaction;
    const { start, floor } = intrinsicGas(data);
    if (this.pool.find(hash) !== undefined) throw poolRefusal("transaction already imported");
    if (gasLimit < start || gasLimit < floor) throw new RpcError(-32_000, "intrinsic gas too low");
    if (gasLimit > blockGasLimit)
      throw new RpcError(-32_000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit");
    if (nonce < this.ledger.nonce(from)) throw poolRefusal("nonce too low");
    if (maxFeePerGas < this.nextBaseFee) throw poolRefusal("max fee per gas less than block base fee");
    if (this.ledger.balance(from) < greatestCost(transaction)) throw insufficientFunds();
    this.pool.add(transaction);
    this.mineIfAutomatic();
  }

  /** The first block takes what the pool has for it, the next what did not fit. */
  mine(count: number): void {
    for (let mined = 0; mined < count; mined += 1) this.produce(true);
  }

  /**
   * Replaces the last blocks by as many empty ones.
   * @param keep whether what they held goes back to the pool; else it never happened
   * @throws {RpcError} there are not so many
   */
  reorg(depth: number, keep: boolean): void {
    const undone = this.rollback(depth);
    if (keep) for (const { transaction } of undone) this.pool.restore(transaction);
    for (let mined = 0; mined < depth; mined += 1) this.produce(false);
  }

  /** Takes the last blocks away. @returns what they held, oldest first. @throws {RpcError} there are not so many */
  rollback(depth: number): MinedTransaction[] {
    const height = this.head.number;
    if (depth > height)
      throw invalidParams(
        `Reorg depth must not exceed current chain height: current height ${height}, depth ${depth}`,
      );
    this.rewrites += 1;
    const undone = this.chain.splice(height + 1 - depth).flatMap((block) => block.transactions);
    for (const { transaction } of undone) this.mined.delete(transaction.hash);
    this.ledger.rewind(this.head.number);
    return undone;
  }

  snapshot(): string {
    this.snapshotsTaken += 1;
    const id = `0x${this.snapshotsTaken.toString(16)}`;
    this.snapshots.push({ id, blocks: [...this.chain], ledger: this.ledger.copy() });
    return id;
  }

  /** Back to a snapshot, the pool apart; it and later ones are used up. @returns whether it exists */
  revert(id: string): boolean {
    const index = this.snapshots.findIndex((taken) => taken.id === id);
    const [snapshot] = index < 0 ? [] : this.snapshots.splice(index);
    if (snapshot === undefined) return false;
    this.rewrites += 1;
    this.chain = [...snapshot.blocks];
    this.ledger = snapshot.ledger;
    this.mined.clear();
    for (const mined of this.chain.flatMap((block) => block.transactions))
      this.mined.set(mined.transaction.hash, mined);
    return true;
  }

  private now(): number {
    return Math.floor(this.clock.now().getTime() / 1_000) + this.timeAhead;
  }

  private mineIfAutomatic(): void {
    if (this.automine && includable(this.pool, this.ledger, this.nextBaseFee).length > 0) this.produce(true);
  }

  private produce(takesFromPool: boolean): void {
    const { number, hash, timestamp } = this.head;
    const baseFee = this.nextBaseFee;
    const height = number + 1;
    const transactions = takesFromPool ? fillBlock(this.pool, this.ledger, { height, baseFee }) : [];
    this.forcedBaseFee = null;
    const later = Math.max(timestamp + 1, this.now());
    this.append({ parentHash: hash, number: height, timestamp: later, baseFee }, transactions);
  }

  private append(
    header: Pick<Block, "parentHash" | "number" | "timestamp" | "baseFee">,
    transactions: readonly MinedTransaction[],
  ): void {
    const { parentHash, number } = header;
    const hash = ownHash([this.chainId, parentHash, number, this.rewrites].join("/"));
    this.chain.push({ ...header, hash, gasUsed: transactions.at(-1)?.cumulativeGasUsed ?? 0n, transactions });
    for (const mined of transactions) this.mined.set(mined.transaction.hash, mined);
  }
}
