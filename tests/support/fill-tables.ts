import { sql, type Db } from "../../src/database/index.ts";

type Row = Record<string, unknown>;

/** Everything is number 1 of its kind, so that every reference holds. */
const samples: Record<string, unknown> = {
  uuid: "00000000-0000-4000-8000-000000000001",
  text: "sample",
  "text[]": [],
  jsonb: {},
  boolean: false,
  "timestamp with time zone": "2026-03-01T12:00:00+00:00",
  bytea: `\\x${"5a".repeat(32)}`,
  "sha256_digest[]": [],
  sha256_digest: `\\x${"5a".repeat(32)}`,
};

/**
 * Rows that need more than the first value allowed: two accounts, because a posting is between two; a search behind another;
 * what no policy let go; a pause of everything; a change that two persons made.
 */
const particular: Record<string, readonly Row[]> = {
  ledger_account: [{ path: "platform:fees" }, { path: "platform:variance" }],
  posting: [{ credit_account_id: 2 }],
  watch_cursor: [{ certain_block: 0 }],
  authorisation: [{ approvers: 2 }],
  pause: [{ value: "" }],
  payout_plan: [{ ways: [] }],
  payout_proof: [{ amount: "1", currency: "EUR" }],
  destination_change: [
    { outcome: "confirmed", ended_by: "sample", ended_at: samples["timestamp with time zone"] },
  ],
};

interface Column {
  readonly name: string;
  readonly type: string;
  /** The values that a check allows, where it lists them. */
  readonly allowed: string | null;
  readonly filled: boolean;
}

async function tablesOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migration' order by oid`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}

async function columnsOf(db: Db, table: string): Promise<readonly Column[]> {
  const { rows } = await sql<Column>`
    select attname as name, format_type(atttypid, null) as type, (
        select (regexp_match(pg_get_constraintdef(c.oid), attname || ' = ANY \\(ARRAY\\[''([^'']+)'))[1]
        from pg_constraint c where conrelid = attrelid and contype = 'c' and conkey = array[attnum] limit 1) as allowed,
      (attnotnull and not atthasdef and attidentity = '') or attname in ('next_check_at', 'deadline_at') as filled
    from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`.execute(
    db,
  );
  return rows;
}

/** A row of every table that has none, in the order in which the tables were made. */
export async function fillTables(db: Db): Promise<void> {
  for (const table of await tablesOf(db)) {
    const { rows } = await sql`select from ${sql.id(table)} limit 1`.execute(db);
    if (rows.length > 0) continue;
    const columns = (await columnsOf(db, table)).filter(({ filled }) => filled);
    const usual = Object.fromEntries(
      columns.map(({ name, type, allowed }) => [name, allowed ?? samples[type] ?? 1]),
    );
    for (const own of particular[table] ?? [{}]) {
      const row = { ...usual, ...own };
      await sql`
        insert into ${sql.id(table)} (${sql.join(Object.keys(row).map((name) => sql.id(name)))})
        select ${sql.join(Object.keys(row).map((name) => sql.id(name)))}
        from jsonb_populate_record(null::${sql.id(table)}, ${JSON.stringify(row)}::jsonb)`.execute(db);
    }
  }
}

/** Every row of every table of ours, as JSON has it. */
export async function contentsOf(db: Db): Promise<ReadonlyMap<string, readonly Row[]>> {
  const contents = new Map<string, readonly Row[]>();
  for (const table of await tablesOf(db)) {
    const { rows } = await sql<{
      row: Row;
    }>`select to_jsonb(t) as row from ${sql.id(table)} t order by 1`.execute(db);
    contents.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return contents;
}
