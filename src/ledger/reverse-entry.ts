import { sql, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { postEntry } from "./post-entry.ts";

/**
 * Takes back what an entry moved, all of it, by an entry of its own. Safe to repeat.
 * @throws {InvariantViolation} `entry_missing`: there is nothing to take back.
 * @throws {InsufficientFunds} the money has moved on: decide what else it is to come from.
 */
export async function reverseEntry(
  tx: Tx,
  reversal: { id: string; reverses: string; reason?: string; happenedAt: Date },
): Promise<"posted" | "exists"> {
  const { id, reverses, happenedAt } = reversal;
  const { rows } = await sql<{
    debit: string;
    credit: string;
    asset: string;
    amount: bigint;
    reason: string;
  }>`
    select d.path as debit, c.path as credit, d.asset, p.amount, e.reason
    from posting p join journal_entry e on e.id = p.entry_id
    join ledger_account d on d.id = p.debit_account_id join ledger_account c on c.id = p.credit_account_id
    where p.entry_id = ${reverses} order by p.line`.execute(tx);
  if (rows.length === 0)
    throw new InvariantViolation("entry_missing", `There is no entry ${reverses} to take back.`);
  return postEntry(tx, {
    id,
    reason: reversal.reason ?? `${rows[0]!.reason}_reversed`,
    happenedAt,
    reverses,
    postings: rows.map(({ debit, credit, asset, amount }) => ({
      debit: credit,
      credit: debit,
      money: { asset, amount },
    })),
  });
}
