import { z } from "zod";
import { readSettlementAsset } from "../../../conversions/index.ts";
import { parseMoney, registry } from "../../../money/index.ts";
import { importColumns, importPayees, mostImportedRows, type ImportedRow } from "../../../payees/index.ts";
import { nextStepOf } from "../../problem-codes.ts";
import { defineRoute } from "../../route.ts";
import { defaultThreshold } from "./payees.ts";

const rowView = z
  .object({
    line: z.int().describe("In the file, from 1: the line that names the columns"),
    external_id: z.string().nullable().describe("null: it has none"),
    outcome: z
      .enum(["created", "unchanged", "refused"])
      .describe("unchanged: there is a payee of this external id with these terms"),
    payee_id: z.uuid().nullable().describe("null: it is refused, or the run is dry"),
    problem: z
      .object({
        code: z.string(),
        message: z.string(),
        next_step: z.string().nullable().describe("null: the message says it"),
      })
      .nullable()
      .describe("Why it is refused; null: it is not"),
  })
  .meta({ id: "ImportedRow", description: "What became of one row of a file, or would become of it" });

const presentRow = ({
  line,
  externalId,
  outcome,
  payeeId,
  problem,
}: ImportedRow): z.output<typeof rowView> => ({
  line,
  external_id: externalId,
  outcome,
  payee_id: payeeId,
  problem: problem && { ...problem, next_step: nextStepOf(problem.code) },
});

export const importRoute = defineRoute({
  method: "POST",
  path: "/v1/payee-imports",
  operationId: "importPayees",
  tag: "payees",
  scope: "payees:write",
  summary:
    "Create the payees of a file of comma-separated values, all of them or none; or see what would become of each",
  description:
    `The first line names the columns, out of ${importColumns.join(", ")}; the first four are needed. ` +
    "Amounts are in the settlement asset. A file may be imported again: of one external id there is one payee.",
  body: z
    .strictObject({
      csv: z.string().min(1).max(250_000).describe(`The file's text, with at most ${mostImportedRows} rows`),
      dry_run: z.boolean().describe("true: nothing is written, and each row says what would become of it"),
    })
    .meta({ id: "ImportPayees" }),
  success: {
    status: 200,
    body: z
      .object({
        written: z.boolean().describe("false: it was a dry run"),
        created: z.int(),
        unchanged: z.int(),
        refused: z.int(),
        rows: z.array(rowView).describe("In the order of the file"),
      })
      .meta({ id: "PayeeImport" }),
  },
  problems: ["invalid_csv", "import_refused"],
  async handle({ body }, { db, clock }) {
    const settlementAsset = await readSettlementAsset(db);
    const payoutThreshold = parseMoney(defaultThreshold, registry.get(settlementAsset));
    const deps = { db, clock, registry, settlementAsset, payoutThreshold };
    const { written, rows } = await importPayees(deps, body.csv, { dryRun: body.dry_run });
    const count = (wanted: ImportedRow["outcome"]) => rows.filter(({ outcome }) => outcome === wanted).length;
    return {
      written,
      created: count("created"),
      unchanged: count("unchanged"),
      refused: count("refused"),
      rows: rows.map(presentRow),
    };
  },
});
