import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { loadConfig, loadDatabaseConfig } from "../config/index.ts";
import { openDatabase } from "../database/index.ts";
import { openHotKey, startEngine, type Engine } from "../engine/index.ts";
import { DomainError } from "../errors.ts";
import { createApiKey } from "../operators/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { readSandboxPlace, shellFileOf } from "./sandbox-init.ts";
import { print } from "./screen.ts";
import { untilStopped } from "./until-stopped.ts";

/** What the operator puts into the hot wallet for network fees, on each of the two EVM chains. */
const operatorGas = 2n * 10n ** 18n;

export const sandboxCommand = (): Command =>
  new Command("sandbox")
    .description(
      "Run the sandbox world: emulated providers, local Ethereum and BNB Smart Chain, emulated Solana, Tron and Aptos, on loopback",
    )
    .option(
      "--with-engine",
      "an engine in it too, with keys, gas and an API key: the one of `init --sandbox`, or else one of which nothing is kept",
    )
    .action(async ({ withEngine }: { withEngine?: boolean }) => {
      if (withEngine !== true) return runAlone();
      const { dataDirectory } = loadDatabaseConfig(process.env);
      const place = await readSandboxPlace(dataDirectory);
      return runJoined(place === null ? joinAnew : (ends) => joinAt(place, dataDirectory, ends));
    });

async function runAlone(): Promise<void> {
  const { runSandbox } = await import("../../sandbox/index.ts");
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  await runSandbox({ signal: stopping.signal, print });
}

type Ends = (() => Promise<unknown>)[];

interface Joined {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly control: string;
  /** Where the shell's variables are kept; `null`: nowhere. */
  readonly shellFile: string | null;
}

/** The chains begin anew each time, so everything does: a kept book would know another chain. */
async function runJoined(joinWorld: (ends: Ends) => Promise<Joined>): Promise<void> {
  const ends: Ends = [];
  const stopped = untilStopped();
  try {
    const { environment, control, shellFile } = await joinWorld(ends);
    const log = createLogger({ level: "warn", destination: process.stderr });
    const engine = await startEngine(loadConfig(environment), log);
    ends.push(() => engine.stop());
    const lines = `API=${engine.url}\nKEY=${await makeKey(engine)}\nCONTROLS=${control}`;
    if (shellFile !== null) await writeFile(shellFile, `${lines}\n`, { mode: 0o600 });
    const kept = shellFile === null ? "" : `# kept in ${shellFile}\n`;
    print(`${lines}\n${kept}# ${engine.url}/docs; Ctrl-C ends it`);
    await stopped;
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

const makeKey = async ({ db }: Engine): Promise<string> => {
  const key = { name: "sandbox", scopes: ["admin"], mode: "test", now: systemClock.now() } as const;
  return (await createApiKey(db, key)).key;
};

/** A world of which nothing is kept. */
async function joinAnew(ends: Ends): Promise<Joined> {
  const { joinedSandbox, startPaymentWorld } = await import("../../harness/index.ts");
  const directory = await mkdtemp(join(tmpdir(), "spillway-sandbox-"));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o711); // as root the database runs as another user, who must get in; keys are 0600 anyway
  const { sandbox, environment } = await startPaymentWorld({
    directory,
    gas: operatorGas,
    depositSeed: true,
    sandbox: joinedSandbox,
  });
  ends.push(() => sandbox.stop());
  return { environment, control: sandbox.urls.control, shellFile: null };
}

/** The world that `init --sandbox` set up: its ports, its keys, and its data directory, in which the book is begun anew. */
async function joinAt(place: number, dataDirectory: string, ends: Ends): Promise<Joined> {
  const { portsAt, takenAt } = await import("../../sandbox/index.ts");
  const { emptyDatabase, joinedSandbox, startFundedSandbox } = await import("../../harness/index.ts");
  const config = loadConfig(process.env);
  const taken = await takenAt(place);
  if (taken !== null)
    throw new DomainError(
      "port_unavailable",
      `Port ${taken} of the sandbox is taken: it runs already, or another program is there. Stop that one, or give the sandbox ` +
        "other ports with `spillway init --sandbox --force`.",
    );
  const opened = await openHotKey(config);
  if (opened instanceof DomainError) throw opened;
  const { sandbox } = await startFundedSandbox({
    wallet: opened[0]!.address,
    gas: operatorGas,
    sandbox: { ...joinedSandbox, ports: portsAt(place).sandbox },
  });
  ends.push(() => sandbox.stop());
  refuseOthers(sandbox.env);
  const log = createLogger({ level: "warn", destination: process.stderr });
  const database = await openDatabase({ databaseUrl: null, dataDirectory, log });
  await emptyDatabase(database.db).finally(() => database.close());
  return { environment: process.env, control: sandbox.urls.control, shellFile: shellFileOf(dataDirectory) };
}

/** Of an engine that is joined to anything else, the book is not emptied. */
function refuseOthers(sandbox: Readonly<Record<string, string>>): void {
  const changed = Object.entries(sandbox).flatMap(([name, value]) =>
    process.env[name] === value ? [] : [name],
  );
  if (process.env["DATABASE_URL"]) changed.push("DATABASE_URL");
  if (changed.length > 0)
    throw new DomainError(
      "not_a_sandbox",
      `${changed.join(", ")} of .env or of the environment do not lead to the sandbox that DATA_DIRECTORY belongs to: nothing was ` +
        "touched. Set them back, or make a new one with `spillway init --sandbox --force`.",
    );
}
