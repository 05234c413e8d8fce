import { ProviderError } from "../../errors.ts";
import type { DepositReading } from "../receiving.ts";
import { blockSchema, statusSchema, transactionSchema } from "./answers.ts";
import { arrivalsOf, type Registered } from "./balance-changes.ts";
import type { SolanaNode } from "./node.ts";

/**
 * One node's word on one transaction. Slots stand for block numbers and are counted as confirmations, empty ones included;
 * final is what the cluster has finalised.
 * @throws {ProviderError} the node's answers contradict each other or are about something else.
 */
export async function readDepositsAt(
  node: SolanaNode,
  wanted: { readonly hash: string; readonly watched: ReadonlySet<string> },
  registered: Registered,
  signal: AbortSignal,
): Promise<DepositReading> {
  const { hash, watched } = wanted;
  const refuse = (reason: string): never => {
    const operation = "readDeposits";
    throw new ProviderError(
      { provider: registered.chain, operation, failure: "retryable", reason },
      { hash },
    );
  };
  const { headSlot, status } = await readStatus(node, hash, signal);
  if (status === null) return { status: "not_found" };
  if (status.confirmationStatus === "processed") return { status: "pending" };
  const transaction = await readTransaction(node, hash, signal);
  if (transaction === null) return { status: "pending" }; // the node's index is behind its own word
  if (transaction.id !== hash) return refuse("hash_mismatch");
  const succeeded = transaction.meta.err === null;
  if (transaction.slot !== status.slot || succeeded !== (status.err === null))
    return refuse("answers_contradict");

  const block = await readBlock(node, transaction.slot, signal);
  const blockTime = transaction.blockTime ?? block.blockTime ?? refuse("no_block_time");
  return {
    status: "included",
    includedIn: { blockNumber: transaction.slot, blockHash: block.blockhash, blockTime },
    succeeded,
    confirmations: headSlot > transaction.slot ? headSlot - transaction.slot + 1n : 1n,
    final: status.confirmationStatus === "finalized",
    // Only an empty `err` counts: a failed transaction is recorded with instructions and balances like any other.
    ...(succeeded ? arrivalsOf(transaction, watched, registered) : { deposits: [], unlisted: [] }),
    mayHideTransfers: false,
  };
}

const readStatus = (node: SolanaNode, hash: string, signal: AbortSignal) =>
  node.call(
    {
      method: "getSignatureStatuses",
      params: [[hash], { searchTransactionHistory: true }],
      answer: statusSchema,
    },
    signal,
  );

const readTransaction = (node: SolanaNode, hash: string, signal: AbortSignal) =>
  node.call(
    {
      method: "getTransaction",
      // Without a version the node refuses every transaction that uses an address lookup table.
      params: [hash, { encoding: "json", commitment: "confirmed", maxSupportedTransactionVersion: 0 }],
      answer: transactionSchema.nullable(),
    },
    signal,
  );

/** A slot number alone does not name a block: until it is final, two of them may claim the slot. */
const readBlock = (node: SolanaNode, slot: bigint, signal: AbortSignal) =>
  node.call(
    {
      method: "getBlock",
      params: [
        parseInt(String(slot), 10),
        {
          commitment: "confirmed",
          transactionDetails: "none",
          rewards: false,
          maxSupportedTransactionVersion: 0,
        },
      ],
      answer: blockSchema,
    },
    signal,
  );
