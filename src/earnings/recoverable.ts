import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { Step } from "./take-back.ts";

/**
 * What a payee owes back: of one earning that was paid before its payment was refunded, or of a payout attempt that paid them a
 * second time. Base units.
 */
export interface Recoverable {
  readonly id: string;
  readonly payee_id: string;
  readonly asset: string;
  readonly amount: bigint;
  /** Kept of later earnings. */
  readonly collected: bigint;
  /** Given up by an operator. */
  readonly forgiven: bigint;
  readonly reason: "refunded" | "paid_twice";
  readonly created_at: Date;
}

export const leftOf = ({ amount, collected, forgiven }: Recoverable): bigint => amount - collected - forgiven;

const open = sql`collected + forgiven < amount`;

/** What a payee still owes back, oldest first. */
export async function recoverablesOf(db: Db | Tx, payeeId: string): Promise<Recoverable[]> {
  const { rows } = await sql<Recoverable>`
    select * from recoverable where payee_id = ${payeeId} and ${open} order by created_at, id`.execute(db);
  return rows;
}

export async function findRecoverable(db: Db | Tx, id: string): Promise<Recoverable | null> {
  const { rows } = await sql<Recoverable>`select * from recoverable where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** What nobody could collect since before a time, and all that was paid twice, oldest first. */
export async function recoverablesToShow(db: Db, before: Date, most: number): Promise<Recoverable[]> {
  const { rows } = await sql<Recoverable>`
    select * from recoverable where ${open} and (created_at <= ${before} or reason <> 'refunded') order by created_at limit ${most}`.execute(
    db,
  );
  return rows;
}

/**
 * A payee was paid by an attempt that had been given up and paid again: what it brought is owed back, and no loss of ours any
 * more. Safe to repeat.
 */
export async function owePaidTwice(
  tx: Tx,
  paid: { attemptId: string; payeeId: string; asset: string; amount: bigint },
  { now }: Step,
): Promise<void> {
  const { attemptId, payeeId, asset, amount } = paid;
  const { rows } = await sql`
    insert into recoverable (id, payee_id, asset, amount, reason, created_at)
    values (${attemptId}, ${payeeId}, ${asset}, ${amount}, 'paid_twice', ${now})
    on conflict do nothing returning id`.execute(tx);
  if (rows.length === 0) return;
  await postEntry(tx, {
    id: derivedId("recoverable", attemptId, "paid_twice"),
    reason: "payee_paid_twice",
    happenedAt: now,
    postings: [
      {
        debit: accounts.payee(payeeId, "recoverable"),
        credit: accounts.platform("variance"),
        money: { asset, amount },
      },
    ],
  });
}

/** SQL: an earning `e` that a payout could take now. */
const free = sql`e.payout_id is null and e.refunded_at is null and (e.status = 'available'
  or (e.status = 'pending' and e.spendable and e.route = 'instant' and e.conversion_id is null))`;

/** Payees who owe something back and have earned in the same asset since; of these, if they are named. */
export async function payeesToCollectFrom(db: Db | Tx, ids?: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ payee_id: string }>`
    select distinct r.payee_id from recoverable r
    where ${open} ${ids === undefined ? sql`` : sql`and r.payee_id = any(${[...ids]}::uuid[])`} and exists (select from earning e
      where e.payee_id = r.payee_id and coalesce(e.available_asset, e.asset) = r.asset and ${free})
    order by 1`.execute(db);
  return rows.map((row) => row.payee_id);
}

/**
 * Keeps what a payee owes back of what they could be paid now in the same asset: the oldest debt first, of the oldest
 * earnings, never more than is owed. An earning that covers more than the rest of a debt is divided.
 */
export async function collectRecoverables(tx: Tx, payeeId: string, step: Step): Promise<void> {
  const { rows } = await sql<Recoverable>`
    select * from recoverable where payee_id = ${payeeId} and ${open} order by created_at, id for update`.execute(
    tx,
  );
  for (const debt of rows) await collectOne(tx, debt, step);
}

interface Free {
  readonly id: string;
  readonly status: "pending" | "available";
  readonly amount: bigint;
  readonly worth: bigint;
  readonly before: bigint;
}

async function collectOne(tx: Tx, debt: Recoverable, { now }: Step): Promise<void> {
  const left = leftOf(debt);
  const { rows } = await sql<Free>`
    with locked as (
      select e.id, e.status, e.amount, e.created_at, coalesce(e.available_amount, e.amount) as worth from earning e
      where e.payee_id = ${debt.payee_id} and coalesce(e.available_asset, e.asset) = ${debt.asset} and ${free}
      order by e.created_at, e.id for update
    ), ordered as (
      select *, sum(worth) over (order by created_at, id) - worth as before from locked where worth > 0
    )
    select id, status, amount, worth, before from ordered where before < ${left}::numeric order by before`.execute(
    tx,
  );
  const taken: { id: string; status: Free["status"]; worth: bigint }[] = [];
  for (const one of rows) {
    const most = left - one.before;
    if (one.worth <= most) taken.push(one);
    // One base unit, however much it was sold for, cannot be divided: it is left to the payee.
    else if (one.status === "pending" || one.amount > 1n) {
      const rest = derivedId("earning", one.id, "beyond_recoverable", debt.id, debt.collected.toString());
      await sql`select earning_divide(${one.id}, ${rest}, ${most}::numeric)`.execute(tx);
      taken.push({ ...one, worth: most });
    }
  }
  if (taken.length === 0) return;
  const sumOf = (status: Free["status"]): bigint =>
    taken.filter((one) => one.status === status).reduce((sum, { worth }) => sum + worth, 0n);
  await sql`
    update earning set status = 'paid', collected_for = ${debt.id},
      available_asset = coalesce(available_asset, asset), available_amount = coalesce(available_amount, amount)
    where id = any (${taken.map(({ id }) => id)}::uuid[])`.execute(tx);
  await sql`
    update recoverable set collected = collected + ${sumOf("pending") + sumOf("available")} where id = ${debt.id}`.execute(
    tx,
  );
  await postEntry(tx, {
    id: derivedId("recoverable", debt.id, "collected", debt.collected.toString()),
    reason: "recoverable_collected",
    happenedAt: now,
    postings: (["pending", "available"] as const)
      .filter((status) => sumOf(status) > 0n)
      .map((status) => ({
        debit: accounts.payee(debt.payee_id, status),
        credit: accounts.payee(debt.payee_id, "recoverable"),
        money: { asset: debt.asset, amount: sumOf(status) },
      })),
  });
}

/** Why a debt cannot be forgiven; null: it can. */
export const refuseForgive = (debt: Recoverable): DomainError | null =>
  leftOf(debt) > 0n
    ? null
    : new DomainError("nothing_owed_back", "Nothing of this is owed any more: it was collected or forgiven.");

/**
 * Gives up what a payee still owes back of one earning: the loss is ours, and a variance.
 * @throws {DomainError} `nothing_owed_back`
 */
export async function forgiveRecoverable(db: Db, { id, now }: { id: string; now: Date }): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<Recoverable>`select * from recoverable where id = ${id} for update`.execute(
      tx,
    );
    const debt = rows[0]!;
    const refusal = refuseForgive(debt);
    if (refusal !== null) throw refusal;
    await sql`update recoverable set forgiven = amount - collected where id = ${id}`.execute(tx);
    await postEntry(tx, {
      id: derivedId("recoverable", id, "forgiven"),
      reason: "recoverable_forgiven",
      happenedAt: now,
      postings: [
        {
          debit: accounts.platform("variance"),
          credit: accounts.payee(debt.payee_id, "recoverable"),
          money: { asset: debt.asset, amount: leftOf(debt) },
        },
      ],
    });
  });
}
