import { sql, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { enqueueMany, enqueueOnce, keyOf, type RowJob, type SearchJob } from "../jobs/index.ts";
import {
  IllegalStep,
  insertCreations,
  insertSteps,
  moveRow,
  moveRows,
  type Cause,
  type RowStep,
} from "./status-change.ts";
import { takeDue } from "./take-due.ts";
import { sweptFrom, type Wait } from "./wait.ts";

/** One status of a thing, declared. */
export interface StatusDeclaration<Status extends string = string> {
  /** For people, one sentence or two. */
  readonly means: string;
  /** Every legal step from here. A step not listed does not compile, and is refused when it runs. */
  readonly next: readonly Status[];
  /** Absent: at rest, or an end. */
  readonly waits?: Wait;
  /** Whoever enters is looked at again after this, unless the step says otherwise. Absent: the room says when. */
  readonly firstLookMs?: number;
}

type Statuses = Readonly<Record<string, StatusDeclaration>>;
type StatusNames<S extends Statuses> = keyof S & string;

/** A thing with a status, as its room declares it, once. Everything else that knows its statuses follows from this. */
export interface LifeDeclaration<Name extends string, S extends Statuses, Start extends StatusNames<S>> {
  /** As `status_change`, the recovery desk and the docs call it. A published word is never renamed. */
  readonly thing: Name;
  /** The docs' heading, where the thing's name does not read well. */
  readonly title?: string;
  readonly table: string;
  /** What one must know beside the statuses, for the docs. */
  readonly note: string;
  /** Statuses that a new row may have. */
  readonly starts: readonly Start[];
  /** Statuses that are meant to be left by nothing. */
  readonly ends: readonly StatusNames<S>[];
  readonly statuses: S & { readonly [Status in keyof S]: StatusDeclaration<StatusNames<S>> };
  /** Those of the columns kept here that its table has. With `next_check_at`, a waiting row is swept and watched. */
  readonly keeps: readonly ("updated_at" | "next_check_at" | "deadline_at")[];
  /** The job that does what one row needs now. */
  readonly look?: RowJob;
  /** The scheduled job that wakes rows whose check time passed. */
  readonly sweep?: SearchJob;
  /** SQL: rows at rest although their status can wait. */
  readonly resting?: string;
  /** SQL: when the recovery desk shows a row; its own `deadline_at` if absent. */
  readonly deadline?: string;
}

/** The same without its types: for the docs, the desk and the checks. */
export interface Life {
  readonly thing: string;
  readonly title: string;
  readonly table: string;
  readonly note: string;
  readonly starts: readonly string[];
  readonly ends: readonly string[];
  readonly statuses: Statuses;
  /** Every legal step, by the status it leaves. */
  readonly next: Readonly<Record<string, readonly string[]>>;
  readonly waits: Readonly<Partial<Record<string, Wait>>>;
  /** Whether its rows have a check time of their own while they wait. */
  readonly watched: boolean;
  readonly sweep: SearchJob | null;
  /** SQL: rows at rest although their status can wait. */
  readonly resting: string;
  /** SQL: when the recovery desk shows a row. */
  readonly deadline: string;
}

/** When a row is looked at again and when the desk shows it; both null at rest. */
export interface Watch {
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

export interface Lived<Name extends string, S extends Statuses, Start extends StatusNames<S>> extends Life {
  readonly thing: Name;
  readonly ends: readonly StatusNames<S>[];
  readonly next: { readonly [Status in keyof S]: S[Status]["next"] };
  readonly waits: { readonly [Status in keyof S]: S[Status] extends { waits: Wait } ? Wait : undefined };
  /**
   * Moves a thing one step and records who or what moved it, in the caller's transaction. Its check time and deadline
   * follow from the status it enters; it is locked until commit.
   * @param step.from where it must be now; one of several, each of which may take the step.
   * @param step.set further columns to write in the same update, by column name; undefined ones are left alone.
   * @throws {StaleStatus} no row moved: the thing is not there, or its status is none of `from`.
   * @throws {IllegalStep} our bug: no such step.
   */
  advance<From extends StatusNames<S>>(
    tx: Tx,
    step: {
      readonly id: string;
      readonly from: From | readonly From[];
      readonly to: S[From]["next"][number];
      readonly cause: Cause;
      readonly now: Date;
      readonly set?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
  /**
   * The same of several things, each by a step of its own, in a round trip or two.
   * @param steps no thing twice; `set` as its table reads it from JSON.
   */
  advanceAll(tx: Tx, steps: readonly StepOf<StatusNames<S>>[], now: Date): Promise<void>;
  /**
   * The same of things whose rows the caller writes in this transaction, as they are after the step.
   * @returns what the step makes of each row's columns, by id.
   */
  advanceUnwritten(
    tx: Tx,
    steps: readonly StepOf<StatusNames<S>>[],
    now: Date,
  ): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  /** Records that a thing was created, and by whom or what: the first line of its history. */
  recordCreation(
    tx: Tx,
    creation: { readonly id: string; readonly to: Start; readonly cause: Cause; readonly now: Date },
  ): Promise<void>;
  /** The same of several things, in a round trip. */
  recordCreations(
    tx: Tx,
    creations: readonly { readonly id: string; readonly to: Start; readonly cause: Cause }[],
    now: Date,
  ): Promise<void>;
  /** What the columns of a row are that enters a status now. */
  watchFrom(status: StatusNames<S>, now: Date): Watch;
  /**
   * Looks at a row again at `at`; an earlier appointment is replaced. Should that job be lost, the sweeper finds the row.
   * One that has ended is left alone.
   * @param set further columns to write.
   */
  lookAgain(tx: Tx, id: string, at: Date, set?: Readonly<Record<string, unknown>>): Promise<void>;
  /** What passed its check time, longest overdue first: the caller enqueues what looks at it, in the same transaction. */
  takeDue(tx: Tx, now: Date, limit?: number): Promise<string[]>;
  /** Takes what passed its check time and wakes the job that looks at it. */
  wakeDue(tx: Tx, now: Date): Promise<string[]>;
  hasEnded(status: StatusNames<S>): boolean;
}

/** One thing's step, among those of several things. */
interface StepOf<Status extends string> {
  readonly id: string;
  readonly from: Status;
  readonly to: Status;
  readonly cause: Cause;
  readonly set?: Readonly<Record<string, unknown>>;
}

/** Where a thing may go from a status. */
export type NextOf<L extends Life, From extends StatusOf<L>> = L["next"][From][number];

/** The statuses of a declared life. */
export type StatusOf<L extends Life> = keyof L["next"] & string;

/** Declares a thing with a status. */
export function defineLife<
  const Name extends string,
  const S extends Readonly<Record<string, StatusDeclaration>>,
  const Start extends StatusNames<S>,
>(declared: LifeDeclaration<Name, S, Start>): Lived<Name, S, Start> {
  const { thing, table, keeps, statuses, look } = declared;
  const entries = Object.entries<StatusDeclaration>(statuses);
  const next: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
    entries.map(([status, { next: steps }]) => [status, steps]),
  );
  const waits: Readonly<Partial<Record<string, Wait>>> = Object.fromEntries(
    entries.flatMap(([status, { waits: wait }]) => (wait ? [[status, wait]] : [])),
  );
  const lookOf = (): RowJob => {
    if (look) return look;
    throw new InvariantViolation("no_look", `No job looks at one ${thing}.`);
  };
  return {
    thing,
    title: declared.title ?? thing.replaceAll("_", " "),
    table,
    note: declared.note,
    starts: declared.starts,
    ends: declared.ends,
    statuses,
    next: next as Lived<Name, S, Start>["next"],
    waits: waits as Lived<Name, S, Start>["waits"],
    watched: keeps.includes("next_check_at"),
    sweep: declared.sweep ?? null,
    resting: declared.resting ?? "false",
    deadline: declared.deadline ?? "deadline_at",
    async advance(tx, { id, from, to, cause, now, set }) {
      const step = { thing, id, from: [from].flat() as string[], to: to as string };
      refuseIllegal(declared, step);
      const columns = { ...columnsOnEntering(keeps, statuses[step.to]!, now), ...set };
      await moveRow(tx, { ...step, table, columns, cause, now });
    },
    async advanceAll(tx, given, now) {
      await moveRows(tx, { thing, table, steps: rowSteps(declared, given, now), now });
    },
    async advanceUnwritten(tx, given, now) {
      const steps = rowSteps(declared, given, now);
      await insertSteps(tx, { thing, steps, now });
      return new Map(steps.map(({ id, to, columns }) => [id, { ...columns, status: to }]));
    },
    recordCreation: (tx, { now, ...one }) => insertCreations(tx, { thing, creations: [one], now }),
    recordCreations: (tx, creations, now) => insertCreations(tx, { thing, creations, now }),
    watchFrom: (status, now) => watchFrom(statuses[status]!, now),
    async lookAgain(tx, id, at, set = {}) {
      const columns = Object.entries({ ...set, next_check_at: sweptFrom(at) }).map(
        ([column, value]) => sql`${sql.ref(column)} = ${value}`,
      );
      await sql`
        update ${sql.table(table)} set ${sql.join(columns)}
        where id = ${id} and status <> all (${declared.ends}::text[])`.execute(tx);
      await enqueueOnce(tx, lookOf(), { id }, { runAt: at });
    },
    takeDue: (tx, now, limit) => takeDue(tx, table, now, limit),
    async wakeDue(tx, now) {
      const ids = await takeDue(tx, table, now);
      const jobs = ids.map((id) => ({ payload: { id }, key: keyOf(lookOf(), { id }) }));
      await enqueueMany(tx, lookOf(), jobs);
      return ids;
    },
    hasEnded: (status) => next[status]!.length === 0,
  };
}

type Rules = Pick<LifeDeclaration<string, Statuses, string>, "thing" | "statuses" | "keeps">;

/** @throws {IllegalStep} */
function rowSteps(rules: Rules, given: readonly StepOf<string>[], now: Date): RowStep[] {
  const entered = new Map<string, Readonly<Record<string, unknown>>>();
  return given.map(({ id, from, to, cause, set }) => {
    const step = { id, from: [from], to };
    refuseIllegal(rules, step);
    const columns = entered.get(to) ?? columnsOnEntering(rules.keeps, rules.statuses[to]!, now);
    entered.set(to, columns);
    return { ...step, columns: { ...columns, ...set }, cause };
  });
}

/** @throws {IllegalStep} */
function refuseIllegal(
  { thing, statuses }: Rules,
  step: { readonly id: string; readonly from: readonly string[]; readonly to: string },
): void {
  if (!step.from.every((status) => statuses[status]!.next.includes(step.to)))
    throw new IllegalStep({ thing, ...step });
}

function watchFrom({ waits, firstLookMs }: StatusDeclaration, now: Date): Watch {
  const after = (ms: number | undefined): Date | null =>
    ms === undefined ? null : new Date(now.getTime() + ms);
  return { next_check_at: after(firstLookMs), deadline_at: after(waits?.deadlineMs) };
}

/** A status that waits without a first look of its own keeps the row's check time and deadline: its room says when. */
function columnsOnEntering(
  keeps: readonly string[],
  status: StatusDeclaration,
  now: Date,
): Readonly<Record<string, unknown>> {
  const keepsWatch = status.waits !== undefined && status.firstLookMs === undefined;
  const columns = { updated_at: now, ...(!keepsWatch && watchFrom(status, now)) };
  return Object.fromEntries(Object.entries(columns).filter(([column]) => keeps.includes(column)));
}
