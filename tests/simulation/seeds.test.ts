import { expect, inject, test } from "vitest";
import {
  describeSeeds,
  replayCommand,
  runSeeds,
  type SeedsOptions,
  type SeedsReport,
} from "../../simulator/index.ts";
import { form, hangsAfterMs, smallWorld as world } from "./forms.ts";

const firstSeed = 5;

const run = (
  first: number,
  { seeds, atOnce, progress }: Pick<SeedsOptions, "seeds" | "atOnce" | "progress">,
): Promise<SeedsReport> =>
  runSeeds({ ...world, firstSeed: first, seeds, atOnce, progress, databaseUrl: inject("adminUrl") });

test(
  `${form.seeds} hostile worlds that crash wherever they can lose and double nothing`,
  { timeout: hangsAfterMs },
  async () => {
    const report = await run(firstSeed, { seeds: form.seeds, atOnce: 2, progress: () => undefined });
    expect([...report.failing, ...report.broken], describeSeeds(report, world)).toEqual([]);
    expect(report.seeds).toBe(form.seeds);
    expect(report.deaths).toBeGreaterThan(form.deaths);
    expect(report.faults).toBeGreaterThan(form.faults);
    // Five seeds in a row, from a multiple of five, die at every place that each of them passes; only rare places are left.
    expect(report.places.died / report.places.seen).toBeGreaterThan(0.7);
  },
);

test(
  "one seed is one world: everything happens again in the same order",
  { timeout: hangsAfterMs },
  async () => {
    const prints: string[] = [];
    // Each in a process of its own: a world that runs after another one need not repeat to the letter.
    for (let time = 0; time < 2; time++)
      await run(7, {
        seeds: 1,
        atOnce: 1,
        progress: (_done, answer) =>
          void prints.push(answer.kind === "done" ? answer.result.fingerprint : answer.error),
      });
    expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(prints[1]).toBe(prints[0]);
  },
);

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
