import { z } from "zod";
import { toBase58 } from "./address.ts";

// What a node says, as java-tron writes it: protobuf as JSON, so a field with its default value is left out. Numbers reach
// these schemas as their decimal text.

/** An int64 of sun, heights or units that is not negative. */
const quantity = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform((digits) => BigInt(digits));

/** Milliseconds since 1970. */
export const millisecondsSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform((digits) => parseInt(digits, 10));

export const hashSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .transform((hash) => hash.toLowerCase());

const addressSchema = z
  .string()
  .regex(/^41[0-9a-fA-F]{40}$/)
  .transform((hex) => toBase58(hex.slice(2)));

/** Events name a contract by its 20 bytes, without the 41 of every other field. */
const eventAddressSchema = z
  .string()
  .regex(/^(41)?[0-9a-fA-F]{40}$/)
  .transform((hex) => toBase58(hex.slice(-40)));

const hexSchema = z
  .string()
  .regex(/^([0-9a-fA-F]{2})*$/)
  .transform((hex) => hex.toLowerCase());

const contractOf = <Type extends string, Value extends z.ZodType>(type: Type, value: Value) =>
  z.object({ type: z.literal(type), parameter: z.object({ value }) });

const knownContracts = [
  contractOf(
    "TransferContract",
    z.object({ owner_address: addressSchema, to_address: addressSchema, amount: quantity }),
  ),
  // The same field names as a transfer of TRX, for a token that anybody may issue.
  contractOf(
    "TransferAssetContract",
    z.object({
      owner_address: addressSchema,
      to_address: addressSchema,
      amount: quantity,
      asset_name: z.string().min(1),
    }),
  ),
  contractOf(
    "TriggerSmartContract",
    z.object({
      owner_address: addressSchema,
      contract_address: addressSchema,
      call_value: quantity.default(0n),
      call_token_value: quantity.default(0n),
      token_id: quantity.default(0n),
    }),
  ),
  contractOf("CreateSmartContract", z.object({ owner_address: addressSchema })),
] as const;

const knownTypes = new Set<string>(knownContracts.map(({ shape }) => shape.type.value));

/** Votes, stakes, permissions: nothing that pays. A type we know must have its own fields. */
const otherContract = z
  .object({
    type: z
      .string()
      .min(1)
      .refine((type) => !knownTypes.has(type)),
  })
  .transform(() => ({ type: "other" as const }));

/** `gettransactionbyid`. A transaction has a list of contracts, of which the protocol allows one. */
export const transactionSchema = z.object({
  txID: hashSchema,
  ret: z.array(z.object({ contractRet: z.string().min(1) })).length(1),
  raw_data: z.object({
    contract: z.array(z.union([z.discriminatedUnion("type", knownContracts), otherContract])).length(1),
  }),
});
export type TronTransaction = z.infer<typeof transactionSchema>;
export type TronContract = TronTransaction["raw_data"]["contract"][number];

const logSchema = z.object({
  address: eventAddressSchema,
  topics: z.array(hexSchema).default([]),
  data: hexSchema.default(""),
});
export type TronLog = z.infer<typeof logSchema>;

const internalTransactionSchema = z.object({
  caller_address: addressSchema,
  transferTo_address: addressSchema.optional(),
  callValueInfo: z
    .array(z.object({ callValue: quantity.default(0n), tokenId: z.string().default("") }))
    .default([]),
  /** What the contract did, in hex. */
  note: z.string().min(1),
  rejected: z.boolean().default(false),
});
export type InternalTransaction = z.infer<typeof internalTransactionSchema>;

/** `gettransactioninfobyid`: there is one only when the transaction is in a block. */
export const transactionInfoSchema = z.object({
  id: hashSchema,
  blockNumber: quantity,
  blockTimeStamp: millisecondsSchema,
  /** The protocol's own spelling of success; it is left out as the default. */
  result: z.enum(["SUCESS", "FAILED"]).default("SUCESS"),
  receipt: z.object({ result: z.string().min(1).optional() }).default({}),
  log: z.array(logSchema).default([]),
  /** Not there: no contract called another, or this node does not keep such calls. */
  internal_transactions: z.array(internalTransactionSchema).optional(),
});
export type TransactionInfo = z.infer<typeof transactionInfoSchema>;

export const blockIdSchema = z.object({ blockID: hashSchema });

/** A block without its transactions. The first 8 bytes of its id are its height. */
export const blockSchema = z
  .object({
    blockID: hashSchema,
    block_header: z.object({
      raw_data: z.object({ number: quantity.default(0n), timestamp: millisecondsSchema }),
    }),
  })
  .refine(({ blockID, block_header }) => BigInt(`0x${blockID.slice(0, 16)}`) === block_header.raw_data.number)
  .transform(({ blockID, block_header: { raw_data } }) => ({
    hash: blockID,
    number: raw_data.number,
    time: new Date(raw_data.timestamp),
  }));

export const accountSchema = z.object({ address: addressSchema, balance: quantity.default(0n) });

/** `triggerconstantcontract`: one word. A contract that is not there answers with an empty one. */
export const constantResultSchema = z.object({
  // A call that was reverted has `result: true` as well, and says so in a message.
  result: z.object({ result: z.literal(true), message: z.never().optional() }),
  constant_result: z.tuple([
    z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .transform((word) => BigInt(`0x${word}`)),
  ]),
});
