import { sql, type Tx } from "../database/index.ts";

/** Base units on each account's own side. */
export interface Units {
  readonly pending: bigint;
  readonly available: bigint;
  readonly held: bigint;
  readonly recoverable: bigint;
}

export const nothing: Units = { pending: 0n, available: 0n, held: 0n, recoverable: 0n };
export const places = ["pending", "available", "held", "recoverable"] as const;

export const add = (left: Units, right: Units): Units => ({
  pending: left.pending + right.pending,
  available: left.available + right.available,
  held: left.held + right.held,
  recoverable: left.recoverable + right.recoverable,
});

export interface LineRow extends Units {
  readonly payee_id: string;
  readonly asset: string;
  readonly entry_id: string;
  readonly seq: bigint;
  readonly reason: string;
  readonly reverses_id: string | null;
  readonly posted_at: Date;
  /** That the entry gave to or took from. */
  readonly conversion_id: string | null;
}

/** SQL, relations `account` and `moved`: every posting of these payees' accounts, credits less debits, and who stands opposite. */
const movedOf = (payeeIds: readonly string[]) => sql`
  account as (
    select id, asset, split_part(path, ':', 2) as payee_id, split_part(path, ':', 3) as place
    from ledger_account
    where path = any(${payeeIds.flatMap((id) => places.map((place) => `payee:${id}:${place}`))}::text[])
  ), moved as (
    select a.payee_id, a.asset, a.place, p.entry_id, p.amount, p.debit_account_id as other
    from account a join posting p on p.credit_account_id = a.id
    union all
    select a.payee_id, a.asset, a.place, p.entry_id, -p.amount, p.credit_account_id
    from account a join posting p on p.debit_account_id = a.id
  )`;

/** Σ by place; recoverable is a debit account. */
const sums = sql`
  coalesce(sum(m.amount) filter (where m.place = 'pending'), 0) as pending,
  coalesce(sum(m.amount) filter (where m.place = 'available'), 0) as available,
  coalesce(sum(m.amount) filter (where m.place = 'held'), 0) as held,
  coalesce(sum(-m.amount) filter (where m.place = 'recoverable'), 0) as recoverable`;

export interface BalanceRow extends Units {
  readonly payee_id: string;
  readonly asset: string;
  /** At the end of the period, or at its beginning. */
  readonly is_closing: boolean;
}

/** What these payees had at both ends of a period, an end a row. */
export async function readBalances(
  tx: Tx,
  payeeIds: readonly string[],
  { from, to }: { from: Date; to: Date },
): Promise<BalanceRow[]> {
  const { rows } = await sql<BalanceRow>`
    with ${movedOf(payeeIds)}
    select m.payee_id, m.asset, ends.is_closing, ${sums}
    from moved m join journal_entry e on e.id = m.entry_id
    join (values (false, ${from.toISOString()}::timestamptz), (true, ${to.toISOString()}::timestamptz)) as ends(is_closing, at)
      on e.posted_at <= ends.at
    group by m.payee_id, m.asset, ends.is_closing`.execute(tx);
  return rows;
}

/** What moved them afterwards and until `to`, an entry a row, in the order of the book. */
export async function readLines(
  tx: Tx,
  payeeIds: readonly string[],
  { from, to }: { from: Date; to: Date },
): Promise<LineRow[]> {
  const { rows } = await sql<LineRow>`
    with ${movedOf(payeeIds)}
    select m.payee_id, m.asset, e.id as entry_id, e.seq, e.reason, e.reverses_id, e.posted_at, ${sums},
      max(substr(o.path, 12)) filter (where o.path like 'conversion:%') as conversion_id
    from moved m join journal_entry e on e.id = m.entry_id join ledger_account o on o.id = m.other
    where e.posted_at > ${from.toISOString()}::timestamptz and e.posted_at <= ${to.toISOString()}::timestamptz
    group by m.payee_id, m.asset, e.id
    order by m.payee_id, e.seq`.execute(tx);
  return rows;
}
