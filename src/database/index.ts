export { sql } from "kysely";
export { advanceStatus, recordCreation, StaleStatus, type Cause, type Thing } from "./advance-status.ts";
export { connect, prepared, type ConnectOptions } from "./connect.ts";
export { startEmbedded, type EmbeddedServer } from "./embedded.ts";
export { inTransaction, sqlStateOf } from "./in-transaction.ts";
export { assertSchemaCurrent, migrate } from "./migrate.ts";
export { attachOrOpen, openDatabase, type OpenOptions } from "./open-database.ts";
export { takeDue } from "./take-due.ts";
export type { Database, Db, Tx } from "./types.ts";
