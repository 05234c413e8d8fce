import { fork, type ChildProcess } from "node:child_process";
import { startThrowawayServer } from "../harness/index.ts";
import type { SeedAnswer, SeedRequest } from "./seed-process.ts";
import type { SimulationResult } from "./simulation.ts";

export interface SeedsOptions extends Omit<SeedRequest, "seed"> {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Worlds run side by side, each in a process of its own. */
  readonly atOnce: number;
  /** An existing server whose user may create databases; null: one is started. */
  readonly databaseUrl: string | null;
  /** Ends at the first seed with a finding. */
  readonly untilFinding?: boolean;
  /** Ends after the worlds under way. */
  readonly signal?: AbortSignal;
  progress(done: number, latest: SeedAnswer): void;
}

/** Bigints have become text on the way. */
export type SeedResult = SimulationResult;

export interface SeedsReport {
  readonly seeds: number;
  readonly payments: number;
  readonly failing: readonly SeedResult[];
  readonly broken: readonly { readonly seed: number; readonly error: string }[];
  readonly deaths: number;
  readonly faults: number;
  readonly effects: number;
  readonly simulatedHours: number;
  readonly places: PlaceCount & {
    readonly never: readonly string[];
    /** Those in requests of the operator's, who may ask for anything: most of them only few worlds pass. */
    readonly operators: PlaceCount;
    /** All others that more than one world passed: of the jobs, of starts, and of what the shop and the processor ask. */
    readonly ordinary: PlaceCount;
  };
}

/** Places that were passed, and of them those that a process died at. */
export interface PlaceCount {
  readonly seen: number;
  readonly died: number;
}

const isRequest = /^(GET|POST|PUT) /;
const isOfShopOrProcessor = /^POST \/(v1\/orders|v1\/payees|webhooks\/[a-z]+) · /;
const isOperators = (place: string): boolean => isRequest.test(place) && !isOfShopOrProcessor.test(place);

function startChild(databaseUrl: string): Promise<ChildProcess> {
  const child = fork(new URL("seed-process.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, SIMULATION_DATABASE_URL: databaseUrl },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve(child));
    child.once("exit", (code) =>
      reject(new Error(`a simulation's process ended with ${code} before it began`)),
    );
  });
}

function askChild(child: ChildProcess, request: SeedRequest): Promise<SeedAnswer> {
  return new Promise((resolve) => {
    const onExit = (code: number | null): void =>
      resolve({ kind: "broken", seed: request.seed, error: `its process ended with ${code}` });
    child.once("exit", onExit);
    child.once("message", (answer) => {
      child.off("exit", onExit);
      resolve(answer as SeedAnswer);
    });
    child.send(request);
  });
}

class Tally {
  readonly failing: SeedResult[] = [];
  readonly broken: { seed: number; error: string }[] = [];
  /** By how many worlds each was passed. */
  private readonly seen = new Map<string, number>();
  private readonly died = new Set<string>();
  private readonly sums = { seeds: 0, deaths: 0, faults: 0, effects: 0, simulatedHours: 0 };

  get done(): number {
    return this.sums.seeds;
  }

  add(answer: SeedAnswer): void {
    this.sums.seeds += 1;
    if (answer.kind === "broken") return void this.broken.push(answer);
    const { result } = answer;
    if (result.findings.length > 0) this.failing.push(result);
    for (const place of result.seen) this.seen.set(place, (this.seen.get(place) ?? 0) + 1);
    for (const place of result.died) this.died.add(place);
    this.sums.deaths += result.deaths;
    this.sums.faults += result.faults;
    this.sums.effects += result.effects;
    this.sums.simulatedHours += result.hours;
  }

  report(paymentsEach: number): SeedsReport {
    const never = [...this.seen.keys()].filter((place) => !this.died.has(place)).toSorted();
    return {
      ...this.sums,
      payments: this.sums.seeds * paymentsEach,
      failing: this.failing,
      broken: this.broken,
      places: {
        ...this.count(() => true),
        never,
        operators: this.count(isOperators),
        ordinary: this.count((place) => !isOperators(place) && this.seen.get(place)! > 1),
      },
    };
  }

  private count(which: (place: string) => boolean): PlaceCount {
    return { seen: [...this.seen.keys()].filter(which).length, died: [...this.died].filter(which).length };
  }
}

/** Runs many worlds, each from its own seed, and adds up what they showed. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsReport> {
  const { firstSeed, seeds, atOnce, databaseUrl, untilFinding = false, signal, progress, ...rest } = options;
  const own = databaseUrl === null ? await startThrowawayServer() : null;
  const url = databaseUrl ?? own!.url;
  const tally = new Tally();
  let next = firstSeed;
  const work = async (): Promise<void> => {
    let child = await startChild(url);
    while (next < firstSeed + seeds) {
      if (signal?.aborted || (untilFinding && tally.failing.length + tally.broken.length > 0)) break;
      const answer = await askChild(child, { ...rest, seed: next++ });
      tally.add(answer);
      progress(tally.done, answer);
      if (child.exitCode !== null) child = await startChild(url);
    }
    child.send("stop");
    await new Promise((resolve) => child.once("exit", resolve));
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, seeds) }, work));
    return tally.report(options.payments);
  } finally {
    await own?.stop();
  }
}
