import { z } from "zod";
import type { Clock } from "../clock.ts";
import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { readBy } from "../input-problems.ts";
import { parseMoney, type AssetRegistry, type Money } from "../money/index.ts";
import { nearest } from "../nearest.ts";
import { contactSchema } from "../notifications/index.ts";
import { createPayee, type CreatePayee } from "./create-payee.ts";
import { payeeName } from "./payee.ts";
import { readCsv, type CsvRow } from "./read-csv.ts";

/** What became of one row of a file, or would become of it. */
export interface ImportedRow {
  /** In the file, from 1: its header is line 1. */
  readonly line: number;
  /** Null where it has none. */
  readonly externalId: string | null;
  /** "unchanged": the payee of this external id has these terms already. */
  readonly outcome: "created" | "unchanged" | "refused";
  /** Null unless it is refused. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  /** Null where it is refused. */
  readonly payeeId: string | null;
}

interface Import {
  /** Whether the file is in force now. */
  readonly written: boolean;
  readonly rows: readonly ImportedRow[];
}

export const mostImportedRows = 1_000;

const required = ["external_id", "name", "asset", "address"] as const;
const optional = ["payout_mode", "payout_threshold", "contact_email", "contact_telegram", "memo"] as const;
/** The columns that a file may have, those that it must have first. */
export const importColumns: readonly string[] = [...required, ...optional];

const rowSchema = z.object({
  external_id: z.string().min(1).max(200),
  name: payeeName,
  asset: z.string().min(1).max(100),
  address: z.string().min(1).max(200),
  memo: z.string().max(200).default(""),
  payout_mode: z.enum(["threshold", "instant", ""]).default(""),
  payout_threshold: z.string().max(100).default(""),
  contact_email: z.string().default(""),
  contact_telegram: z.string().default(""),
});

interface ImportDeps {
  readonly db: Db;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  readonly settlementAsset: string;
  /** What holds where a row names none. */
  readonly payoutThreshold: Money;
}

/** @throws {DomainError} `invalid_csv`: a column is missing, or is none of ours. */
function checkColumns(columns: readonly string[]): void {
  const unknown = columns.find((name) => !importColumns.includes(name));
  const missing = required.find((name) => !columns.includes(name));
  if (unknown === undefined && missing === undefined) return;
  const meant = unknown === undefined ? null : nearest(unknown, importColumns);
  const what =
    unknown === undefined
      ? `there is no column ${missing}`
      : meant === null
        ? `"${unknown.slice(0, 40)}" is none of the columns ${importColumns.join(", ")}`
        : `there is no column "${unknown.slice(0, 40)}"; did you mean ${meant}`;
  throw new DomainError("invalid_csv", `Line 1: ${what}. Correct the first line and import the file again.`);
}

/** A row as what it asks for. @throws {DomainError} `invalid_row`, and what amounts are refused with */
function readRow(
  { fields }: CsvRow,
  { registry, settlementAsset, payoutThreshold }: ImportDeps,
): CreatePayee {
  const row = refuseProblems(readBy(rowSchema, fields, "value")) as z.output<typeof rowSchema>;
  if (row.contact_email !== "" && row.contact_telegram !== "")
    throw new DomainError(
      "invalid_row",
      "`contact_email` and `contact_telegram` are both there. Keep one of them.",
    );
  const channel = row.contact_email === "" ? "telegram" : "email";
  const address = row.contact_email || row.contact_telegram;
  const contact =
    address === ""
      ? null
      : (refuseProblems(readBy(contactSchema, { channel, address }, "value")) as z.output<
          typeof contactSchema
        >);
  return {
    externalId: row.external_id,
    name: row.name,
    payoutMode: row.payout_mode || "threshold",
    destination: { asset: row.asset, address: row.address, memo: row.memo || null },
    payoutThreshold:
      row.payout_threshold === ""
        ? payoutThreshold
        : parseMoney(row.payout_threshold, registry.get(settlementAsset)),
    contact,
  };
}

function refuseProblems(read: ReturnType<typeof readBy>): unknown {
  if ("value" in read) return read.value;
  throw new DomainError("invalid_row", read.problems.map(({ message }) => message).join(" "));
}

/** The trial is over: what it wrote is taken back. */
class TakenBack extends Error {}

/**
 * Creates the payees of a file, all of them or none. Of the same external id with the same terms there is one payee, so that a
 * file may be imported again. A dry run does the very same and takes all of it back.
 * @throws {DomainError} `invalid_csv`; `import_refused`: some row is, and nothing was written. A dry run says of each row why.
 */
export async function importPayees(
  deps: ImportDeps,
  csv: string,
  { dryRun }: { dryRun: boolean },
): Promise<Import> {
  const { columns, rows } = readCsv(csv);
  checkColumns(columns);
  if (rows.length === 0 || rows.length > mostImportedRows)
    throw new DomainError(
      "invalid_csv",
      `The file has ${rows.length} rows below its first line; it may have 1 to ${mostImportedRows}. Divide it and import each part.`,
    );
  const results = new Map<CsvRow, ImportedRow>();
  try {
    await inTransaction(deps.db, async (tx) => {
      results.clear();
      // In one order whatever the file's, so that two imports at once wait for each other and never in a circle.
      const byId = rows.toSorted((a, b) =>
        (a.fields["external_id"] ?? "") < (b.fields["external_id"] ?? "") ? -1 : 1,
      );
      for (const row of byId) results.set(row, await importRow(deps, tx, row));
      if (dryRun || [...results.values()].some(({ outcome }) => outcome === "refused")) throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  const inOrder = rows.map((row) => results.get(row)!);
  const refused = inOrder.filter(({ outcome }) => outcome === "refused");
  const [first] = refused;
  if (!dryRun && first !== undefined)
    throw new DomainError(
      "import_refused",
      `${refused.length} of ${rows.length} rows are refused, so nothing was written. Line ${first.line}: ${first.problem?.message}`,
    );
  return { written: !dryRun, rows: inOrder.map((row) => (dryRun ? { ...row, payeeId: null } : row)) };
}

async function importRow(deps: ImportDeps, tx: Tx, row: CsvRow): Promise<ImportedRow> {
  const externalId = row.fields["external_id"] || null;
  try {
    const { payee, created } = await createPayee({ ...deps, db: tx }, readRow(row, deps));
    const outcome = created ? "created" : "unchanged";
    return { line: row.line, externalId, outcome, problem: null, payeeId: payee.id };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const problem = { code: error.code, message: error.message };
    return { line: row.line, externalId, outcome: "refused", problem, payeeId: null };
  }
}
