import { createEvmChain, type EvmChain } from "../src/chains/evm/index.ts";
import { manualClock, type Clock } from "../src/clock.ts";
import { sql, type Database, type Db } from "../src/database/index.ts";
import { newId } from "../src/ids.ts";
import { drainJobs, type Job } from "../src/jobs/index.ts";
import { registry } from "../src/money/index.ts";
import {
  bookReadings,
  depositJobs,
  depositsReadTogether,
  readTransactions,
  type DepositDeps,
  type Readings,
} from "../src/deposits/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";
import { addPayees, groupedBookings, groupedRow, setStage, type Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { createEvmNode, secondsPerBlock, type EvmNode, type NodePayment } from "./evm-node.ts";
import { secondsOf } from "./measure.ts";
import { recordedFamilies, requestsOfLook } from "./recorded-chains.ts";
import { createFigures, type Comparison, type Figures, type Report } from "./report.ts";

const watchedCounts = [10_000, 10] as const;
const openCounts = [100, 1_000, 10_000] as const;
const blocksPerDeposit = 10;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Whoever has not paid by then hardly will. */
const forgottenMs = 14 * dayMs;
/** Between two looks, where open orders' addresses are looked at one by one. */
const everyMs = 60_000;
/** How long the quotes of these orders hold. */
const quoteMs = 30 * 24 * hourMs;
/** As a worker has it unless told otherwise. */
const bookedAtOnce = 8;
/** Who book readings at once, where reading and booking are measured apart: as many as in the row that it is held against. */
const bookingCallers = 4;
const payeesOfOrders = 256;
const firstBlock = 20_000_000n;
const startedAt = new Date("2026-05-01T12:00:00Z");
const paidWith = { native: "ethereum:ETH", token: "ethereum:USDT" } as const;
const depositAmounts = { native: 20_000_000_000_000_000n, token: 50_000_000n } as const;
const depositUsdMicros = 50_000_000n;
const usd: Readonly<Record<string, string>> = { "ethereum:ETH": "2500", "ethereum:USDT": "1" };

/** The chain to catch up with, and whom it pays. */
interface Scene {
  readonly node: EvmNode;
  readonly chain: EvmChain;
  readonly clock: Clock;
  readonly deposits: number;
  /** One for each watched address: whether it is paid in ether or USDT, and how often. */
  readonly orders: readonly {
    readonly address: string;
    readonly kind: NodePayment["kind"];
    readonly deposits: number;
  }[];
}

const chainOver = (clock: Clock, fetch: typeof globalThis.fetch): EvmChain =>
  createEvmChain({
    name: "ethereum",
    chainId: 1,
    rpcUrls: ["http://node.invalid"],
    registry,
    clock,
    maxFeePerGasCap: 1n,
    requestTimeoutMs: 10_000,
    fetch,
  });

function setScene(blocks: number, watched: number): Scene {
  const clock = manualClock(new Date(startedAt.getTime() + blocks * secondsPerBlock * 1_000));
  const { normaliseAddress } = chainOver(clock, globalThis.fetch);
  const deposits = Math.ceil(blocks / blocksPerDeposit);
  const orders = Array.from({ length: watched }, (_, index) => ({
    address: normaliseAddress(`0xbe${index.toString(16).padStart(38, "0")}`),
    kind: index % 2 === 0 ? ("native" as const) : ("token" as const),
    deposits: Math.max(0, Math.ceil((deposits - index) / watched)),
  }));
  const payments = Array.from({ length: deposits }, (_, index): NodePayment => {
    const { address: to, kind } = orders[index % watched]!;
    // The end of the chain pays nobody: every deposit has the confirmations that it needs.
    const offset = Math.floor((index * blocks * 0.9) / deposits);
    return { kind, to, amount: depositAmounts[kind], blockNumber: firstBlock + BigInt(offset) };
  });
  const node = createEvmNode({ firstBlock, blocks, startedAt, payments });
  return { node, chain: chainOver(clock, node.fetch), clock, deposits, orders };
}

/** Orders as they wait for their payments. */
async function fillDatabase(database: Database, { orders }: Scene): Promise<void> {
  const { db } = database;
  // Many, as in the row beside.
  const payees = Array.from({ length: payeesOfOrders }, newId);
  await addPayees(database, payees);
  const ids = orders.map(() => newId());
  const assets = orders.map(({ kind }) => paidWith[kind]);
  const addresses = orders.map(({ address }) => address);
  const parts = orders.map(({ deposits }) => BigInt(Math.max(1, deposits)));
  const prices = parts.map((part) => depositUsdMicros * part);
  const amounts = orders.map(({ kind }, index) => depositAmounts[kind] * parts[index]!);
  await sql`
    insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at,
      created_at, status, checkout_status, processor)
    select id, '', 'bench', '', price, 300, 0, ${startedAt}::timestamptz + interval '30 days', ${startedAt}, 'open', 'none', 'nowpayments'
    from unnest(${ids}::uuid[], ${prices}::numeric[]) as given(id, price)`.execute(db);
  await sql`
    insert into pay_order_split (order_id, payee_id, weight_bps)
    select id, payee, 5000 from unnest(${[...ids, ...ids]}::uuid[], ${[
      ...ids.map((_id, index) => payees[(index * 2) % payees.length]!),
      ...ids.map((_id, index) => payees[(index * 2 + 1) % payees.length]!),
    ]}::uuid[]) as shares(id, payee)`.execute(db);
  await sql`
    insert into deposit_address (id, family, address, derivation_index, order_id, created_at, assigned_at)
    select gen_random_uuid(), 'evm', address, n, order_id, ${startedAt}, ${startedAt}
    from unnest(${addresses}::text[], ${ids}::uuid[]) with ordinality as given(address, order_id, n)`.execute(
    db,
  );
  await sql`
    insert into order_quote (order_id, asset, amount, address, shared, price, expires_at)
    select id, asset, amount, address, false, '{}', ${startedAt}::timestamptz + interval '30 days'
    from unnest(${ids}::uuid[], ${assets}::text[], ${amounts}::numeric[], ${addresses}::text[])
      as given(id, asset, amount, address)`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

function depsOf(db: Db, { chain, clock }: Scene): DepositDeps {
  return {
    db,
    clock,
    log: silentLogger,
    registry,
    processors: new Map(),
    prices: {
      name: "bench",
      observe: (assets) =>
        Promise.resolve(
          new Map(
            assets.map((asset) => [
              asset.id,
              { asset, usd: usd[asset.id]!, source: "bench", sourceTime: null, fetchedAt: clock.now() },
            ]),
          ),
        ),
    },
    chains: new Map(),
    depositChains: new Map([[chain.name, chain]]),
    clockAheadMs: () => 0,
    readDepositPolicy: () =>
      Promise.resolve({
        confirmations: [{ chain: "ethereum", belowUsdMicros: 1_000_000_000n, confirmations: 12n }],
        twoEndpointsFromUsdMicros: null,
        overpaidBps: 100,
        minimumUsdMicros: 100_000n,
        late: { policy: "credit", withinMs: 3_600_000 },
      }),
    settings: { watchMs: 1_000 },
  };
}

/** What searches the chain, and what reads and books the transactions that were found. */
function jobsOf(deps: DepositDeps): { watch: Job; follow: Job } {
  const jobs = new Map(depositJobs(deps).map((job) => [job.name, job]));
  return { watch: jobs.get("payments.watch")!, follow: jobs.get("payments.follow_deposits")! };
}

async function nextBlock(db: Db): Promise<bigint> {
  const { rows } = await sql<{ next_block: bigint }>`select next_block from watch_cursor`.execute(db);
  return rows[0]!.next_block;
}

const runOnce = (watch: Job): Promise<void> =>
  watch.run({ chain: "ethereum" }, { signal: new AbortController().signal, attempt: 1, log: silentLogger });

/** Runs the job as often as a worker would, until the cursor is past the head. */
async function search(db: Db, watch: Job, head: bigint): Promise<void> {
  for (let at = await nextBlock(db); at <= head;) {
    await runOnce(watch);
    const next = await nextBlock(db);
    if (next === at) throw new Error(`the watcher stands still at block ${at}`);
    at = next;
  }
}

/** Every deposit is credited and settled, to the base unit, or the figures mean nothing. */
async function expectBooked(db: Db, { deposits, orders }: Scene): Promise<void> {
  const { rows } = await sql<{ credited: number; settled: number; owed: bigint }>`
    select (select count(*) from deposit where status = 'credited' and surplus_amount = 0) as credited,
      (select count(*) from payment where status = 'settled') as settled,
      (select sum(settled_amount) from payment) as owed`.execute(db);
  const { credited, settled, owed } = rows[0]!;
  const sent = orders.reduce(
    (sum, { kind, deposits: count }) => sum + depositAmounts[kind] * BigInt(count),
    0n,
  );
  if (credited !== deposits || settled !== deposits || owed !== sent)
    throw new Error(
      `of ${deposits} deposits ${credited} were credited and ${settled} settled: ${owed} of ${sent}`,
    );
}

/** By how much the process grew at most since the start, in MB: all along, and in the second half beyond the first. */
async function growthDuring(act: () => Promise<void>, isSecondHalf: () => boolean) {
  const before = process.memoryUsage.rss();
  const peaks = { first: before, second: before };
  const timer = setInterval(() => {
    const half = isSecondHalf() ? "second" : "first";
    peaks[half] = Math.max(peaks[half], process.memoryUsage.rss());
  }, 20);
  await act();
  clearInterval(timer);
  const megabytes = (bytes: number): number => Math.max(0, bytes) / 2 ** 20;
  return {
    whole: megabytes(Math.max(peaks.first, peaks.second) - before),
    secondHalf: megabytes(peaks.second - peaks.first),
  };
}

/** The same requests once more, one after the other, and nothing done with their answers. */
async function replay({ fetch }: EvmNode, requests: readonly string[]): Promise<void> {
  for (const body of requests) await (await fetch("http://node.invalid", { method: "POST", body })).text();
}

const rowsOf = (watched: number) => {
  const of = (row: string): string => `${watched.toLocaleString("en-US")} addresses: ${row}`;
  return {
    searched: of("blocks searched"),
    searchLimit: of("blocks, the same requests without work"),
    searchWork: of("own work a request of the search"),
    searchRequests: of("requests per 1,000 blocks"),
    growth: of("memory, growth while searching"),
    lateGrowth: of("memory, growth in the second half"),
    booked: of("deposits read and booked by the job"),
    read: of("reading part"),
    bookedApart: of("booking part"),
    bookGrowth: of("memory, growth while booking"),
    lateBookGrowth: of("memory, growth in the second half of booking"),
    bookLimit: of("deposits, the same requests without work"),
    bookRequests: of("requests per 1,000 deposits"),
    deposits: of("deposits in the books"),
  };
};

/** One catch-up from an empty database, and its requests once more. */
async function catchUpOnce(server: BenchServer, figures: Figures, size: { blocks: number; watched: number }) {
  const { blocks, watched } = size;
  const rows = rowsOf(watched);
  const scene = setScene(blocks, watched);
  const { node, clock, deposits } = scene;
  const database = await server.fresh({ max: 10 });
  await fillDatabase(database, scene);
  const { watch, follow } = jobsOf(depsOf(database.db, scene));
  await runOnce(watch); // begins where the chain ends now
  node.requests.length = 0;
  const head = node.mine();

  const half = firstBlock + BigInt(Math.floor(blocks / 2));
  let searchSeconds = 0;
  const growth = await growthDuring(
    async () => void (searchSeconds = await secondsOf(() => search(database.db, watch, head))),
    () => node.highestRead() >= half,
  );
  const searchRequests = node.requests.splice(0);
  const searchLimit = await secondsOf(() => replay(node, searchRequests));
  node.requests.length = 0;
  figures.record(rows.searchLimit, "per_second", blocks / searchLimit);
  figures.record(rows.searched, "per_second", blocks / searchSeconds);
  figures.record(rows.searchWork, "ms", ((searchSeconds - searchLimit) * 1_000) / searchRequests.length);
  figures.record(rows.searchRequests, "count", (searchRequests.length * 1_000) / blocks);
  figures.record(rows.growth, "mb", growth.whole);
  figures.record(rows.lateGrowth, "mb", growth.secondHalf);

  const found = await foundIn(database.db);
  const queue = { database, jobs: [follow], clock, log: silentLogger, concurrency: bookedAtOnce };
  const bookSeconds = await secondsOf(() => drainJobs(queue));
  await expectBooked(database.db, scene);
  const bookRequests = node.requests.splice(0);
  const bookLimit = await secondsOf(() => replay(node, bookRequests));
  figures.record(rows.bookLimit, "per_second", deposits / bookLimit);
  figures.record(rows.booked, "per_second", deposits / bookSeconds);
  figures.record(rows.bookRequests, "count", (bookRequests.length * 1_000) / deposits);
  figures.record(rows.deposits, "count", deposits);
  await database.close();
  await server.drop(database.name);
  await bookApart(server, figures, { scene, found, rows });
}

/** What a search left to read. */
async function foundIn(db: Db): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select payload->'payload'->>'hash' as hash from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'payments.follow_deposits' order by j.id`.execute(db);
  return rows.map(({ hash }) => hash);
}

/** The same deposits once more, reading and booking measured apart. */
async function bookApart(
  server: BenchServer,
  figures: Figures,
  { scene, found, rows }: { scene: Scene; found: readonly string[]; rows: ReturnType<typeof rowsOf> },
): Promise<void> {
  const database = await server.fresh({ max: 10 });
  await fillDatabase(database, scene);
  const deps = depsOf(database.db, scene);
  const watched = new Set(scene.orders.map(({ address }) => address));
  const readSets = async (hashes: readonly string[], together: number): Promise<Readings[]> => {
    const sets: Readings[] = [];
    for (let at = 0; at < hashes.length; at += together) {
      const transactions = hashes
        .slice(at, at + together)
        .map((hash) => ({ hash, cause: { kind: "chain", ref: `ethereum/${hash}` } as const }));
      const asked = { chain: scene.chain, watched, transactions };
      sets.push((await readTransactions(deps, asked, new AbortController().signal)).readings);
    }
    return sets;
  };
  let booked = 0;
  const book = async (sets: readonly Readings[]): Promise<void> => {
    const left = sets.values();
    const call = async (): Promise<void> => {
      for (const readings of left) booked += (await bookReadings(deps, readings)).size;
    };
    await Promise.all(Array.from({ length: bookingCallers }, call));
  };
  // A book is not empty, its payees have accounts and its server knows what lies in it: that of the row beside this one is not either.
  const first = found.slice(0, Math.ceil(found.length / 5));
  await book(await readSets(first, Math.ceil(first.length / bookingCallers)));
  await sql`vacuum analyze`.execute(database.db);
  booked = 0;
  const measured = found.slice(first.length);
  let sets: Readings[] = [];
  const readSeconds = await secondsOf(async () => (sets = await readSets(measured, depositsReadTogether)));
  let bookSeconds = 0;
  const growth = await growthDuring(
    async () => void (bookSeconds = await secondsOf(() => book(sets))),
    () => booked >= measured.length / 2,
  );
  await expectBooked(database.db, scene);
  figures.record(rows.read, "per_second", measured.length / readSeconds);
  figures.record(rows.bookedApart, "per_second", measured.length / bookSeconds);
  figures.record(rows.bookGrowth, "mb", growth.whole);
  figures.record(rows.lateBookGrowth, "mb", growth.secondHalf);
  await database.close();
  await server.drop(database.name);
}

const lookRows = (orders: number) => ({
  quoted: `${orders.toLocaleString("en-US")} open orders: looks per order and hour, quote holds`,
  backedOff: `${orders.toLocaleString("en-US")} open orders: looks per order and hour, quote ended`,
  forgotten: `${orders.toLocaleString("en-US")} open orders: looks per order and day, weeks after`,
});

/** How often open orders' addresses are looked at where a chain lists them one by one: while their quotes hold, hours after and weeks after. */
async function countLooks(server: BenchServer, figures: Figures, orders: number): Promise<void> {
  const scene = setScene(1, orders);
  const clock = manualClock(startedAt);
  let looks = 0;
  const listSince = (_address: string, since: string | null) => {
    looks += 1;
    return Promise.resolve({ hashes: [], next: since, more: false });
  };
  const chain = { ...scene.chain, watch: { kind: "addresses" as const, listSince } };
  const database = await server.fresh({ max: 10 });
  await fillDatabase(database, scene);
  const deps: DepositDeps = {
    ...depsOf(database.db, { ...scene, clock }),
    depositChains: new Map([[chain.name, chain]]),
    settings: { watchMs: everyMs },
  };
  const { watch } = jobsOf(deps);
  /** Looks at whatever is due, as a worker does. */
  const lookAtAll = async (): Promise<void> => {
    for (let before = -1; before !== looks;) {
      before = looks;
      await runOnce(watch);
    }
  };
  const looksIn = async (ms: number, stepMs = everyMs): Promise<number> => {
    const before = looks;
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      await lookAtAll();
    }
    return looks - before;
  };
  await lookAtAll();
  const rows = lookRows(orders);
  figures.record(rows.quoted, "count", ((await looksIn(everyMs)) * hourMs) / everyMs / orders);
  clock.advance(quoteMs + 4 * hourMs);
  await lookAtAll();
  figures.record(rows.backedOff, "count", (await looksIn(hourMs)) / orders);
  clock.advance(forgottenMs);
  await lookAtAll();
  figures.record(rows.forgotten, "count", (await looksIn(dayMs, hourMs)) / orders);
  await database.close();
  await server.drop(database.name);
}

/** How fast the watcher catches up with a chain, through the real jobs, over a node that answers from memory. */
export async function benchWatcher(
  server: BenchServer,
  effort: Effort & { blocks: number },
): Promise<Report> {
  const { blocks } = effort;
  const looked = openCounts.filter((orders) => orders <= blocks); // a short run is to stay one
  const figures = createFigures();
  effort.progress("watcher: preparing");
  const stage = await setStage(server);
  const grouped = groupedBookings(stage);
  for (let round = 1; round <= effort.rounds; round++) {
    for (const watched of watchedCounts) {
      effort.progress(`watcher: ${watched} addresses, round ${round} of ${effort.rounds}`);
      await catchUpOnce(server, figures, { blocks, watched });
    }
    // A count by the bench's own clock is the same in every round.
    for (const orders of round === 1 ? looked : []) {
      effort.progress(`watcher: ${orders} open orders`);
      await countLooks(server, figures, orders);
    }
    for (const family of round === 1 ? recordedFamilies : []) {
      const requests = await requestsOfLook(family);
      if (requests !== null) figures.record(`${family.name}: requests a look`, "count", requests);
    }
    figures.record(groupedRow, "per_second", (await grouped(effort.seconds)).perSecond);
  }
  await stage.database.close();
  const [many, few] = [rowsOf(watchedCounts[0]), rowsOf(watchedCounts[1])];
  const goal = { goal: 1, goalName: "no more requests for more addresses" };
  const inSets = { goal: 0.5, goalName: "booked in sets" };
  return figures.report([
    ...[many, few].flatMap((rows): Comparison[] => [
      { row: rows.searched, limit: rows.searchLimit },
      { row: rows.booked, limit: rows.bookLimit },
    ]),
    { row: many.searched, limit: few.searched },
    { row: many.booked, limit: few.booked },
    { row: many.bookedApart, limit: groupedRow, ...inSets },
    { row: few.bookedApart, limit: groupedRow, ...inSets },
    { row: many.searchRequests, limit: few.searchRequests, ...goal },
    { row: many.bookRequests, limit: few.bookRequests, ...goal },
    ...looked.map((orders): Comparison => {
      const { backedOff: row, quoted: limit } = lookRows(orders);
      return { row, limit, goal: 10, goalName: "less often with age" };
    }),
    ...looked.slice(1).map((orders): Comparison => {
      const limit = lookRows(openCounts[0]).backedOff;
      const goalName = "no more looks an order for more orders";
      return { row: lookRows(orders).backedOff, limit, goal: 1, goalName };
    }),
  ]);
}
