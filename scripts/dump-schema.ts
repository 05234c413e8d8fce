// Writes db/schema.sql: what the migrations add up to, as the catalog of a freshly migrated database tells it. To read, not
// to run: comments stand beside what they are about, and things in the order they were made.
import { mkdtemp, chmod, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, migrate, sql, startEmbedded, type Db } from "../src/database/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";
import { isMain } from "./is-main.ts";

const target = fileURLToPath(new URL("../db/schema.sql", import.meta.url));
const widest = 120;

/** One thing of the catalog: its definition, and why it is there. */
interface Line {
  readonly line: string;
  readonly comment: string | null;
}

async function read(db: Db, query: ReturnType<typeof sql<Line>>): Promise<readonly Line[]> {
  return (await query.execute(db)).rows;
}

/** A comment as lines of SQL, none longer than the page is wide. */
function remark(comment: string, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of comment.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= widest)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}-- ${word}`);
  }
  return lines;
}

const remarked = ({ line, comment }: Line): string =>
  [...(comment === null ? [] : remark(comment)), line].join("\n");

/** The lines of a table's body: each with its comment behind it where there is room, else above. */
function bodyOf(parts: readonly Line[]): string {
  return parts
    .flatMap(({ line, comment }, index) => {
      const text = `  ${line}${index < parts.length - 1 ? "," : ""}`;
      if (comment === null) return [text];
      const beside = `${text} -- ${comment}`;
      return beside.length <= widest && !line.includes("\n") ? [beside] : [...remark(comment, "  "), text];
    })
    .join("\n");
}

const columnsOf = (db: Db, table: string): Promise<readonly Line[]> =>
  read(
    db,
    sql`select format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
        case when attidentity <> '' then ' generated ' || case attidentity when 'a' then 'always' else 'by default' end || ' as identity' else '' end,
        case when attnotnull then ' not null' else '' end,
        case when attgenerated = 's' then ' generated always as (' || pg_get_expr(adbin, adrelid) || ') stored'
          else coalesce(' default ' || pg_get_expr(adbin, adrelid), '') end) as line, col_description(attrelid, attnum) as comment
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`,
  );

/** By kind and name. Not-null constraints are said by their columns. */
const constraintsOf = (db: Db, table: string): Promise<readonly Line[]> =>
  read(
    db,
    sql`select format('constraint %I %s', conname, pg_get_constraintdef(oid)) as line,
        obj_description(oid, 'pg_constraint') as comment
      from pg_constraint
      where conrelid = ${table}::regclass and contype in ('p', 'u', 'f', 'c', 'x')
      order by array_position(array['p', 'u', 'f', 'c', 'x'], contype::text), conname collate "C"`,
  );

const indexesOf = (db: Db, table: string): Promise<readonly Line[]> =>
  read(
    db,
    sql`select pg_get_indexdef(indexrelid) || ';' as line, obj_description(indexrelid, 'pg_class') as comment from pg_index
      where indrelid = ${table}::regclass and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
      order by indexrelid::regclass::text collate "C"`,
  );

const triggersOf = (db: Db, table: string): Promise<readonly Line[]> =>
  read(
    db,
    sql`select pg_get_triggerdef(oid) || ';' as line, obj_description(oid, 'pg_trigger') as comment from pg_trigger
      where tgrelid = ${table}::regclass and not tgisinternal order by tgname collate "C"`,
  );

/** Columns in their order, then constraints; indexes and triggers after the table. */
async function tableText(db: Db, table: Line): Promise<string> {
  const options = await read(
    db,
    sql`select ' with (' || array_to_string(reloptions, ', ') || ')' as line, null as comment from pg_class
      where oid = ${table.line}::regclass and reloptions is not null`,
  );
  const body = bodyOf([...(await columnsOf(db, table.line)), ...(await constraintsOf(db, table.line))]);
  const tail = [...(await indexesOf(db, table.line)), ...(await triggersOf(db, table.line))];
  const whole = `create table ${table.line} (\n${body}\n)${options.map(({ line }) => line).join("")};`;
  return [remarked({ line: whole, comment: table.comment }), ...tail.map(remarked)].join("\n");
}

async function domainTexts(db: Db): Promise<string[]> {
  const domains = await read(
    db,
    sql`select format('create domain %I as %s %s;', typname, format_type(typbasetype, typtypmod),
        (select string_agg(pg_get_constraintdef(oid), ' ' order by conname collate "C") from pg_constraint where contypid = t.oid)) as line,
        obj_description(oid, 'pg_type') as comment
      from pg_type t where typnamespace = 'public'::regnamespace and typtype = 'd' order by oid`,
  );
  return domains.map(remarked);
}

async function functionTexts(db: Db): Promise<string[]> {
  const functions = await read(
    db,
    sql`select rtrim(pg_get_functiondef(oid), E' \n') || ';' as line, obj_description(oid, 'pg_proc') as comment
      from pg_proc where pronamespace = 'public'::regnamespace order by oid`,
  );
  return functions.map(remarked);
}

/** The schema of a migrated database, as text. */
export async function renderSchema(db: Db): Promise<string> {
  const tables = await read(
    db,
    sql`select relname as line, obj_description(oid, 'pg_class') as comment from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' order by oid`,
  );
  const texts: string[] = [];
  for (const table of tables) texts.push(await tableText(db, table));
  const head = "-- Generated by npm run schema from db/migrations. Do not edit: write a migration.";
  return `${[head, ...(await domainTexts(db)), ...texts, ...(await functionTexts(db))].join("\n\n")}\n`;
}

async function dump(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-schema-"));
  await chmod(directory, 0o755); // as root, the server runs as another user
  const server = await startEmbedded({ dataDirectory: directory, log: silentLogger, durable: false });
  try {
    await migrate(server.url);
    const database = connect(server.url, { max: 1 });
    await writeFile(target, await renderSchema(database.db));
    await database.close();
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) await dump();
