// A worker whose only job never ends: for tests that kill it.
import { z } from "zod";
import { systemClock } from "../../../src/clock.ts";
import { connect } from "../../../src/database/index.ts";
import { defineJob, jobKind, startWorker } from "../../../src/jobs/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";

const hang = defineJob(jobKind("test.hang", z.object({ id: z.string() })), {
  timeoutMs: 600_000,
  run: () => new Promise<void>(() => process.stdout.write("running\n")),
});

const database = connect(process.argv[2]!);
const { workerId } = await startWorker({
  database,
  jobs: [hang],
  schedules: [],
  concurrency: 1,
  clock: systemClock,
  log: silentLogger,
});
process.stdout.write(`worker ${workerId}\n`);
