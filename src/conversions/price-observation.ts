import { sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import type { PriceObservation } from "../providers/port.ts";

/** Keeps the price a decision rests on. Returns the row's id. */
export async function recordObservation(db: Db, observed: PriceObservation): Promise<string> {
  const id = newId();
  await sql`
    insert into price_observation (id, asset, usd, source, source_time, fetched_at)
    values (${id}, ${observed.asset.id}, ${observed.usd}, ${observed.source}, ${observed.sourceTime}, ${observed.fetchedAt})`.execute(
    db,
  );
  return id;
}

/** The latest price in USD ever observed of each asset: old, perhaps, and good enough to see what is at stake. */
export async function latestPrices(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ asset: string; usd: string }>`
    select distinct on (asset) asset, usd from price_observation order by asset, fetched_at desc`.execute(db);
  return new Map(rows.map(({ asset, usd }) => [asset, usd]));
}
