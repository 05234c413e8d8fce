import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import { connect, sql } from "../../src/database/index.ts";
import { eventually, findTrouble, startWorld, type World } from "../support/index.ts";

const USDT = "ethereum:USDT";
const everySecond = { WORKER_CONCURRENCY: "4" };

type Payout = Schemas["Payout"];

let world: World;
afterEach(() => world.stop());

const paymentsSeen = async (count: number): Promise<boolean> => {
  const { data } = await world.client.get("/v1/payments");
  return data.filter((payment) => payment.arrival === "seen").length === count;
};
const completed = async (count: number): Promise<Payout[] | null> => {
  const { data } = await world.client.get("/v1/payouts");
  return data.length === count && data.every((one) => one.status === "completed") ? data : null;
};

/** Two payees, three customers. @returns the payees' addresses */
async function begin(): Promise<{ payeeId: string; address: string }[]> {
  const payees = [];
  for (const name of ["ann", "bob"]) {
    const address = inventAddress("evm", `outage ${name}`);
    payees.push({ address, payeeId: await world.payee({ destination: { asset: USDT, address } }) });
  }
  for (const payCurrency of ["btc", "eth", "usdttrc20"]) {
    const { invoiceId } = await world.order({ payees: payees.map((one) => one.payeeId), price: "20.00" });
    await world.sandbox.nowpayments.pay({ invoiceId, payCurrency });
  }
  return payees;
}

async function distributed(): Promise<boolean> {
  const { data } = await world.client.get("/v1/conversions");
  return data.length === 1 && data[0]!.status === "distributed";
}

/** What every story ends with: each payee has each payout exactly once, one swap was funded, and the books agree. */
async function expectPaidOnce(payees: { payeeId: string; address: string }[]): Promise<void> {
  const payouts = await eventually("both payouts completed", () => completed(2));
  for (const { payeeId, address } of payees) {
    const [whole = "", fraction = ""] = payouts
      .find((one) => one.payee_id === payeeId)!
      .amount.amount.split(".");
    expect(await world.sandbox.balanceOf(address, USDT)).toBe(BigInt(whole + fraction.padEnd(6, "0")));
  }
  const funded = world.sandbox.changenow.exchanges().filter((one) => one["payinHash"] !== null);
  expect(funded).toHaveLength(1);
  await eventually("the books agree", async () => (await findTrouble(world)).length === 0);
  expect(world.sandbox.failures).toEqual([]);
}

type Asked = "/v1/conversion-checks" | "/v1/payout-plans";
const ask = (path: Asked): Promise<unknown> => world.client.post(path);

describe("the whole path through outages", () => {
  test("F60 F66 F72 the node is down, behind, and lying about finality at every stage: everything completes once", async () => {
    world = await startWorld({ env: everySecond });
    const { rpc } = world.sandbox;
    rpc.lie({ kind: "down" });
    const payees = await begin();
    await eventually("settled without the chain", async () => {
      const { data } = await world.client.get("/v1/payments");
      return data.filter((payment) => payment.status === "settled").length === 3;
    });
    rpc.heal();
    await eventually("three arrivals", () => paymentsSeen(3));
    rpc.lie({ kind: "lagging_head", blocks: 40 });
    await ask("/v1/conversion-checks");
    await eventually("an exchange made", () => world.sandbox.changenow.exchanges().length === 1);
    rpc.lie({ kind: "lost_send_answer" });
    await eventually("funded", () => world.sandbox.changenow.exchanges()[0]!["payinHash"] !== null);
    rpc.lie({ kind: "http", status: 503, body: "<html></html>" });
    await eventually(
      "delivered by their word",
      () => world.sandbox.changenow.exchanges()[0]!.status === "finished",
    );
    expect(await distributed()).toBe(false);
    rpc.heal();
    await eventually("distributed", distributed);
    rpc.lie({ kind: "drop_sends" });
    await ask("/v1/payout-plans");
    await eventually("sends swallowed", () => rpc.dropped.length > 0);
    rpc.heal();
    await expectPaidOnce(payees);
  });

  test("F72 F92 every connection to the database is cut, several times while the story runs: it completes, the books agree", async () => {
    world = await startWorld({ env: everySecond });
    const own = connect(world.database.url, { max: 1, applicationName: "the-test" });
    onTestFinished(() => own.close());
    let cuts = 0;
    const cut = async (): Promise<void> => {
      const { rows } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = current_user and pid <> pg_backend_pid()`.execute(
        own.db,
      );
      cuts += rows.length;
    };
    /** A request that met a cut connection is asked again, as a client would. */
    const insist = (path: Asked) =>
      eventually(`POST ${path}`, () =>
        ask(path).then(
          () => true,
          () => false,
        ),
      );
    const calm = (what: string, probe: () => Promise<unknown>) =>
      eventually(what, () => probe().catch(() => false));
    const payees = await begin();
    await cut();
    await calm("three arrivals", () => paymentsSeen(3));
    await insist("/v1/conversion-checks");
    await cut();
    await eventually("an exchange made", () => world.sandbox.changenow.exchanges().length > 0);
    await cut();
    await calm("distributed", distributed);
    await insist("/v1/payout-plans");
    await cut();
    await calm("both completed", () => completed(2));
    expect(cuts).toBeGreaterThan(4);
    await expectPaidOnce(payees);
  });

  test("F77 the worker is killed in mid-flow, twice: another one takes over, and the chain shows each payout once", async () => {
    world = await startWorld({ worker: false });
    const { KEYSTORE_PASSWORD } = world.environment;
    expect(KEYSTORE_PASSWORD).toBeDefined();
    const startWorker = (): ChildProcess => {
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL("../../bin/spillway.js", import.meta.url)), "start", "--role", "worker"],
        {
          env: { PATH: process.env["PATH"], ...world.environment, LOG_LEVEL: "warn" },
          stdio: ["ignore", "ignore", "ignore"],
        },
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    };
    const killHard = (child: ChildProcess): Promise<void> =>
      new Promise((gone) => {
        child.once("exit", () => gone());
        child.kill("SIGKILL");
      });
    /** Death is noticed by silence; the test does not wait for that long. */
    const age = () =>
      sql`
        with silent as (update worker_heartbeat set seen_at = now() - interval '1 minute')
        update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_at is not null`.execute(
        world.engine.db,
      );
    let worker = startWorker();
    const payees = await begin();
    await eventually("three arrivals", () => paymentsSeen(3));
    await ask("/v1/conversion-checks");
    await eventually("an exchange made", () => world.sandbox.changenow.exchanges().length > 0);
    await killHard(worker);
    await age();
    worker = startWorker();
    await eventually("distributed", distributed);
    await ask("/v1/payout-plans");
    await eventually("a payout signed", async () => {
      const { rows } = await sql`
        select from transfer where purpose = 'payout_attempt' and slot is not null`.execute(world.engine.db);
      return rows.length > 0;
    });
    await killHard(worker);
    await age();
    worker = startWorker();
    await expectPaidOnce(payees);
    await killHard(worker);
  });
});
