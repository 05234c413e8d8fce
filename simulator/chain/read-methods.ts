import { toHex } from "../../sandbox/anvil-control.ts";
import { baseFeeAfter, blockGasLimit } from "./block.ts";
import type { ChainCore } from "./chain-core.ts";
import { executeMessage, type Outcome } from "./execute-message.ts";
import { insufficientFunds, invalidParams, RpcError } from "./rpc-error.ts";
import {
  addressOf,
  countOf,
  hashOf,
  heightOf,
  quantityOf,
  slotOf,
  stateHeightOf,
  type CallObject,
  type Method,
} from "./rpc-params.ts";
import { encodeRevert } from "./token-programs.ts";
import { usualTip } from "./transaction.ts";
import { presentBlock, presentLogs, presentReceipt, presentTransaction } from "./wire-shapes.ts";

/** What the call would do at a height. @throws {RpcError} it would revert, or its sender has not what it sends */
function simulate(core: ChainCore, params: readonly unknown[]): Outcome & { kind: "succeeded" } {
  const [call, tag] = params as [CallObject, unknown];
  const height = stateHeightOf(core, tag);
  const message = {
    from: addressOf(call.from ?? `0x${"0".repeat(40)}`),
    to: addressOf(call.to),
    value: quantityOf(call.value ?? "0x0"),
    data: call.data ?? "0x",
    gasLimit: blockGasLimit,
  };
  if (message.value > core.ledger.balance(message.from, height)) throw insufficientFunds();
  const outcome = executeMessage(core.ledger.view(height), message);
  if (outcome.kind === "succeeded") return outcome;
  const reason = outcome.kind === "reverted" ? outcome.reason : null;
  throw new RpcError(3, `execution reverted${reason === null ? "" : `: ${reason}`}`, encodeRevert(reason));
}

function transactionCount(core: ChainCore, [address, tag]: readonly unknown[]): string {
  const sender = addressOf(address);
  const nonce = core.ledger.nonce(sender, stateHeightOf(core, tag));
  return toHex(tag === "pending" ? core.pool.firstFreeNonce(sender, nonce) : nonce);
}

function transactionByHash(core: ChainCore, [text]: readonly unknown[]) {
  const hash = hashOf(text);
  const mined = core.findMined(hash);
  if (mined !== undefined)
    return presentTransaction(mined.transaction, core.blocks[mined.blockNumber] ?? null, mined.index);
  const waiting = core.pool.find(hash);
  return waiting === undefined ? null : presentTransaction(waiting, null, null);
}

function receipt(core: ChainCore, [text]: readonly unknown[]) {
  const mined = core.findMined(hashOf(text));
  const block = mined && core.blocks[mined.blockNumber];
  return block === undefined ? null : presentReceipt(mined!, block);
}

function blockByNumber(core: ChainCore, [tag, full]: readonly unknown[]) {
  if (tag !== "pending") {
    const block = core.blocks[heightOf(core, tag)];
    return block === undefined ? null : presentBlock(block, full === true);
  }
  const { number, hash, timestamp } = core.head;
  const next = { number: number + 1, parentHash: hash, timestamp: timestamp + 1, baseFee: core.nextBaseFee };
  return presentBlock({ ...next, hash, gasUsed: 0n, transactions: [] }, false);
}

interface LogFilter {
  readonly fromBlock?: string;
  readonly toBlock?: string;
  readonly address?: string | readonly string[];
  readonly topics?: readonly (string | readonly string[] | null)[];
}

const admits = (wanted: string | readonly string[] | null | undefined, value: string | undefined): boolean =>
  wanted === null ||
  wanted === undefined ||
  [wanted].flat().some((one) => one.toLowerCase() === value?.toLowerCase());

function logs(core: ChainCore, [filter]: readonly unknown[]) {
  const { fromBlock, toBlock, address, topics = [] } = filter as LogFilter;
  if (heightOf(core, fromBlock) > heightOf(core, toBlock)) throw invalidParams("invalid block range params");
  return core.blocks
    .slice(heightOf(core, fromBlock), heightOf(core, toBlock) + 1)
    .flatMap((block) => block.transactions.flatMap((mined) => presentLogs(mined, block)))
    .filter(
      (log) =>
        admits(address, log.address) && topics.every((wanted, index) => admits(wanted, log.topics[index])),
    );
}

function feeHistory(core: ChainCore, [blocks, newest, percentiles]: readonly unknown[]) {
  const last = stateHeightOf(core, newest);
  const covered = core.blocks.slice(Math.max(0, last + 1 - countOf(blocks)), last + 1);
  const rewards = (percentiles as readonly number[] | undefined) ?? [];
  return {
    oldestBlock: toHex(covered[0]?.number ?? last),
    baseFeePerGas: [...covered.map(({ baseFee }) => baseFee), baseFeeAfter(core.blocks[last]!)].map(toHex),
    gasUsedRatio: covered.map(
      ({ gasUsed }) => parseInt(String((gasUsed * 10_000n) / blockGasLimit), 10) / 1e4,
    ),
    reward: covered.map(({ transactions }) =>
      rewards.map(() => toHex(transactions.length === 0 ? 0n : usualTip)),
    ),
  };
}

/** What changes nothing. */
export const readMethods: Readonly<Record<string, Method>> = {
  eth_chainId: (core) => toHex(core.chainId),
  net_version: (core) => String(core.chainId),
  eth_blockNumber: (core) => toHex(core.head.number),
  eth_getBlockByNumber: blockByNumber,
  eth_getBlockByHash(core, [hash, full]) {
    const block = core.blocks.find((one) => one.hash === hashOf(hash));
    return block === undefined ? null : presentBlock(block, full === true);
  },
  eth_getTransactionByHash: transactionByHash,
  eth_getTransactionReceipt: receipt,
  eth_getTransactionCount: transactionCount,
  eth_getBalance: (core, [address, tag]) =>
    toHex(core.ledger.balance(addressOf(address), stateHeightOf(core, tag))),
  eth_getCode: (core, [address]) => core.ledger.code(addressOf(address)),
  eth_getStorageAt: (core, [address, slot, tag]) =>
    slotOf(toHex(core.ledger.storage(addressOf(address), slotOf(slot), stateHeightOf(core, tag)))),
  eth_call: (core, params) => simulate(core, params).output,
  eth_estimateGas: (core, params) => toHex(simulate(core, params).gasNeeded),
  eth_getLogs: logs,
  eth_maxPriorityFeePerGas: () => toHex(usualTip),
  eth_gasPrice: (core) => toHex(core.nextBaseFee + usualTip),
  eth_feeHistory: feeHistory,
};
