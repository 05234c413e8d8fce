import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createClient, type Client } from "../../client/index.ts";
import { buildProgram, describeFailure, exitCodeOf } from "../../src/cli/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { sql, type Db } from "../../src/database/index.ts";
import { startEngine, type Engine } from "../../src/engine/index.ts";
import { checkInvariants, compareWallets } from "../../src/reconciliation/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { eventually, freshDatabase, startWorld, type World } from "../support/index.ts";

const USDT = "ethereum:USDT";
const patient = { destination: { asset: USDT, address: "0x55555555555555555555555555555555555555a1" } };
const waiting = { destination: { asset: USDT, address: "0x55555555555555555555555555555555555555b2" } };

const ends: (() => Promise<unknown>)[] = [];
const exitCodeBefore = process.exitCode;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = exitCodeBefore;
  for (const end of ends.splice(0).toReversed()) await end();
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-moved-"));
  await chmod(directory, 0o755); // as root, the server runs as another user
  ends.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** What `spillway <line>` prints, in the environment given. */
async function spillway(line: string, environment: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  let out = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== "");
  try {
    await buildProgram().parseAsync(line.split(" "), { from: "user" });
    return out;
  } catch (error) {
    return `${exitCodeOf(error)}: ${describeFailure(error)}`;
  } finally {
    spy.mockRestore();
  }
}

async function start(environment: Readonly<Record<string, string>>): Promise<Engine> {
  const engine = await startEngine(loadConfig(environment), silentLogger);
  ends.push(() => engine.stop());
  return engine;
}

const clientOf = (engine: Engine, world: World): Client =>
  createClient({ url: engine.url!, apiKey: world.apiKey });

async function pay(world: World, client: Client, payees: readonly string[], price: string): Promise<void> {
  const half = 10_000 / payees.length;
  const { id } = await client.post("/v1/orders", {
    body: { price_usd: price, splits: payees.map((payee_id) => ({ payee_id, share_bps: half })) },
  });
  const invoice = await eventually("the processor's invoice", () =>
    world.sandbox.nowpayments.invoices().find((one) => one.orderId === id),
  );
  await (
    await world.sandbox.nowpayments.pay({ invoiceId: invoice.id, payCurrency: "btc" })
  ).settled;
  await eventually("the payment in our wallet", async () => {
    const { data } = await client.get("/v1/payments", { params: { query: { order_id: id } } });
    return data.length === 1 && data[0]!.status === "settled" && data[0]!.arrival === "seen";
  });
}

async function convert(client: Client): Promise<void> {
  const { data } = await client.post("/v1/conversion-checks", { body: {} });
  const id = data[0]!.conversion_id ?? "";
  await eventually("the conversion distributed", async () => {
    const { status } = await client.get("/v1/conversions/{id}", { params: { path: { id } } });
    return status === "distributed";
  });
}

const payoutsOf = async (client: Client, payee: string) =>
  (await client.get("/v1/payouts", { params: { query: { payee_id: payee } } })).data;

const completed = (client: Client, payee: string, count: number): Promise<boolean> =>
  eventually("the payouts completed", async () => {
    const all = await payoutsOf(client, payee);
    return all.length === count && all.every(({ status }) => status === "completed");
  });

/** All the book says: every account, with its balance. */
async function balancesOf(db: Db): Promise<unknown> {
  const { rows } = await sql`
    select path, asset, (a.balance + coalesce((select sum(amount) from ledger_delta d where d.account_id = a.id), 0))::text as balance
    from ledger_account a order by path, asset`.execute(db);
  return rows;
}

async function troubleOf(engine: Engine): Promise<unknown[]> {
  const wallets = await compareWallets(engine, AbortSignal.timeout(20_000));
  return [...(await checkInvariants(engine.db)), ...wallets.filter(({ difference }) => difference !== 0n)];
}

const problemOf = async (client: Client): Promise<string | null> =>
  (await client.get("/v1/wallets")).wallets.find(({ chain }) => chain === "ethereum")!.problem;

test("an engine on the embedded database moves to a server and goes on, and from an older backup nothing is sent twice", async () => {
  const world = await startWorld({
    env: { DATABASE_URL: "", DATA_DIRECTORY: await newDirectory() },
  });
  ends.push(() => world.stop());
  const early = await world.payee({ ...patient, threshold: "5" });
  const late = await world.payee({ ...waiting, threshold: "5000" });
  await pay(world, world.client, [early, late], "40.00");
  await convert(world.client);
  await world.client.post("/v1/payout-plans");
  await completed(world.client, early, 1);
  const paidOnce = await world.sandbox.balanceOf(patient.destination.address, USDT);
  expect(paidOnce).toBeGreaterThan(0n);

  const told = async (): Promise<Record<string, { works: string; detail: string }>> => {
    const { components } = JSON.parse(await spillway("doctor --json", world.environment)) as {
      components: { component: string; works: string; detail: string }[];
    };
    return Object.fromEntries(components.map((one) => [one.component, one]));
  };
  expect((await told())["backup"]).toMatchObject({
    works: "note",
    detail: expect.stringContaining("None was ever made"),
  });
  const file = join(await newDirectory(), "running.backup");
  const said = await spillway(`backup --to ${file} --json`, world.environment);
  expect(JSON.parse(said)).toMatchObject({ file, key_files: [], made_by: expect.any(String) });
  expect(await told()).toMatchObject({
    backup: { works: "yes", detail: expect.stringContaining(`0 days old, at ${file}`) },
    "backup:keys": { works: "yes", detail: expect.stringContaining("in no backup") },
    disk: { detail: expect.stringMatching(/GB free at .*postgres/) },
  });
  await world.engine.stop();
  const moved = join(await newDirectory(), "moved.backup");
  expect(await spillway(`backup --to ${moved}`, world.environment)).toContain("The key files are not in it");

  const server = await freshDatabase({ empty: true });
  const onServer = { ...world.environment, DATABASE_URL: server.url };
  const restored = await spillway(`restore ${moved}`, onServer);
  expect(restored).toContain("The ledger was verified: nothing was changed.");
  expect(await spillway("ledger verify", onServer)).toContain("Nothing was changed.");
  const embedded = { ...world.environment, DATA_DIRECTORY: join(await newDirectory(), "data") };
  expect(JSON.parse(await spillway(`restore ${file} --json`, embedded))).toMatchObject({ problems: [] });
  expect(await spillway(`restore ${file}`, embedded)).toMatch(
    /^2: The database is not empty: it has public\./,
  );

  // On the server: what was waited for goes on, but nothing is sent before a person has compared.
  const engine = await start(onServer);
  const client = clientOf(engine, world);
  expect(await troubleOf(engine)).toEqual([]);
  await eventually("the wallet waits for a person", async () => (await problemOf(client)) === "restored");
  await pay(world, client, [early, late], "40.00");
  await client.post("/v1/payouts", { body: { payee_id: late } });
  expect(await spillway("wallets resume --chain ethereum", onServer)).toContain("because: restored");
  await convert(client);
  await client.post("/v1/payout-plans");
  await completed(client, early, 2);
  await completed(client, late, 1);
  const sent = await world.sandbox.balanceOf(waiting.destination.address, USDT);
  expect(sent).toBeGreaterThan(0n);
  expect(await troubleOf(engine)).toEqual([]);
  expect(await spillway("ledger verify", onServer)).toContain("Nothing was changed.");
  await engine.stop();

  // From the older backup the second payout is not known: it is asked for again, and stopped before it is signed.
  await world.sandbox.fundWallet(world.wallet, USDT, 1_000_000_000n);
  const older = await start(embedded);
  const olderClient = clientOf(older, world);
  expect(await payoutsOf(olderClient, late)).toEqual([]);
  await spillway("wallets resume --chain ethereum", embedded);
  await olderClient.post("/v1/payouts", { body: { payee_id: late } });
  await eventually(
    "the wallet stopped",
    async () => (await problemOf(olderClient)) === "nonce_used_elsewhere",
  );
  expect(await world.sandbox.balanceOf(waiting.destination.address, USDT)).toBe(sent);
});

test("a restored database says what the backed-up one said, and its keys come along when asked", async () => {
  const world = await startWorld({ worker: false });
  ends.push(() => world.stop());
  const file = join(await newDirectory(), "keys.backup");
  const before = await balancesOf(world.engine.db);
  const keys = { ...world.environment, KEYSTORE_PATH: world.environment["KEYSTORE_PATH"]! };
  expect(await spillway(`backup --to ${file} --with-keys`, keys)).toContain("hot-wallet");
  const place = await newDirectory();
  const elsewhere = {
    ...world.environment,
    DATABASE_URL: (await freshDatabase({ empty: true })).url,
    KEYSTORE_PATH: join(place, "keys", "hot.json"),
    DEPOSIT_KEYSTORE_PATH: join(place, "keys", "deposits.json"),
  };
  expect(await spillway(`restore ${file}`, elsewhere)).toContain(
    `Key files written: ${elsewhere.KEYSTORE_PATH}`,
  );
  const engine = await start({ ...elsewhere, ROLE: "worker" });
  expect(await balancesOf(engine.db)).toEqual(before);
});
