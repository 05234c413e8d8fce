import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config/index.ts";
import { startEngine } from "../engine/index.ts";
import { createApiKey } from "../operators/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { print } from "./screen.ts";
import { untilStopped } from "./until-stopped.ts";

/** What the operator puts into the hot wallet for network fees, on each of the two EVM chains. */
const operatorGas = 2n * 10n ** 18n;

export const sandboxCommand = (): Command =>
  new Command("sandbox")
    .description(
      "Run the sandbox world: emulated providers, local Ethereum and BNB Smart Chain, emulated Solana, Tron and Aptos, on loopback",
    )
    .option("--with-engine", "an engine in it too, with keys, gas and an API key; nothing of it is kept")
    .action(({ withEngine }: { withEngine?: boolean }) => (withEngine ? runJoined() : runAlone()));

async function runAlone(): Promise<void> {
  const { runSandbox } = await import("../../sandbox/index.ts");
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  await runSandbox({ signal: stopping.signal, print });
}

/** The chains begin anew each time, so everything does: a kept database would know another chain. */
async function runJoined(): Promise<void> {
  const { startPaymentWorld } = await import("../../harness/index.ts");
  const directory = await mkdtemp(join(tmpdir(), "spillway-sandbox-"));
  const ends: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stopped = untilStopped();
  try {
    await chmod(directory, 0o711); // as root the database runs as another user, who must get in; keys are 0600 anyway
    const { sandbox, environment } = await startPaymentWorld({
      directory,
      gas: operatorGas,
      depositSeed: true,
      sandbox: { chains: { bsc: true, solana: true, tron: true, aptos: true }, markets: true, notices: true },
    });
    ends.push(() => sandbox.stop());
    const log = createLogger({ level: "warn", destination: process.stderr });
    const engine = await startEngine(loadConfig(environment), log);
    ends.push(() => engine.stop());
    const key = { name: "sandbox", scopes: ["admin"], mode: "test", now: systemClock.now() } as const;
    const made = await createApiKey(engine.db, key);
    print(
      `API=${engine.url}\nKEY=${made.key}\nCONTROLS=${sandbox.urls.control}\n# ${engine.url}/docs; Ctrl-C ends it`,
    );
    await stopped;
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
