import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { noticeLimitBytes } from "../src/http/index.ts";
import { hostileBodies } from "./hostile-bodies.ts";
import { runLoad } from "./http-load.ts";
import { median, quantile } from "./measure.ts";
import { createFigures, type Report } from "./report.ts";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

async function bench(...args: string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", main, ...args], {
    env: { ...process.env, BENCH_DATABASE_URL: inject("adminUrl") },
  });
  return stdout;
}

function expectReport({ rows, ratios }: Report): void {
  for (const row of rows)
    expect(row).toEqual({
      row: expect.any(String),
      unit: expect.stringMatching(/^(per_second|seconds|ms|mb|count)$/),
      median: expect.any(Number),
      rounds: [expect.any(Number)],
    });
  expect(ratios.length).toBeGreaterThan(0);
  for (const ratio of ratios)
    expect(ratio).toMatchObject({
      row: expect.any(String),
      limit: expect.any(String),
      ratio: expect.any(Number),
    });
}

test("the whole benchmark runs, however small, and its JSON has what the README says", async () => {
  const stdout = await bench("--rounds", "1", "--seconds", "0.05", "--earnings", "200", "--json");
  const document = JSON.parse(stdout) as Record<string, unknown> &
    Record<"booking" | "intake" | "distribution" | "verification", Report>;
  expect(document["machine"]).toMatchObject({
    cpu: expect.any(String),
    cores: expect.any(Number),
    node: process.version,
    postgresql: expect.stringMatching(/^\d+/),
    durable: false, // the tests' server is not
  });
  expect(document).toMatchObject({
    rounds: 1,
    seconds: 0.05,
    earnings: 200,
    blocks: 10_000,
    took_seconds: expect.any(Number),
  });
  for (const name of ["booking", "intake", "distribution", "verification"] as const)
    expectReport(document[name]);
  expect(document.booking.rows.map(({ row }) => row)).toContain("booking, shared accounts, 32 callers");
  expect(document.distribution.rows.map(({ row }) => row)).toContain("200 earnings of 20 payees: distribute");
  for (const family of ["EVM", "Solana", "Tron", "Aptos"])
    expect(document.verification.rows.map(({ row }) => row)).toContain(`${family}: verification`);
});

test("the watcher's catch-up books every deposit, with no more requests for more addresses", async () => {
  const document = JSON.parse(await bench("watcher", "--rounds", "1", "--blocks", "300", "--json")) as {
    watcher: Report;
  };
  expectReport(document.watcher);
  const figure = (row: string) => document.watcher.rows.find((one) => one.row === row)?.median;
  for (const addresses of ["10,000 addresses", "10 addresses"])
    expect(figure(`${addresses}: deposits in the books`)).toBe(30);
  const requests = document.watcher.ratios.filter(({ goalName }) => goalName?.startsWith("no more requests"));
  expect(requests.map(({ met }) => met)).toEqual([true, true]);
  expect(["Solana", "Tron", "Aptos"].map((family) => figure(`${family}: requests a look`))).toEqual([
    2, 2, 2,
  ]);
  const looks = document.watcher.ratios.filter(({ row }) => row.includes("looks per order and hour"));
  expect(looks.map(({ met }) => met)).toEqual([true]);
  expect(figure("100 open orders: looks per order and hour, quote holds")).toBe(60);
  // How fast it is on a machine that others use, too, is no matter of a test; that it is measured is.
  const booked = document.watcher.ratios.filter(({ limit }) => limit.startsWith("booking, 200 a call"));
  expect(booked.map(({ row }) => row)).toEqual([
    "10,000 addresses: booking part",
    "10 addresses: booking part",
  ]);
});

test("hostile bodies are as large as is let in, none is taken, and each kind's hold is told", async () => {
  const document = JSON.parse(
    await bench("hostile-notices", "--rounds", "1", "--seconds", "0.05", "--json"),
  ) as Record<"hostile-notices", Report>;
  const report = document["hostile-notices"];
  expectReport(report);
  const kinds = Object.keys(hostileBodies);
  const held = report.ratios.filter(({ limit }) => limit === "five milliseconds");
  expect(held.map(({ row }) => row)).toEqual(kinds.map((kind) => `longest hold: ${kind}`));
  expect(report.ratios.at(-1)).toMatchObject({ limit: "honest notices alone, p99" });
  for (const make of Object.values(hostileBodies)) {
    expect(make(1)).not.toBe(make(2));
    expect(make(999_999).length).toBeLessThanOrEqual(noticeLimitBytes);
  }
});

test("withdrawals at once are exact and refused in order, and a payout run takes less than five statements a payee", async () => {
  const small = ["--rounds", "1", "--seconds", "0.05", "--callers", "60", "--payees", "40", "--json"];
  const document = JSON.parse(await bench("withdrawals", "payout-run", ...small)) as Record<
    "withdrawals" | "payout-run",
    Report
  >;
  for (const report of [document.withdrawals, document["payout-run"]]) expectReport(report);
  expect(document.withdrawals.rows.map(({ row }) => row)).toContain("withdrawal, whole path, 60 at once");
  expect(document["payout-run"].ratios).toMatchObject([{ goal: 1, met: true }]);
});

test("a benchmark that does not exist is refused, with the usage", async () => {
  await expect(bench("gold")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm run bench"),
  });
});

test("a ratio above one is better than the limit, for rates and for times alike", () => {
  const figures = createFigures();
  for (const value of [10, 30, 20]) figures.record("limit", "per_second", value);
  for (const value of [20, 30, 80]) figures.record("ours", "per_second", value);
  figures.record("limit, p50", "ms", 2);
  figures.record("ours, p50", "ms", 1);
  const { rows, ratios } = figures.report([
    { row: "ours", limit: "limit", goal: 2, goalName: "goal" },
    { row: "ours, p50", limit: "limit, p50" },
    { row: "not measured", limit: "limit" },
  ]);
  expect(rows[1]).toEqual({ row: "ours", unit: "per_second", median: 30, rounds: [20, 30, 80] });
  expect(ratios).toMatchObject([
    { row: "ours", ratio: 2, met: true }, // of 2, 1 and 4: each against its own round
    { row: "ours, p50", ratio: 2, met: null },
  ]);
});

test("median and quantile take numbers as numbers", () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([4, 1])).toBe(2.5);
  expect(
    quantile(
      Array.from({ length: 200 }, (_, index) => 200 - index),
      0.99,
    ),
  ).toBe(199);
});

test("the load sends signed requests and counts each answer once; anything but 200 ends it", async () => {
  const bodies = new Set<string>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      bodies.add(body);
      response.writeHead(request.url === "/yes" ? 200 : 401, { "content-length": "2" });
      response.end("{}");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const load = { port, secret: "s", connections: 4, seconds: 0.1 };
  const { answered } = await runLoad({ ...load, path: "/yes" });
  expect(bodies.size).toBe(answered); // no two alike
  const paced = await runLoad({ ...load, path: "/yes", perSecond: 100 });
  expect(paced.answered).toBe(10);
  await expect(runLoad({ ...load, path: "/no" })).rejects.toThrow("/no answered 401");
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test("everybody's statement is read, however few they are", async () => {
  const document = JSON.parse(await bench("statements", "--rounds", "1", "--payees", "250", "--json")) as {
    statements: Report;
  };
  expectReport(document.statements);
  expect(document.statements.ratios).toMatchObject([{ limit: "their postings alone" }]);
});
