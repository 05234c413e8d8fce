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
} from "../database/index.ts";
import type { DepositRow, DepositStatus } from "./deposit.ts";

export type DepositFilters = ThingFilters<DepositStatus> & {
  readonly order_id?: string | undefined;
  readonly chain?: string | undefined;
  readonly asset?: string | undefined;
  readonly transaction_hash?: string | undefined;
  /** Ours. */
  readonly address?: string | undefined;
};

/** Deposits, and what they may be narrowed by. */
export const depositList = thingList<DepositFilters>({
  table: "deposit",
  filters: {
    order_id: equals("order_id"),
    chain: equals("chain"),
    asset: equals("asset"),
    transaction_hash: equalsInAnyCase("transaction_hash"),
    address: equalsInAnyCase("address"),
  },
  searched: ["transaction_hash", "address"],
});

/** A page, newest first. */
export const listDeposits = (db: Db, page: PageOf<DepositFilters>): Promise<DepositRow[]> =>
  readPage(db, depositList, page);

/** The deposits that a word names. */
export const searchDeposits = (db: Db, word: string, limit: number): Promise<Found<DepositRow>[]> =>
  searchList(db, depositList, word, limit);

/** Something that the registry lacks, at an address of ours. It is never booked. */
export interface UnlistedRow {
  readonly chain: string;
  readonly transaction_hash: string;
  readonly transfer_index: string;
  readonly address: string;
  readonly contract: string;
  readonly amount: bigint;
  readonly seen_at: Date;
}

/** The newest arrivals of things that the registry lacks. */
export async function listUnlisted(db: Db, limit: number): Promise<UnlistedRow[]> {
  const { rows } = await sql<UnlistedRow>`
    select * from unlisted_arrival order by seen_at desc, chain, transaction_hash, transfer_index limit ${limit}`.execute(
    db,
  );
  return rows;
}
