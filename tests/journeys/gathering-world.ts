import { join } from "node:path";
import { expect } from "vitest";
import { createClient, type Schemas } from "../../client/index.ts";
import type { Clock } from "../../src/clock.ts";
import { sql } from "../../src/database/index.ts";
import { drainJobs, enqueueNamed, type Job } from "../../src/jobs/index.ts";
import { buildServer } from "../../src/http/index.ts";
import {
  allJobs,
  apiOf,
  assemble,
  loadDepositKeys,
  openSigners,
  type Assembly,
} from "../../src/engine/index.ts";
import type { DepositRow } from "../../src/deposits/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { answerTo, driveUntil, findTrouble, startWorld, type World } from "../support/index.ts";
import { orderIn, quoteIn, unitsOf, type DirectOrder } from "./direct-orders.ts";

export const USDT = "ethereum:USDT";
export const ETH = "ethereum:ETH";
export const DAI = "ethereum:DAI";
const minute = 60_000;

/** One sweep with what its transfers came to. */
export interface SweepRow {
  readonly id: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly status: string;
  readonly reason: string | null;
  readonly gas_amount: bigint;
  readonly fee_share_bps: number | null;
}

/** A world without a worker whose jobs hold the seed of payers' addresses, and whose clock can be put forward. */
export interface GatheringWorld {
  readonly world: World;
  readonly parts: Assembly;
  readonly jobs: readonly Job[];
  /** An order of one payee's, paid straight on the chain. */
  order(terms?: {
    price?: string;
    assets?: readonly string[];
    mode?: "instant" | "threshold";
  }): Promise<DirectOrder>;
  /** Sends to the order's address, in the world's own blocks. @returns the hash */
  pay(order: DirectOrder, asset: string, amount?: bigint): Promise<string>;
  /** Runs all jobs, but those left out, and mines until it is true. */
  until<T>(what: string, probe: () => Promise<T>, leftOut?: readonly string[]): Promise<T>;
  /** What is due now by the world's clock, once, without mining. */
  drain(concurrency?: number): Promise<void>;
  /** As the schedule would. */
  look(): Promise<void>;
  /** The engine, its providers and the chain are so much later from now on. */
  forward(minutes: number): Promise<void>;
  deposits(order: DirectOrder): Promise<DepositRow[]>;
  sweeps(order: DirectOrder): Promise<SweepRow[]>;
  swept(order: DirectOrder, count?: number): Promise<SweepRow[]>;
  addressOf(order: DirectOrder): string;
  act(
    thing: Schemas["ReviewThing"],
    id: string,
    action: Schemas["ReviewAction"],
    body?: Schemas["ActOnReview"],
  ): Promise<{ status: number; body: { code?: string } }>;
  /** Books and chains agree, with every job done. */
  expectWhole(): Promise<void>;
}

export async function startGatheringWorld(): Promise<GatheringWorld> {
  let ahead = 0;
  const clock: Clock = { now: () => new Date(Date.now() + ahead) };
  const started = await startWorld({
    worker: false,
    direct: true,
    sandbox: { blocks: "automine", clock },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
  const { DATA_DIRECTORY: directory = "", KEYSTORE_PATH: path = "" } = started.environment;
  const { KEYSTORE_PASSWORD: password = "" } = started.environment;
  const seed = join(directory, "keys", "deposits.json");
  const keys = await (await loadDepositKeys()).openDepositKeys(seed, password);
  const { config, db } = started.engine;
  const parts = assemble(config, db, silentLogger, { clock }, { keys });
  const server = await buildServer({ ...parts, ...apiOf(parts), checks: [] });
  // The API over these parts, so that it goes by the same clock.
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const world: World = {
    ...started,
    client: createClient({ url, apiKey: started.apiKey }),
    async stop() {
      await server.close();
      await started.stop();
    },
  };
  const keystore = { ...config.keystore, path, password };
  const jobs = allJobs(parts, await openSigners({ ...parts, config: { ...config, keystore } }));
  const shared = { database: world.database, jobs, clock, log: silentLogger };
  await enqueueNamed(db, "orders.fill_addresses", {});
  await enqueueNamed(db, "payments.watch", { chain: "ethereum" }, { key: "payments.watch:ethereum" });
  await drainJobs({ ...shared, maxRounds: 1 });
  const until: GatheringWorld["until"] = (what, probe, leftOut = []) =>
    driveUntil(world, what, probe, {
      jobs: jobs.filter(({ name }) => !leftOut.includes(name)),
    }) as ReturnType<typeof probe>;
  const drain: GatheringWorld["drain"] = async (concurrency = 4) =>
    void (await drainJobs({ ...shared, concurrency, maxRounds: 10 }));
  return {
    world,
    parts,
    jobs,
    until,
    drain,
    look: () => enqueueNamed(db, "payments.sweep_addresses", {}, { key: "payments.sweep_addresses" }),
    async forward(minutes) {
      ahead += minutes * minute;
      await world.sandbox.anvil.increaseTime(minutes * 60);
    },
    act: (thing, id, action, body = {}) =>
      answerTo(
        world.client.post("/v1/review/{thing}/{id}/{action}", {
          params: { path: { thing, id, action } },
          body,
        }),
      ),
    ...readers(world, until),
    ...payers(world),
  };
}

function payers(world: World): Pick<GatheringWorld, "order" | "pay" | "addressOf"> {
  const addressOf = (order: DirectOrder): string => order.direct_payment[0]!.address;
  return {
    addressOf,
    async order({ price = "500", assets = [USDT], mode = "threshold" } = {}) {
      const payee = await world.payee({ mode, threshold: "1000" });
      return orderIn(world, assets, {
        price_usd: price,
        splits: [{ payee_id: payee, share_bps: 10_000 }],
        checkout: false,
      });
    },
    async pay(order, asset, amount) {
      const due = amount ?? unitsOf(quoteIn(order, asset));
      return world.sandbox.deposit({ to: addressOf(order), assetId: asset, amount: due });
    },
  };
}

function readers(
  world: World,
  until: GatheringWorld["until"],
): Pick<GatheringWorld, "deposits" | "sweeps" | "swept" | "expectWhole"> {
  const { db } = world.engine;
  const sweeps: GatheringWorld["sweeps"] = async ({ id }) => {
    const { rows } = await sql<SweepRow>`
      select s.* from deposit_sweep s join wallet w on w.id = s.wallet_id
      join deposit_address a on a.address = w.address where a.order_id = ${id} order by s.id`.execute(db);
    return rows;
  };
  return {
    sweeps,
    async deposits({ id }) {
      const { rows } = await sql<DepositRow>`
        select d.* from deposit d join deposit_address a on a.address = d.address
        where a.order_id = ${id} and d.reason is distinct from 'own_transfer' order by d.created_at, d.id`.execute(
        db,
      );
      return rows;
    },
    swept: (order, count = 1) =>
      until(`${count} sweeps of ${order.id}`, async () => {
        const ended = (await sweeps(order)).filter(({ status }) => status === "swept");
        return ended.length >= count ? ended : (undefined as never);
      }),
    async expectWhole() {
      await until("the books and chains agree", async () => (await findTrouble(world)).length === 0).catch(
        async () => expect(await findTrouble(world)).toEqual([]),
      );
    },
  };
}

/** What a sweep sent, in order. */
export const transfersOf = async ({ world }: GatheringWorld, sweepId: string) =>
  (
    await sql<{ purpose: string; status: string; amount: bigint; fee_paid: bigint | null }>`
      select purpose, status, amount, fee_paid from transfer where purpose_id = ${sweepId} order by created_at`.execute(
      world.engine.db,
    )
  ).rows;
/** An order's earnings with what is known of their coins. */
export const earningsOf = async ({ world }: GatheringWorld, orderId: string) =>
  (
    await sql<{ spendable: boolean; status: string; arrival: string; next_check_at: Date | null }>`
      select e.spendable, e.status, p.arrival, p.next_check_at from earning e join payment p on p.id = e.payment_id
      where p.order_id = ${orderId} order by e.id`.execute(world.engine.db)
  ).rows;
