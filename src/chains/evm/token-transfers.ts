import type { Log } from "./answers.ts";

/** keccak256("Transfer(address,address,uint256)"). ERC-721 shares it, with four topics and no data. */
export const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/** An address as a topic has it. */
export const topicOf = (address: string): string => `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;

/** `null` where the word is no address: its first twelve bytes must be zero. */
const addressIn = (topic: string): string | null => (/^0x0{24}/.test(topic) ? `0x${topic.slice(26)}` : null);

/** What a log says was moved, addresses in lower case; `null` where it is no ERC-20 transfer. */
export function parseTransfer(
  log: Pick<Log, "topics" | "data">,
): { from: string; to: string; amount: bigint } | null {
  const [topic, fromTopic, toTopic] = log.topics;
  if (topic !== transferTopic || log.topics.length !== 3 || log.data.length !== 66) return null;
  const from = addressIn(fromTopic!);
  const to = addressIn(toTopic!);
  return from === null || to === null ? null : { from, to, amount: BigInt(log.data) };
}
