import { parseArgs } from "node:util";
import { benchBooking } from "./booking.ts";
import { startBenchServer } from "./database.ts";
import { benchDistribution } from "./distribution.ts";
import { benchIntake } from "./intake.ts";
import { benchHostileNotices } from "./hostile-notices.ts";
import { describeMachine } from "./machine.ts";
import { benchPayoutRun } from "./payout-run.ts";
import { toText, type Report } from "./report.ts";
import { benchStatements } from "./statements.ts";
import { benchStartup } from "./startup.ts";
import { benchVerification } from "./verification.ts";
import { benchWatcher } from "./watcher.ts";
import { benchWithdrawals } from "./withdrawals.ts";
import { benchWorkers } from "./workers.ts";

const usage = `npm run bench -- [booking] [intake] [distribution] [verification] [watcher] [startup] [workers]
  [hostile-notices] [statements] [withdrawals] [payout-run]
  [--rounds N] [--seconds S] [--earnings N] [--blocks N] [--notices N] [--callers N] [--payees N] [--json]

  --rounds    how often each figure is taken, interleaved with the others (3)
  --seconds   how long each figure of booking and intake is taken in each round, four of verification; thousands of hostile notices (1)
  --earnings  how many are distributed (100000)
  --blocks    how many the watcher catches up with, a deposit in every tenth (10000)
  --notices   how many wait for the workers (3000)
  --callers   who withdraw of one account at once (1000)
  --payees    whose statements are read (100000), or who are paid in one run (10000)
  --json      one JSON document on standard output; progress is on standard error

Without a name booking, intake, distribution and verification run. BENCH_DATABASE_URL names a server for them to use instead
of the embedded one. watcher, startup, workers, hostile-notices, statements, withdrawals and payout-run run when they are named; workers
starts the engine's processes in a sandbox of their own.`;

const usual = ["booking", "intake", "distribution", "verification"] as const;
const benches = [
  ...usual,
  "watcher",
  "startup",
  "workers",
  "hostile-notices",
  "statements",
  "withdrawals",
  "payout-run",
] as const;

function above0(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new TypeError(`--${name} must be a number above zero`);
  return value;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "1" },
      earnings: { type: "string", default: "100000" },
      blocks: { type: "string", default: "10000" },
      notices: { type: "string", default: "3000" },
      callers: { type: "string", default: "1000" },
      payees: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.find((name) => !benches.some((bench) => bench === name));
  if (unknown !== undefined) throw new TypeError(`there is no benchmark "${unknown}"`);
  return {
    rounds: Math.ceil(above0(values.rounds, "rounds")),
    seconds: above0(values.seconds, "seconds"),
    earnings: Math.ceil(above0(values.earnings, "earnings")),
    blocks: Math.ceil(above0(values.blocks, "blocks")),
    notices: Math.ceil(above0(values.notices, "notices")),
    callers: Math.ceil(above0(values.callers, "callers")),
    payees: values.payees === undefined ? null : Math.ceil(above0(values.payees, "payees")),
    json: values.json,
    help: values.help,
    chosen: positionals.length === 0 ? usual : benches.filter((name) => positionals.includes(name)),
  };
}

async function run({
  rounds,
  seconds,
  earnings,
  blocks,
  notices,
  callers,
  payees,
  json,
  chosen,
}: ReturnType<typeof readArguments>): Promise<void> {
  const started = performance.now();
  const progress = (text: string): void => void process.stderr.write(`${text}\n`);
  const effort = { rounds, seconds, earnings, blocks, progress };
  const server = await startBenchServer();
  try {
    const machine = describeMachine(server);
    if (!machine.durable) progress("fsync or synchronous_commit is off: these figures are not durable ones");
    const reports: Partial<Record<(typeof benches)[number], Report>> = {};
    for (const name of chosen) {
      if (name === "booking") reports[name] = await benchBooking(server, effort);
      else if (name === "intake") reports[name] = await benchIntake(server, effort);
      else if (name === "distribution") reports[name] = await benchDistribution(server, effort);
      else if (name === "verification") reports[name] = await benchVerification(effort);
      else if (name === "watcher") reports[name] = await benchWatcher(server, effort);
      else if (name === "hostile-notices") reports[name] = await benchHostileNotices(server, effort);
      else if (name === "statements")
        reports[name] = await benchStatements(server, { ...effort, payees: payees ?? 100_000 });
      else if (name === "withdrawals") reports[name] = await benchWithdrawals(server, { ...effort, callers });
      else if (name === "payout-run")
        reports[name] = await benchPayoutRun(server, { ...effort, payees: payees ?? 10_000 });
      else if (name === "startup") reports[name] = await benchStartup(server, effort);
      else reports[name] = await benchWorkers({ rounds, notices, progress });
    }
    const took = Math.round(performance.now() - started) / 1_000;
    const document = { machine, rounds, seconds, earnings, blocks, took_seconds: took, ...reports };
    const texts = Object.entries(reports).map(([name, report]) => toText(name, report));
    const about = Object.entries(machine).map(([name, value]) => `${name}: ${value}`);
    const text = [about.join(", "), `${rounds} rounds; medians, then the least and the most`, "", ...texts];
    process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${text.join("\n")}\n`);
  } finally {
    await server.close();
  }
}

try {
  const options = readArguments();
  if (options.help) process.stdout.write(`${usage}\n`);
  else await run(options);
} catch (error) {
  const misused = error instanceof TypeError && !(error.stack ?? "").includes("node_modules");
  process.stderr.write(`${misused ? `${error.message}\n\n${usage}` : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
