import { z } from "zod";
import { checkAnswer, logSchema, unusable } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { BlockRange } from "./log-span.ts";
import { topicOf, transferTopic } from "./token-transfers.ts";

/** Hashes of the transactions that moved a token to an address, in the order of their blocks, each once. */
export async function listTokenArrivals(
  chain: string,
  endpoint: Endpoint,
  { contract, to, blocks }: { contract: string; to: string; blocks: BlockRange },
): Promise<string[]> {
  const asked = { chain, operation: "listTokenArrivals", endpoint: endpoint.label };
  const hex = (number: bigint): string => `0x${number.toString(16)}`;
  const filter = { address: contract, topics: [transferTopic, null, topicOf(to)] };
  const hashes = new Set<string>();
  const parts = endpoint.logSpan.search(blocks, ({ from, to: last }) =>
    endpoint.request("eth_getLogs", [{ ...filter, fromBlock: hex(from), toBlock: hex(last) }]),
  );
  for await (const answer of parts)
    for (const { address, transactionHash } of checkAnswer(z.array(logSchema), answer, asked)) {
      if (address !== contract.toLowerCase()) throw unusable(asked, "garbled_answer");
      hashes.add(transactionHash);
    }
  return [...hashes];
}
