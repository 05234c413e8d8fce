import type { Coin } from "./coins.ts";
import type { PaymentView } from "./types.ts";
import { toWireNumber } from "./wire-amount.ts";
import { Refusal } from "./wire-server.ts";

/** An invoice as the emulated processor keeps it. Amounts are whole numbers of 10⁻⁸. */
export interface Invoice {
  readonly id: number;
  readonly tokenId: string;
  readonly price: bigint;
  readonly priceCurrency: string;
  readonly payCurrency: string | null;
  readonly callbackUrl: string | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly successUrl: string | null;
  readonly cancelUrl: string | null;
  readonly partiallyPaidUrl: string | null;
  readonly fixedRate: boolean;
  readonly feePaidByUser: boolean;
  readonly createdAt: Date;
}

export interface Payment {
  readonly id: number;
  readonly parentId: number | null;
  readonly invoiceId: number | null;
  readonly purchaseId: number;
  readonly coin: Coin;
  readonly payAddress: string;
  readonly price: bigint;
  readonly priceCurrency: string;
  readonly payAmount: bigint;
  readonly callbackUrl: string | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly fixedRate: boolean;
  readonly feePaidByUser: boolean;
  readonly createdAt: Date;
  readonly childIds: number[];
  status: string;
  actuallyPaid: bigint;
  payinHash: string | null;
  payoutHash: string | null;
  outcome: { readonly coin: Coin; readonly amount: bigint; readonly serviceFee: bigint };
  /** Once settled, the outcome stands. */
  settled: boolean;
  updatedAt: Date;
}

/** Their error body. */
export function refuse(status: number, code: string, message: string): never {
  throw new Refusal(status, { status: false, statusCode: status, code, message });
}

const ticker = (coin: Coin): string => coin.processorTicker ?? "";

/** Answer of POST /invoice: ids and the price are strings. */
export function presentInvoice(
  invoice: Invoice,
  shown: { readonly payoutCurrency: string; readonly url: string },
): object {
  return {
    id: String(invoice.id),
    token_id: invoice.tokenId,
    order_id: invoice.orderId,
    order_description: invoice.description,
    price_amount: String(toWireNumber(invoice.price)),
    price_currency: invoice.priceCurrency,
    pay_currency: invoice.payCurrency,
    ipn_callback_url: invoice.callbackUrl,
    invoice_url: shown.url,
    success_url: invoice.successUrl,
    cancel_url: invoice.cancelUrl,
    partially_paid_url: invoice.partiallyPaidUrl,
    payout_currency: shown.payoutCurrency,
    created_at: invoice.createdAt.toISOString(),
    updated_at: invoice.createdAt.toISOString(),
    is_fixed_rate: invoice.fixedRate,
    is_fee_paid_by_user: invoice.feePaidByUser,
  };
}

const minutes = 60_000;
const days = 24 * 60 * minutes;
const later = (date: Date, ms: number): string => new Date(date.getTime() + ms).toISOString();

/** Answer of POST /payment and POST /invoice-payment: ids are strings here and nowhere else. */
export function presentCreatedPayment(payment: Payment): object {
  return {
    payment_id: String(payment.id),
    payment_status: payment.status,
    pay_address: payment.payAddress,
    price_amount: toWireNumber(payment.price),
    price_currency: payment.priceCurrency,
    pay_amount: toWireNumber(payment.payAmount),
    pay_currency: ticker(payment.coin),
    order_id: payment.orderId,
    order_description: payment.description,
    ipn_callback_url: payment.callbackUrl,
    customer_email: null,
    created_at: payment.createdAt.toISOString(),
    updated_at: payment.updatedAt.toISOString(),
    purchase_id: String(payment.purchaseId),
    amount_received: toWireNumber(payment.outcome.amount),
    payin_extra_id: null,
    smart_contract: payment.coin.contract ?? "",
    network: payment.coin.swap?.network ?? payment.coin.family,
    network_precision: String(payment.coin.decimals),
    time_limit: null,
    burning_percent: null,
    expiration_estimate_date: later(payment.createdAt, 20 * minutes),
    valid_until: later(payment.createdAt, 7 * days),
    is_fixed_rate: payment.fixedRate,
    is_fee_paid_by_user: payment.feePaidByUser,
    type: "crypto2crypto",
    product: "api",
    origin_ip: "",
  };
}

/** Answer of GET /payment/:id: numeric ids, ISO dates, no fee. That it is a child, only the list and the IPN tell. */
export function presentPayment(payment: Payment): PaymentView {
  return {
    payment_id: payment.id,
    invoice_id: payment.invoiceId,
    payment_status: payment.status,
    pay_address: payment.payAddress,
    payin_extra_id: null,
    price_amount: toWireNumber(payment.price),
    price_currency: payment.priceCurrency,
    pay_amount: toWireNumber(payment.payAmount),
    actually_paid: toWireNumber(payment.actuallyPaid),
    pay_currency: ticker(payment.coin),
    order_id: payment.orderId,
    order_description: payment.description,
    purchase_id: payment.purchaseId,
    outcome_amount: toWireNumber(payment.outcome.amount),
    outcome_currency: ticker(payment.outcome.coin),
    payout_hash: payment.payoutHash,
    payin_hash: payment.payinHash,
    created_at: payment.createdAt.toISOString(),
    updated_at: payment.updatedAt.toISOString(),
    burning_percent: "null",
    type: "crypto2crypto",
    ...(payment.childIds.length > 0 ? { payment_extra_ids: [...payment.childIds] } : {}),
  };
}

/** A row of GET /payment/. */
export function presentRow(payment: Payment): object {
  if (payment.parentId === null) return presentPayment(payment);
  return { ...presentPayment(payment), parent_payment_id: payment.parentId, origin_type: "REPEATED" };
}

/** The body of an IPN: purchase_id is a string, updated_at milliseconds. */
export function presentIpn(payment: Payment): object {
  return {
    payment_id: payment.id,
    parent_payment_id: payment.parentId,
    invoice_id: payment.invoiceId,
    payment_status: payment.status,
    pay_address: payment.payAddress,
    payin_extra_id: null,
    price_amount: toWireNumber(payment.price),
    price_currency: payment.priceCurrency,
    pay_amount: toWireNumber(payment.payAmount),
    actually_paid: toWireNumber(payment.actuallyPaid),
    actually_paid_at_fiat: 0,
    pay_currency: ticker(payment.coin),
    order_id: payment.orderId,
    order_description: payment.description,
    purchase_id: String(payment.purchaseId),
    outcome_amount: toWireNumber(payment.outcome.amount),
    outcome_currency: ticker(payment.outcome.coin),
    payment_extra_ids: payment.childIds.length > 0 ? [...payment.childIds] : null,
    fee: {
      currency: ticker(payment.outcome.coin),
      depositFee: 0,
      serviceFee: toWireNumber(payment.outcome.serviceFee),
      withdrawalFee: 0,
    },
    updated_at: payment.updatedAt.getTime(),
  };
}

const fieldKinds = {
  price_amount: "amount",
  price_currency: "text",
  pay_currency: "text",
  pay_amount: "amount",
  ipn_callback_url: "uri",
  order_id: "text",
  order_description: "text",
  success_url: "uri",
  cancel_url: "uri",
  partially_paid_url: "uri",
  is_fixed_rate: "flag",
  is_fee_paid_by_user: "flag",
  iid: "id",
  purchase_id: "id",
  customer_email: "text",
  payout_address: "text",
  payout_currency: "text",
  payout_extra_id: "text",
  case: "text",
} as const;
type Field = keyof typeof fieldKinds;

/** RFC 3986, to the letter: an unencoded space or `|` fails. */
const uri = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i;

function complaintAbout(field: Field, value: unknown): string | null {
  const kind = fieldKinds[field];
  if (kind === "amount" && !(typeof value === "number" && value > 0))
    return `${field} must be a positive number`;
  if (kind === "flag" && typeof value !== "boolean") return `${field} must be a boolean`;
  if (kind === "id" && typeof value !== "string" && typeof value !== "number")
    return `${field} must be a string`;
  if ((kind === "text" || kind === "uri") && typeof value !== "string") return `${field} must be a string`;
  if (kind === "uri" && !uri.test(String(value))) return `${field} must be a valid uri`;
  if (kind === "text" && value === "") return `${field} is not allowed to be empty`;
  return null;
}

/** Checks a body as strictly as they do: an unknown field is refused too. Null counts as absent. */
export function checkBody(
  body: unknown,
  fields: { required: readonly Field[]; optional: readonly Field[] },
): Partial<Record<Field, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return refuse(400, "INVALID_REQUEST_PARAMS", "body must be an object");
  const given = Object.entries(body).filter(([, value]) => value !== null);
  const allowed: readonly string[] = [...fields.required, ...fields.optional];
  for (const [field, value] of given) {
    if (!allowed.includes(field)) refuse(400, "INVALID_REQUEST_PARAMS", `${field} is not allowed`);
    const complaint = complaintAbout(field as Field, value);
    if (complaint !== null) refuse(400, "INVALID_REQUEST_PARAMS", complaint);
  }
  const checked: Partial<Record<Field, unknown>> = Object.fromEntries(given);
  const missing = fields.required.find((field) => checked[field] === undefined);
  if (missing !== undefined) refuse(400, "INVALID_REQUEST_PARAMS", `${missing} is required`);
  return checked;
}
