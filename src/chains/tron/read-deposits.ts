import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { DepositReading } from "../receiving.ts";
import {
  blockSchema,
  transactionInfoSchema,
  transactionSchema,
  type TransactionInfo,
  type TronContract,
  type TronTransaction,
} from "./answers.ts";
import type { TronClient } from "./client.ts";
import { findToken, movementsOf, netArrivals, UnreadableTransfer, type Movement } from "./movements.ts";

export interface Network {
  readonly chain: string;
  readonly registry: AssetRegistry;
}

type IncludedReading = Extract<DepositReading, { status: "included" }>;
/** Of what is solidified, which no fork takes back, or of all that the node knows. */
type View = "/walletsolidity" | "/wallet";

const operation = "readDeposits";

/** The head of one view, or a block by its number. @throws {ProviderError} also when the node has no such block. */
export async function readBlock(client: TronClient, view: View, number: bigint | null, signal: AbortSignal) {
  // Their documentation's replacement of `getnowblock` and `getblockbynum`; with `detail: false` it leaves out the transactions.
  const asked = { ...(number === null ? {} : { id_or_num: String(number) }), detail: false };
  const block = await client.ask(`${view}/getblock`, asked, blockSchema, signal);
  if (block === null || (number !== null && block.number !== number))
    throw client.problem(operation, "block_missing", { number: String(number) });
  return block;
}

/** What one node says of a transaction. @throws {ProviderError} retryable, for anything that is not clear. */
export async function readFromNode(
  client: TronClient,
  network: Network,
  hash: string,
  watched: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<DepositReading> {
  const solid = await readParts(client, "/walletsolidity", hash, signal);
  if (solid.transaction && solid.info)
    return readIncluded(client, network, "/walletsolidity", solid.transaction, solid.info, watched, signal);
  const latest = await readParts(client, "/wallet", hash, signal);
  if (latest.transaction && latest.info)
    return readIncluded(client, network, "/wallet", latest.transaction, latest.info, watched, signal);
  return { status: latest.transaction || latest.info ? "pending" : "not_found" };
}

async function readParts(client: TronClient, view: View, hash: string, signal: AbortSignal) {
  const body = { value: hash };
  const [transaction, info] = await Promise.all([
    client.ask(`${view}/gettransactionbyid`, body, transactionSchema, signal),
    client.ask(`${view}/gettransactioninfobyid`, body, transactionInfoSchema, signal),
  ]);
  if ((transaction !== null && transaction.txID !== hash) || (info !== null && info.id !== hash))
    throw client.problem(operation, "hash_mismatch", { hash, said: [transaction?.txID, info?.id] });
  return { transaction, info };
}

async function readIncluded(
  client: TronClient,
  network: Network,
  view: View,
  transaction: TronTransaction,
  info: TransactionInfo,
  watched: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<IncludedReading> {
  const contract = transaction.raw_data.contract[0]!;
  const succeeded = hasSucceeded(client, transaction, contract, info);
  const [block, head] = await Promise.all([
    readBlock(client, view, info.blockNumber, signal),
    readBlock(client, "/wallet", null, signal),
  ]);
  // Between two calls a fork may have put another block at that height.
  if (block.time.getTime() !== info.blockTimeStamp)
    throw client.problem(operation, "block_mismatch", { number: String(info.blockNumber) });
  const onTop = head.number - info.blockNumber;
  const arrivals = succeeded ? netArrivals(readMovements(client, contract, info, network), watched) : [];
  return {
    status: "included",
    includedIn: { blockNumber: block.number, blockHash: block.hash, blockTime: block.time },
    succeeded,
    confirmations: onTop > 0n ? onTop + 1n : 1n,
    final: view === "/walletsolidity",
    deposits: arrivals.flatMap(({ index, asset, from, to, amount }) =>
      asset === null ? [] : [{ index, asset, from, to, amount }],
    ),
    unlisted: arrivals.flatMap(({ index, asset, contract: what, to, amount }) =>
      asset === null ? [{ index, contract: what, to, amount }] : [],
    ),
    mayHideTransfers: succeeded && mayHideTransfers(contract, info, network),
  };
}

const runsCode = ({ type }: TronContract): boolean =>
  type === "TriggerSmartContract" || type === "CreateSmartContract";

/**
 * Both answers tell how the execution ended, and they must tell the same. What a contract's code returned says nothing:
 * USDT returns false when all went well.
 */
function hasSucceeded(
  client: TronClient,
  { ret }: TronTransaction,
  contract: TronContract,
  info: TransactionInfo,
): boolean {
  const ended = info.receipt.result ?? (runsCode(contract) ? null : "SUCCESS");
  if (ended === null) throw client.problem(operation, "malformed_answer", { missing: "receipt.result" });
  const byTransaction = ret[0]!.contractRet === "SUCCESS";
  const byInfo = ended === "SUCCESS" && info.result === "SUCESS";
  if (byTransaction !== byInfo)
    throw client.problem(operation, "contradictory_answer", {
      contractRet: ret[0]!.contractRet,
      receipt: ended,
      result: info.result,
    });
  return byInfo;
}

function readMovements(
  client: TronClient,
  contract: TronContract,
  info: TransactionInfo,
  network: Network,
): Movement[] {
  try {
    return movementsOf(contract, info, network);
  } catch (error) {
    if (error instanceof UnreadableTransfer)
      throw client.problem(operation, "malformed_answer", { log: info.log });
    throw error;
  }
}

/** A node that keeps no internal transactions does not say so: it shows none. The listed tokens send no TRX on. */
function mayHideTransfers(
  contract: TronContract,
  info: TransactionInfo,
  { chain, registry }: Network,
): boolean {
  if (info.internal_transactions !== undefined || !runsCode(contract)) return false;
  const called = contract.type === "TriggerSmartContract" ? contract.parameter.value.contract_address : null;
  return called === null || findToken(registry, chain, called) === null;
}

const assetText = ({ id }: Asset) => id;

/** Everything two nodes must say alike. How many blocks came since, they may see differently. */
export function agreementKey(reading: DepositReading): string {
  if (reading.status !== "included") return reading.status;
  const { includedIn, succeeded, final, deposits, unlisted } = reading;
  return JSON.stringify([
    includedIn.blockHash,
    succeeded,
    final,
    deposits.map((one) => [one.index, assetText(one.asset), one.from, one.to, String(one.amount)]),
    unlisted.map((one) => [one.index, one.contract, one.to, String(one.amount)]),
  ]);
}
