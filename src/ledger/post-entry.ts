import { sql, type Db, type Tx } from "../database/index.ts";
import { entryArguments, type JournalEntry } from "./entry.ts";
import { EntryConflict, toLedgerError } from "./errors.ts";

/**
 * Posts one journal entry, whole or not at all, and moves the balances it names. One round trip.
 * Safe to repeat: the same entry again changes nothing and returns "exists".
 * @param tx the caller's open transaction, so that the money and its reason commit together. Read committed or serializable.
 * @throws {InsufficientFunds} an account would pass zero to its wrong side. Roll back.
 * @throws {EntryConflict} the id already names a different entry: a bug in the caller.
 * @throws {DomainError} `already_reversed`.
 */
export async function postEntry(tx: Db | Tx, entry: JournalEntry): Promise<"posted" | "exists"> {
  const [outcome] = await postEntries(tx, [entry]);
  return outcome!;
}

/**
 * Posts several entries in one round trip, all or none; otherwise as `postEntry`. Balances are checked after the last
 * one, so that one entry may spend what another brings.
 * @returns for each, in the order given, whether this call wrote it.
 */
export async function postEntries(
  tx: Db | Tx,
  entries: readonly JournalEntry[],
): Promise<("posted" | "exists")[]> {
  const given = entryArguments(entries);
  const firstOf = new Map<string, number>();
  for (const [index, id] of given.ids.entries()) {
    const first = firstOf.get(id);
    if (first === undefined) firstOf.set(id, index);
    else if (!given.hashes[first]!.equals(given.hashes[index]!))
      throw new EntryConflict(`journal entry ${id} is given twice with different content`);
  }
  if (firstOf.size === 0) return [];
  const distinct =
    firstOf.size === entries.length ? given : entryArguments([...firstOf.values()].map((at) => entries[at]!));
  const written = await callLedgerPost(tx, distinct);
  const wrote = new Map(distinct.ids.map((id, index) => [id, written[index] === true]));
  return given.ids.map((id, index) => (firstOf.get(id) === index && wrote.get(id) ? "posted" : "exists"));
}

async function callLedgerPost(tx: Db | Tx, given: ReturnType<typeof entryArguments>): Promise<boolean[]> {
  try {
    const { rows } = await sql<{ written: boolean[] }>`
      select ledger_post(${given.ids}::uuid[], ${given.reasons}::text[], ${given.hashes}::bytea[],
        ${given.happenedAt}::timestamptz[], ${given.reverses}::uuid[], ${given.entry}::integer[], ${given.debit}::text[],
        ${given.credit}::text[], ${given.asset}::text[], ${given.amount}::numeric[]) as written`.execute(tx);
    return rows[0]!.written;
  } catch (error) {
    throw toLedgerError(error);
  }
}
