// Holds the embedded database of a directory until it is killed: for tests that kill it.
import { openDatabase, sql } from "../../../src/database/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";

const database = await openDatabase({
  databaseUrl: null,
  dataDirectory: process.argv[2]!,
  log: silentLogger,
  durable: true,
});
await sql`create table if not exists witness (word text primary key)`.execute(database.db);
await sql`insert into witness values (${process.argv[3]!})`.execute(database.db);
process.stdout.write("holding\n");
setInterval(() => undefined, 60_000);
