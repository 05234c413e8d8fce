import { describe, expect, test } from "vitest";
import { describeProcesses, longestStallMs, runProcesses } from "../../simulator/processes/index.ts";

describe("many processes on one PostgreSQL", () => {
  test("F11 F33 F38 F46: with 2 API and 3 worker processes and PostgreSQL itself killed under load, nothing is lost and nothing doubled", async () => {
    const report = await runProcesses({
      seed: 1,
      payments: 40,
      apis: 2,
      workers: 3,
      kills: 8,
      databaseStops: 1,
      providerFaults: false, // the simulator's own seeds have those; here it is the processes that fail
    });
    expect(report.losses, describeProcesses(report)).toEqual([]);
    expect(report).toMatchObject({ payments: 40, lost: 0, doubled: 0, databaseStops: 1 });
    expect(report.kills.api + report.kills.worker).toBe(8);
    expect(report.payouts).toBeGreaterThan(0);
    expect(describeProcesses(report)).toContain("lost              0");
  });
});

describe("the longest stall", () => {
  const wait = (dueAt: number, settledAt: number) => ({ dueAt, settledAt });

  test("is the longest time without a settlement although one was due", () => {
    expect(longestStallMs([], [])).toBe(0);
    expect(longestStallMs([wait(100, 400)], [])).toBe(300);
    // 100 to 400 settles one, 400 to 900 the other, which was due all along.
    expect(longestStallMs([wait(100, 400), wait(150, 900)], [])).toBe(500);
  });

  test("does not count time in which nothing was due", () => {
    expect(longestStallMs([wait(100, 120), wait(5_000, 5_030)], [])).toBe(30);
  });

  test("does not count time in which the database was away", () => {
    const away = [
      { from: 0, to: 150 },
      { from: 300, to: 500 },
    ];
    expect(longestStallMs([wait(100, 600)], away)).toBe(250);
  });

  test("takes a payment settled before the processor says it is due for no wait at all", () => {
    expect(longestStallMs([wait(500, 400), wait(390, 410)], [])).toBe(10);
  });
});
