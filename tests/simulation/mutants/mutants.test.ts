import { describe, expect, inject, test } from "vitest";
import type { SeedsReport } from "../../../simulator/index.ts";
import { firstSeed as firstClean, form, hangsAfterMs, isLong, smallWorld } from "../forms.ts";
import { mutants } from "./mutants.ts";
import { plantMutant, type Mutant } from "./plant-mutant.ts";

/** The short form plays small worlds, the long one larger ones, each from a seed whose world shows the bug soon. */
const world = isLong ? ({ ...smallWorld, payments: 10, crashOneIn: 4 } as const) : smallWorld;
const played = mutants.flatMap((mutant) => {
  const firstSeed = isLong ? mutant.foundAt : mutant.foundSmallAt;
  return firstSeed === null ? [] : [{ ...mutant, firstSeed }];
});
/** A bug must show by this seed, counted from the first. */
const lastSeed = 200;
const timeout = hangsAfterMs;

async function runMutant(
  mutant: Pick<Mutant, "name" | "edits">,
  { firstSeed, seeds }: { firstSeed: number; seeds: number },
): Promise<SeedsReport> {
  const planted = await plantMutant(mutant);
  try {
    const databaseUrl = inject("adminUrl");
    return await planted.run({
      ...world,
      firstSeed,
      seeds,
      atOnce: 1,
      databaseUrl,
      untilFinding: true,
    });
  } finally {
    await planted.remove();
  }
}

describe("the simulator finds bugs of the trade", () => {
  test.each(played)("$name: $what", { timeout }, async ({ firstSeed, ...mutant }) => {
    const report = await runMutant(mutant, { firstSeed, seeds: lastSeed + 1 - firstSeed });
    expect(report.broken).toEqual([]);
    expect(report.failing).toHaveLength(1);
  });

  test("and nothing is found without them, on the same seeds", { timeout }, async () => {
    // Small worlds of some seeds are played already, by the test that they are clean.
    const isPlayed = (seed: number): boolean =>
      !isLong && seed >= firstClean && seed < firstClean + form.seeds;
    const seeds = new Set(played.map(({ firstSeed }) => firstSeed).filter((seed) => !isPlayed(seed)));
    // Neighbours in one run: starting the copy costs as much as a world.
    for (const firstSeed of [...seeds].filter((seed) => !seeds.has(seed - 1))) {
      let after = firstSeed;
      while (seeds.has(after)) after += 1;
      const report = await runMutant({ name: "none", edits: [] }, { firstSeed, seeds: after - firstSeed });
      expect([...report.failing, ...report.broken]).toEqual([]);
    }
  });
});
