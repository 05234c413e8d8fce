import { sql, type Db, type Tx } from "../database/index.ts";
import { sentShare } from "../refunds/index.ts";
import type { PaymentStatus } from "./payment.ts";

/** A payment as stored. Amounts of the customer's side are the processor's decimal text; settled ones are base units. */
export interface Payment {
  readonly id: string;
  readonly processor: string;
  readonly external_id: string;
  /** 0: as it first settled. 1 and on: each what its processor later told of it beyond the parts before. */
  readonly part: number;
  readonly parent_external_id: string | null;
  readonly order_id: string | null;
  readonly status: PaymentStatus;
  readonly review_reason: string | null;
  readonly processor_status: string;
  readonly price_amount: string | null;
  readonly price_currency: string | null;
  readonly paid_currency: string;
  readonly paid_asset: string | null;
  readonly asked_amount: string;
  readonly paid_amount: string;
  readonly paid_usd_micros: bigint;
  readonly settled_asset: string | null;
  readonly settled_amount: bigint | null;
  readonly settled_at: Date | null;
  readonly fee_amount: bigint | null;
  readonly settled_usd_micros: bigint | null;
  readonly arrival: "none" | "expected" | "seen" | "custody";
  /** Base units of the settled asset that it took of its processor's transfer; null: none yet, or paid to us directly. */
  readonly arrived_amount: bigint | null;
  readonly settlement_hash: string | null;
  /** How often coins that it had turned out to be somebody else's. */
  readonly arrivals_lost: number;
  /** Of what settled: what our refunds of it are for, sent or on their way; and our fee's part of that. */
  readonly refund_reserved: bigint;
  readonly refund_fee: bigint;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export async function findPayment(db: Db | Tx, id: string): Promise<Payment | null> {
  const { rows } = await sql<Payment>`select * from payment where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The same, locked until commit: what is decided about one is decided one after the other. */
export async function lockPayment(tx: Tx, id: string): Promise<Payment | null> {
  const { rows } = await sql<Payment>`select * from payment where id = ${id} for update`.execute(tx);
  return rows[0] ?? null;
}

/**
 * The payments of these processor ids, each with all its parts in order, locked in one order so that two batches never
 * deadlock.
 */
export async function lockPaymentsByExternalId(
  tx: Tx,
  processor: string,
  ids: readonly string[],
): Promise<Payment[]> {
  await sql`
    select from payment where processor = ${processor} and external_id = any(${ids}::text[]) and part = 0
    order by external_id for update`.execute(tx);
  // Read after the lock: whoever had it before may have added a part.
  const { rows } = await sql<Payment>`
    select * from payment where processor = ${processor} and external_id = any(${ids}::text[])
    order by external_id, part for update`.execute(tx);
  return rows;
}

/** A payment's parts, in order: itself, and each rest that its processor told of later. */
export async function partsOf(
  db: Db | Tx,
  { processor, external_id: id }: Pick<Payment, "processor" | "external_id">,
): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select * from payment where processor = ${processor} and external_id = ${id} order by part`.execute(db);
  return rows;
}

/** A payment's status by our book, and in the words of its processor when we last heard of it. */
export interface ToldOf {
  readonly external_id: string;
  readonly status: PaymentStatus;
  readonly processor_status: string;
  readonly settled_asset: string | null;
  /** Base units, of all its parts; null: it has not settled. */
  readonly settled_amount: bigint | null;
}

/** What is known of the payments of these processor ids. */
export async function findToldOf(db: Db | Tx, processor: string, ids: readonly string[]): Promise<ToldOf[]> {
  const { rows } = await sql<ToldOf>`
    select distinct on (external_id) external_id, status, processor_status, settled_asset,
      sum(settled_amount) over (partition by external_id) as settled_amount
    from payment where processor = ${processor} and external_id = any(${[...ids]}::text[])
    order by external_id, part desc`.execute(db);
  return rows;
}

export interface PaidForOrder {
  /** USD micros, of what counts as paid. */
  readonly paid: bigint;
  readonly refunded: number;
  /** How many payments may still count, or do. */
  readonly live: number;
}

/** What was paid for an order so far, by whichever way. */
export async function paidForOrder(db: Db | Tx, orderId: string): Promise<PaidForOrder> {
  return (await paidForOrders(db, [orderId])).get(orderId)!;
}

/** The same of several, by order: each of them is there. */
export async function paidForOrders(
  db: Db | Tx,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, PaidForOrder>> {
  const { rows } = await sql<PaidForOrder & { order_id: string }>`
    select order_id, coalesce(sum(paid_usd_micros) filter (where status in ('confirmed', 'settled', 'in_review')), 0) as paid,
      count(*) filter (where status = 'refunded') as refunded,
      count(*) filter (where status in ('confirming', 'confirmed', 'settled', 'in_review')) as live
    from payment where order_id = any(${[...orderIds]}::uuid[]) group by order_id`.execute(db);
  const known = new Map(rows.map(({ order_id: id, ...paid }) => [id, paid]));
  return new Map(orderIds.map((id) => [id, known.get(id) ?? { paid: 0n, refunded: 0, live: 0 }]));
}

/** What of an order its payer has back. */
export interface RefundedOfOrder {
  readonly status: "none" | "partly_refunded" | "refunded";
  /** As valued when it was paid, USD micros. */
  readonly usdMicros: bigint;
}

/** What of an order went back to its payer, by its processor or by us: what is on its way does not count yet. */
export async function refundedOfOrder(db: Db | Tx, orderId: string): Promise<RefundedOfOrder> {
  const { rows } = await sql<{ some: boolean | null; whole: boolean | null; usd: bigint }>`
    select bool_or(gone > 0) as some, bool_and(gone >= settled) as whole,
      coalesce(sum(div(paid * gone, settled)), 0) as usd from (
      select paid_usd_micros as paid, coalesce(settled_amount, 1) as settled,
        case p.status when 'refunded' then coalesce(settled_amount, 1) else ${sentShare} end as gone
      from payment p
      where p.order_id = ${orderId} and p.status in ('settled', 'refunded')) as one`.execute(db);
  const { some, whole, usd } = rows[0]!;
  return { status: whole ? "refunded" : some ? "partly_refunded" : "none", usdMicros: usd };
}

/** SQL, a relation `p`: settled payments whose coins have not come to the hot wallet, with our fee of each. */
export const awaitedSettlements = sql`(
  select id, fee_amount from payment where status = 'settled' and arrival = 'expected') as p`;
