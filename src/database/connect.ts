import { Kysely, PostgresDialect } from "kysely";
import { Pool, types, type CustomTypesConfig, type PoolClient, type QueryConfig } from "pg";
import type { Database } from "./types.ts";

const oid = { int8: 20, date: 1082, int8Array: 1016, textArray: 1009, numericArray: 1231, numeric: 1700 };

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`int8 ${text} does not fit a number: cast it to numeric in SQL`);
  return value;
}

/** A fraction throws: amounts are whole base units, and anything else is selected as text. */
const parseNumeric = (text: string): bigint => BigInt(text);

function arrayOf<T>(parse: (text: string) => T): (text: string) => (T | null)[] {
  const split = types.getTypeParser(oid.textArray) as (text: string) => (string | null)[];
  return (text) => split(text).map((part) => (part === null ? null : parse(part)));
}

const parsers = new Map<number, (text: string) => unknown>([
  [oid.int8, parseInt8],
  [oid.int8Array, arrayOf(parseInt8)],
  [oid.numeric, parseNumeric],
  [oid.numericArray, arrayOf(parseNumeric)],
  [oid.date, (text) => text], // a Date would carry this machine's time zone into a day that has none
]);

/** How rows arrive: numeric as bigint, int8 as a safe number or an error, date as text, the rest as pg does it. */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: ((id: number, format?: "text" | "binary") =>
    (format === "binary" ? undefined : parsers.get(id)) ??
    types.getTypeParser(id, format as "text")) as CustomTypesConfig["getTypeParser"],
};

/**
 * SQL for a hot path: each connection parses it once and knows it by its name from then on.
 * @param name of this text alone, in the whole program.
 */
export const prepared = (name: string, text: string): string => `${preparedMark}${name} */ ${text}`;

const preparedMark = "/* prepared: ";

/** Arrays as PostgreSQL reads them, at once: the driver writes each element by itself, which is most of its work for a set of rows. */
function inWords(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  if (value.every((one) => typeof one === "number")) return `{${value.join()}}`;
  const plain = value.every((one) => typeof one === "string") && !/["\\]/.test(value.join(""));
  return plain ? `{"${value.join('","')}"}` : value;
}

/** kysely passes no names on, so the name travels in the text. */
function speedUp(client: PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const sped = (first: unknown, given?: unknown, ...rest: unknown[]): unknown => {
    const values: unknown = Array.isArray(given) ? given.map(inWords) : given;
    if (typeof first !== "string" || !first.startsWith(preparedMark)) return query(first, values, ...rest);
    const name = first.slice(preparedMark.length, first.indexOf(" */"));
    return query({ name, text: first, values }, ...rest);
  };
  client.query = sped as typeof client.query;
}

const connectsWithinMs = 30_000;

export interface ConnectOptions {
  /** Most connections held at once. */
  readonly max?: number;
  readonly applicationName?: string;
  /** Milliseconds a statement may run; 0 is for ever. */
  readonly statementTimeoutMs?: number;
}

/** What a session must end by itself; text that the URL does not decide already. */
function limitsOf(url: string, statementMs: number): string {
  const given = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const limits = [
    ["statement_timeout", statementMs],
    ["idle_in_transaction_session_timeout", 60_000],
  ] as const;
  const ours = limits.filter(([name]) => !given.has(name));
  return ours.map(([name, ms]) => `set ${name} = ${ms}`).join("; ");
}

/**
 * A pool on a PostgreSQL database. Nothing is opened until the first query. A connection that breaks is dropped from
 * the pool and its query fails; it never brings the process down.
 */
export function connect(url: string, options: ConnectOptions = {}): Database {
  const limits = limitsOf(url, options.statementTimeoutMs ?? 60_000);
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? "spillway",
    connectionTimeoutMillis: connectsWithinMs,
    // Said in the session and not as it begins: a pooler such as PgBouncer refuses parameters that it does not know.
    onConnect: async (client) => {
      if (limits !== "") await client.query({ text: limits, query_timeout: connectsWithinMs } as QueryConfig);
    },
    keepAlive: true,
    types: rowTypes,
  });
  // Without listeners a broken connection is an uncaught error. Whoever runs a query on it is told anyway.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    speedUp(client);
  });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  // Not db.destroy(): kysely ends only a pool that it has used itself.
  return { db, pool, url, close: () => (closing ??= pool.end()) };
}
