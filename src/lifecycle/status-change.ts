import { sql, type Tx } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";

/** What made a thing move: an inbound event, a job, a person, a block, a provider's answer, an API request. */
export type Cause = {
  kind: "event" | "job" | "operator" | "chain" | "provider" | "api";
  ref: string;
  note?: string;
};

export interface Step {
  readonly thing: string;
  readonly id: string;
  readonly from: readonly string[];
  readonly to: string;
}

/** Somebody moved the thing first. Read it again, then decide again. */
export class StaleStatus extends DomainError {
  constructor({ thing, id, from, to }: Step) {
    super(
      "stale_status",
      `This ${thing} is not ${from.join(" or ")} any more, so it cannot become ${to}. Read it again, then decide again.`,
      { thing, id, from, to },
    );
  }
}

/** Our bug: no thing of this kind ever takes that step. */
export class IllegalStep extends InvariantViolation {
  constructor({ thing, id, from, to }: Step) {
    super("illegal_step", `A ${thing} cannot go from ${from.join(" or ")} to ${to}.`, {
      thing,
      id,
      from,
      to,
    });
  }
}

/**
 * Moves one row from a status it is in and records who or what moved it. The row is locked until commit.
 * @param columns further columns to write in the same update; undefined ones are left alone.
 * @throws {StaleStatus} no row moved: the thing is not there, or its status is none of `from`.
 */
export async function moveRow(
  tx: Tx,
  step: Step & {
    readonly table: string;
    readonly columns: Readonly<Record<string, unknown>>;
    readonly cause: Cause;
    readonly now: Date;
  },
): Promise<void> {
  const assignments = Object.entries({ status: step.to, ...step.columns })
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  const moved = await sql`
    with before as (
      select id, status from ${sql.table(step.table)}
      where id = ${step.id} and status = any (${step.from}::text[])
      for no key update
    ), moved as (
      update ${sql.table(step.table)} as thing set ${sql.join(assignments)}
      from before where thing.id = before.id
      returning before.id, before.status
    )
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select ${step.thing}, id, status, ${step.to}, ${JSON.stringify(step.cause)}::jsonb, ${step.now} from moved
    returning id`.execute(tx);
  if (moved.rows.length === 0) throw new StaleStatus(step);
}

/** The first line of a thing's history: that it was created, and by whom or what. */
export async function insertCreation(
  tx: Tx,
  creation: {
    readonly thing: string;
    readonly id: string;
    readonly to: string;
    readonly cause: Cause;
    readonly now: Date;
  },
): Promise<void> {
  await sql`
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    values (${creation.thing}, ${creation.id}, null, ${creation.to}, ${JSON.stringify(creation.cause)}::jsonb,
      ${creation.now})`.execute(tx);
}
