import { setTimeout as sleep } from "node:timers/promises";
import type { Db, Tx } from "./types.ts";

const maxAttempts = 5;
const clashes = new Set(["40001", "40P01"]); // serialization_failure, deadlock_detected

/** PostgreSQL's error code, wherever in the chain of causes it is. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/**
 * Runs `fn` in one read-committed transaction: all of it or nothing. A deadlock or serialization failure rolls back and
 * runs `fn` again, five times in all, so `fn` must do nothing outside the transaction.
 */
export const inTransaction = <T>(db: Db, fn: (tx: Tx) => Promise<T>): Promise<T> =>
  againAfterClash(() => db.transaction().setIsolationLevel("read committed").execute(fn));

/** The same for what is one statement, and needs no transaction around it. */
export async function againAfterClash<T>(fn: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fn();
    } catch (error) {
      if (attempt >= maxAttempts || !clashes.has(sqlStateOf(error) ?? "")) throw error;
      await sleep(Math.random() * 10 * 2 ** attempt); // jitter, or the same two meet again
    }
  }
}
