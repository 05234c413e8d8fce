import { sql, type Db, type Tx } from "../database/index.ts";
import { chartLineOf } from "./accounts.ts";

/** From credits minus debits to the account's own side. */
const fromCredits = (path: string, amount: bigint): bigint =>
  chartLineOf(path).normalSide === "debit" ? -amount : amount;

/**
 * What an account holds now, in base units on its normal side; for either-accounts, credits minus debits. 0 if nothing
 * was ever booked on it.
 * @throws {InvariantViolation} `unknown_account`
 */
export async function balanceOf(db: Db | Tx, path: string, asset: string): Promise<bigint> {
  const { rows } = await sql<{
    balance: bigint;
  }>`select ledger_balance(${path}, ${asset}) as balance`.execute(db);
  return fromCredits(path, rows[0]!.balance);
}

/** What the book said at a past time: the entries posted until then. Otherwise as `balanceOf`; reads the account's history. */
export async function balanceAt(db: Db | Tx, path: string, asset: string, at: Date): Promise<bigint> {
  const { rows } = await sql<{ balance: bigint }>`
    with account as (select id from ledger_account where path = ${path} and asset = ${asset}),
    moved as (
      select p.entry_id, p.amount from posting p where p.credit_account_id = (select id from account)
      union all
      select p.entry_id, -p.amount from posting p where p.debit_account_id = (select id from account)
    )
    select coalesce(sum(m.amount), 0) as balance
    from moved m join journal_entry e on e.id = m.entry_id
    where e.posted_at <= ${at.toISOString()}::timestamptz`.execute(db);
  return fromCredits(path, rows[0]!.balance);
}

/** Where a statement goes on. */
export interface StatementCursor {
  readonly seq: number;
  readonly line: number;
}

export interface StatementLine {
  readonly entryId: string;
  readonly seq: number;
  readonly line: number;
  readonly reason: string;
  readonly happenedAt: Date;
  readonly postedAt: Date;
  readonly otherPath: string;
  /** Base units on the account's normal side: what left is negative. */
  readonly amount: bigint;
}

/** The movements of one account, newest first, a page at a time. `next` is null on the last page. */
export async function statement(
  db: Db | Tx,
  account: { readonly path: string; readonly asset: string },
  page: { readonly limit: number; readonly after?: StatementCursor },
): Promise<{ lines: StatementLine[]; next: StatementCursor | null }> {
  const after = page.after ?? null;
  const { rows } = await sql<StatementLine & { credits: bigint }>`
    select e.id as "entryId", e.seq, p.line, e.reason, e.happened_at as "happenedAt", e.posted_at as "postedAt",
      other.path as "otherPath", case when p.credit_account_id = a.id then p.amount else -p.amount end as credits
    from ledger_account a
    join posting p on p.credit_account_id = a.id or p.debit_account_id = a.id
    join journal_entry e on e.id = p.entry_id
    join ledger_account other on other.id = p.credit_account_id + p.debit_account_id - a.id
    where a.path = ${account.path} and a.asset = ${account.asset}
      and (${after?.seq ?? null}::bigint is null or e.seq < ${after?.seq ?? null}::bigint
        or (e.seq = ${after?.seq ?? null}::bigint and p.line > ${after?.line ?? null}::integer))
    order by e.seq desc, p.line
    limit ${page.limit + 1}`.execute(db);
  const lines = rows
    .slice(0, page.limit)
    .map(({ credits, ...row }) => ({ ...row, amount: fromCredits(account.path, credits) }));
  const last = lines.at(-1);
  return { lines, next: rows.length > page.limit && last ? { seq: last.seq, line: last.line } : null };
}

/**
 * SQL, a relation `a`: every account that was ever posted to. Its balance now is `ledger_balance(path, asset)`; `balance`
 * may lack what was posted since it was folded last.
 */
export const ledgerAccounts = sql`(select path, asset, balance from ledger_account) as a`;

/** Whether a processor owes us coins of an asset, by its id, or of any asset of a chain. */
export async function isOwedByProcessors(
  db: Db | Tx,
  what: { asset: string } | { chain: string },
): Promise<boolean> {
  const which = "asset" in what ? sql`asset = ${what.asset}` : sql`asset like ${`${what.chain}:%`}`;
  const { rows } = await sql`
    select from ledger_account where path like 'processor:%' and ${which}
      and ledger_balance(path, asset) <> 0 limit 1`.execute(db);
  return rows.length > 0;
}
