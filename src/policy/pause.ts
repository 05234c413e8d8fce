import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";

/** What an operator may stop. One payee is paused at the payee; a wallet whose key may be stolen pauses by itself. */
export type PauseScope = "all" | "chain" | "rail";

export interface Pause {
  readonly id: string;
  readonly scope: PauseScope;
  /** Which chain or rail; empty for "all". */
  readonly value: string;
  readonly reason: string;
  readonly paused_by: string;
  readonly paused_at: Date;
  readonly ended_by: string | null;
  readonly ended_at: Date | null;
}

const passing = sql`hashtextextended('policy:pause', 0)`;

/** Whoever signs in this transaction is waited for by whoever pauses. Taken before the pauses are read. */
export const passPauses = async (tx: Tx): Promise<void> =>
  void (await sql`select pg_advisory_xact_lock_shared(${passing})`.execute(tx));

/**
 * Stops what a scope names before its next signature, and waits for those that are being made: what is in flight afterwards is
 * all there will be. What is signed goes on: only the chain ends that. Safe to repeat: the pause that is there already is
 * returned.
 */
export async function pause(
  tx: Tx,
  input: { scope: PauseScope; value: string; reason: string; by: string; now: Date },
): Promise<Pause> {
  const { scope, value, reason, by, now } = input;
  await sql`select pg_advisory_xact_lock(${passing})`.execute(tx);
  await sql`
    insert into pause (id, scope, value, reason, paused_by, paused_at)
    values (${newId()}, ${scope}, ${value}, ${reason}, ${by}, ${now})
    on conflict (scope, value) where ended_at is null do nothing`.execute(tx);
  const { rows } = await sql<Pause>`
    select * from pause where scope = ${scope} and value = ${value} and ended_at is null for share`.execute(
    tx,
  );
  return rows[0]!;
}

/** @throws {DomainError} `unknown_pause`: there is none that lasts. */
export async function resume(
  tx: Db | Tx,
  { id, by, now }: { id: string; by: string; now: Date },
): Promise<Pause> {
  const { rows } = await sql<Pause>`
    update pause set ended_by = ${by}, ended_at = ${now} where id = ${id} and ended_at is null returning *`.execute(
    tx,
  );
  if (rows[0] === undefined)
    throw new DomainError("unknown_pause", `No pause ${id} is in force. List the pauses that are.`);
  return rows[0];
}

/** Those in force, the oldest first. */
export async function listPauses(db: Db | Tx): Promise<Pause[]> {
  const { rows } = await sql<Pause>`select * from pause where ended_at is null order by paused_at`.execute(
    db,
  );
  return rows;
}

/** What stops a send on a chain by a rail, or null. */
export async function pauseOf(
  tx: Db | Tx,
  { chain, rail }: { readonly chain: string; readonly rail: string | null },
): Promise<Pause | null> {
  const { rows } = await sql<Pause>`
    select * from pause where ended_at is null and (scope = 'all' or (scope = 'chain' and value = ${chain})
      or (scope = 'rail' and value = ${rail}::text)) order by paused_at limit 1`.execute(tx);
  return rows[0] ?? null;
}
