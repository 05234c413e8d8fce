import type { Clock } from "../clock.ts";
import { equals, inTransaction, sql, type Db, type ListOf, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { tellPayee, type Contact } from "../notifications/index.ts";
import type { Payee } from "./payee.ts";
import { lockPayee } from "./payee-store.ts";

/** What of a payee may change, one at a time. */
export type PayeeChange =
  | { readonly field: "name"; readonly to: string }
  | { readonly field: "contact"; readonly to: Contact | null };

/** A change as it was made. `before` and `after` are as the field is: text, or an object. */
export interface MadeChange {
  readonly id: string;
  readonly field: PayeeChange["field"];
  readonly before: unknown;
  readonly after: unknown;
  readonly changed_by: string;
  readonly changed_at: Date;
}

/** The changes of one payee. */
export const payeeChangeList: ListOf<{ readonly payee_id?: string }> = {
  table: "payee_change",
  cameAt: "changed_at",
  filters: { payee_id: equals("payee_id") },
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Changes one thing of a payee, and keeps what it was and who changed it. The same again changes nothing. Whoever was reached by the
 * former contact is told there that it is no longer used.
 * @throws {DomainError} `unknown_payee`
 */
export async function changePayee(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { id, change, by }: { readonly id: string; readonly change: PayeeChange; readonly by: string },
): Promise<Payee> {
  return inTransaction(db, async (tx) => {
    const payee = await lockPayee(tx, id);
    if (payee === null) throw new DomainError("unknown_payee", `There is no payee ${id}.`);
    const before = payee[change.field];
    if (same(before, change.to)) return payee;
    const now = clock.now();
    await write(tx, id, change);
    const changeId = newId();
    await sql`
      insert into payee_change (id, payee_id, field, before, after, changed_by, changed_at)
      values (${changeId}, ${id}, ${change.field}, ${JSON.stringify(before)}::jsonb, ${JSON.stringify(change.to)}::jsonb, ${by}, ${now})`.execute(
      tx,
    );
    if (change.field === "contact") {
      const happening = { kind: "contact_changed", subject: changeId, facts: { name: payee.name } } as const;
      await tellPayee(tx, happening, { contact: payee.contact, now });
    }
    return { ...payee, [change.field]: change.to };
  });
}

async function write(tx: Tx, id: string, change: PayeeChange): Promise<void> {
  const columns =
    change.field === "name"
      ? sql`name = ${change.to}`
      : sql`contact_channel = ${change.to?.channel ?? null}, contact_address = ${change.to?.address ?? null}`;
  await sql`update payee set ${columns} where id = ${id}`.execute(tx);
}
