import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeystore } from "../src/chains/evm/index.ts";
import { createDepositSeed } from "../src/chains/hd/index.ts";
import type { Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { createFigures, type Report } from "./report.ts";
import { connectOnce, foreignChains, startEngineOnce } from "./start-engine.ts";

const connectRow = "a process that only connects";
const oneSecond = "one second";
const password = "bench-password";

const variants = [
  { name: "EVM alone", environment: {}, keys: false },
  { name: "EVM, Solana, Tron and Aptos", environment: foreignChains, keys: false },
  { name: "EVM alone, both keys opened", environment: {}, keys: true },
] as const;

const live = (name: string): string => `${name}: live`;
const ready = (name: string): string => `${name}: ready`;
const beyond = (name: string): string => `${name}: ready, beyond the connection`;

/** The hot wallet's key and the deposit addresses' seed, each as costly to open as a user's. */
async function makeKeys(directory: string): Promise<void> {
  await mkdir(join(directory, "keys"), { mode: 0o700 });
  await createKeystore(join(directory, "keys", "ethereum.json"), password);
  await createDepositSeed(join(directory, "keys", "deposits.json"), password);
}

/** How long the engine takes from its start to its first answers, its database migrated before. */
export async function benchStartup(server: BenchServer, effort: Effort): Promise<Report> {
  effort.progress("startup: preparing");
  const database = await server.fresh({ max: 1 });
  const { url: databaseUrl } = database;
  await database.close();
  const directories = {
    bare: await mkdtemp(join(tmpdir(), "spillway-bench-start-")),
    keys: await mkdtemp(join(tmpdir(), "spillway-bench-start-")),
  };
  const figures = createFigures();
  try {
    await makeKeys(directories.keys);
    // Files are in the machine's cache, transformed sources in the loader's.
    await startEngineOnce({ databaseUrl, directory: directories.bare, environment: foreignChains });
    for (let round = 1; round <= effort.rounds; round++) {
      effort.progress(`startup: round ${round} of ${effort.rounds}`);
      const connectMs = await connectOnce(databaseUrl);
      figures.record(connectRow, "ms", connectMs);
      figures.record(oneSecond, "ms", 1_000);
      for (const { name, environment, keys } of variants) {
        const directory = keys ? directories.keys : directories.bare;
        const { liveMs, readyMs } = await startEngineOnce({ databaseUrl, directory, environment });
        figures.record(live(name), "ms", liveMs);
        figures.record(ready(name), "ms", readyMs);
        figures.record(beyond(name), "ms", readyMs - connectMs);
      }
    }
  } finally {
    await server.drop(database.name);
    for (const directory of Object.values(directories)) await rm(directory, { recursive: true, force: true });
  }
  const [evm, all, withKeys] = variants.map(({ name }) => name);
  return figures.report([
    { row: beyond(evm!), limit: oneSecond, goal: 1, goalName: "ready within a second beyond the database" },
    { row: ready(evm!), limit: connectRow },
    { row: ready(all!), limit: ready(evm!) },
    { row: ready(withKeys!), limit: ready(evm!) },
  ]);
}
