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
import { type Payout, type PayoutAttempt, type PayoutStatus } from "./payout.ts";

export async function findPayout(db: Db | Tx, id: string): Promise<Payout | null> {
  const { rows } = await sql<Payout>`select * from payout where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export async function lockPayout(tx: Tx, id: string): Promise<Payout | null> {
  const { rows } = await sql<Payout>`select * from payout where id = ${id} for update`.execute(tx);
  return rows[0] ?? null;
}

export type PayoutFilters = ThingFilters<PayoutStatus> & {
  readonly payee_id?: string | undefined;
  /** Of the balance that it is of. */
  readonly asset?: string | undefined;
  /** Of the delivery. */
  readonly transaction_hash?: string | undefined;
  /** Where it goes. */
  readonly address?: string | undefined;
};

/** Payouts, and what they may be narrowed by. */
export const payoutList = thingList<PayoutFilters>({
  table: "payout",
  filters: {
    payee_id: equals("payee_id"),
    asset: equals("asset"),
    transaction_hash: equalsInAnyCase("transaction_hash"),
    address: equalsInAnyCase("destination_address"),
  },
  searched: ["transaction_hash", "address"],
});

/** A page, newest first. */
export const listPayouts = (db: Db, page: PageOf<PayoutFilters>): Promise<Payout[]> =>
  readPage(db, payoutList, page);

/** The payouts that a word names. */
export const searchPayouts = (db: Db, word: string, limit: number): Promise<Found<Payout>[]> =>
  searchList(db, payoutList, word, limit);

export async function attemptsOf(db: Db | Tx, payoutId: string): Promise<PayoutAttempt[]> {
  const { rows } =
    await sql<PayoutAttempt>`select * from payout_attempt where payout_id = ${payoutId} order by seq`.execute(
      db,
    );
  return rows;
}

export interface PayoutWait {
  readonly payee_id: string;
  readonly asset: string;
  readonly reason: string;
  readonly since: Date;
  /** Where fees are why: what they would take, the most they may, from which balance on and when it is paid. */
  readonly fee_share_bps: number | null;
  readonly limit_bps: number | null;
  readonly pays_from: bigint | null;
  readonly pays_by: Date | null;
}

/** Why payees over their threshold are not paid yet. */
export async function listWaits(db: Db): Promise<PayoutWait[]> {
  const { rows } = await sql<PayoutWait>`select * from payout_wait order by since`.execute(db);
  return rows;
}

interface Waiting {
  readonly payeeId: string;
  readonly asset: string;
  readonly reason: string;
}

export const setWait = (tx: Db | Tx, { now, ...wait }: Waiting & { now: Date }): Promise<void> =>
  setWaits(tx, [wait], now);

/** @param given of several about one balance the last one counts. */
export async function setWaits(tx: Db | Tx, given: readonly Waiting[], now: Date): Promise<void> {
  if (given.length === 0) return;
  const waits = [...new Map(given.map((wait) => [`${wait.payeeId} ${wait.asset}`, wait])).values()];
  await sql`
    insert into payout_wait as w (payee_id, asset, reason, since, checked_at)
    select payee_id, asset, reason, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${waits.map(({ payeeId }) => payeeId)}::uuid[], ${waits.map(({ asset }) => asset)}::text[],
      ${waits.map(({ reason }) => reason)}::text[]) as given(payee_id, asset, reason)
    order by payee_id, asset
    on conflict (payee_id, asset) do update set checked_at = excluded.checked_at, reason = excluded.reason,
      since = case when w.reason = excluded.reason then w.since else excluded.since end,
      fee_share_bps = null, limit_bps = null, pays_from = null, pays_by = null`.execute(tx);
}
