import { poolRefusal } from "./rpc-error.ts";
import type { Transaction } from "./transaction.ts";

export interface PooledTransaction {
  readonly transaction: Transaction;
  /** The order in which they came. */
  readonly arrival: number;
}

/** At least a tenth more on both fees, as geth has it; anvil is content with any more on one. */
const outbids = (newer: Transaction, older: Transaction): boolean =>
  newer.maxFeePerGas * 10n >= older.maxFeePerGas * 11n &&
  newer.maxPriorityFeePerGas * 10n >= older.maxPriorityFeePerGas * 11n;

/** Transactions that wait for a block: one of each sender and nonce, gaps allowed. */
export class TransactionPool {
  private readonly bySender = new Map<string, Map<bigint, PooledTransaction>>();
  private readonly byHash = new Map<string, Transaction>();
  private readonly mostPerSender: number;
  private arrivals = 0;

  constructor(mostPerSender: number) {
    this.mostPerSender = mostPerSender;
  }

  find(hash: string): Transaction | undefined {
    return this.byHash.get(hash);
  }

  senders(): IterableIterator<string> {
    return this.bySender.keys();
  }

  at(sender: string, nonce: bigint): PooledTransaction | undefined {
    return this.bySender.get(sender)?.get(nonce);
  }

  /** The first nonce from this one on that nothing here uses. */
  firstFreeNonce(sender: string, nonce: bigint): bigint {
    let free = nonce;
    while (this.at(sender, free) !== undefined) free += 1n;
    return free;
  }

  /** Takes it in, in place of the one with the same nonce. @throws {RpcError} it does not outbid that one, or there are too many. */
  add(transaction: Transaction): void {
    const { from, nonce, hash } = transaction;
    if (this.byHash.has(hash)) throw poolRefusal("transaction already imported");
    const rival = this.at(from, nonce)?.transaction;
    if (rival !== undefined) {
      if (!outbids(transaction, rival)) throw poolRefusal("replacement transaction underpriced");
      this.byHash.delete(rival.hash);
    } else if ((this.bySender.get(from)?.size ?? 0) >= this.mostPerSender) {
      throw poolRefusal("txpool is full");
    }
    this.put(transaction);
  }

  /** Takes back what was in a block, unless a later transaction has its place. */
  restore(transaction: Transaction): void {
    if (this.at(transaction.from, transaction.nonce) === undefined) this.put(transaction);
  }

  /** @returns whether it was there. Later ones of its sender stay and wait for the gap to be filled. */
  drop(hash: string): boolean {
    const transaction = this.byHash.get(hash);
    if (transaction === undefined) return false;
    this.byHash.delete(hash);
    const { from, nonce } = transaction;
    const ofSender = this.bySender.get(from);
    ofSender?.delete(nonce);
    if (ofSender?.size === 0) this.bySender.delete(from);
    return true;
  }

  /** Drops what can never be included: nonces below the sender's own. */
  dropBelow(sender: string, nonce: bigint): void {
    for (const [used, { transaction }] of this.bySender.get(sender) ?? [])
      if (used < nonce) this.drop(transaction.hash);
  }

  private put(transaction: Transaction): void {
    const ofSender = this.bySender.get(transaction.from) ?? new Map<bigint, PooledTransaction>();
    this.bySender.set(transaction.from, ofSender);
    this.arrivals += 1;
    ofSender.set(transaction.nonce, { transaction, arrival: this.arrivals });
    this.byHash.set(transaction.hash, transaction);
  }
}
