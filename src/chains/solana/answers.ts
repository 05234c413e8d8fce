import { base58 } from "@scure/base";
import { z } from "zod";

/** What a node may answer, checked before it is believed. JSON numbers arrive as their decimal text. */
function decodesTo(length: number): (text: string) => boolean {
  return (text) => {
    try {
      return text.length <= 2 * length && base58.decode(text).length === length;
    } catch {
      return false;
    }
  };
}

export const isSignature = decodesTo(64);
export const isAddress = decodesTo(32);

const signature = z.string().refine(isSignature, "not a signature");
const address = z.string().refine(isAddress, "not an address");
const u64 = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => BigInt(text));
/** Seconds; the bound keeps it a date. */
const unixTime = z
  .string()
  .regex(/^\d{1,11}$/)
  .transform((text) => new Date(parseInt(text, 10) * 1000));
const accountIndex = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform((text) => parseInt(text, 10));
const tokenAmount = z.object({ amount: u64 });

export const genesisSchema = z.string().min(1);
export const slotSchema = u64;
export const blockTimeSchema = unixTime;
export const balanceSchema = z.object({ value: u64 }).transform(({ value }) => value);
export const blockSchema = z.object({ blockhash: address, blockTime: unixTime.nullish() });

const tokenBalance = z.object({
  accountIndex,
  mint: address,
  // Records from before 2022 lack it. Without it nobody knows whose tokens they are, so such a record is refused.
  owner: address,
  programId: address,
  uiTokenAmount: tokenAmount,
});
export type TokenBalance = z.output<typeof tokenBalance>;

/** One entry an account, or an amount would count twice. */
const tokenBalances = z
  .array(tokenBalance)
  .refine((rows) => new Set(rows.map((row) => row.accountIndex)).size === rows.length, "an account twice");

const recordedTransaction = z.object({
  slot: u64,
  blockTime: unixTime.nullish(),
  meta: z.object({
    err: z.unknown(),
    fee: u64,
    preBalances: z.array(u64),
    postBalances: z.array(u64),
    preTokenBalances: tokenBalances,
    postTokenBalances: tokenBalances,
    loadedAddresses: z.object({ writable: z.array(address), readonly: z.array(address) }).nullish(),
  }),
  transaction: z.object({
    signatures: z.array(signature).min(1),
    message: z.object({ accountKeys: z.array(address).min(1) }),
  }),
});

/** `getTransaction` with encoding "json". `keys` is the list that every index and balance of it counts over. */
export const transactionSchema = recordedTransaction.transform((recorded, context) => {
  const { meta, transaction } = recorded;
  const keys = [
    ...transaction.message.accountKeys,
    ...(meta.loadedAddresses?.writable ?? []),
    ...(meta.loadedAddresses?.readonly ?? []),
  ];
  const indexes = [...meta.preTokenBalances, ...meta.postTokenBalances].map((row) => row.accountIndex);
  const whole =
    new Set(keys).size === keys.length &&
    meta.preBalances.length === keys.length &&
    meta.postBalances.length === keys.length &&
    indexes.every((index) => index < keys.length);
  if (!whole) context.addIssue("keys and balances do not fit together");
  return { ...recorded, keys, id: transaction.signatures[0]! };
});
export type Transaction = z.output<typeof transactionSchema>;

const signatureStatus = z.object({
  slot: u64,
  err: z.unknown(),
  confirmationStatus: z.enum(["processed", "confirmed", "finalized"]),
});

/** `getSignatureStatuses` of one signature; null: the node has never seen it. */
export const statusSchema = z
  .object({ context: z.object({ slot: u64 }), value: z.tuple([signatureStatus.nullable()]) })
  .transform(({ context, value: [status] }) => ({ headSlot: context.slot, status }));

const listedSignature = z.object({
  signature,
  slot: u64,
  err: z.unknown(),
  confirmationStatus: z.enum(["confirmed", "finalized"]),
});
export type ListedSignature = z.output<typeof listedSignature>;
export const signaturesSchema = z.array(listedSignature);

/** `getTokenAccountsByOwner` with encoding "jsonParsed". */
export const tokenAccountsSchema = z.object({
  value: z.array(
    z.object({
      pubkey: address,
      account: z.object({
        owner: address,
        data: z.object({
          parsed: z.object({
            info: z.object({ mint: address, owner: address, tokenAmount }),
          }),
        }),
      }),
    }),
  ),
});
