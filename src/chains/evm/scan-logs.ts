import { z } from "zod";
import { checkAnswer, foundLogSchema, linkedBlockSchema, unusable, type Asked } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ReadingContext } from "./reading-context.ts";
import type { BlockRange } from "./log-span.ts";
import { parseTransfer, topicOf, transferTopic } from "./token-transfers.ts";
import type { WatchedAddresses } from "./watched-addresses.ts";

interface Search {
  readonly range: BlockRange;
  readonly watched: WatchedAddresses;
  /** Of every block of the range, as it was read just before; null: what is found are hints, on whatever branch. */
  readonly blockHashes: ReadonlyMap<bigint, string> | null;
}

/** A transaction that may have brought something, by its place in the chain. */
export interface Hit {
  readonly blockNumber: bigint;
  readonly position: bigint;
  readonly hash: string;
}

/** Nodes cap the alternatives of a topic, geth at 1,000. Above ours all transfers of the tokens are read and matched here. */
const mostTopics = 500;

/** Transactions that moved a listed token to a watched address. One question for all addresses. */
export async function findTokenArrivals(
  { chain, registry }: ReadingContext,
  asked: Asked,
  endpoint: Endpoint,
  { range, watched, blockHashes }: Search,
): Promise<Hit[]> {
  const contracts = registry.all
    .filter((asset) => asset.chain === chain && asset.contract !== null)
    .map(({ contract }) => contract);
  if (contracts.length === 0 || watched.size === 0) return [];
  const toUs = watched.size <= mostTopics ? [[...watched.lowerCase()].map(topicOf)] : [];
  const filter = { address: contracts, topics: [transferTopic, null, ...toUs] };
  const found: Hit[] = [];
  const parts = endpoint.logSpan.search(range, (part) =>
    requestLogs(asked, endpoint, filter, part, blockHashes),
  );
  for await (const answer of parts)
    for (const log of checkAnswer(z.array(foundLogSchema), answer, asked)) {
      const { blockNumber, blockHash, transactionIndex, transactionHash } = log;
      if (log.removed === true || (blockHashes !== null && blockHashes.get(blockNumber) !== blockHash))
        throw unusable(asked, "reorganised", { number: String(blockNumber) });
      if (registry.findByContract(chain, log.address) === null)
        throw unusable(asked, "garbled_answer", { contract: log.address });
      const transfer = parseTransfer(log);
      if (transfer !== null && transfer.amount > 0n && watched.has(transfer.to))
        found.push({ blockNumber, position: transactionIndex, hash: transactionHash });
    }
  return found;
}

/**
 * The logs of a range, asked together with its last block: a node that is behind answers with the logs it has and no word of
 * those it has not, but it cannot show the block.
 */
async function requestLogs(
  asked: Asked,
  endpoint: Endpoint,
  filter: object,
  { from, to }: BlockRange,
  blockHashes: ReadonlyMap<bigint, string> | null,
): Promise<unknown> {
  const hex = (number: bigint): string => `0x${number.toString(16)}`;
  const [logs, last] = await endpoint.requestMany([
    { method: "eth_getLogs", params: [{ ...filter, fromBlock: hex(from), toBlock: hex(to) }] },
    { method: "eth_getBlockByNumber", params: [hex(to), false] },
  ]);
  const block = checkAnswer(linkedBlockSchema.nullable(), last, asked);
  if (block === null || (blockHashes !== null && block.hash !== blockHashes.get(to)))
    throw unusable(asked, "reorganised", { number: String(to) });
  return logs;
}
