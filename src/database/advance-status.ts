import { sql } from "kysely";
import { DomainError } from "../errors.ts";
import type { Tx } from "./types.ts";

/** What made a thing move: an inbound event, a job, a person, a block, a provider's answer, an API request. */
export type Cause = {
  kind: "event" | "job" | "operator" | "chain" | "provider" | "api";
  ref: string;
  note?: string;
};

/** Each thing with a status: its table, and whether the table keeps the time of its last change. */
const things = {
  order: { table: "pay_order", updatedAt: false },
  payment: { table: "payment", updatedAt: true },
  deposit: { table: "deposit", updatedAt: true },
  payment_claim: { table: "payment_claim", updatedAt: true },
  deposit_sweep: { table: "deposit_sweep", updatedAt: true },
  earning: { table: "earning", updatedAt: false },
  conversion: { table: "conversion", updatedAt: true },
  swap: { table: "swap", updatedAt: true },
  transfer: { table: "transfer", updatedAt: true },
  payout: { table: "payout", updatedAt: true },
  payout_attempt: { table: "payout_attempt", updatedAt: false },
} as const;

export type Thing = keyof typeof things;

/** Somebody moved the thing first. Read it again, then decide again. */
export class StaleStatus extends DomainError {
  constructor(step: { thing: Thing; id: string; from: string | readonly string[]; to: string }) {
    const expected = [step.from].flat().join(" or ");
    super(
      "stale_status",
      `This ${step.thing} is not ${expected} any more, so it cannot become ${step.to}. Read it again, then decide again.`,
      { ...step },
    );
  }
}

/**
 * Moves a thing one step and records who or what moved it, in the caller's transaction. The row is locked until commit.
 * @param step.set further columns to write in the same update, by column name; undefined ones are left alone.
 * @throws {StaleStatus} no row moved: the thing is not there, or its status is none of `from`.
 */
export async function advanceStatus(
  tx: Tx,
  step: {
    thing: Thing;
    id: string;
    from: string | readonly string[];
    to: string;
    cause: Cause;
    set?: Record<string, unknown>;
    now: Date;
  },
): Promise<void> {
  const { table, updatedAt } = things[step.thing];
  const columns: Record<string, unknown> = {
    status: step.to,
    ...(updatedAt && { updated_at: step.now }),
    ...step.set,
  };
  const assignments = Object.entries(columns)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  const moved = await sql`
    with before as (
      select id, status from ${sql.table(table)}
      where id = ${step.id} and status = any (${[step.from].flat()}::text[])
      for no key update
    ), moved as (
      update ${sql.table(table)} as thing set ${sql.join(assignments)}
      from before where thing.id = before.id
      returning before.id, before.status
    )
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select ${step.thing}, id, status, ${step.to}, ${JSON.stringify(step.cause)}::jsonb, ${step.now} from moved
    returning id`.execute(tx);
  if (moved.rows.length === 0) throw new StaleStatus(step);
}

/** Records that a thing was created, and by whom or what: the first line of its history. */
export async function recordCreation(
  tx: Tx,
  step: { thing: Thing; id: string; to: string; cause: Cause; now: Date },
): Promise<void> {
  await sql`
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    values (${step.thing}, ${step.id}, null, ${step.to}, ${JSON.stringify(step.cause)}::jsonb, ${step.now})`.execute(
    tx,
  );
}
