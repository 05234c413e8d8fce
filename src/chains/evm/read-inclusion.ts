import type { z } from "zod";
import type { IncludedIn } from "../receiving.ts";
import {
  blockSchema,
  checkAnswer,
  receiptSchema,
  transactionSchema,
  unusable,
  type Asked,
  type TransactionReceipt,
} from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";

/** A transaction in a block of the chain, as one endpoint sees it. */
export interface Inclusion {
  readonly status: "included";
  readonly receipt: TransactionReceipt;
  readonly includedIn: IncludedIn;
  readonly finalNumber: bigint;
}

/** Reads from one endpoint alone, so that receipt and finality come from the same view of the chain. */
export async function readInclusion(
  asked: Asked,
  endpoint: Endpoint,
  hash: string,
): Promise<{ readonly status: "not_found" | "pending" } | Inclusion> {
  const receiptAnswer = await endpoint.request("eth_getTransactionReceipt", [hash]);
  if (receiptAnswer === null) {
    // A transaction with a block number but no receipt yet is still unproved.
    const transaction = await findTransaction(asked, endpoint, hash, transactionSchema);
    return { status: transaction === null ? "not_found" : "pending" };
  }
  const receipt = checkAnswer(receiptSchema, receiptAnswer, asked);
  refuseOther(asked, hash, receipt.transactionHash);

  // Finality first, then the block by its number: a reorganisation in between shows as another hash.
  const finalNumber = await readFinalNumber(asked.chain, endpoint);
  const block = checkAnswer(
    blockSchema.nullable(),
    await endpoint.request("eth_getBlockByNumber", [`0x${receipt.blockNumber.toString(16)}`, false]),
    asked,
  );
  if (block === null || block.hash !== receipt.blockHash) return { status: "pending" };
  if (block.number !== receipt.blockNumber)
    throw unusable(asked, "garbled_answer", { hash, answered: `block ${block.number}` });
  const blockTime = new Date(Number(block.timestamp) * 1000);
  const { blockNumber, blockHash } = receipt;
  return { status: "included", receipt, includedIn: { blockNumber, blockHash, blockTime }, finalNumber };
}

/** @throws {ProviderError} `hash_mismatch`: the answer is about another transaction. */
export async function findTransaction<Schema extends z.ZodType<{ hash: string }>>(
  asked: Asked,
  endpoint: Endpoint,
  hash: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  const answer = await endpoint.request("eth_getTransactionByHash", [hash]);
  if (answer === null) return null;
  const transaction = checkAnswer(schema, answer, asked);
  refuseOther(asked, hash, transaction.hash);
  return transaction;
}

/** The transaction of a receipt that the same endpoint gave. @throws {ProviderError} it does not have it, or has another. */
export async function getTransaction<Schema extends typeof transactionSchema>(
  asked: Asked,
  endpoint: Endpoint,
  receipt: TransactionReceipt,
  schema: Schema,
): Promise<z.output<Schema>> {
  const hash = receipt.transactionHash;
  const transaction = await findTransaction(asked, endpoint, hash, schema);
  if (transaction === null) throw unusable(asked, "garbled_answer", { hash, missing: "transaction" });
  if (transaction.from !== receipt.from || transaction.to !== receipt.to)
    throw unusable(asked, "garbled_answer", { hash, mismatch: "receipt and transaction" });
  return transaction;
}

export async function readFinalNumber(chain: string, endpoint: Endpoint): Promise<bigint> {
  const answer = await endpoint.request("eth_getBlockByNumber", ["finalized", false]);
  return checkAnswer(blockSchema, answer, { chain, operation: "finalized", endpoint: endpoint.label }).number;
}

function refuseOther(asked: Asked, hash: string, answered: string): void {
  if (answered !== hash) throw unusable(asked, "hash_mismatch", { hash, answered });
}
