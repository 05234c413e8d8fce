import { randomBytes } from "node:crypto";
import { sql, type Database } from "../src/database/index.ts";
import { oneBookingLimit, setStage, type Effort } from "./booking.ts";
import { answerOf, startChild } from "./child.ts";
import type { BenchServer } from "./database.ts";
import type { Load } from "./http-load.ts";
import { callUntil, type Measured } from "./measure.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

const concurrencies = [1, 64, 256] as const;
const offeredPerSecond = 3_000;
const limitRow = "one-booking limit, 32 callers";
const limitP50Row = "one-booking limit, 1 caller, p50";

const endpoints = [
  { name: "verify only", path: "/webhooks/verify-only" },
  { name: "intake", path: "/webhooks/nowpayments" },
] as const;

const at = (name: string, connections: number): string =>
  `${name}, ${connections} connection${connections === 1 ? "" : "s"}`;
const offered = (name: string): string => `${name}, ${offeredPerSecond}/s offered`;

const comparisons: readonly Comparison[] = [
  { row: at("intake", 64), limit: limitRow, goal: 1.4, goalName: "goal 4" },
  { row: at("intake", 256), limit: limitRow, goal: 1.8, goalName: "goal 4" },
  { row: `${at("intake", 1)}, p50`, limit: limitP50Row, goal: 1 / 1.5, goalName: "goal 4" },
  {
    row: `${offered("intake")}, p99`,
    limit: `${offered("verify only")}, p99`,
    goal: 1 / 2.5,
    goalName: "goal 4",
  },
  ...concurrencies.map((connections) => ({
    row: at("intake", connections),
    limit: at("verify only", connections),
  })),
];

/** What was answered must be stored: a benchmark of lost events would be fast. */
async function expectStored(database: Database, answered: number): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from processor_event`.execute(
    database.db,
  );
  if (rows[0]?.count !== answered)
    throw new Error(`${answered} events were answered and ${rows[0]?.count} are stored`);
}

/** Signed events over HTTP, durable when answered, beside an endpoint that only verifies. */
export async function benchIntake(server: BenchServer, effort: Effort): Promise<Report> {
  effort.progress("intake: preparing");
  const stage = await setStage(server);
  const { database } = stage;
  const secret = randomBytes(16).toString("hex");
  const service = startChild("intake-server.ts", [database.url, secret]);
  const generator = startChild("http-load.ts", []);
  const figures = createFigures();
  try {
    const { port } = await answerOf<{ port: number }>(service);
    let stored = 0;
    const run = async (
      load: Pick<Load, "path" | "connections" | "seconds" | "perSecond">,
    ): Promise<Measured> => {
      const answer = answerOf<Measured & { answered: number }>(generator);
      generator.send({ port, secret, ...load } satisfies Load);
      const measured = await answer;
      if (load.path === endpoints[1].path) stored += measured.answered;
      return measured;
    };
    const book = oneBookingLimit(stage);
    await callUntil(Math.min(0.5, effort.seconds), 32, book);
    for (const { path } of endpoints) await run({ path, connections: 64, seconds: effort.seconds });
    for (let round = 1; round <= effort.rounds; round++) {
      effort.progress(`intake: round ${round} of ${effort.rounds}`);
      figures.record(limitRow, "per_second", (await callUntil(effort.seconds, 32, book)).perSecond);
      figures.record(limitP50Row, "ms", (await callUntil(effort.seconds, 1, book)).p50);
      for (const connections of concurrencies)
        for (const { name, path } of endpoints) {
          const measured = await run({ path, connections, seconds: effort.seconds });
          figures.record(at(name, connections), "per_second", measured.perSecond);
          figures.record(`${at(name, connections)}, p50`, "ms", measured.p50);
          figures.record(`${at(name, connections)}, p99`, "ms", measured.p99);
        }
      for (const { name, path } of endpoints) {
        const load = { path, connections: 64, seconds: effort.seconds * 2, perSecond: offeredPerSecond };
        const measured = await run(load);
        figures.record(offered(name), "per_second", measured.perSecond);
        figures.record(`${offered(name)}, p50`, "ms", measured.p50);
        figures.record(`${offered(name)}, p99`, "ms", measured.p99);
      }
    }
    await expectStored(database, stored);
  } finally {
    service.kill();
    generator.kill();
    await database.close();
  }
  return figures.report(comparisons);
}
