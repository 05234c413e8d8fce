import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "../../src/config/index.ts";
import { enqueueNamed } from "../../src/jobs/index.ts";
import { schedules } from "../../src/engine/index.ts";
import type { EngineWorld } from "./engine-world.ts";

const tickMs = 2_000;

/**
 * Asks every other second for what the engine's schedules ask for once a minute or less: the hour a run stands for is
 * shorter than an hour. The jobs and their keys are the schedules' own. Ends with the signal.
 */
export async function keepTime(
  { environment, database, client }: EngineWorld,
  signal: AbortSignal,
): Promise<void> {
  const tasks = schedules(loadConfig({ ...environment, ROLE: "worker" })).map(({ task }) => task);
  // Two beats of their own: schedules go on where no API is there to be asked.
  const beat = async (act: () => Promise<unknown>): Promise<void> => {
    while (!signal.aborted) {
      await act().catch(() => undefined); // the database or every API is away: the next beat asks again
      await sleep(tickMs, undefined, { signal }).catch(() => undefined);
    }
  };
  await Promise.all([
    beat(async () => {
      for (const task of tasks) await enqueueNamed(database.db, task, {}, { key: `schedule:${task}` });
    }),
    beat(() => client.ask("POST", "/v1/conversion-checks", {})), // the schedule's own check keeps to its interval
  ]);
}
