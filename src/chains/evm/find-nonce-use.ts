import { z } from "zod";
import { checkAnswer, quantitySchema, transactionSchema } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { readFinalNumber } from "./read-inclusion.ts";

const fullBlockSchema = z.object({
  transactions: z.array(transactionSchema.pick({ hash: true, from: true }).extend({ nonce: quantitySchema })),
});

/**
 * The hash of the transaction in a final block that used this nonce; `null` where one node cannot show it. A receipt that
 * is missing proves nothing, since nodes forget; a block that holds the other transaction does.
 */
export async function findNonceUse(
  chain: string,
  endpoint: Endpoint,
  { address, nonce }: { address: string; nonce: bigint },
): Promise<string | null> {
  const asked = { chain, operation: "findNonceUse", endpoint: endpoint.label };
  const usedAt = async (block: bigint): Promise<boolean> => {
    const answer = await endpoint.request("eth_getTransactionCount", [address, `0x${block.toString(16)}`]);
    return checkAnswer(quantitySchema, answer, asked) > nonce;
  };
  const final = await readFinalNumber(chain, endpoint);
  if (!(await usedAt(final))) return null;
  const block = await firstBlock(usedAt, final);
  if (block === null) return null;
  const answer = await endpoint.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, true]);
  const { transactions } = checkAnswer(fullBlockSchema, answer, asked);
  const use = transactions.find((one) => one.from === address.toLowerCase() && one.nonce === nonce);
  return use?.hash ?? null;
}

/** The block at which the answer turned to yes, looked for ever further back, since nodes keep old state only for a while. */
async function firstBlock(isAt: (block: bigint) => Promise<boolean>, known: bigint): Promise<bigint | null> {
  let yes = known;
  let no = -1n;
  for (let step = 1n; no < 0n; step *= 2n) {
    if (yes === 0n) return null;
    const earlier = yes > step ? yes - step : 0n;
    if (await isAt(earlier)) yes = earlier;
    else no = earlier;
  }
  while (yes - no > 1n) {
    const middle = (yes + no) / 2n;
    if (await isAt(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
