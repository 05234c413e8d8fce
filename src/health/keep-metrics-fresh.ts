import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { formatUnits, registry, usdDecimals, valueInUsd } from "../money/index.ts";
import { equityByAsset } from "../ledger/index.ts";
import type { PriceSource } from "../providers/port.ts";
import { swapExposure } from "../swaps/index.ts";
import { gaugeValue, type Logger, type Metrics } from "../telemetry/index.ts";
import { readWatchStates } from "../deposits/index.ts";
import { walletOverview } from "../transfers/index.ts";
import { listReview, type Desk } from "../desk/index.ts";

interface Parts {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly prices: PriceSource;
  readonly desk: Desk;
}

const everyMs = 15_000;

const gauge = (amount: bigint, decimals: number): number => gaugeValue(formatUnits(amount, decimals));

/** Reads the gauges' values from the database and the chains, now and every 15 seconds. @returns stops it. */
export function keepMetricsFresh(parts: Parts): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const refresh = (): void => {
    running = running
      .then(() => refreshMetrics(parts, AbortSignal.any([stopping.signal, AbortSignal.timeout(everyMs)])))
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) parts.log.warn({ error }, "some metrics could not be read");
      });
  };
  refresh();
  const timer = setInterval(refresh, everyMs);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}

async function refreshMetrics(parts: Parts, signal: AbortSignal): Promise<void> {
  await refreshQueue(parts);
  await refreshThings(parts);
  await refreshWatch(parts);
  await refreshReview(parts, signal);
  await refreshEquity(parts);
  await refreshMoney(parts, signal);
}

/** The recovery desk by owner. */
export async function refreshReview(
  { clock, desk, metrics }: Pick<Parts, "clock" | "desk" | "metrics">,
  signal: AbortSignal,
): Promise<void> {
  const items = await listReview({ clock, desk }, signal, { everyAddress: false });
  const shown = new Set(items.map(({ id }) => id));
  const now = clock.now().getTime();
  for (const owner of ["system", "provider", "operator", "payer"] as const) {
    const own = items.filter((item) => item.owner === owner);
    const once = own.filter(({ partOf }) => partOf === null || !shown.has(partOf));
    const micros = once.reduce((sum, item) => sum + (item.usdMicros ?? 0n), 0n);
    const ages = own.flatMap(({ since }) => (since === null ? [] : [(now - since.getTime()) / 1_000]));
    metrics.reviewItems.set({ owner }, own.length);
    metrics.reviewValueUsd.set({ owner }, gauge(micros, usdDecimals));
    metrics.reviewOldestSeconds.set({ owner }, Math.max(0, ...ages));
  }
}

async function refreshQueue({ db, metrics }: Parts): Promise<void> {
  const { rows } = await sql<{ due: number; age: string | null; dead: number }>`
    select count(*) filter (where locked_at is null and run_at <= now()) as due,
      extract(epoch from now() - min(run_at) filter (where locked_at is null and run_at <= now()))::text as age,
      (select count(*) from job_dead_letter) as dead
    from graphile_worker.jobs where attempts < max_attempts`.execute(db);
  metrics.queueDue.set(rows[0]?.due ?? 0);
  metrics.queueOldestSeconds.set(gaugeValue(rows[0]?.age ?? "0"));
  metrics.deadLetters.set(rows[0]?.dead ?? 0);
  const { rows: runs } = await sql<{
    task: string;
    succeeded_at: Date;
  }>`select task, succeeded_at from schedule_run`.execute(db);
  for (const { task, succeeded_at } of runs)
    metrics.scheduleLastSuccess.set({ task }, succeeded_at.getTime() / 1_000);
}

async function refreshThings({ db, metrics }: Parts): Promise<void> {
  const { rows } = await sql<{ thing: string; status: string; count: number }>`
    select 'order' as thing, status, count(*) as count from pay_order group by status
    union all select 'payment', status, count(*) from payment group by status
    union all select 'deposit', status, count(*) from deposit group by status
    union all select 'deposit_sweep', status, count(*) from deposit_sweep group by status
    union all select 'conversion', status, count(*) from conversion group by status
    union all select 'swap', status, count(*) from swap group by status
    union all select 'transfer', status, count(*) from transfer group by status
    union all select 'payout', status, count(*) from payout group by status`.execute(db);
  metrics.things.reset();
  for (const { thing, status, count } of rows) metrics.things.set({ thing, status }, count);
}

/** How the search for direct payments stands, chain by chain. */
export async function refreshWatch({
  db,
  clock,
  metrics,
}: Pick<Parts, "db" | "clock" | "metrics">): Promise<void> {
  const secondsSince = (at: Date | null): number =>
    at === null ? 0 : Math.max(0, (clock.now().getTime() - at.getTime()) / 1_000);
  for (const state of await readWatchStates(db)) {
    const { chain } = state;
    metrics.watchStanding.set({ chain }, secondsSince(state.standing_since));
    metrics.watchRefusals.set({ chain }, gauge(state.refusals, 0));
    if (state.behind_blocks !== null) metrics.watchBehind.set({ chain }, gauge(state.behind_blocks, 0));
    metrics.watchCursorAge.set({ chain }, secondsSince(state.moved_at ?? state.searched_at));
  }
}

/** What is held less what is owed, asset by asset. */
export async function refreshEquity({ db, metrics }: Pick<Parts, "db" | "metrics">): Promise<void> {
  for (const [asset, equity] of await equityByAsset(db))
    metrics.platformEquity.set({ asset }, gauge(equity, registry.get(asset).decimals));
}

async function refreshMoney({ db, metrics, prices, chains }: Parts, signal: AbortSignal): Promise<void> {
  const { rows: flying } = await sql<{ path: string; asset: string; amount: bigint }>`
    select path, asset, -ledger_balance(path, asset) as amount from ledger_account where path like 'swap:%' or path like 'processor:%'`.execute(
    db,
  );
  for (const { path, asset, amount } of flying)
    metrics.inFlight.set(
      { provider: path.split(":")[1] ?? "", asset },
      gauge(amount, registry.get(asset).decimals),
    );
  metrics.swapExposureUsd.reset();
  for (const { provider, usd_micros: usd } of await swapExposure(db))
    metrics.swapExposureUsd.set({ provider }, gauge(usd, usdDecimals));
  const { rows: pending } = await sql<{ asset: string; amount: bigint }>`
    select asset, sum(amount) as amount from earning where status in ('pending', 'converting') group by asset`.execute(
    db,
  );
  const observed =
    pending.length > 0
      ? await prices.observe(
          pending.map((row) => registry.get(row.asset)),
          signal,
        )
      : new Map<string, { usd: string }>();
  metrics.pendingValueUsd.reset();
  for (const { asset, amount } of pending) {
    const price = observed.get(asset);
    if (price)
      metrics.pendingValueUsd.set(
        { asset },
        gauge(valueInUsd(amount, registry.get(asset), price.usd, "down"), usdDecimals),
      );
  }
  for (const wallet of await walletOverview(db, chains, signal)) {
    const { chain, address, asset, onChain, runway, problem } = wallet;
    const { decimals } = registry.get(asset);
    metrics.walletCoins.set({ chain, address, asset, source: "book" }, gauge(wallet.booked, decimals));
    metrics.walletStopped.set({ chain, address }, problem === null ? 0 : 1);
    if (onChain !== null)
      metrics.walletCoins.set({ chain, address, asset, source: "chain" }, gauge(onChain, decimals));
    if (runway !== null) metrics.walletRunway.set({ chain, address }, gauge(runway, 0));
  }
}
