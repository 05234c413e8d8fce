export { readStatement, readStatements, type Period } from "./read-statement.ts";
export type { Statement } from "./statement.ts";
export { statementCsv } from "./statement-csv.ts";
