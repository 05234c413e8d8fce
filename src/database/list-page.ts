import { sql, type RawBuilder } from "kysely";
import type { Db, Tx } from "./types.ts";

type Bool = RawBuilder<unknown>;

/**
 * One list of a room's rows, newest first. Each filter is one condition, and each has an index that begins with its column
 * (`tests/list-indexes.test.ts`): a name that is not here cannot be filtered by.
 */
export interface ListOf<Filters extends Record<string, unknown>> {
  /** Named `t` in conditions. */
  readonly table: string;
  /** The column that says when a row came: pages go back by it, then by `id`. No row's ever changes, and none is deleted. */
  readonly cameAt: string;
  /** All of `t`, if left out. */
  readonly columns?: RawBuilder<unknown>;
  readonly filters: { readonly [Name in keyof Filters]-?: (value: NonNullable<Filters[Name]>) => Bool };
  /** The filters that a search by any word tries. */
  readonly searched?: readonly (keyof Filters & string)[];
}

export interface PageOf<Filters> {
  /** What is undefined or null narrows nothing. */
  readonly filters?: Filters;
  /** The id of the last row of the page before; null: the first page. */
  readonly before: string | number | null;
  readonly limit: number;
}

/** `t.<column> = value`. */
export const equals =
  (column: string) =>
  (value: unknown): Bool =>
    sql`t.${sql.id(column)} = ${value}`;

/** A hash or an address, in hex written in whatever letter case. */
export const equalsInAnyCase =
  (column: string) =>
  (value: string): Bool =>
    sql`t.${sql.id(column)} in (${value}, ${/^0x/i.test(value) || /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : value})`;

/** Both ends of a time, as filters: `<name>_from` is in it, `<name>_to` is not. */
export const from =
  (column: string) =>
  (moment: Date): Bool =>
    sql`t.${sql.id(column)} >= ${moment}`;
export const until =
  (column: string) =>
  (moment: Date): Bool =>
    sql`t.${sql.id(column)} < ${moment}`;

/** What the lists of things that have a status and were created at some time may all be narrowed by. */
export type ThingFilters<Status extends string> = {
  readonly status?: Status | undefined;
  readonly created_from?: Date | undefined;
  readonly created_to?: Date | undefined;
};

/** A list of such things, newest first. @param declared its own filters, beside those. */
export const thingList = <Filters extends ThingFilters<string>>(
  declared: Omit<ListOf<Filters>, "cameAt" | "filters"> & {
    readonly filters: Omit<ListOf<Filters>["filters"], keyof ThingFilters<string>>;
  },
): ListOf<Filters> => ({
  ...declared,
  cameAt: "created_at",
  filters: {
    status: equals("status"),
    ...declared.filters,
    created_from: from("created_at"),
    created_to: until("created_at"),
  } as ListOf<Filters>["filters"],
});

function conditions<Filters extends Record<string, unknown>>(
  list: ListOf<Filters>,
  filters: Filters | undefined,
): Bool[] {
  return Object.entries(filters ?? {}).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    const condition = list.filters[name] as ((value: unknown) => Bool) | undefined;
    if (condition === undefined) throw new TypeError(`${list.table} has no filter ${name}`);
    return [condition(value)];
  });
}

/** SQL of one page, newest first. Only what is asked for stands in the statement, so that its index is used. */
export function listStatement<Filters extends Record<string, unknown>>(
  list: ListOf<Filters>,
  { filters, before, limit }: PageOf<Filters>,
): RawBuilder<unknown> {
  const { table, cameAt, columns = sql`t.*` } = list;
  const at = sql.id(cameAt);
  const asked = conditions(list, filters);
  if (before !== null)
    asked.push(sql`(t.${at}, t.id) < (select b.${at}, b.id from ${sql.id(table)} b where b.id = ${before})`);
  const where = asked.length === 0 ? sql`` : sql`where ${sql.join(asked, sql` and `)}`;
  return sql`select ${columns} from ${sql.id(table)} t ${where} order by t.${at} desc, t.id desc limit ${limit}`;
}

export async function readPage<Row, Filters extends Record<string, unknown>>(
  db: Db | Tx,
  list: ListOf<Filters>,
  page: PageOf<Filters>,
): Promise<Row[]> {
  const { rows } = await sql<Row>`${listStatement(list, page)}`.execute(db);
  return rows;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a search found of one list, and by which of its filters. */
export interface Found<Row> {
  readonly row: Row;
  readonly matched: string;
}

/**
 * The rows that a word names exactly: by id where it is one, and by each filter that the list searches.
 * @param limit of each way.
 */
export async function searchList<
  Row extends { readonly id: unknown },
  Filters extends Record<string, unknown>,
>(db: Db, list: ListOf<Filters>, word: string, limit: number): Promise<Found<Row>[]> {
  const found = new Map<unknown, Found<Row>>();
  if (uuid.test(word)) {
    const byId = { ...list, filters: { id: equals("id") } } as ListOf<{ id: string }>;
    for (const row of await readPage<Row, { id: string }>(db, byId, {
      filters: { id: word },
      before: null,
      limit,
    }))
      found.set(row.id, { row, matched: "id" });
  }
  for (const name of list.searched ?? []) {
    const filters = { [name]: word } as unknown as Filters;
    for (const row of await readPage<Row, Filters>(db, list, { filters, before: null, limit }))
      if (!found.has(row.id)) found.set(row.id, { row, matched: name });
  }
  return [...found.values()];
}
