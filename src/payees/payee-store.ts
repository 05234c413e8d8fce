import {
  equals,
  equalsInAnyCase,
  readPage,
  searchList,
  sql,
  thingList,
  type Db,
  type Found,
  type PageOf,
  type ThingFilters,
  type Tx,
} from "../database/index.ts";
import type { Contact } from "../notifications/index.ts";
import type { Destination, Payee, PayoutMode } from "./payee.ts";

interface PayeeRow {
  id: string;
  external_id: string | null;
  name: string;
  payout_mode: PayoutMode;
  destination_asset: string;
  destination_address: string;
  destination_memo: string | null;
  threshold_asset: string;
  threshold_amount: bigint;
  destination_changed_at: Date | null;
  contact_channel: Contact["channel"] | null;
  contact_address: string | null;
  fee_bps: number | null;
  status: "active" | "paused";
  metadata: Record<string, string>;
  created_at: Date;
  request_hash: Buffer;
}

const toContact = ({
  contact_channel: channel,
  contact_address: address,
}: Pick<PayeeRow, "contact_channel" | "contact_address">): Contact | null =>
  channel === null || address === null ? null : { channel, address };

const toPayee = (row: PayeeRow): Payee => ({
  id: row.id,
  externalId: row.external_id,
  name: row.name,
  payoutMode: row.payout_mode,
  destination: { asset: row.destination_asset, address: row.destination_address, memo: row.destination_memo },
  payoutThreshold: { asset: row.threshold_asset, amount: row.threshold_amount },
  destinationChangedAt: row.destination_changed_at,
  contact: toContact(row),
  feeBps: row.fee_bps,
  status: row.status,
  metadata: row.metadata,
  createdAt: row.created_at,
});

/** Inserts the payee unless its external id is taken. Returns whether this call wrote it. */
export async function insertPayee(tx: Db | Tx, payee: Payee, requestHash: Buffer): Promise<boolean> {
  const inserted = await sql`
    insert into payee (id, external_id, request_hash, name, payout_mode, destination_asset, destination_address,
      destination_memo, threshold_asset, threshold_amount, contact_channel, contact_address, status, metadata, created_at)
    values (${payee.id}, ${payee.externalId}, ${requestHash}, ${payee.name}, ${payee.payoutMode},
      ${payee.destination.asset}, ${payee.destination.address}, ${payee.destination.memo},
      ${payee.payoutThreshold.asset}, ${payee.payoutThreshold.amount}, ${payee.contact?.channel ?? null}, ${payee.contact?.address ?? null}, ${payee.status},
      ${JSON.stringify(payee.metadata)}::jsonb, ${payee.createdAt})
    on conflict (external_id) do nothing
    returning id`.execute(tx);
  return inserted.rows.length === 1;
}

export async function findPayee(db: Db | Tx, id: string): Promise<Payee | null> {
  const { rows } = await sql<PayeeRow>`select * from payee where id = ${id}`.execute(db);
  return rows[0] ? toPayee(rows[0]) : null;
}

/** Those that there are, by id. */
export async function findPayees(db: Db | Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Payee>> {
  const { rows } = await sql<PayeeRow>`select * from payee where id = any(${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, toPayee(row)]));
}

export async function findPayeeByExternalId(
  db: Db | Tx,
  externalId: string,
): Promise<{ payee: Payee; requestHash: Buffer } | null> {
  const { rows } = await sql<PayeeRow>`select * from payee where external_id = ${externalId}`.execute(db);
  return rows[0] ? { payee: toPayee(rows[0]), requestHash: rows[0].request_hash } : null;
}

export type PayeeFilters = ThingFilters<Payee["status"]> & {
  readonly external_id?: string | undefined;
  /** What they are paid in. */
  readonly asset?: string | undefined;
  readonly address?: string | undefined;
};

/** Payees, and what they may be narrowed by. */
export const payeeList = thingList<PayeeFilters>({
  table: "payee",
  filters: {
    external_id: equals("external_id"),
    asset: equals("destination_asset"),
    address: equalsInAnyCase("destination_address"),
  },
  searched: ["external_id", "address"],
});

/** A page, newest first. */
export const listPayees = async (db: Db | Tx, page: PageOf<PayeeFilters>): Promise<Payee[]> =>
  (await readPage<PayeeRow, PayeeFilters>(db, payeeList, page)).map(toPayee);

/** The payees that a word names. */
export const searchPayees = (db: Db, word: string, limit: number): Promise<Found<PayeeRow>[]> =>
  searchList(db, payeeList, word, limit);

/** From commit on they are paid there, once the cooldown is over. The row is locked by the caller. */
export async function movePayee(tx: Tx, id: string, to: Destination, now: Date): Promise<void> {
  await sql`
    update payee set destination_asset = ${to.asset}, destination_address = ${to.address}, destination_memo = ${to.memo},
      destination_changed_at = ${now} where id = ${id}`.execute(tx);
}

export async function setPayeeStatus(tx: Db | Tx, id: string, status: Payee["status"]): Promise<void> {
  await sql`update payee set status = ${status} where id = ${id}`.execute(tx);
}

/** How a payee is told what concerns them; null: they are not. */
export async function contactOf(tx: Db | Tx, id: string): Promise<Contact | null> {
  const { rows } = await sql<Pick<PayeeRow, "contact_channel" | "contact_address">>`
    select contact_channel, contact_address from payee where id = ${id}`.execute(tx);
  return rows[0] ? toContact(rows[0]) : null;
}

/** Our fee of those who have terms of their own, in ten-thousandths, by payee. */
export async function feesOf(db: Db | Tx, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; fee_bps: number }>`
    select id, fee_bps from payee where id = any(${[...ids]}::uuid[]) and fee_bps is not null`.execute(db);
  return new Map(rows.map((row) => [row.id, row.fee_bps]));
}

/** Which of these payees there are. */
export async function knownPayees(db: Db | Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from payee where id = any(${[...ids]}::uuid[])`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** SQL, a relation `p`: how and from what on each payee is paid, for whoever looks at many at once. */
export const payeeTerms = sql`(
  select id, status, payout_mode, destination_asset, destination_address, threshold_asset, threshold_amount from payee) as p`;

/** The payee, locked until commit, so that two who plan for the same one do so one after the other. */
export async function lockPayee(tx: Tx, id: string): Promise<Payee | null> {
  const { rows } = await sql<PayeeRow>`select * from payee where id = ${id} for update`.execute(tx);
  return rows[0] ? toPayee(rows[0]) : null;
}

/** The same of several, in the order of their ids, so that two who lock the same ones wait for each other. */
export async function lockPayees(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Payee>> {
  const { rows } = await sql<PayeeRow>`
    select * from payee where id = any(${[...ids]}::uuid[]) order by id for update`.execute(tx);
  return new Map(rows.map((row) => [row.id, toPayee(row)]));
}

/**
 * How a payee stands towards a payout to this destination: paid there, paused, or paid elsewhere by now. A pause or a change of
 * destination that comes meanwhile waits until commit.
 */
export async function standingOf(
  tx: Tx,
  id: string,
  to: Destination,
): Promise<"payable" | "paused" | "moved"> {
  const { rows } = await sql<PayeeRow>`select * from payee where id = ${id} for share`.execute(tx);
  const { destination, status } = toPayee(rows[0]!);
  const { asset, address, memo } = destination;
  if (asset !== to.asset || address !== to.address || memo !== to.memo) return "moved";
  return status === "active" ? "payable" : "paused";
}
