import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { openProgress } from "./progress.ts";
import { toJson } from "./screen.ts";

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return parseInt(text, 10);
}

interface Options {
  seed: number;
  seeds: number;
  payments: number;
  faults: "normal" | "hostile";
  crashOneIn: number;
  engines: number;
  chain: "model" | "anvil";
  atOnce: number;
  json?: boolean;
  processes?: boolean;
  apis: number;
  workers: number;
  kills: number;
  databaseStops: number;
}

const out = (json: boolean | undefined) => (json ? process.stderr : process.stdout);

async function simulateSeeds(options: Options): Promise<void> {
  const { describeSeeds, runSeeds } = await import("../../simulator/index.ts");
  const world = {
    payments: options.payments,
    mood: options.faults,
    chain: options.chain,
    crashOneIn: options.crashOneIn === 0 ? null : options.crashOneIn,
    processes: options.engines,
  };
  const progress = openProgress(out(options.json));
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const report = await runSeeds({
    ...world,
    signal: interrupted.signal,
    firstSeed: options.seed,
    seeds: options.seeds,
    atOnce: options.atOnce,
    databaseUrl: process.env["SIMULATION_DATABASE_URL"] ?? null,
    progress(done, answer) {
      const came = answer.kind === "broken" ? "broke" : answer.result.findings.length > 0 ? "FOUND" : "right";
      const more =
        answer.kind === "done" ? `${answer.result.deaths} crashes, ${answer.result.faults} faults` : "";
      progress[came === "right" ? "detail" : "step"](
        `${done}/${options.seeds}  seed ${answer.seed}  ${came}  ${more}`,
      );
    },
  });
  progress.end();
  if (options.json) process.stdout.write(`${toJson(report)}\n`);
  out(options.json).write(`\n${describeSeeds(report, world)}\n`);
  if (report.failing.length + report.broken.length > 0) process.exitCode = 1;
}

async function simulateProcesses({ json, ...options }: Options): Promise<void> {
  const { describeProcesses, runProcesses } = await import("../../simulator/processes/index.ts");
  const report = await runProcesses({ ...options, progress: (line) => void out(json).write(`${line}\n`) });
  if (json) process.stdout.write(`${toJson(report)}\n`);
  out(json).write(`\n${describeProcesses(report)}\n`);
  if (report.losses.length > 0) process.exitCode = 1;
}

export const simulateCommand = (): Command =>
  new Command("simulate")
    .description(
      "Run whole worlds of payments, faults and crashes from a seed, and check that nothing is lost or doubled",
    )
    .option("--seed <number>", "the first seed", wholeNumber, 1)
    .option(
      "--seeds <number>",
      "how many seeds in a row; Ctrl-C ends early with what is done",
      wholeNumber,
      1,
    )
    .option("--payments <number>", "customers of each world", wholeNumber, 200)
    .addOption(
      new Option("--faults <mood>", "how the world behaves")
        .choices(["normal", "hostile"])
        .default("hostile"),
    )
    .option("--crash-one-in <number>", "die at one in so many places; 0: never", wholeNumber, 5)
    .option(
      "--engines <number>",
      "processes of the engine in each world, all within one of the system",
      wholeNumber,
      2,
    )
    .addOption(
      new Option("--chain <kind>", "an in-process model, or a real node")
        .choices(["model", "anvil"])
        .default("model"),
    )
    .addOption(
      new Option("--at-once <number>", "worlds side by side")
        .argParser(wholeNumber)
        .default(availableParallelism(), "one for each core"),
    )
    .option(
      "--processes",
      "real processes instead, killed with SIGKILL while PostgreSQL is stopped under them",
    )
    .option("--apis <number>", "with --processes: API processes", wholeNumber, 2)
    .option("--workers <number>", "with --processes: worker processes", wholeNumber, 3)
    .option("--kills <number>", "with --processes: how often one of them is killed", wholeNumber, 60)
    .option(
      "--database-stops <number>",
      "with --processes: how often PostgreSQL is stopped at once",
      wholeNumber,
      5,
    )
    .option("--json", "one JSON document on standard output; progress goes to standard error")
    .action((options: Options) => (options.processes ? simulateProcesses(options) : simulateSeeds(options)));
