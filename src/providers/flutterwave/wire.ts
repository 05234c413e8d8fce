import { z } from "zod";
import {
  registry,
  currencyOf,
  fiatChain,
  fiatDecimals,
  parseProviderUnits,
  type Asset,
} from "../../money/index.ts";
import type {
  BankNotice,
  BankTransferStatus,
  BankTransferView,
  Charge,
  ChargeStatus,
} from "../bank-provider.ts";
import { amountSchema } from "../decimal.ts";
import { parseJson } from "../http-client.ts";
import { believableTime } from "../provider-time.ts";

/** Ids are numbers in one answer and text in another; numbers arrive as text. */
const idSchema = z.string().min(1).max(100);
const text = z.string().max(1_000);
const optionalText = text.nullish().transform((value) => value ?? "");

/** Upper case for transfers. Source: their API documentation, "Transfers". */
const transferStatusOf: ReadonlyMap<string, BankTransferStatus> = new Map([
  ["NEW", "pending"],
  ["PENDING", "pending"],
  ["SUCCESSFUL", "succeeded"],
  ["FAILED", "failed"],
]);

/** Lower case for charges. */
const chargeStatusOf: ReadonlyMap<string, ChargeStatus> = new Map([
  ["pending", "pending"],
  ["successful", "succeeded"],
  ["failed", "failed"],
]);

/** A word we do not know is neither success nor failure. */
export const toTransferStatus = (word: string): BankTransferStatus =>
  transferStatusOf.get(word.toUpperCase()) ?? "unrecognised";
export const toChargeStatus = (word: string): ChargeStatus =>
  chargeStatusOf.get(word.toLowerCase()) ?? "unrecognised";

export const assetOfCurrency = (currency: string): Asset | null =>
  currencyOf(currency) === null ? null : registry.find(`${fiatChain}:${currency}`);

const units = (amount: string, rounding: "up" | "down"): bigint =>
  parseProviderUnits(amount, fiatDecimals, rounding);

export const transferSchema = z.object({
  id: idSchema,
  reference: z.string().min(1).max(200),
  account_number: text,
  bank_code: text,
  currency: z.string().min(1).max(10),
  amount: amountSchema,
  fee: amountSchema.nullish().transform((fee) => fee ?? null),
  status: z.string().min(1).max(100),
  complete_message: optionalText,
  created_at: z.string().nullish(),
});

export function toTransfer(wire: z.infer<typeof transferSchema>, raw: string): BankTransferView {
  return {
    externalId: wire.id,
    reference: wire.reference,
    status: toTransferStatus(wire.status),
    rawStatus: wire.status,
    asset: assetOfCurrency(wire.currency),
    currency: wire.currency,
    amount: units(wire.amount, "down"),
    fee: wire.fee === null ? null : units(wire.fee, "up"),
    bankCode: wire.bank_code,
    accountNumber: wire.account_number,
    said: wire.complete_message,
    createdAt: wire.created_at ? believableTime(new Date(wire.created_at)) : null,
    raw,
  };
}

export const chargeSchema = z.object({
  id: idSchema,
  tx_ref: z.string().min(1).max(200),
  amount: amountSchema,
  currency: z.string().min(1).max(10),
  amount_settled: amountSchema.nullish(),
  status: z.string().min(1).max(100),
});

export function toCharge(wire: z.infer<typeof chargeSchema>, raw: string): Charge {
  const status = toChargeStatus(wire.status);
  const settled = wire.amount_settled ?? null;
  return {
    externalId: wire.id,
    reference: wire.tx_ref,
    status,
    rawStatus: wire.status,
    asset: assetOfCurrency(wire.currency),
    currency: wire.currency,
    amount: units(wire.amount, "down"),
    settled: status === "succeeded" && settled !== null ? units(settled, "down") : null,
    raw,
  };
}

const pagesSchema = z.object({
  page_info: z.object({ total_pages: z.string().regex(/^\d{1,6}$/) }),
});

/** Whether a page follows, by what the answer says of itself. */
export function nextPageOf(meta: unknown, page: number, rows: number): number | null {
  const pages = pagesSchema.safeParse(meta);
  if (rows === 0 || !pages.success) return null;
  return page < parseInt(pages.data.page_info.total_pages, 10) ? page + 1 : null;
}

const noticeSchema = z.object({
  event: z.string().max(100).optional(),
  "event.type": z.string().max(100).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  /** A shape of before, which is still seen. */
  transfer: z.record(z.string(), z.unknown()).optional(),
});
const aboutTransfer = z.object({ id: idSchema, reference: z.string().max(200).nullish() });
const aboutCharge = z.object({ id: idSchema, tx_ref: z.string().max(200).nullish() });

/** @throws when it is none of theirs. "transfer.completed" is told of failures too. */
export function readNotice(raw: string): BankNotice {
  const notice = noticeSchema.parse(parseJson(raw));
  const { event = "", data, transfer } = notice;
  if (transfer !== undefined || event.startsWith("transfer.")) {
    const { id, reference } = aboutTransfer.parse(transfer ?? data);
    return { kind: "transfer", externalId: id, reference: reference ?? null };
  }
  if (event.startsWith("charge.")) {
    const { id, tx_ref: reference } = aboutCharge.parse(data);
    return { kind: "charge", externalId: id, reference: reference ?? null };
  }
  if (event === "" && notice["event.type"] === undefined) throw new SyntaxError("names no event");
  return { kind: "other", description: event || (notice["event.type"] ?? "") };
}
