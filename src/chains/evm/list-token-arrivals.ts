import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import { checkAnswer, logSchema } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { topicOf, transferTopic } from "./token-transfers.ts";

/** Hashes of the transactions that moved a token to an address, in the order of their blocks, each once. */
export async function listTokenArrivals(
  chain: string,
  endpoint: Endpoint,
  asked: { contract: string; to: string; blocks: { from: bigint; to: bigint } },
): Promise<string[]> {
  const { contract, to, blocks } = asked;
  const hex = (number: bigint): string => `0x${number.toString(16)}`;
  const filter = {
    address: contract,
    fromBlock: hex(blocks.from),
    toBlock: hex(blocks.to),
    topics: [transferTopic, null, topicOf(to)],
  };
  const question = { chain, operation: "listTokenArrivals", endpoint: endpoint.label };
  const logs = checkAnswer(z.array(logSchema), await endpoint.request("eth_getLogs", [filter]), question);
  if (logs.some(({ address }) => address !== contract.toLowerCase()))
    throw new ProviderError(
      { provider: chain, operation: question.operation, failure: "retryable", reason: "garbled_answer" },
      { endpoint: endpoint.label },
    );
  return [...new Set(logs.map(({ transactionHash }) => transactionHash))];
}
