import { sql, type Db, type Tx } from "../database/index.ts";
import type { Order, OrderStatus } from "./order.ts";

export interface OrderRow {
  id: string;
  external_id: string | null;
  request_hash: Buffer;
  purpose: string;
  description: string;
  price_usd_micros: bigint;
  fee_bps: number;
  fee_fixed_asset: string | null;
  fee_fixed_amount: bigint | null;
  tolerance_bps: number;
  expires_at: Date;
  created_at: Date;
  status: OrderStatus;
  paid_usd_micros: bigint;
  accepted_usd_micros: bigint | null;
  cancelled_at: Date | null;
  metadata: Record<string, string>;
  checkout_status: "none" | "pending" | "ready" | "rejected";
  checkout_url: string | null;
  checkout_error: string | null;
  processor: string;
  splits: { payee_id: string; weight_bps: number; fee_bps: number | null }[];
}

/** Of one order, named as the statement names its table. */
export const columnsOf = (table: "o" | "t") => sql`${sql.ref(table)}.*, (
  select json_agg(json_build_object('payee_id', s.payee_id, 'weight_bps', s.weight_bps, 'fee_bps', s.fee_bps) order by s.payee_id)
  from pay_order_split s where s.order_id = ${sql.ref(table)}.id) as splits`;
const columns = columnsOf("o");

export function toOrder(row: OrderRow): Order {
  const fixed =
    row.fee_fixed_asset === null ? null : { asset: row.fee_fixed_asset, amount: row.fee_fixed_amount ?? 0n };
  return {
    id: row.id,
    externalId: row.external_id,
    purpose: row.purpose,
    description: row.description,
    priceUsdMicros: row.price_usd_micros,
    fee: { bps: row.fee_bps, fixed },
    toleranceBps: row.tolerance_bps,
    splits: row.splits.map((split) => ({
      payeeId: split.payee_id,
      weightBps: split.weight_bps,
      feeBps: split.fee_bps,
    })),
    processor: row.processor,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    status: row.status,
    paidUsdMicros: row.paid_usd_micros,
    acceptedUsdMicros: row.accepted_usd_micros,
    cancelledAt: row.cancelled_at,
    metadata: row.metadata,
    checkout: { status: row.checkout_status, url: row.checkout_url, error: row.checkout_error },
  };
}

/** How long a checkout page may be missing before the sweeper asks for it, whoever else does. */
export const checkoutCheckMs = 60_000;

/** Inserts the order with its splits unless its external id is taken. Returns whether this call wrote it. */
export async function insertOrder(tx: Tx, order: Order, requestHash: Buffer): Promise<boolean> {
  const inserted = await sql`
    insert into pay_order (id, external_id, request_hash, purpose, description, price_usd_micros, fee_bps, fee_fixed_asset,
      fee_fixed_amount, tolerance_bps, expires_at, created_at, status, checkout_status, processor,
      metadata, next_check_at)
    values (${order.id}, ${order.externalId}, ${requestHash}, ${order.purpose}, ${order.description},
      ${order.priceUsdMicros}, ${order.fee.bps}, ${order.fee.fixed?.asset ?? null}, ${order.fee.fixed?.amount ?? null},
      ${order.toleranceBps}, ${order.expiresAt}, ${order.createdAt}, ${order.status}, ${order.checkout.status},
      ${order.processor}, ${JSON.stringify(order.metadata)}::jsonb, least(${new Date(order.createdAt.getTime() + checkoutCheckMs)}::timestamptz, ${order.expiresAt}::timestamptz))
    on conflict (external_id) do nothing
    returning id`.execute(tx);
  if (inserted.rows.length === 0) return false;
  const payees = order.splits.map((split) => split.payeeId);
  const weights = order.splits.map((split) => split.weightBps);
  const fees = order.splits.map((split) => split.feeBps ?? null);
  await sql`
    insert into pay_order_split (order_id, payee_id, weight_bps, fee_bps)
    select ${order.id}, * from unnest(${payees}::uuid[], ${weights}::integer[], ${fees}::integer[])`.execute(
    tx,
  );
  return true;
}

export async function findOrder(db: Db | Tx, id: string): Promise<Order | null> {
  const { rows } = await sql<OrderRow>`select ${columns} from pay_order o where o.id = ${id}`.execute(db);
  return rows[0] ? toOrder(rows[0]) : null;
}

/**
 * The order with its row locked until the transaction ends.
 * @param lock "no key update" lets others write what only refers to the order.
 */
export async function lockOrder(
  tx: Tx,
  id: string,
  lock: "update" | "no key update" = "update",
): Promise<Order | null> {
  const { rows } = await sql<OrderRow>`
    select ${columns} from pay_order o where o.id = ${id} for ${sql.raw(lock)} of o`.execute(tx);
  return rows[0] ? toOrder(rows[0]) : null;
}

/** What decides how a payment counts for its order. */
export type PayableOrder = Pick<
  Order,
  | "id"
  | "status"
  | "priceUsdMicros"
  | "toleranceBps"
  | "acceptedUsdMicros"
  | "createdAt"
  | "expiresAt"
  | "cancelledAt"
>;

/**
 * That of several orders, by id, locked until the transaction ends, while others may write what only refers to them. They are locked
 * in one order, so that two who lock the same ones never wait for each other both.
 */
export async function lockPayableOrders(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PayableOrder>> {
  const { rows } = await sql<PayableOrder>`
    select id, status, price_usd_micros as "priceUsdMicros", tolerance_bps as "toleranceBps",
      accepted_usd_micros as "acceptedUsdMicros", created_at as "createdAt", expires_at as "expiresAt",
      cancelled_at as "cancelledAt"
    from pay_order where id = any(${[...ids]}::uuid[]) order by id for no key update`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

export async function findOrderByExternalId(
  db: Db | Tx,
  externalId: string,
): Promise<{ order: Order; requestHash: Buffer } | null> {
  const { rows } =
    await sql<OrderRow>`select ${columns} from pay_order o where o.external_id = ${externalId}`.execute(db);
  return rows[0] ? { order: toOrder(rows[0]), requestHash: rows[0].request_hash } : null;
}

/** Records the processor's answer to our request for a checkout. */
export async function setCheckout(
  tx: Db | Tx,
  orderId: string,
  checkout: {
    status: "ready" | "rejected";
    url: string | null;
    invoiceId: string | null;
    error: string | null;
  },
): Promise<void> {
  await sql`
    update pay_order set checkout_status = ${checkout.status}, checkout_url = ${checkout.url},
      processor_invoice_id = ${checkout.invoiceId}, checkout_error = ${checkout.error},
      next_check_at = case when status = 'open' then expires_at else next_check_at end
    where id = ${orderId} and checkout_status = 'pending'`.execute(tx);
}
