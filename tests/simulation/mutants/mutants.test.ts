import { describe, expect, inject, test } from "vitest";
import type { SeedsReport } from "../../../simulator/index.ts";
import { mutants } from "./mutants.ts";
import { plantMutant, type Mutant } from "./plant-mutant.ts";

const world = { payments: 10, mood: "hostile", chain: "model", crashOneIn: 4, processes: 2 } as const;
/** A bug must show by this seed, counted from the first. */
const lastSeed = 200;
const timeout = 300_000;

async function runMutant(
  mutant: Pick<Mutant, "name" | "edits">,
  { firstSeed, seeds }: { firstSeed: number; seeds: number },
): Promise<SeedsReport> {
  const planted = await plantMutant(mutant);
  try {
    const databaseUrl = inject("adminUrl");
    return await planted.run({ ...world, firstSeed, seeds, atOnce: 1, databaseUrl, untilFinding: true });
  } finally {
    await planted.remove();
  }
}

describe("the simulator finds ten bugs of the trade", () => {
  test.each(mutants)("$name: $what", { timeout }, async (mutant) => {
    const { foundAt } = mutant;
    const report = await runMutant(mutant, { firstSeed: foundAt, seeds: lastSeed + 1 - foundAt });
    expect(report.broken).toEqual([]);
    expect(report.failing).toHaveLength(1);
  });

  test("and nothing is found without them, on the same seeds", { timeout }, async () => {
    const seeds = [...new Set(mutants.map(({ foundAt }) => foundAt))];
    // Neighbours in one run: starting the copy costs as much as a world.
    const firsts = seeds.filter((seed) => !seeds.includes(seed - 1));
    for (const firstSeed of firsts) {
      let after = firstSeed;
      while (seeds.includes(after)) after += 1;
      const report = await runMutant({ name: "none", edits: [] }, { firstSeed, seeds: after - firstSeed });
      expect([...report.failing, ...report.broken]).toEqual([]);
    }
  });
});

test("a mutant that no longer fits the code is told by its name", async () => {
  const edit = { file: "src/money/fee.ts", find: "a line that was never there", replace: "" };
  await expect(plantMutant({ name: "one of last year", edits: [edit] })).rejects.toThrow(
    'The mutant "one of last year" went stale: src/money/fee.ts has 0 places',
  );
});
