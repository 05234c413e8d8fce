import { sql } from "kysely";
import { inTransaction, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueNamed } from "./enqueue.ts";

/** A job that used up its attempts, as kept. `id` is as text, because it goes out and comes in as one. */
export interface DeadLetter {
  readonly id: string;
  readonly task: string;
  readonly error: string;
  readonly failed_at: Date;
}

/** The oldest first. */
export async function listDeadLetters(db: Db, limit: number): Promise<DeadLetter[]> {
  const { rows } = await sql<DeadLetter>`
    select id::text, task, error, failed_at from job_dead_letter order by id limit ${limit}`.execute(db);
  return rows;
}

/**
 * Lets a dead letter's job run again with all its attempts, or forgets it; either way it is a dead letter no more. A job is
 * only a nudge, so neither can harm.
 * @throws {DomainError} `unknown_dead_letter`
 */
export async function endDeadLetter(db: Db, id: string, as: "retry" | "dismiss"): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<{ task: string; payload: object }>`
      delete from job_dead_letter where id::text = ${id} returning task, payload`.execute(tx);
    const letter = rows[0];
    if (letter === undefined) throw unknownDeadLetter(id);
    if (as === "retry") await enqueueNamed(tx, letter.task, letter.payload);
  });
}

export const unknownDeadLetter = (id: string): DomainError =>
  new DomainError(
    "unknown_dead_letter",
    `There is no dead letter ${id}: somebody ended it already. Read the recovery desk again.`,
  );
