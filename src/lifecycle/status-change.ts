import { rowArrays, sql, type Db, type Tx } from "../database/index.ts";
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

/** One row's step, among those of several rows. */
export interface RowStep {
  readonly id: string;
  readonly from: readonly string[];
  readonly to: string;
  readonly columns: Readonly<Record<string, unknown>>;
  readonly cause: Cause;
}

/**
 * The same of several rows of one table, each by a step of its own, in one round trip for each set of columns.
 * @param moves.steps no row twice; each with some column, none undefined, as its table reads it from JSON; a `bigint` or a date too.
 * @throws {StaleStatus} one of them did not move.
 */
export async function moveRows(
  tx: Tx,
  moves: {
    readonly thing: string;
    readonly table: string;
    readonly steps: readonly RowStep[];
    readonly now: Date;
  },
): Promise<void> {
  const { thing, table, now } = moves;
  const alike = new Map<string, RowStep[]>();
  for (const step of moves.steps) {
    const names = Object.keys(step.columns).toSorted().join();
    alike.set(names, [...(alike.get(names) ?? []), step]);
  }
  for (const [names, steps] of alike) {
    const assignments = names.split(",").map((name) => sql`${sql.ref(name)} = (step.set).${sql.ref(name)}`);
    const { rows } = await sql<{ id: string }>`
      with step as (
        select id, to_status, cause, array(select json_array_elements_text(from_statuses)) as from_statuses,
          jsonb_populate_record(null::${sql.table(table)}, columns) as set
        from json_to_recordset(${JSON.stringify(steps.map(asJson))}::json)
          as step(id uuid, from_statuses json, to_status text, cause jsonb, columns jsonb)
      ), before as (
        select thing.id, thing.status from ${sql.table(table)} thing join step on step.id = thing.id
        where thing.status = any (step.from_statuses)
        order by thing.id for no key update of thing
      ), moved as (
        update ${sql.table(table)} as thing set status = step.to_status, ${sql.join(assignments)}
        from before join step on step.id = before.id where thing.id = before.id
        returning before.id, before.status, step.to_status, step.cause
      )
      insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
      select ${thing}, id, status, to_status, cause, ${now} from moved
      returning thing_id as id`.execute(tx);
    const moved = new Set(rows.map(({ id }) => id));
    const stale = steps.find(({ id }) => !moved.has(id));
    if (stale !== undefined) throw new StaleStatus({ thing, ...stale });
  }
}

const asJson = ({ id, from, to, columns, cause }: RowStep) => ({
  id,
  from_statuses: from,
  to_status: to,
  cause,
  columns: Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
  ),
});

/** Records steps of rows that the caller writes as they are after them. @param steps each from the one status that its row would have had, or from none. */
export async function insertSteps(
  tx: Tx,
  {
    thing,
    steps,
    now,
  }: {
    readonly thing: string;
    readonly steps: readonly Pick<RowStep, "id" | "from" | "to" | "cause">[];
    readonly now: Date;
  },
): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ id, from, to, cause }) => ({
    id,
    from_status: from[0],
    to_status: to,
    cause: JSON.stringify(cause),
  }));
  const types = { id: "uuid", from_status: "text", to_status: "text", cause: "jsonb" };
  await sql`
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select ${thing}, id, from_status, to_status, cause, ${now} from ${rowArrays("step", types, rows)}`.execute(
    tx,
  );
}

/** The first lines of things' histories: that each was created, and by whom or what. */
export const insertCreations = (
  tx: Tx,
  {
    creations,
    ...step
  }: {
    readonly thing: string;
    readonly creations: readonly { readonly id: string; readonly to: string; readonly cause: Cause }[];
    readonly now: Date;
  },
): Promise<void> => insertSteps(tx, { ...step, steps: creations.map((one) => ({ ...one, from: [] })) });

/** Every step that a thing took, the first one first. */
export async function historyOf(
  db: Db | Tx,
  { thing, id }: { readonly thing: string; readonly id: string },
): Promise<
  { readonly from: string | null; readonly to: string; readonly cause: Cause; readonly at: Date }[]
> {
  const { rows } = await sql<{ from: string | null; to: string; cause: Cause; at: Date }>`
    select from_status as "from", to_status as "to", cause, changed_at as at from status_change
    where thing = ${thing} and thing_id = ${id} order by id`.execute(db);
  return rows;
}

/** SQL, a relation `s (id, thing, thing_id, changed_at)`: every step that anything took, in the order of its ids. */
export const stepsTaken = sql`(select id, thing, thing_id, changed_at from status_change) as s`;
