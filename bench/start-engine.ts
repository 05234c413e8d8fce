import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { freePort } from "../sandbox/anvil.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pollMs = 2;
const patienceMs = 60_000;
const stopMs = 15_000;

export interface Started {
  /** Milliseconds from the call until /health/live answered, and until /health/ready called database and schema sound. */
  readonly liveMs: number;
  readonly readyMs: number;
}

/** Everything outside lies at a port that refuses: nothing leaves this machine, and nobody is waited for. */
const nowhere = "http://127.0.0.1:9";
const outside = {
  NOWPAYMENTS_BASE_URL: nowhere,
  NOWPAYMENTS_API_KEY: "bench",
  NOWPAYMENTS_IPN_SECRET: "bench",
  CHANGENOW_BASE_URL: nowhere,
  CHANGENOW_API_KEY: "bench",
  COINGECKO_BASE_URL: nowhere,
  BINANCE_BASE_URL: nowhere,
  COINBASE_BASE_URL: nowhere,
  ETHEREUM_RPC_URLS: nowhere,
};

/** The variables that add the chains beside the EVM ones. */
export const foreignChains: Readonly<Record<string, string>> = {
  SOLANA_RPC_URLS: nowhere,
  TRON_API_URLS: nowhere,
  APTOS_API_URLS: nowhere,
  APTOS_INDEXER_URL: `${nowhere}/graphql`,
};

/**
 * Starts the engine as a user does, waits until it is ready, and stops it again.
 * @param options.directory an empty one, or one with keys in it; no .env is read there.
 * @param options.environment beside or instead of the least that an engine needs.
 * @throws it ended or was not ready within a minute; with what it said.
 */
export async function startEngineOnce(options: {
  databaseUrl: string;
  directory: string;
  environment?: Readonly<Record<string, string>>;
}): Promise<Started> {
  const port = await freePort();
  const started = performance.now();
  const engine = spawn(process.execPath, [`${root}bin/spillway.js`, "start"], {
    cwd: options.directory,
    env: {
      ...(process.env["PATH"] !== undefined && { PATH: process.env["PATH"] }),
      ...outside,
      DATABASE_URL: options.databaseUrl,
      DATA_DIRECTORY: options.directory,
      KEYSTORE_PASSWORD: "bench-password",
      PORT: String(port),
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(engine, "exit");
  try {
    const wait = waitFor(engine);
    await wait(async () => (await ask(port, "/health/live"))?.status === 200);
    const liveMs = performance.now() - started;
    await wait(async () => isReady(await ask(port, "/health/ready")));
    return { liveMs, readyMs: performance.now() - started };
  } finally {
    const tooLate = setTimeout(() => engine.kill("SIGKILL"), stopMs);
    if (engine.exitCode === null && engine.signalCode === null && engine.kill("SIGTERM")) await ended;
    clearTimeout(tooLate);
  }
}

/** Milliseconds of a Node process that does nothing but connect to the database. */
export async function connectOnce(databaseUrl: string): Promise<number> {
  const script = `const { Client } = require("pg"); const client = new Client(process.argv[1]);
    client.connect().then(() => process.stdout.write("connected", () => client.end()));`;
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", script, databaseUrl], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  const took = performance.now() - started;
  const [code] = await ended;
  if (code !== 0) throw new Error(`a process that only connects ended with ${code}`);
  return took;
}

function waitFor(engine: ChildProcess): (isThere: () => Promise<boolean>) => Promise<void> {
  let said = "";
  for (const stream of [engine.stdout, engine.stderr])
    stream?.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString("utf8")}`.slice(-4_000)));
  const until = performance.now() + patienceMs;
  return async (isThere) => {
    while (!(await isThere())) {
      if (engine.exitCode !== null || engine.signalCode !== null || performance.now() > until)
        throw new Error(`the engine was not ready; it said:\n${said}`);
      await new Promise((done) => setTimeout(done, pollMs));
    }
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Null: nobody listens yet. */
const ask = (port: number, path: string): Promise<Answer | null> =>
  new Promise((done) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      response.on("end", () => done({ status: response.statusCode ?? 0, body }));
    }).on("error", () => done(null));
  });

const readySchema = z.object({ components: z.array(z.object({ name: z.string(), ok: z.boolean() })) });

function isReady(answer: Answer | null): boolean {
  if (answer?.status !== 200) return false;
  const { components } = readySchema.parse(JSON.parse(answer.body));
  return ["database", "schema"].every((name) => components.some((one) => one.name === name && one.ok));
}
