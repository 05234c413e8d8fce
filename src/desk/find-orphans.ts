import { sql, type Db } from "../database/index.ts";
import type { OrphanKind } from "../lifecycle/index.ts";
import type { Desk } from "./desk.ts";

/** Something under way whose reason has ended or is not there. */
export interface Orphan {
  readonly kind: string;
  readonly thing: OrphanKind["thing"];
  readonly id: string;
  readonly asset: string | null;
  readonly amount: bigint | null;
}

/** Everything under way that nobody is under way for, in one snapshot. */
export async function findOrphans(
  { db, desk }: { db: Db; desk: Pick<Desk, "orphans"> },
  now: Date,
): Promise<Orphan[]> {
  const parts = Object.entries(desk.orphans).map(
    ([kind, { thing, query }]) => sql`
      select ${kind}::text as kind, ${thing}::text as thing, o.id, o.asset, o.amount
      from (${query(sql`${now}::timestamptz`)}) as o`,
  );
  const { rows } = await sql<Orphan>`${sql.join(parts, sql` union all `)} limit 1000`.execute(db);
  return rows;
}
