import type { WireAnswer, WireRequest } from "../wire-server.ts";
import type { Ledger } from "./ledger.ts";
import type { Condition } from "./node-wire.ts";
import type { WireObject } from "./types.ts";

type Row = WireObject;
type RowTest = (row: Row) => boolean;

const operators: Readonly<Record<string, (cell: unknown, wanted: unknown) => boolean>> = {
  _eq: (cell, wanted) => cell === wanted,
  _gt: (cell, wanted) => Number(cell) > Number(wanted),
  _lte: (cell, wanted) => Number(cell) <= Number(wanted),
};

/** A value as GraphQL writes it: a variable, text, a number, true or false. */
const valueOf = (text: string, variables: WireObject): unknown =>
  text.startsWith("$") ? variables[text.slice(1)] : JSON.parse(text);

/** The conditions of a `where` without "or" and "not": as much of Hasura's language as a watch needs. */
function conditionsOf(where: string, variables: WireObject): RowTest[] {
  return [...where.matchAll(/(\w+):\s*\{([^{}]*)\}/g)].flatMap(([, column = "", body = ""]) =>
    [...body.matchAll(/(_\w+):\s*(\$\w+|"[^"]*"|-?\d+|true|false)/g)].map(([, name = "", value = ""]) => {
      const operator = operators[name];
      if (operator === undefined) throw new Error(`the sandbox does not know the operator ${name}`);
      const wanted = valueOf(value, variables);
      return (row: Row) => operator(row[column], wanted);
    }),
  );
}

/** The text between the bracket that opens at a place and the one that closes it. */
function bracketed(text: string, from: number, [open, close]: readonly [string, string]): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++;
    if (text[at] === close && --depth === 0) return text.slice(from + 1, at);
  }
  throw new Error("the query has an open bracket");
}

function select(query: string, table: string, rows: readonly Row[], variables: WireObject): Row[] | null {
  const at = new RegExp(`\\b${table}\\b`).exec(query)?.index;
  if (at === undefined) return null;
  const rest = query.slice(at + table.length).trimStart();
  const args = rest.startsWith("(") ? bracketed(rest, 0, ["(", ")"]) : "";
  const whereAt = args.indexOf("where:");
  const where = whereAt < 0 ? "" : bracketed(args, args.indexOf("{", whereAt), ["{", "}"]);
  const conditions = conditionsOf(where, variables);
  const limit = /limit:\s*(\$\w+|\d+)/.exec(args)?.[1];
  const columns = bracketed(rest, rest.indexOf("{", args.length), ["{", "}"]).trim().split(/\s+/);
  const found = rows.filter((row) => conditions.every((holds) => holds(row)));
  // Every order asked for so far is that of the ledger; without one the rows come as they lie.
  const ordered = args.includes("asc") ? found : found.toReversed();
  const most = limit === undefined ? 100 : Math.min(100, Number(valueOf(limit, variables)));
  return ordered
    .slice(0, most)
    .map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

/** The indexer's GraphQL over the ledger: three tables, and Hasura's way of saying that there is no other. */
export function answerIndexer(ledger: Ledger, condition: Condition, { body }: WireRequest): WireAnswer {
  const { query, variables = {} } = body as { query: string; variables?: WireObject };
  const processed = ledger.head - condition.indexerLag;
  // Workers write side by side: what came last may be there before what came earlier is.
  const visible = ledger.entries.filter(({ version }) => version <= processed || version === ledger.head);
  const processedAt = ledger.entries.findLast(({ version }) => version <= processed)?.at ?? null;
  const tables: Readonly<Record<string, readonly Row[]>> = {
    ledger_infos: [{ chain_id: condition.chainId }],
    processor_status: [
      {
        processor: "fungible_asset_processor",
        last_success_version: Number(processed),
        last_transaction_timestamp: processedAt?.toISOString().slice(0, -1) ?? null,
      },
      { processor: "default_processor", last_success_version: Number(ledger.head) },
    ],
    fungible_asset_activities: visible.flatMap(({ activities }) => activities),
  };
  const data = Object.entries(tables).flatMap(([table, rows]) => {
    const found = select(query, table, rows, variables);
    return found === null ? [] : [[table, found] as const];
  });
  if (data.length > 0) return { status: 200, body: { data: Object.fromEntries(data) } };
  const error = {
    message: "field not found in type: 'query_root'",
    extensions: { code: "validation-failed" },
  };
  return { status: 200, body: { errors: [error] } };
}
