import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "../../src/database/index.ts";
import { createRandom } from "../random.ts";
import { awaitOpenWallet, createEngineWorld, type EngineWorld } from "./engine-world.ts";
import { findLosses } from "./find-losses.ts";
import { drawVisits, letCustomersCome } from "./load.ts";
import { longestStallMs } from "./longest-stall.ts";
import { keepTime } from "./metronome.ts";
import { replayCommand, type ProcessesOrder, type ProcessesReport } from "./processes-report.ts";
import { blowMs, dealBlows, drawBlows, troubleProviders } from "./trouble.ts";
import { findUnfinished, settledPayments } from "./unfinished.ts";

export interface ProcessesOptions extends ProcessesOrder {
  /** Whether providers and the node fail now and then too; true if absent. */
  readonly providerFaults?: boolean;
  /** How long everything may take to come to its end after the last trouble; 4 minutes if absent. */
  readonly settleWithinMs?: number;
  readonly progress?: (text: string) => void;
}

/** Room for customers to come before the first blow and between them, where there are few blows. */
const perPaymentMs = 120;

async function countRows(world: EngineWorld) {
  const { rows } = await sql<{ payouts: number; conversions: number; transfers: number }>`
    select (select count(*) from payout where status = 'completed') as payouts,
      (select count(*) from conversion where status = 'distributed') as conversions,
      (select count(*) from transfer where status = 'final') as transfers`.execute(world.database.db);
  return rows[0]!;
}

async function measureStall(world: EngineWorld): Promise<number> {
  const { rows } = await sql<{ id: string; at: Date }>`
    select p.external_id as id, min(c.changed_at) as at from payment p join status_change c on c.thing_id = p.id
    where c.thing = 'payment' and c.to_status = 'settled' group by p.id`.execute(world.database.db);
  const settledAt = new Map(rows.map(({ id, at }) => [id, at.getTime()]));
  const waits = settledPayments(world.sandbox).flatMap((payment) => {
    const at = settledAt.get(String(payment.payment_id));
    return at === undefined ? [] : [{ dueAt: Date.parse(String(payment["updated_at"])), settledAt: at }];
  });
  return longestStallMs(waits, world.server.downtimes);
}

/** Waits until nothing has moved any more for two looks, or the time is up: then what is left is named by the checks. */
async function awaitQuiet(
  world: EngineWorld,
  withinMs: number,
  progress: (text: string) => void,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let quiet = 0; quiet < 2;) {
    const left = await findUnfinished(world.database.db, world.sandbox).catch((error: unknown) => [
      String(error),
    ]);
    quiet = left.length === 0 ? quiet + 1 : 0;
    if (performance.now() > deadline) return;
    if (left.length > 0) progress(`${left.length} under way, such as: ${left[0]}`);
    await sleep(2_500); // longer than the metronome's beat, so that whatever it starts is seen
  }
}

async function troubleUntilAllPaid(
  world: EngineWorld,
  options: ProcessesOptions,
  signal: AbortSignal,
): Promise<{ api: number; worker: number; database: number }> {
  const random = createRandom(`processes/${options.seed}`);
  const { kills, databaseStops, payments, providerFaults = true, progress = () => undefined } = options;
  const blows = drawBlows(random.fork("blows"), { kills, databaseStops });
  const withinMs = Math.max(blows.length * blowMs, payments * perPaymentMs);
  const dealt = { api: 0, worker: 0, database: 0 };
  const calm = new AbortController();
  const troubled = providerFaults
    ? troubleProviders(world.sandbox, random.fork("providers"), AbortSignal.any([calm.signal, signal]))
    : null;
  let paid = 0;
  const tell = (): void =>
    progress(
      `${paid} of ${payments} paid, ${dealt.api + dealt.worker} of ${kills} kills, ` +
        `${dealt.database} of ${databaseStops} database stops`,
    );
  try {
    await Promise.all([
      letCustomersCome(world, drawVisits(random.fork("visits"), payments, withinMs), signal, () => {
        paid += 1;
        if (paid % 20 === 0) tell();
      }),
      dealBlows(world, blows, signal, (what) => {
        dealt[what] += 1;
        tell();
      }),
    ]);
  } finally {
    calm.abort();
    await troubled;
    world.sandbox.heal();
  }
  return dealt;
}

async function reportOn(
  world: EngineWorld,
  asked: ProcessesOrder,
  run: { dealt: { api: number; worker: number; database: number }; started: number },
): Promise<ProcessesReport> {
  const losses = await findLosses(world, AbortSignal.timeout(60_000));
  const away = world.server.downtimes.map(({ from, to }) => to - from);
  const { api, worker, database } = run.dealt;
  return {
    asked,
    payments: settledPayments(world.sandbox).length,
    ...(await countRows(world)),
    kills: { api, worker },
    databaseStops: database,
    endedByThemselves: world.processes.reduce((sum, one) => sum + one.endedByItself, 0),
    lost: losses.filter(({ kind }) => kind === "lost").length,
    doubled: losses.filter(({ kind }) => kind === "doubled").length,
    losses,
    longestStallMs: Math.round(await measureStall(world)),
    databaseAwayMs: Math.round(away.reduce((sum, ms) => sum + ms, 0)),
    longestDatabaseAwayMs: Math.round(Math.max(0, ...away)),
    tookMs: Math.round(performance.now() - run.started),
    logs: losses.length > 0 ? world.directory : null,
  };
}

/**
 * Runs the engine as many processes on one PostgreSQL, under load, while they and it are killed at random; lets everything
 * come to its end; and holds its book against what the processor, the swap provider and the chain say.
 * The seed decides the load, the faults and the blows; what meets what is the machine's.
 * @throws when the run cannot be brought to its end, with the command that runs it again.
 */
export async function runProcesses(options: ProcessesOptions): Promise<ProcessesReport> {
  const { progress = () => undefined, settleWithinMs = 240_000 } = options;
  const { seed, payments, apis, workers, kills, databaseStops } = options;
  const asked: ProcessesOrder = { seed, payments, apis, workers, kills, databaseStops };
  const started = performance.now();
  const over = new AbortController();
  const { signal } = over;
  setMaxListeners(0, signal); // every customer waits with it
  const world = await createEngineWorld({ ...asked, supervised: true }, signal);
  let keep = true;
  try {
    for (const one of world.processes) one.start();
    await awaitOpenWallet(world, signal);
    progress("the engine is up");
    const time = keepTime(world, signal);
    const dealt = await troubleUntilAllPaid(world, options, signal);
    progress("calm: waiting for everything to come to its end");
    await awaitQuiet(world, settleWithinMs, progress);
    over.abort();
    await time;
    const report = await reportOn(world, asked, { dealt, started });
    keep = report.losses.length > 0;
    return report;
  } catch (cause) {
    throw new Error(`The run broke off; logs are in ${world.directory}. Again: ${replayCommand(asked)}`, {
      cause,
    });
  } finally {
    over.abort();
    await world.stop({ keep });
  }
}
