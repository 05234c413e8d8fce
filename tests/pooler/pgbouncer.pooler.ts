import { expect, onTestFinished, test, vi } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { buildProgram } from "../../src/cli/index.ts";
import { checkDatabase, connect, sql } from "../../src/database/index.ts";
import { eventually, findTrouble, freshDatabase, startWorld } from "../support/index.ts";
import { startPgbouncer } from "./start-pgbouncer.ts";

type Mode = Parameters<typeof startPgbouncer>[1];

/** A database of its own behind a pooler. */
async function pooled(mode: Mode, settings?: Readonly<Record<string, string | number>>): Promise<string> {
  const database = await freshDatabase();
  const pooler = await startPgbouncer(database.url, mode, settings);
  onTestFinished(() => pooler.stop());
  return pooler.url;
}

const sentence =
  /^At 127\.0\.0\.1:\d+, where DATABASE_URL leads, is a pooler that shares one connection among transactions, which loses our locks and notifications\. Use its session mode, or the port of PostgreSQL itself\.$/;
const check = (databaseUrl: string) => checkDatabase({ databaseUrl, dataDirectory: "nowhere" });

test("session mode carries an order to its payout, and the books agree", async () => {
  const url = await pooled("session", { default_pool_size: 60 });
  const world = await startWorld({ env: { DATABASE_URL: url } });
  onTestFinished(() => world.stop());
  const address = inventAddress("evm", "behind a pooler");
  const payee = await world.payee({ destination: { asset: "ethereum:USDT", address } });
  const { invoiceId } = await world.order({ payees: [payee], price: "40.00" });
  await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: "eth" });
  await eventually("the payment's arrival", async () => {
    return (await world.client.get("/v1/payments")).data[0]?.arrival === "seen";
  });
  await world.client.post("/v1/conversion-checks");
  await eventually("distributed", async () => {
    return (await world.client.get("/v1/conversions")).data[0]?.status === "distributed";
  });
  await world.client.post("/v1/payout-plans");
  await eventually("the payout", async () => {
    return (await world.client.get("/v1/payouts")).data[0]?.status === "completed";
  });
  expect(await world.sandbox.balanceOf(address, "ethereum:USDT")).toBeGreaterThan(0n);
  await eventually("the books agree", async () => (await findTrouble(world)).length === 0);
});

test("a session behind a pooler has our limits, and those of the URL before them", async () => {
  const url = await pooled("session", { ignore_startup_parameters: "statement_timeout" });
  const limits = async (given: string) => {
    const { db, close } = connect(given, { max: 1 });
    const { rows } = await sql<{ statement: string; idle: string }>`
      select current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle`.execute(db);
    await close();
    return rows[0];
  };
  expect(await limits(url)).toEqual({ statement: "1min", idle: "1min" });
  const direct = (await freshDatabase()).url;
  expect(await limits(`${direct}?statement_timeout=7000`)).toEqual({ statement: "7s", idle: "1min" });
});

test.each<[string, Mode, Record<string, string | number>]>([
  ["transactions, as it comes", "transaction", {}],
  ["transactions, one connection for all", "transaction", { default_pool_size: 1 }],
  ["transactions, in turn", "transaction", { server_round_robin: 1, min_pool_size: 4 }],
  ["statements", "statement", {}],
])("a pooler that shares among %s is refused in one sentence", async (_, mode, settings) => {
  const url = await pooled(mode, settings);
  for (let time = 0; time < 3; time++)
    await expect(check(url)).rejects.toMatchObject({
      code: "transaction_pooling",
      message: expect.stringMatching(sentence) as string,
    });
});

test("a pooler by session with too few connections is told what we need", async () => {
  await expect(check(await pooled("session", { default_pool_size: 1 }))).rejects.toMatchObject({
    code: "database_unreachable",
    message: expect.stringContaining("raise default_pool_size of the pooler there.") as string,
  });
});

test("PostgreSQL itself, and a pooler by session in turn, are never taken for one that shares", async () => {
  const { url } = await freshDatabase();
  const session = await pooled("session", { server_round_robin: 1, min_pool_size: 4 });
  for (let time = 0; time < 10; time++) await Promise.all([check(url), check(session), check(session)]);
});

test("the start and doctor say it, and nothing is begun", async () => {
  const url = await pooled("transaction");
  const environment = {
    DATABASE_URL: url,
    NOWPAYMENTS_API_KEY: "np-key-1234",
    NOWPAYMENTS_IPN_SECRET: "ipn-secret-1234",
    CHANGENOW_API_KEY: "cn-key-1234",
    ETHEREUM_RPC_URLS: "http://127.0.0.1:9",
    KEYSTORE_PASSWORD: "correct horse battery",
    PORT: "0",
  };
  const exitCode = process.exitCode;
  onTestFinished(() => {
    process.exitCode = exitCode;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const line of ["start --role api", "migrate"])
    await expect(buildProgram().parseAsync(line.split(" "), { from: "user" }), line).rejects.toMatchObject({
      message: expect.stringMatching(sentence) as string,
    });
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== "");
  await buildProgram().parseAsync(["doctor", "--json"], { from: "user" });
  expect([process.exitCode, JSON.parse(out)]).toMatchObject([
    1,
    {
      ok: false,
      components: [
        { component: "configuration", works: "yes" },
        {
          component: "database",
          works: "no",
          code: "transaction_pooling",
          detail: expect.stringMatching(sentence) as string,
        },
      ],
    },
  ]);
});
