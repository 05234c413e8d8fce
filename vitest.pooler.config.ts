import { defineConfig } from "vitest/config";
import { keepInMemory } from "./tests/support/keep-in-memory.ts";

keepInMemory();

/** What needs Debian's PgBouncer installed: `.ci/run` installs it, `npm test` does without. */
export default defineConfig({
  test: {
    include: ["tests/pooler/**/*.pooler.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    provide: { form: "short" },
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
