import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import { fullAddress, fullType } from "./move-names.ts";

/** A Move u64; the node writes most as text and a few as numbers, which arrive as their decimal text. */
export const u64Schema = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);

const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(fullAddress);

const structSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}::[A-Za-z_]\w*::[A-Za-z_]\w*(<.+>)?$/)
  .transform(fullType);

const hashSchema = addressSchema;

export const ledgerInfoSchema = z.object({
  chain_id: z.string().regex(/^\d{1,5}$/),
  ledger_version: u64Schema,
  /** Microseconds. */
  ledger_timestamp: u64Schema,
});

const eventSchema = z.object({
  // Old event handles may carry plain values: "u64", "vector<u8>".
  type: z.union([structSchema, z.string().regex(/^[a-z][a-z0-9]*(<.+>)?$/)]),
  guid: z.object({ account_address: addressSchema, creation_number: u64Schema }),
  data: z.unknown(),
});

const changeSchema = z.union([
  z.object({
    type: z.literal("write_resource"),
    address: addressSchema,
    data: z.object({ type: structSchema, data: z.unknown() }),
  }),
  z.object({ type: z.string().regex(/^(?!write_resource$)[a-z_]+$/) }),
]);

const committed = {
  hash: hashSchema,
  version: u64Schema,
  success: z.boolean(),
  accumulator_root_hash: hashSchema,
  /** Microseconds. */
  timestamp: u64Schema,
};

export const transactionSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("pending_transaction"), hash: hashSchema }),
  z.object({
    type: z.literal("user_transaction"),
    ...committed,
    sender: addressSchema,
    gas_unit_price: u64Schema,
    signature: z.object({ fee_payer_address: addressSchema.optional() }).nullish(),
    events: z.array(eventSchema),
    changes: z.array(changeSchema),
  }),
  // The chain's own. Nobody pays by one.
  z.object({
    type: z.enum([
      "block_metadata_transaction",
      "block_epilogue_transaction",
      "state_checkpoint_transaction",
      "validator_transaction",
    ]),
    ...committed,
  }),
]);

export type Transaction = z.infer<typeof transactionSchema>;
export type UserTransaction = Extract<Transaction, { type: "user_transaction" }>;

export const errorSchema = z.object({ error_code: z.string() });

const handleSchema = z.object({
  guid: z.object({ id: z.object({ addr: addressSchema, creation_num: u64Schema }) }),
});

/** What lies in a resource, by its type without type arguments. */
export const resourceSchemas = {
  objectCore: z.object({ owner: addressSchema }),
  fungibleStore: z.object({ metadata: z.object({ inner: addressSchema }) }),
  coinStore: z.object({ deposit_events: handleSchema, withdraw_events: handleSchema }),
};

/** What lies in an event. */
export const eventSchemas = {
  storeMove: z.object({ store: addressSchema, amount: u64Schema }),
  handleMove: z.object({ amount: u64Schema }),
  coinMove: z.object({ coin_type: structSchema, account: addressSchema, amount: u64Schema }),
  coinStoreDeletion: z.object({
    coin_type: structSchema,
    event_handle_creation_address: addressSchema,
    deleted_deposit_event_handle_creation_number: u64Schema,
    deleted_withdraw_event_handle_creation_number: u64Schema,
  }),
  feeStatement: z.object({ total_charge_gas_units: u64Schema, storage_fee_refund_octas: u64Schema }),
};

/** Something in an answer is not what it must be; that says nothing about the payment. */
export const unusable = (
  operation: string,
  reason: string,
  details: Readonly<Record<string, unknown>> = {},
): ProviderError =>
  new ProviderError({ provider: "aptos", operation, failure: "retryable", reason }, details);

/** @throws {ProviderError} `malformed_answer` */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unusable("readDeposits", "malformed_answer", {
    problem: z.prettifyError(result.error).slice(0, 500),
  });
}

/** Microseconds since 1970, as the chain counts, to a time. @throws {ProviderError} `malformed_answer`: beyond all dates. */
export function timeOf(microseconds: bigint): Date {
  const time = new Date(Number(microseconds / 1000n));
  if (Number.isNaN(time.getTime()))
    throw unusable("time", "malformed_answer", { microseconds: String(microseconds) });
  return time;
}
