import { silentLogger } from "../src/telemetry/index.ts";
import { startSimulationServer } from "./postgres.ts";
import { hurryWallClock } from "./wall-clock.ts";
import { simulate, type SimulationOptions, type SimulationResult } from "./simulation.ts";

/** What the parent asks: worlds to run, one after the other. */
export type SeedRequest = Omit<SimulationOptions, "log" | "trace"> & {
  /** How many times as slow as this one the machine shall look to the engine; 1 unless given. */
  readonly slowness?: number;
};

export type SeedAnswer =
  | { readonly kind: "done"; readonly seed: number; readonly result: SimulationResult }
  | { readonly kind: "broken"; readonly seed: number; readonly error: string };

/** Bigints travel as text: the parent only shows them. */
const toMessage = (answer: SeedAnswer): unknown =>
  JSON.parse(
    JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );

const server = await startSimulationServer(process.env["SIMULATION_DATABASE_URL"] ?? "");

async function runOne(request: SeedRequest): Promise<SeedAnswer> {
  const { seed, slowness = 1, ...world } = request;
  const restore = hurryWallClock(slowness);
  try {
    const result = await simulate(server, { ...world, seed, log: silentLogger, trace: () => undefined });
    return { kind: "done", seed, result };
  } catch (error) {
    return {
      kind: "broken",
      seed,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    restore();
  }
}

process.on("message", (request: SeedRequest | "stop") => {
  if (request === "stop") void server.stop().finally(() => process.exit());
  else void runOne(request).then((answer) => process.send?.(toMessage(answer)));
});
// Ctrl-C is the parent's to answer: the world under way is finished first.
process.on("SIGINT", () => undefined);
// What the engine leaves behind when it is killed may still fail; nobody is left to hear it.
process.on("unhandledRejection", () => undefined);
process.send?.("ready");
