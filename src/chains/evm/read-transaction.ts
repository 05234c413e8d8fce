import { ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { Receipt, TransactionReading } from "../port.ts";
import {
  blockSchema,
  checkAnswer,
  receiptSchema,
  transactionSchema,
  type Log,
  type TransactionReceipt,
} from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";

/** keccak256("Transfer(address,address,uint256)"). ERC-721 shares it, with four topics and no data. */
export const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

export interface ReadingContext {
  readonly chain: string;
  readonly native: Asset;
  readonly registry: AssetRegistry;
}

/** Reads one transaction from one endpoint, so that receipt and finality come from the same view of the chain. */
export async function readFromEndpoint(
  context: ReadingContext,
  endpoint: Endpoint,
  hash: string,
  watched: ReadonlySet<string>,
): Promise<TransactionReading> {
  const asked = { chain: context.chain, operation: "readTransaction", endpoint: endpoint.label };
  const refuse = (reason: string, details: Record<string, unknown>) =>
    new ProviderError(
      { provider: context.chain, operation: asked.operation, failure: "retryable", reason },
      { hash, ...details },
    );
  const readTransaction = async () => {
    const answer = await endpoint.request("eth_getTransactionByHash", [hash]);
    if (answer === null) return null;
    const transaction = checkAnswer(transactionSchema, answer, asked);
    if (transaction.hash !== hash) throw refuse("hash_mismatch", { answered: transaction.hash });
    return transaction;
  };

  const receiptAnswer = await endpoint.request("eth_getTransactionReceipt", [hash]);
  // A transaction with a block number but no receipt yet is still unproved.
  if (receiptAnswer === null) return { status: (await readTransaction()) === null ? "not_found" : "pending" };
  const receipt = checkAnswer(receiptSchema, receiptAnswer, asked);
  if (receipt.transactionHash !== hash) throw refuse("hash_mismatch", { answered: receipt.transactionHash });

  // Finality first, then the block by its number: a reorganisation in between shows as another hash.
  const finalNumber = await readFinalNumber(context.chain, endpoint);
  const block = checkAnswer(
    blockSchema.nullable(),
    await endpoint.request("eth_getBlockByNumber", [`0x${receipt.blockNumber.toString(16)}`, false]),
    asked,
  );
  if (block === null || block.hash !== receipt.blockHash) return { status: "pending" };

  const succeeded = receipt.status === "0x1";
  let receipts: Receipt[] = [];
  if (succeeded) {
    receipts = tokenReceipts(context, receipt, watched);
    if (receipt.to !== null && watched.has(receipt.to)) {
      const transaction = await readTransaction();
      if (transaction === null) throw refuse("garbled_answer", { missing: "transaction" });
      const { from, to, value } = transaction;
      if (value > 0n && to === receipt.to && from !== to)
        receipts.unshift({ index: "native", asset: context.native, from, to, amount: value });
    }
  }
  return {
    status: succeeded ? "succeeded" : "reverted",
    includedIn: {
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
      blockTime: new Date(Number(block.timestamp) * 1000),
    },
    final: receipt.blockNumber <= finalNumber,
    fee: receipt.gasUsed * receipt.effectiveGasPrice + (receipt.l1Fee ?? 0n),
    receipts,
  };
}

export async function readFinalNumber(chain: string, endpoint: Endpoint): Promise<bigint> {
  const answer = await endpoint.request("eth_getBlockByNumber", ["finalized", false]);
  return checkAnswer(blockSchema, answer, { chain, operation: "finalized", endpoint: endpoint.label }).number;
}

const addressIn = (topic: string): string | null => (/^0x0{24}/.test(topic) ? `0x${topic.slice(26)}` : null);

function tokenReceipts(
  context: ReadingContext,
  receipt: TransactionReceipt,
  watched: ReadonlySet<string>,
): Receipt[] {
  const movements = receipt.logs.flatMap((log) => {
    const asset = context.registry.findByContract(context.chain, log.address);
    const transfer = asset === null ? null : parseTransfer(log, receipt.transactionHash);
    return asset === null || transfer === null ? [] : [{ asset, ...transfer }];
  });
  const arrivals = movements.filter(({ from, to, amount }) => amount > 0n && watched.has(to) && from !== to);
  // What one transaction brings and takes again did not arrive: departures are netted off, last arrival first.
  for (const departure of movements.filter(({ from, to }) => watched.has(from) && from !== to)) {
    let left = departure.amount;
    for (const arrival of arrivals.toReversed()) {
      if (arrival.to !== departure.from || arrival.asset.id !== departure.asset.id) continue;
      const taken = arrival.amount < left ? arrival.amount : left;
      arrival.amount -= taken;
      left -= taken;
    }
  }
  return arrivals
    .filter(({ amount }) => amount > 0n)
    .map(({ logIndex, asset, from, to, amount }) => ({ index: `log:${logIndex}`, asset, from, to, amount }));
}

function parseTransfer(log: Log, transactionHash: string) {
  const [topic, fromTopic, toTopic] = log.topics;
  if (topic !== transferTopic || log.topics.length !== 3 || log.data.length !== 66) return null;
  if (log.transactionHash !== transactionHash || log.removed === true) return null;
  const from = addressIn(fromTopic!);
  const to = addressIn(toTopic!);
  if (from === null || to === null) return null;
  return { logIndex: log.logIndex, from, to, amount: BigInt(log.data) };
}
