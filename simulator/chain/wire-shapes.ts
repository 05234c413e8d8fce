import { toHex } from "../../sandbox/anvil-control.ts";
import { blockGasLimit, type Block, type MinedTransaction } from "./block.ts";
import type { Transaction } from "./transaction.ts";

/** As in eth_getTransactionByHash. @param block null while it waits in the pool */
export function presentTransaction(transaction: Transaction, block: Block | null, index: number | null) {
  return {
    type: "0x2",
    hash: transaction.hash,
    from: transaction.from,
    to: transaction.to,
    nonce: toHex(transaction.nonce),
    value: toHex(transaction.value),
    input: transaction.data,
    gas: toHex(transaction.gasLimit),
    maxFeePerGas: toHex(transaction.maxFeePerGas),
    maxPriorityFeePerGas: toHex(transaction.maxPriorityFeePerGas),
    blockHash: block?.hash ?? null,
    blockNumber: block === null ? null : toHex(block.number),
    transactionIndex: index === null ? null : toHex(index),
  };
}

export function presentBlock(block: Block, full: boolean) {
  return {
    number: toHex(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: toHex(block.timestamp),
    baseFeePerGas: toHex(block.baseFee),
    gasLimit: toHex(blockGasLimit),
    gasUsed: toHex(block.gasUsed),
    transactions: block.transactions.map(({ transaction, index }) =>
      full ? presentTransaction(transaction, block, index) : transaction.hash,
    ),
  };
}

export function presentLogs(mined: MinedTransaction, block: Block) {
  return mined.logs.map((log, offset) => ({
    ...log,
    logIndex: toHex(mined.firstLogIndex + offset),
    transactionHash: mined.transaction.hash,
    transactionIndex: toHex(mined.index),
    blockHash: block.hash,
    blockNumber: toHex(block.number),
    removed: false,
  }));
}

export function presentReceipt(mined: MinedTransaction, block: Block) {
  return {
    type: "0x2",
    status: mined.succeeded ? "0x1" : "0x0",
    transactionHash: mined.transaction.hash,
    transactionIndex: toHex(mined.index),
    blockHash: block.hash,
    blockNumber: toHex(block.number),
    from: mined.transaction.from,
    to: mined.transaction.to,
    contractAddress: null,
    gasUsed: toHex(mined.gasUsed),
    cumulativeGasUsed: toHex(mined.cumulativeGasUsed),
    effectiveGasPrice: toHex(mined.effectiveGasPrice),
    logs: presentLogs(mined, block),
  };
}
