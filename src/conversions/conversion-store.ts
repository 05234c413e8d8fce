import {
  equals,
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
import type { Conversion, ConversionStatus } from "./conversion.ts";

export async function findConversion(db: Db | Tx, id: string): Promise<Conversion | null> {
  const { rows } = await sql<Conversion>`select * from conversion where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export type ConversionFilters = ThingFilters<ConversionStatus> & {
  /** What was converted. */
  readonly asset?: string | undefined;
};

/** Conversions, and what they may be narrowed by. */
export const conversionList = thingList<ConversionFilters>({
  table: "conversion",
  filters: {
    asset: equals("source_asset"),
  },
});

/** A page, newest first. */
export const listConversions = (db: Db, page: PageOf<ConversionFilters>): Promise<Conversion[]> =>
  readPage(db, conversionList, page);

/** The conversion that a word names. */
export const searchConversions = (db: Db, word: string, limit: number): Promise<Found<Conversion>[]> =>
  searchList(db, conversionList, word, limit);

export interface ConversionCheck {
  readonly asset: string;
  readonly checked_at: Date;
  readonly pending_amount: bigint;
  readonly pending_usd_micros: bigint | null;
  readonly decision: "converted" | "waiting";
  readonly reason: string;
  readonly conversion_id: string | null;
}

/** The latest word on each asset: why it was or was not converted. */
export async function latestChecks(db: Db): Promise<ConversionCheck[]> {
  const { rows } = await sql<ConversionCheck>`
    select distinct on (asset) asset, checked_at, pending_amount, pending_usd_micros, decision, reason, conversion_id
    from conversion_check order by asset, id desc`.execute(db);
  return rows;
}
