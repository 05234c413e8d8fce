import { z } from "zod";
import { ProviderError } from "../../errors.ts";

/** What a node may answer, checked before it is believed: quantities, hashes and addresses in any letter case. */
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform((text) => BigInt(text));
const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase());
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => text.toLowerCase());
const bytes = z
  .string()
  .regex(/^0x(?:[0-9a-fA-F]{2})*$/)
  .transform((text) => text.toLowerCase());

export const blockSchema = z.object({
  number: quantity,
  hash,
  timestamp: quantity,
  baseFeePerGas: quantity.optional(),
});

export const logSchema = z.object({
  address,
  topics: z.array(hash),
  data: bytes,
  logIndex: quantity,
  transactionHash: hash,
  removed: z.boolean().optional(),
});
export type Log = z.output<typeof logSchema>;

export const receiptSchema = z.object({
  transactionHash: hash,
  blockHash: hash,
  blockNumber: quantity,
  // Absent before Byzantium: such a receipt proves nothing and is refused as garbled.
  status: z.enum(["0x0", "0x1"]),
  from: address,
  to: address.nullable(),
  gasUsed: quantity,
  effectiveGasPrice: quantity,
  /** OP Stack chains charge for layer 1 on top. */
  l1Fee: quantity.nullish(),
  logs: z.array(logSchema),
});
export type TransactionReceipt = z.output<typeof receiptSchema>;

export const transactionSchema = z.object({
  hash,
  from: address,
  to: address.nullable(),
  value: quantity,
});

export const quantitySchema = quantity;
export const bytesSchema = bytes;
/** Exactly one 32-byte word: what a view function returns for a number. */
export const wordSchema = hash.transform((word) => BigInt(word));

/** The answer in its checked shape. @throws {ProviderError} it is not of that shape: no verdict follows from it. */
export function checkAnswer<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  asked: { chain: string; operation: string; endpoint: string },
): z.output<Schema> {
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  throw new ProviderError(
    { provider: asked.chain, operation: asked.operation, failure: "retryable", reason: "garbled_answer" },
    {
      endpoint: asked.endpoint,
      issues: checked.error.issues.slice(0, 3),
      answer: JSON.stringify(answer)?.slice(0, 500),
    },
  );
}
