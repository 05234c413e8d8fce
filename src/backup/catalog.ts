import { sql, type Db, type Tx } from "../database/index.ts";

/** A table that holds something of ours, as the catalog has it. */
export interface Table {
  /** Quoted where it must be, with its schema: "public.payment". */
  readonly name: string;
  /** Those that are stored: what is computed from others comes by itself. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** A foreign key, which is put aside while rows come in any order. */
export interface ForeignKey {
  readonly name: string;
  readonly on: string;
  readonly definition: string;
  readonly comment: string | null;
}

/** The job queue's own list of what made its tables: each database has its own. */
const queueMigrations = "graphile_worker.migrations";

/** Ours and the job queue's; not what an extension brought. */
const ours = sql`n.nspname in ('public', 'graphile_worker') and not exists (
  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** Every table, by name, with its columns. */
export async function readTables(tx: Tx): Promise<readonly Table[]> {
  const { rows } = await sql<Table>`
    select format('%I.%I', n.nspname, c.relname) as name,
      jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind = 'r' and ${ours} group by 1 order by 1`.execute(tx);
  return rows.filter(({ name }) => name !== queueMigrations);
}

/** Where each sequence stands. They run ahead of every snapshot, and never behind it. */
export async function readSequences(
  tx: Tx,
): Promise<readonly { readonly name: string; readonly value: string; readonly called: boolean }[]> {
  const { rows } = await sql<{ name: string; value: string; called: boolean }>`
    select format('%I.%I', s.schemaname, s.sequencename) as name,
      coalesce(s.last_value, s.start_value)::text as value, s.last_value is not null as called
    from pg_sequences s join pg_namespace n on n.nspname = s.schemaname
    join pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
    where ${ours} order by 1`.execute(tx);
  return rows;
}

export async function readForeignKeys(tx: Tx): Promise<readonly ForeignKey[]> {
  const { rows } = await sql<ForeignKey>`
    select k.conname as name, format('%I.%I', n.nspname, c.relname) as on, pg_get_constraintdef(k.oid) as definition,
      obj_description(k.oid, 'pg_constraint') as comment
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and ${ours} order by 2, 1`.execute(tx);
  return rows;
}

/** Something of a database that is not empty, by name; null: a backup may be restored into it. */
export async function findContent(tx: Db | Tx): Promise<string | null> {
  // The queue's tables are made before ours, and hold nothing by themselves: they are left by a restore that was broken off.
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ours} order by 1 limit 1`.execute(
    tx,
  );
  if (rows[0] !== undefined) return rows[0].name;
  const { rows: queue } = await sql<{ made: boolean }>`
    select to_regclass('graphile_worker._private_jobs') is not null as made`.execute(tx);
  if (!queue[0]!.made) return null;
  const { rows: jobs } = await sql`select from graphile_worker._private_jobs limit 1`.execute(tx);
  return jobs.length > 0 ? "graphile_worker.jobs" : null;
}
