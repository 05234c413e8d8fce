import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiProblem, createClient, type Client, type Schemas } from "../../client/index.ts";
import { startPaymentWorld } from "../../harness/index.ts";
import type { Sandbox } from "../../sandbox/index.ts";
import type { SandboxOptions } from "../../sandbox/types.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import { sql, type Database } from "../../src/database/index.ts";
import { drainJobs, type Job } from "../../src/jobs/index.ts";
import { allJobs, openSigners, startEngine, type Engine } from "../../src/engine/index.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { silentLogger, type Logger } from "../../src/telemetry/index.ts";
import { eventually } from "./eventually.ts";
import { freshDatabase } from "./fresh-database.ts";

export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** The engine inside the sandbox world, used through its public interfaces. */
export interface World {
  readonly sandbox: Sandbox;
  /** The one that runs now: another one after `restart`. */
  readonly engine: Engine;
  readonly database: Database;
  readonly apiKey: string;
  /** The hot wallet's address. */
  readonly wallet: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Every job, for worlds without a worker. */
  readonly jobs: readonly Job[];
  /** The generated client, with the admin key. */
  readonly client: Client;
  /** One request as it is given, for what the client's types would not let through, or headers. Any status is an answer. */
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer<T>>;
  /** Runs all jobs that are due, and with `future` also those that wait: for worlds without a worker. */
  drain(options?: { future?: boolean; maxRounds?: number }): Promise<number>;
  /** Creates a payee paid in USDT on Ethereum unless told otherwise. @returns its id */
  payee(terms?: {
    destination?: { asset: string; address: string; memo?: string };
    threshold?: string;
    mode?: "instant" | "threshold";
    name?: string;
  }): Promise<string>;
  /** Creates an order split evenly enough between payees. @returns its id and the processor's invoice id */
  order(terms: {
    payees: readonly string[];
    price?: string;
    externalId?: string;
  }): Promise<{ orderId: string; invoiceId: string }>;
  /** For worlds with a worker: stops the engine and starts another one over the same database. @param meanwhile what happens while none runs */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** What a call was answered, for tests to which a refusal is an answer like another: its code and words. 200 is any success. */
export const answerTo = <T>(call: Promise<T>): Promise<{ status: number; body: T & { code?: string } }> =>
  call.then(
    (body) => ({ status: 200, body: body as T & { code?: string } }),
    (error: unknown) => {
      if (!(error instanceof ApiProblem)) throw error;
      return { status: error.status, body: { ...error } as unknown as T & { code: string } };
    },
  );

/** Changes some fields of a setting; of one that is no object, the whole. @returns its version */
export async function changeSetting(
  { client }: World,
  key: Schemas["Setting"]["key"],
  changed: object | string,
): Promise<number> {
  const params = { path: { key } };
  const { value } = await client.get("/v1/settings/{key}", { params });
  const whole = typeof changed === "string" ? changed : { ...(value as object), ...changed };
  const body = { value: whole as Schemas["ChangeSetting"]["value"] };
  return (await client.put("/v1/settings/{key}", { params, body })).version;
}

const evenly = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(10_000 / count) + (index < 10_000 % count ? 1 : 0));

/**
 * Starts a world on a database of its own.
 * @param options.worker false: no jobs run until `drain`, so that a test decides what happens when.
 * @param options.float  coins the operator puts into the hot wallet on each EVM chain, base units; 10 if absent.
 * @param options.direct payers may pay straight to addresses of ours: there is a seed for them.
 */
export async function startWorld(
  options: {
    sandbox?: SandboxOptions;
    env?: Record<string, string>;
    worker?: boolean;
    float?: bigint;
    direct?: boolean;
    log?: Logger;
  } = {},
): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-world-"));
  const {
    sandbox,
    wallet,
    gasAssets,
    keystore,
    environment: outside,
  } = await startPaymentWorld({
    directory,
    gas: options.float ?? 10n ** 19n,
    depositSeed: options.direct ?? false,
    sandbox: { blocks: 1, paymentStepMs: 20, swapStepMs: 50, ipnRetryMs: 100, ...options.sandbox },
  });
  const database = await freshDatabase({ max: 10 });
  const environment = {
    ...outside,
    DATABASE_URL: database.url,
    TRANSFER_POLL_MS: "100",
    SWAP_POLL_MS: "100",
    ...(options.worker === false && { ROLE: "api" }),
    ...options.env,
  };
  const config = loadConfig(environment);
  const log = options.log ?? silentLogger;
  let engine = await startEngine(config, log);
  const signers =
    options.worker === false
      ? await openSigners({
          ...engine,
          config: { ...config, keystore: { ...config.keystore, ...keystore } },
        })
      : new Map();
  const jobs = allJobs(engine, signers);
  const { key } = await createApiKey(engine.db, { name: "tests", scopes: ["admin"], now: systemClock.now() });
  const api: World["api"] = async (method, path, body, headers = {}) => {
    const response = await fetch(new URL(path, engine.url ?? ""), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === "" ? null : JSON.parse(text)) as never,
      headers: response.headers,
    };
  };
  const client = (): Client => createClient({ url: engine.url ?? "", apiKey: key });
  const drain: World["drain"] = (how = {}) =>
    drainJobs({
      database,
      jobs,
      clock: systemClock,
      log,
      ...(how.future && { includeFuture: true }),
      ...(how.maxRounds && { maxRounds: how.maxRounds }),
    });
  const world: World = {
    sandbox,
    get engine() {
      return engine;
    },
    database,
    apiKey: key,
    wallet,
    environment,
    jobs,
    get client() {
      return client();
    },
    api,
    drain,
    async payee({ destination, threshold = "10", mode = "threshold", name = "Payee" } = {}) {
      const { id } = await client().post("/v1/payees", {
        body: {
          name,
          payout_mode: mode,
          destination: destination ?? {
            asset: "ethereum:USDT",
            address: "0x1111111254EEB25477B68fb85Ed929f73A960582",
          },
          payout_threshold: { asset: "ethereum:USDT", amount: threshold },
        },
      });
      return id;
    },
    async order({ payees, price = "25.00", externalId }) {
      const shares = evenly(payees.length);
      const { id } = await client().post("/v1/orders", {
        body: {
          ...(externalId !== undefined && { external_id: externalId }),
          price_usd: price,
          splits: payees.map((payee_id, index) => ({ payee_id, share_bps: shares[index]! })),
        },
      });
      const invoice = await eventually("the processor's invoice", () =>
        sandbox.nowpayments.invoices().find((one) => one.orderId === id),
      );
      return { orderId: id, invoiceId: invoice.id };
    },
    async restart(meanwhile) {
      await engine.stop();
      await meanwhile?.();
      engine = await startEngine(config, log);
    },
    async stop() {
      await engine.stop();
      await sandbox.stop();
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  // Nothing is sent before the wallet's opening balance is booked.
  if (options.worker !== false)
    await eventually("the wallet's opening balance", async () => {
      const { wallets } = await client().get("/v1/reconciliation");
      const opened = wallets.filter((row) => gasAssets.includes(row.asset) && row.booked !== "0");
      return (options.float ?? 1n) === 0n || opened.length === gasAssets.length;
    });
  else await drain();
  if (options.direct && options.worker !== false)
    await eventually("addresses for payers", async () => {
      const { rows } = await sql<{ families: number }>`
        select count(distinct family) as families from deposit_address`.execute(engine.db);
      return rows[0]!.families === new Set([...engine.depositChains.values()].map((one) => one.family)).size;
    });
  return world;
}
