import { defineConfig } from "vitest/config";
import { keepInMemory } from "./tests/support/keep-in-memory.ts";

keepInMemory();

/** What needs Debian's Chromium installed: `.ci/run` installs it, `npm test` does without. */
export default defineConfig({
  test: {
    include: ["tests/browser/**/*.browser.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    provide: { form: "short" },
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
