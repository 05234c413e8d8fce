import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");

/** Which room writes a table, and is the only one to name it in SQL. What others need of it, the room exports. */
const owners = {
  addresses: ["deposit_address"],
  arrivals: ["arrival_attribution", "reading_contradiction", "wallet_receipt"],
  backup: ["backup"],
  banking: ["bank_float", "bank_transfer"],
  conversions: ["conversion", "conversion_check", "price_observation"],
  database: ["schema_migration"],
  deposits: [
    "balance_check",
    "shared_balance",
    "deposit",
    "payment_claim",
    "unlisted_arrival",
    "watch_cursor",
    "watch_position",
    "watch_state",
  ],
  desk: ["review_action"],
  earnings: ["earning", "recoverable"],
  gathering: ["deposit_sweep"],
  http: ["idempotency_record"],
  intake: ["processor_event"],
  jobs: ["job_dead_letter", "schedule_run", "worker_heartbeat"],
  ledger: [
    "journal_entry",
    "ledger_account",
    "ledger_block",
    "ledger_block_entry",
    "ledger_delta",
    "posting",
  ],
  lifecycle: ["status_change"],
  operators: ["api_key", "operator"],
  notifications: ["notice"],
  orders: ["order_quote", "pay_order", "pay_order_split"],
  payees: ["destination_change", "payee", "payee_change", "payee_invitation"],
  payments: ["payment"],
  payouts: ["payout", "payout_attempt", "payout_plan", "payout_proof", "payout_wait"],
  policy: ["approval", "authorisation", "pause"],
  refunds: ["refund", "refund_attempt", "refund_link"],
  settings: ["setting"],
  swaps: ["swap", "swap_create_attempt", "swap_delivery", "swap_surplus_search"],
  transfers: ["chain_fingerprint", "signer_state", "transfer", "transfer_attempt", "wallet"],
} as const;

/** SQL functions that write a room's tables: nobody else calls them. */
const functions: Readonly<Record<string, string>> = {
  payment_settle: "payments", // inserts earnings too: see docs/decisions/0022-one-room-a-table.md
  earning_divide: "earnings",
  earning_divide_source: "earnings",
  payout_hold: "payouts", // takes earnings too: the same page
};

/** What reads other rooms' tables by design, and writes none of them. Each has its reason; one that needs it no more goes. */
const readers = new Map([
  [
    /^src\/explain\//,
    "walks a payout back through every room: docs/decisions/0002-explain-reads-across-rooms.md",
  ],
  [/^src\/statements\//, "names what each entry of a payee's accounts is about, as explain does"],
  [/^src\/reconciliation\//, "a promise about several rooms is one query over all of their tables"],
  [/^src\/health\//, "its gauges count rows that wait, whatever they are of"],
  [
    /-desk\.ts$/,
    "what a room puts on the desk is often what another left behind: an orphan lacks the row above it",
  ],
  [/^src\/cli\/demo\/report\.ts$/, "counts what the demo's story left behind"],
]);

const ownerOf = new Map(
  Object.entries(owners).flatMap(([room, tables]) => tables.map((table) => [table as string, room])),
);
const tables = [...read("db/schema.sql").matchAll(/^create table (?:public\.)?(\w+)/gim)].map(
  ([, name]) => name!,
);
const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
  .map((name) => `src/${name.replaceAll("\\", "/")}`)
  .filter((file) => /^src\/[^/]+\/.*\.ts$/.test(file) && !/((\.test|\/contract)\.ts$|\/testing\/)/.test(file))
  .filter((file) => file !== "src/database/advance-status.ts") // moves rows whose room declares no life-cycle
  .sort();
const roomOf = (file: string): string => file.split("/")[1]!;

interface Use {
  readonly file: string;
  readonly place: string;
  readonly room: string;
  readonly name: string;
  readonly writes: boolean;
}

const naming = /\b(from|join|into|update|delete from)\s+(?:only\s+)?(?:public\.)?(\w+)|\b(\w+)\(/gi;

/** Every table and owned function that a file names in its texts. */
function usesIn(file: string): Use[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const found: Use[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateLiteralToken(node) || ts.isStringLiteral(node)) {
      for (const [, verb, table, called] of node.text.matchAll(naming)) {
        const name = table ?? called!;
        const isOurs = verb === undefined ? name in functions : ownerOf.has(name);
        if (!isOurs) continue;
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        const writes = verb === undefined || /^(into|update|delete from)$/i.test(verb);
        found.push({ file, place: `${file}:${line} ${name}`, room: roomOf(file), name, writes });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const uses = sources.flatMap(usesIn);
const foreign = uses.filter(({ room, name }) => (ownerOf.get(name) ?? functions[name]) !== room);

describe("one room a table", () => {
  test("every table has an owner, and every owner writes its tables", () => {
    expect([...ownerOf.keys()].toSorted()).toEqual(tables.toSorted());
    const written = new Set(uses.filter(({ writes }) => writes).map(({ name }) => name));
    const bySqlFunctions = ["journal_entry", "ledger_account", "ledger_delta", "posting"];
    expect(tables.filter((table) => !written.has(table) && !bySqlFunctions.includes(table))).toEqual([]);
  });

  test("only the owner writes a table. Call the function that it exports", () => {
    expect(foreign.filter(({ writes }) => writes).map(({ place }) => place)).toEqual([]);
  });

  test("only the owner names a table in SQL. Ask what it exports, or have it export what you need", () => {
    const patterns = [...readers.keys()];
    const unasked = foreign.filter(({ file }) => !patterns.some((pattern) => pattern.test(file)));
    expect(unasked.map(({ place }) => place)).toEqual([]);
    expect(patterns.filter((pattern) => !foreign.some(({ file }) => pattern.test(file)))).toEqual([]);
  });
});
