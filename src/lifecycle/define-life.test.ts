import { expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { manualClock } from "../clock.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { defineJob, drainJobs, rowJob, searchJob } from "../jobs/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { days, defineLife, minutes, sweepJob, type Cause } from "./index.ts";

const database = await freshDatabase();
const { db } = database;
await sql`
  create table toy (
    id uuid primary key,
    status text not null,
    size numeric,
    updated_at timestamptz,
    next_check_at timestamptz,
    deadline_at timestamptz
  )`.execute(db);

/** A thing that no room knows: what it can do follows from this alone. */
const toyLife = defineLife({
  thing: "toy",
  table: "toy",
  note: "Made for children.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: rowJob("toys.advance"),
  sweep: searchJob("toys.sweep"),
  starts: ["planned"],
  ends: ["given"],
  statuses: {
    planned: {
      means: "Somebody wishes for it.",
      next: ["painted", "mended"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "paint it" },
      firstLookMs: minutes(10),
    },
    mended: {
      means: "As good as new.",
      next: ["painted"],
      waits: { owner: "operator", deadlineMs: days(2), nextAction: "paint it again" },
    },
    painted: { means: "It dries, and nobody waits for it.", next: ["given", "mended"] },
    given: { means: "A child has it.", next: [] },
  },
});

const now = new Date("2026-03-01T10:00:00Z");
const after = (ms: number): Date => new Date(now.getTime() + ms);
const cause: Cause = { kind: "operator", ref: "ada" };
const paint = { from: "planned", to: "painted", cause, now } as const;

async function make(): Promise<string> {
  const id = newId();
  const { next_check_at: check, deadline_at: deadline } = toyLife.watchFrom("planned", now);
  await sql`
    insert into toy (id, status, next_check_at, deadline_at) values (${id}, 'planned', ${check}, ${deadline})`.execute(
    db,
  );
  return id;
}

async function toy(id: string) {
  const { rows } = await sql<Record<string, unknown>>`
    select status, size, updated_at, next_check_at, deadline_at from toy where id = ${id}`.execute(db);
  return rows[0];
}

async function historyOf(id: string) {
  const { rows } = await sql`
    select from_status, to_status, cause, changed_at from status_change where thing_id = ${id} order by id`.execute(
    db,
  );
  return rows;
}

test("a step moves the status, writes the further columns, and leaves a line of history", async () => {
  const id = await make();
  await inTransaction(db, async (tx) => {
    await toyLife.recordCreation(tx, { id, to: "planned", cause, now });
    const set = { size: 2n ** 200n, deadline_at: undefined };
    await toyLife.advance(tx, { ...paint, id, from: ["planned", "mended"], set });
  });
  expect(await toy(id)).toMatchObject({ status: "painted", size: 2n ** 200n, updated_at: now });
  expect(await historyOf(id)).toEqual([
    { from_status: null, to_status: "planned", cause, changed_at: now },
    { from_status: "planned", to_status: "painted", cause, changed_at: now },
  ]);
});

test("a step that is not declared does not compile, and is refused when it runs", async () => {
  const id = await make();
  const illegal = { code: "illegal_step" };
  const run = (work: Parameters<typeof inTransaction<void>>[1]) => expect(inTransaction(db, work)).rejects;
  // @ts-expect-error a planned toy cannot be given
  await run((tx) => toyLife.advance(tx, { ...paint, id, to: "given" })).toMatchObject(illegal);
  // @ts-expect-error nothing leaves an end
  await run((tx) => toyLife.advance(tx, { ...paint, id, from: "given" })).toMatchObject(illegal);
  // @ts-expect-error no such status
  await run((tx) => toyLife.advance(tx, { ...paint, id, to: "sold" })).toMatchObject(illegal);
  // One of several that may not take the step is enough to refuse it.
  await run((tx) => toyLife.advance(tx, { ...paint, id, from: ["planned", "painted"] })).toMatchObject(
    illegal,
  );
  // @ts-expect-error a toy does not begin as a gift
  const creation = (): Parameters<typeof toyLife.recordCreation>[1] => ({ id, to: "given", cause, now });
  expect(creation).toBeTypeOf("function");
  expect(await toy(id)).toMatchObject({ status: "planned" });
  expect(await historyOf(id)).toEqual([]);
});

test("of fifty that move one thing at once, one does, and the others are told", async () => {
  const id = await make();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => inTransaction(db, (tx) => toyLife.advance(tx, { ...paint, id }))),
  );
  const refusals = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refusals).toHaveLength(49);
  expect(refusals.every(({ reason }) => reason.code === "stale_status")).toBe(true);
  expect(await historyOf(id)).toHaveLength(1);
});

test("several move together, each by its own step and with its own history; one that cannot holds all of them", async () => {
  const [painted, mended, elsewhere] = [await make(), await make(), await make()];
  const by = (ref: string) => ({ kind: "job", ref }) as const;
  const set = { size: 2n ** 200n, deadline_at: after(1) };
  const steps = [
    { id: painted, from: "planned", to: "painted", cause: by("a"), set },
    { id: mended, from: "planned", to: "mended", cause: by("b"), set: { size: null } },
  ] as const;
  await inTransaction(db, (tx) => toyLife.advanceAll(tx, steps, now));
  expect(await toy(painted)).toEqual({
    status: "painted",
    size: 2n ** 200n,
    updated_at: now,
    next_check_at: null,
    deadline_at: after(1),
  });
  expect(await toy(mended)).toMatchObject({
    status: "mended",
    size: null,
    next_check_at: after(minutes(10)),
  });
  expect(await historyOf(painted)).toEqual([
    { from_status: "planned", to_status: "painted", cause: by("a"), changed_at: now },
  ]);
  expect(await historyOf(mended)).toMatchObject([{ to_status: "mended", cause: by("b") }]);
  const move = (id: string, from: "planned" | "given") => ({ id, from, to: "painted", cause }) as const;
  const together = (...moves: ReturnType<typeof move>[]) =>
    inTransaction(db, (tx) => toyLife.advanceAll(tx, moves, now));
  await expect(together(move(elsewhere, "planned"), move(painted, "planned"))).rejects.toMatchObject({
    code: "stale_status",
  });
  await expect(together(move(elsewhere, "planned"), move(painted, "given"))).rejects.toMatchObject({
    code: "illegal_step",
  });
  expect(await toy(elsewhere)).toMatchObject({ status: "planned" });
});

test("a thing that is not there cannot move", async () => {
  await expect(
    inTransaction(db, (tx) => toyLife.advance(tx, { ...paint, id: newId() })),
  ).rejects.toMatchObject({ code: "stale_status" });
});

test("check time and deadline follow from the status entered, unless the step says otherwise", async () => {
  const id = await make();
  expect(await toy(id)).toMatchObject({ next_check_at: after(minutes(10)), deadline_at: after(days(1)) });
  const step = (from: "planned" | "mended" | "painted", to: "mended" | "painted", set?: object) =>
    inTransaction(db, (tx) => toyLife.advance(tx, { id, from, to, cause, now, set: { ...set } } as never));
  // "mended" has no first look of its own: what the row had stays.
  await step("planned", "mended");
  expect(await toy(id)).toMatchObject({ next_check_at: after(minutes(10)), deadline_at: after(days(1)) });
  await step("mended", "painted");
  expect(await toy(id)).toMatchObject({ next_check_at: null, deadline_at: null });
  await step("painted", "mended", { next_check_at: after(5) });
  expect(await toy(id)).toMatchObject({ next_check_at: after(5), deadline_at: null });
});

test("what passed its check time is woken once, by whichever sweeper comes first; what ended is left alone", async () => {
  await sql`truncate toy`.execute(db);
  const clock = manualClock(now);
  const looked: string[] = [];
  const look = defineJob(rowJob("toys.advance"), { run: async ({ id }) => void looked.push(id) });
  const drain = (includeFuture = false) =>
    drainJobs({ database, jobs: [look], clock, log: silentLogger, includeFuture });
  const sweep = (): Promise<void> =>
    sweepJob(toyLife, { db, clock }).run(
      {},
      { attempt: 1, log: silentLogger, signal: AbortSignal.timeout(10_000) },
    );
  const [due, later, ended] = [await make(), await make(), await make()];
  await inTransaction(db, async (tx) => {
    await toyLife.lookAgain(tx, due, now, { size: 7n });
    await toyLife.lookAgain(tx, later, after(minutes(60)));
    for (const to of ["painted", "given"] as const)
      await toyLife.advance(tx, {
        id: ended,
        from: to === "given" ? "painted" : "planned",
        to,
        cause,
        now,
      } as never);
    await toyLife.lookAgain(tx, ended, now);
  });
  expect(await toy(due)).toMatchObject({ size: 7n, next_check_at: after(minutes(1)) });
  expect(await toy(ended)).toMatchObject({ status: "given", next_check_at: null });
  await drain(true);
  expect(looked.toSorted()).toEqual([due, later, ended].toSorted());

  // Now as if the jobs had been lost.
  looked.length = 0;
  clock.advance(minutes(1) - 1);
  await sweep();
  await drain();
  expect(looked).toEqual([]);
  clock.advance(1);
  await Promise.all([sweep(), sweep(), sweep()]);
  await drain();
  await sweep();
  await drain();
  expect(looked).toEqual([due]);
});
