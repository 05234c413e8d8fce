import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, Network, Sandbox } from "../../sandbox/index.ts";
import type { Random } from "../random.ts";
import type { EngineProcess, Role } from "./engine-process.ts";
import type { EngineWorld } from "./engine-world.ts";

/** One thing that is done to the engine. */
export type Blow =
  /** One of the processes that run is killed and started again after a while. */
  | { readonly kind: "kill"; readonly afterMs: number; readonly chance: number; readonly awayMs: number }
  | { readonly kind: "stop_database"; readonly afterMs: number; readonly awayMs: number };

/** What a blow takes on average, the wait before it included. */
export const blowMs = 2_000;

const awayMs = [0, 0, 200, 1_000, 2_500] as const;

/** @returns the blows in their order; each one's time counts from the end of the one before. */
export function drawBlows(random: Random, counts: { kills: number; databaseStops: number }): Blow[] {
  const blows: Blow[] = [];
  let [kills, stops] = [counts.kills, counts.databaseStops];
  while (kills + stops > 0) {
    const common = { afterMs: 200 + random.below(2 * (blowMs - 200)), awayMs: random.pick(awayMs) };
    if (random.below(kills + stops) < stops) {
      stops -= 1;
      blows.push({ kind: "stop_database", ...common });
    } else {
      kills -= 1;
      blows.push({ kind: "kill", chance: random.next(), ...common });
    }
  }
  return blows;
}

/** Where nothing is at work there is nothing to interrupt, and on a slow machine nothing would ever get anywhere. */
async function awaitWork(processes: readonly EngineProcess[], signal: AbortSignal): Promise<void> {
  const works = (role: Role): boolean => processes.some((one) => one.role === role && one.isUp());
  while (!works("api") || !works("worker")) await sleep(50, undefined, { signal });
}

async function killOne(
  processes: readonly EngineProcess[],
  blow: Extract<Blow, { kind: "kill" }>,
  signal: AbortSignal,
): Promise<Role> {
  for (;;) {
    const running = processes.filter((one) => one.isRunning());
    const victim = running[Math.floor(blow.chance * running.length)];
    if (victim !== undefined && (await victim.kill())) {
      void sleep(blow.awayMs, undefined, { signal }).then(
        () => victim.start(),
        () => undefined,
      );
      return victim.role;
    }
    await sleep(100, undefined, { signal }); // all of them are down already
  }
}

/** Deals every blow. @param onBlow is told of each when it is done. */
export async function dealBlows(
  { processes, server }: EngineWorld,
  blows: readonly Blow[],
  signal: AbortSignal,
  onBlow: (what: Role | "database") => void,
): Promise<void> {
  for (const blow of blows) {
    await awaitWork(processes, signal);
    await sleep(blow.afterMs, undefined, { signal });
    if (blow.kind === "kill") onBlow(await killOne(processes, blow, signal));
    else {
      await server.crash(blow.awayMs);
      onBlow("database");
    }
  }
}

/** The prices' server is left alone by what costs us its answer for a long time: without a price nothing is decided. */
const networks: readonly Network[] = ["nowpayments", "changenow", "rpc", "rpc", "coingecko"];

function drawFault(random: Random): Fault {
  const faults: readonly Fault[] = [
    { kind: "lost_answer" },
    { kind: "lost_answer" },
    { kind: "lost_request" },
    { kind: "malformed" },
    { kind: "latency", ms: 400 + random.below(1_600) },
    { kind: "http", status: random.pick([500, 502, 503]) },
    { kind: "http", status: 429, headers: { "retry-after": "1" } },
  ];
  return random.pick(faults);
}

/** Troubles the providers and the node, moderately, until the signal fires. */
export async function troubleProviders(sandbox: Sandbox, random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(300 + random.below(1_500), undefined, { signal }).catch(() => undefined);
    const network = random.pick(networks);
    sandbox.faults.next(network, { ...drawFault(random), times: 1 + random.below(2) });
    if (random.chance(0.1)) sandbox.changenow.nextOutcome({ kind: "refund" });
    if (random.chance(0.02)) {
      sandbox.faults.outage(network);
      await sleep(500 + random.below(1_500), undefined, { signal }).catch(() => undefined);
      sandbox.faults.heal(network);
    }
  }
}
