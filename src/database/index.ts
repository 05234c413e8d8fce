export { sql, type RawBuilder } from "kysely";
export { connect, prepared, type ConnectOptions } from "./connect.ts";
export { isDatabaseAway } from "./database-away.ts";
export { startEmbedded, type EmbeddedServer } from "./embedded.ts";
export { againAfterClash, inTransaction, sqlStateOf } from "./in-transaction.ts";
export {
  assertSchemaCurrent,
  assertSchemaKnown,
  buildSchema,
  keepMigrationsOut,
  letMigrationsIn,
  listMigrations,
  migrate,
  migrateQueue,
  migrationsDirectory,
  type AppliedMigration,
} from "./migrate.ts";
export {
  equals,
  equalsInAnyCase,
  from,
  listStatement,
  readPage,
  searchList,
  thingList,
  until,
  type Found,
  type ListOf,
  type PageOf,
  type ThingFilters,
} from "./list-page.ts";
export { attachOrOpen, checkDatabase, openDatabase, type OpenOptions } from "./open-database.ts";
export { rowArrays } from "./row-arrays.ts";
export type { Database, Db, Tx } from "./types.ts";
export { createLane, type Lane } from "./lane.ts";
