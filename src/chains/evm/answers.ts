import { z } from "zod";
import { ProviderError, type ErrorDetails } from "../../errors.ts";

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

/** What was paid as a tip, one row a block; nodes leave it out, or null, where there were no blocks. */
export const feeHistorySchema = z.object({ reward: z.array(z.tuple([quantity])).nullish() });

/** Names the links of a run of blocks. */
export const linkedBlockSchema = blockSchema.pick({ number: true, hash: true }).extend({ parentHash: hash });

/** With what a payment in the native coin is recognised by. */
export const fullBlockSchema = linkedBlockSchema.extend({
  transactions: z.array(z.object({ hash, to: address.nullish(), value: quantity })),
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

/** A log found by a search, with its place in the chain. */
export const foundLogSchema = logSchema.extend({
  blockHash: hash,
  blockNumber: quantity,
  transactionIndex: quantity,
});

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
  /** Arbitrum counts what it pays for layer 1 as gas. */
  gasUsedForL1: quantity.nullish(),
  logs: z.array(logSchema),
});
export type TransactionReceipt = z.output<typeof receiptSchema>;

export const transactionSchema = z.object({
  hash,
  from: address,
  to: address.nullable(),
  value: quantity,
});

export const transactionWithInputSchema = transactionSchema.extend({ input: bytes });
export type Transaction = z.output<typeof transactionWithInputSchema>;

/** One call of a transaction as `callTracer` tells it; its own calls are checked in their turn. */
export const callFrameSchema = z.object({
  type: z.string(),
  from: address,
  to: address.nullish(),
  value: quantity.nullish(),
  error: z.string().nullish(),
  calls: z.array(z.unknown()).nullish(),
});

export const quantitySchema = quantity;
export const bytesSchema = bytes;
/** Exactly one 32-byte word: what a view function returns for a number. */
export const wordSchema = hash.transform((word) => BigInt(word));

/** Who was asked, and for what. */
export interface Asked {
  readonly chain: string;
  readonly operation: string;
  readonly endpoint: string;
}

/** An answer that cannot be believed, or not yet: asked again later, and no verdict until then. */
export const unusable = (asked: Asked, reason: string, details: ErrorDetails = {}): ProviderError =>
  new ProviderError(
    { provider: asked.chain, operation: asked.operation, failure: "retryable", reason },
    { endpoint: asked.endpoint, ...details },
  );

/** The answer in its checked shape. @throws {ProviderError} it is not of that shape: no verdict follows from it. */
export function checkAnswer<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  asked: Asked,
): z.output<Schema> {
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  throw unusable(asked, "garbled_answer", {
    issues: checked.error.issues.slice(0, 3),
    answer: JSON.stringify(answer)?.slice(0, 500),
  });
}
