import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{src,tests,sandbox,simulator,bench}/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Many tests race real processes against real clocks. On a loaded CI machine one is run once more before it fails the
    // build; the report marks it "(retry x1)", and locally it fails at once.
    retry: process.env.CI === "true" ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
