import type { Kysely, Transaction } from "kysely";
import type { Pool } from "pg";

/** A pool of connections, for reading and for opening transactions. */
export type Db = Kysely<unknown>;

/** The caller's open transaction. */
export type Tx = Transaction<unknown>;

export interface Database {
  readonly db: Db;
  readonly pool: Pool;
  readonly url: string;
  /** Ends the connections; an embedded server that we started stops too. Safe to repeat. */
  close(): Promise<void>;
}
