import type { Clock } from "../clock.ts";
import { equals, inTransaction, sql, type Db, type ListOf, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { formatUnits, registry, type Money } from "../money/index.ts";
import { tellPayee, type Contact } from "../notifications/index.ts";
import type { Payee, PayoutMode } from "./payee.ts";
import { lockPayee } from "./payee-store.ts";

/** What of a payee changes when somebody says so, one at a time. Their destination has a way of its own. */
export type PayeeChange =
  | { readonly field: "name"; readonly to: string }
  | { readonly field: "contact"; readonly to: Contact | null }
  | { readonly field: "payout_mode"; readonly to: PayoutMode }
  | { readonly field: "payout_threshold"; readonly to: Money }
  | { readonly field: "fee_bps"; readonly to: number | null };

/** Everything of which is kept what it was. */
export const changedFields = [
  "name",
  "contact",
  "payout_mode",
  "payout_threshold",
  "fee_bps",
  "destination",
] as const;

/** A change as it was made. `before` and `after` are as the field is: text, or an object. */
export interface MadeChange {
  readonly id: string;
  readonly field: (typeof changedFields)[number];
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

/** As the API shows them. */
const threshold = ({ asset, amount }: Money) => ({
  asset,
  amount: formatUnits(amount, registry.get(asset).decimals),
});

/** What the field is, what it becomes, and the payee with it. */
function applied(payee: Payee, change: PayeeChange): { before: unknown; after: unknown; changed: Payee } {
  switch (change.field) {
    case "name":
      return { before: payee.name, after: change.to, changed: { ...payee, name: change.to } };
    case "contact":
      return { before: payee.contact, after: change.to, changed: { ...payee, contact: change.to } };
    case "payout_mode":
      return { before: payee.payoutMode, after: change.to, changed: { ...payee, payoutMode: change.to } };
    case "fee_bps":
      return { before: payee.feeBps, after: change.to, changed: { ...payee, feeBps: change.to } };
    case "payout_threshold": {
      const changed = { ...payee, payoutThreshold: change.to };
      return { before: threshold(payee.payoutThreshold), after: threshold(change.to), changed };
    }
  }
}

/**
 * Changes one thing of a payee, and keeps what it was and who changed it. The same again changes nothing. Whoever was reached by the
 * former contact is told there that it is no longer used. A mode holds for what settles from then on, a fee for orders made from then on.
 * @throws {DomainError} `unknown_payee`
 */
export async function changePayee(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { id, change, by }: { readonly id: string; readonly change: PayeeChange; readonly by: string },
): Promise<Payee> {
  return inTransaction(db, async (tx) => {
    const payee = await lockPayee(tx, id);
    if (payee === null) throw new DomainError("unknown_payee", `There is no payee ${id}.`);
    const { before, after, changed } = applied(payee, change);
    if (same(before, after)) return payee;
    const now = clock.now();
    await write(tx, changed);
    const changeId = await recordChange(tx, { payee, field: change.field, before, after, by, now });
    if (change.field === "contact") {
      const happening = { kind: "contact_changed", subject: changeId, facts: { name: payee.name } } as const;
      await tellPayee(tx, happening, { contact: payee.contact, now });
    }
    return changed;
  });
}

/** Keeps what of a payee was changed, by whom, and what it was. @returns the id of that */
export async function recordChange(
  tx: Tx,
  made: {
    payee: Payee;
    field: MadeChange["field"];
    before: unknown;
    after: unknown;
    by: string;
    now: Date;
  },
): Promise<string> {
  const id = newId();
  await sql`
    insert into payee_change (id, payee_id, field, before, after, changed_by, changed_at)
    values (${id}, ${made.payee.id}, ${made.field}, ${JSON.stringify(made.before)}::jsonb, ${JSON.stringify(made.after)}::jsonb,
      ${made.by}, ${made.now})`.execute(tx);
  return id;
}

async function write(
  tx: Tx,
  { id, name, contact, payoutMode, payoutThreshold, feeBps }: Payee,
): Promise<void> {
  await sql`
    update payee set name = ${name}, contact_channel = ${contact?.channel ?? null}, contact_address = ${contact?.address ?? null},
      payout_mode = ${payoutMode}, threshold_asset = ${payoutThreshold.asset}, threshold_amount = ${payoutThreshold.amount},
      fee_bps = ${feeBps}
    where id = ${id}`.execute(tx);
}
