import { sql, type Tx } from "../database/index.ts";
import { days } from "../lifecycle/index.ts";
import type { Contact } from "../notifications/index.ts";
import type { Payee } from "./payee.ts";

/**
 * How a payee was told a day ago, if it was not as now: whoever takes over a contact cannot confirm anything by it before the
 * former one had a day to object.
 */
export async function settledContact(tx: Tx, { id, contact }: Payee, now: Date): Promise<Contact | null> {
  const { rows } = await sql<{ before: Contact | null }>`
    select before from payee_change
    where payee_id = ${id} and field = 'contact' and changed_at > ${new Date(now.getTime() - days(1))}
    order by changed_at, id limit 1`.execute(tx);
  return rows[0] === undefined ? contact : rows[0].before;
}
