import type { RpcReply } from "../../../../sandbox/anvil-control.ts";
import type { Fixture } from "../../testing/deposit-fixtures.ts";
import type { RpcCall } from "../endpoint.ts";
import { transferTopic } from "../token-transfers.ts";

/** The parts of a recording that tests change. Everything in it is as the node gave it. */
export interface Recording {
  eth_chainId?: { result: unknown };
  eth_getTransactionByHash: { result: RecordedTransaction };
  eth_getTransactionReceipt: { result: RecordedReceipt };
  eth_getBlockByHash: { result: { number: string; hash: string; timestamp: string } };
  explorer_txlistinternal?: { body: { result: readonly InternalRow[] } };
  debug_traceTransaction?: { result: Frame };
}
interface RecordedTransaction {
  hash: string;
  from: string;
  to: string;
  value: string;
  input: string;
}
export interface RecordedLog {
  address: string;
  topics: string[];
  data: string;
  logIndex: string;
  transactionHash: string;
  removed: boolean;
  decimals?: string;
}
interface RecordedReceipt {
  transactionHash: string;
  status: string;
  to: string;
  blockHash: string;
  blockNumber: string;
  gasUsed: string;
  gasUsedForL1?: string;
  logs: RecordedLog[];
}
interface InternalRow {
  from: string;
  to: string;
  value: string;
  isError: string;
}
export interface Frame {
  type: string;
  from: string;
  to: string;
  value?: string;
  error?: string;
  calls?: Frame[];
}

const chainIds: Readonly<Record<string, number>> = {
  ethereum: 1,
  "bnb-smart-chain": 56,
  "polygon-pos": 137,
  base: 8453,
  "arbitrum-one": 42161,
};
export const chainIdOf = (chain: string): number => chainIds[chain] ?? 0;

export const recordingOf = (responses: Fixture["responses"]): Recording => responses as unknown as Recording;
export const toResponses = (recording: Recording): Fixture["responses"] =>
  recording as unknown as Fixture["responses"];

/** A copy with something changed. */
export function altered(
  responses: Fixture["responses"],
  change: (recording: Recording) => void,
): Fixture["responses"] {
  const copy = recordingOf(structuredClone(responses));
  change(copy);
  return toResponses(copy);
}

/** As the recording's node would answer; its block stands in a chain that has gone on by 120 blocks, 100 of them final. */
export function answerFrom(
  chain: string,
  original: Fixture["responses"],
  responses: Fixture["responses"],
  { method, params }: RpcCall,
): RpcReply {
  const recording = recordingOf(responses);
  const number = BigInt(recordingOf(original).eth_getBlockByHash.result.number);
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const given = (responses as Record<string, RpcReply | undefined>)[method];
  if (given !== undefined && method !== "eth_getBlockByNumber") return given;
  if (method === "eth_chainId") return { result: hex(BigInt(chainIdOf(chain))) };
  if (method === "eth_blockNumber") return { result: hex(number + 120n) };
  if (method !== "eth_getBlockByNumber")
    return { error: { code: -32601, message: `the method ${method} does not exist/is not available` } };
  if (params[0] === "finalized")
    return { result: { number: hex(number + 100n), hash: `0x${"f1".repeat(32)}`, timestamp: "0x7fffffff" } };
  return params[0] === hex(number) ? (recording.eth_getBlockByHash as RpcReply) : { result: null };
}

/** The recording with a trace made of its explorer's list: the transaction's own call, and every hop below it. */
export function withTrace(responses: Fixture["responses"]): Fixture["responses"] {
  return altered(responses, (recording) => {
    const { from, to, value } = recording.eth_getTransactionByHash.result;
    const calls = (recording.explorer_txlistinternal?.body.result ?? []).map((row) => ({
      type: "CALL",
      from: row.from,
      to: row.to,
      value: `0x${BigInt(row.value).toString(16)}`,
      ...(row.isError === "0" ? {} : { error: "execution reverted" }),
    }));
    recording.debug_traceTransaction = { result: { type: "CALL", from, to, value, calls } };
  });
}

export const paddedTopic = (address: string): string =>
  `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;

/** The transfers of an asset to an address. */
export const logsTo = (recording: Recording, contract: string, to: string): RecordedLog[] =>
  recording.eth_getTransactionReceipt.result.logs.filter(
    ({ address, topics }) =>
      address.toLowerCase() === contract.toLowerCase() &&
      topics[0] === transferTopic &&
      topics[2] === paddedTopic(to),
  );
