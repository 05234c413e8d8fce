import { sql, type Db, type Tx } from "../database/index.ts";
import type { Conversion } from "./conversion.ts";

export async function findConversion(db: Db | Tx, id: string): Promise<Conversion | null> {
  const { rows } = await sql<Conversion>`select * from conversion where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page, newest first. */
export async function listConversions(
  db: Db,
  page: { before: string | null; limit: number },
): Promise<Conversion[]> {
  const { rows } = await sql<Conversion>`
    select * from conversion where ${page.before}::uuid is null or id < ${page.before} order by id desc limit ${page.limit}`.execute(
    db,
  );
  return rows;
}

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
