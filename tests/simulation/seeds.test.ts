import { expect, inject, test } from "vitest";
import {
  describeSeeds,
  replayCommand,
  runSeeds,
  type SeedsOptions,
  type SeedsReport,
} from "../../simulator/index.ts";
import { Interleaver } from "../../simulator/fibers.ts";
import { startSimulationServer } from "../../simulator/postgres.ts";
import { openProcessDatabase } from "../../simulator/process-database.ts";
import { sql } from "../../src/database/index.ts";
import { firstSeed, form, hangsAfterMs, smallWorld as world } from "./forms.ts";

const run = (
  first: number,
  options: Pick<SeedsOptions, "seeds" | "atOnce" | "progress" | "slowness">,
): Promise<SeedsReport> =>
  runSeeds({ ...world, firstSeed: first, ...options, databaseUrl: inject("adminUrl") });

test(
  `${form.seeds} hostile worlds that crash wherever they can lose and double nothing`,
  { timeout: hangsAfterMs },
  async () => {
    const report = await run(firstSeed, { seeds: form.seeds, atOnce: 2, progress: () => undefined });
    expect([...report.failing, ...report.broken], describeSeeds(report, world)).toEqual([]);
    expect(report.seeds).toBe(form.seeds);
    expect(report.deaths).toBeGreaterThan(form.deaths);
    expect(report.faults).toBeGreaterThan(form.faults);
    // Five seeds in a row, from a multiple of five, die at every place that each of them passes. What is left are the rare places: of
    // those that more than one of ten worlds passed, 0.84 were died at on 2026-12-01, and of what two persons who do anything at any
    // moment ask for, most of which a single world passes, 0.30.
    const { ordinary, operators } = report.places;
    expect(ordinary.died / ordinary.seen).toBeGreaterThan(0.75);
    expect(operators.died / operators.seen).toBeGreaterThan(0.2);
  },
);

test(
  "one seed is one world, on a machine a thousand times as slow too: everything happens again in the same order",
  { timeout: hangsAfterMs },
  async () => {
    // Side by side, each in a process of its own: a world that runs after another one need not repeat to the letter.
    const printOf = async (slowness: number): Promise<string> => {
      let print = "";
      await run(7, {
        seeds: 1,
        atOnce: 1,
        slowness,
        progress: (_done, answer) =>
          void (print = answer.kind === "done" ? answer.result.fingerprint : answer.error),
      });
      return print;
    };
    const [print, again] = await Promise.all([printOf(1), printOf(1_000)]);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(again).toBe(print);
  },
);

test("a transaction of a world is open, and a statement waits, for as long as the machine takes", async () => {
  const server = await startSimulationServer(inject("adminUrl"));
  const interleaver = new Interleaver({
    choose: () => 0,
    diesAt: () => false,
    kill: () => Promise.resolve(),
    afterEffect: () => Promise.resolve(),
  });
  const name = `patience_${process.pid}`;
  const { url, observer } = await server.createDatabase(name);
  const { database } = openProcessDatabase(url, interleaver, server.monitor);
  const { rows } = await sql`
    select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as transaction`.execute(database.db);
  await Promise.all([database.close(), observer.close()]);
  await server.dropDatabase(name);
  await server.stop();
  expect(rows).toEqual([{ statement: "0", transaction: "0" }]);
});

test("a failing seed says what is wrong and prints the one command that runs it again", () => {
  const sum = { seeds: 1, payments: 10, deaths: 3, faults: 2, effects: 900, simulatedHours: 9 };
  const failing = [
    { seed: 42, findings: [{ check: "wallet_differs", detail: "ethereum:USDT: booked 5, on chain 4" }] },
  ];
  const places = { seen: 9, died: 8, never: ["job swaps.advance · before commit of update swap"] };
  const text = describeSeeds({ ...sum, failing, broken: [], places } as unknown as SeedsReport, world);
  expect(text).toContain("wallet_differs: ethereum:USDT: booked 5, on chain 4");
  expect(text).toContain("Crashed at        8 of 9 places");
  expect(text).toContain(replayCommand(42, world));
  expect(replayCommand(42, world)).toBe(
    "npm run simulate -- --seed 42 --payments 3 --faults hostile --crash-one-in 5 --engines 2",
  );
});
