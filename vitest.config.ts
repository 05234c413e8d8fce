import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { keepInMemory } from "./tests/support/keep-in-memory.ts";

keepInMemory();

/** Minutes long, so they begin first: begun last, one of them would keep a single worker busy at the end. */
const longest = [
  "tests/simulation/mutants/",
  "tests/simulation/",
  "tests/journeys/processes",
  "tests/journeys/",
  "bench/",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((folder) => moduleId.includes(folder));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig(({ mode }) => ({
  test: {
    include: ["{src,tests,sandbox,harness,simulator,bench}/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    provide: { form: mode === "long" ? "long" : "short" },
    reporters: ["default", "./tests/support/progress-reporter.ts"],
    pool: "forks",
    // Each brings a database of its own and often a node: more would wait for the same cores.
    maxWorkers: availableParallelism() > 3 ? 3 : 2,
    // Many tests race real processes against real clocks. On a loaded CI machine one is run once more before it fails the
    // build; the report marks it "(retry x1)", and locally it fails at once.
    sequence: { sequencer: LongestFirst },
    retry: process.env.CI === "true" ? 1 : 0,
    // Beyond the patience of every wait in a test, so that the wait is what fails and says for what.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
}));
