import { expect } from "vitest";
import { inTransaction, sql, type Db, type Tx } from "../../database/index.ts";
import { checkInvariants } from "../index.ts";

/** Which checks complain when these statements had been run; they are rolled back. Triggers sleep, as for a thief. */
export async function plantFaults(db: Db, ...statements: string[]): Promise<string[]> {
  let found: string[] = [];
  const undo = new Error("undo");
  await inTransaction(db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    for (const statement of statements) {
      const { numAffectedRows } = await sql.raw(statement).execute(tx);
      expect(numAffectedRows).toBeGreaterThan(0n);
    }
    found = await checksWithin(tx);
    throw undo;
  }).catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  return found;
}

/** The checks open a snapshot of their own, which would not see what is about to be undone: they run in this one. */
async function checksWithin(tx: Tx): Promise<string[]> {
  const same = {
    transaction: () => ({
      setIsolationLevel: () => ({
        setAccessMode: () => ({ execute: (run: (inner: Tx) => Promise<unknown>) => run(tx) }),
      }),
    }),
  };
  const found = await checkInvariants(same as unknown as Db);
  return [...new Set(found.map((one) => one.check))].toSorted();
}
