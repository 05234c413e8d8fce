import { formatUnits, InvalidAmount, parseProviderUnits, type Rounding } from "../../src/money/index.ts";
import { Refusal, type WireAnswer } from "../wire-server.ts";
import { wireDecimals, type BankTransfer, type Charge } from "./types.ts";

export const toUnits = (text: string, rounding: Rounding = "down"): bigint =>
  parseProviderUnits(text, wireDecimals, rounding);
export const toText = (units: bigint): string => formatUnits(units, wireDecimals);
/** Their JSON holds numbers; thousandths of any amount we meet survive the way through a double. */
export const toNumber = (units: bigint): number => parseFloat(toText(units));

/** Null: no amount above zero. */
export function readAmount(value: unknown): bigint | null {
  if (typeof value !== "number" && typeof value !== "string") return null;
  try {
    const units = toUnits(String(value));
    return units > 0n ? units : null;
  } catch (error) {
    if (error instanceof InvalidAmount) return null;
    throw error;
  }
}

export const success = (message: string, data: unknown, meta?: object): WireAnswer => ({
  status: 200,
  body: { status: "success", message, ...(meta && { meta }), data },
});

export function refuse(status: number, message: string): never {
  throw new Refusal(status, { status: "error", message, data: null });
}

export const bankNameOf = (code: string): string => (code === "044" ? "ACCESS BANK NIGERIA" : `BANK ${code}`);

/** As their REST answers have it; their notices call the holder `fullname`. */
export const presentTransfer = (transfer: BankTransfer) => ({
  id: transfer.id,
  account_number: transfer.accountNumber,
  bank_code: transfer.bankCode,
  full_name: transfer.fullName,
  created_at: transfer.createdAt.toISOString(),
  currency: transfer.currency,
  debit_currency: transfer.debitCurrency === transfer.currency ? null : transfer.debitCurrency,
  amount: toNumber(transfer.amount),
  fee: toNumber(transfer.fee),
  status: transfer.status,
  reference: transfer.reference,
  meta: null,
  narration: transfer.narration,
  complete_message: transfer.said,
  requires_approval: 0,
  is_approved: 1,
  bank_name: bankNameOf(transfer.bankCode),
});

export const presentCharge = (charge: Charge) => ({
  id: charge.id,
  tx_ref: charge.txRef,
  flw_ref: charge.flwRef,
  device_fingerprint: "N/A",
  amount: toNumber(charge.amount),
  currency: charge.currency,
  charged_amount: toNumber(charge.amount),
  app_fee: toNumber(charge.appFee),
  merchant_fee: 0,
  processor_response: charge.status === "successful" ? "Approved by Financial Institution" : "Declined",
  auth_model: "PIN",
  ip: "127.0.0.1",
  narration: "CARD Transaction",
  status: charge.status,
  payment_type: charge.paymentType,
  created_at: charge.createdAt.toISOString(),
  account_id: 1,
  amount_settled: charge.status === "successful" ? toNumber(charge.amount - charge.appFee) : 0,
  meta: null,
  customer: {
    id: charge.id,
    name: "Anonymous customer",
    phone_number: null,
    email: charge.email,
    created_at: charge.createdAt.toISOString(),
  },
});
