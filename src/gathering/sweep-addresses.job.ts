import { inTransaction, sql, type Tx } from "../database/index.ts";
import { sweepLife } from "./sweep.ts";
import { newId } from "../ids.ts";
import { gatherable } from "../deposits/index.ts";
import { payersWallets } from "../transfers/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { hours } from "../lifecycle/index.ts";
import type { GatheringDeps } from "./deps.ts";
import { gatheringTasks } from "./tasks.ts";

/** Most addresses that one run opens sweeps for; the next run goes on. */
const opensARun = 500;
/** After a failure the next try waits an hour, then longer: a transfer that reverts costs its fee each time. */
const longestPauseHours = 24;

/** Opens a sweep for every address where final coins lie, and goes on with those that are due. */
export const sweepAddressesJob = (deps: GatheringDeps): Job =>
  defineJob(gatheringTasks.sweepAddresses, {
    run: () =>
      inTransaction(deps.db, async (tx) => {
        await openSweeps(deps, tx);
        await sweepLife.wakeDue(tx, deps.clock.now());
      }),
  });

interface Place {
  readonly wallet_id: string;
  readonly asset: string;
  readonly amount: bigint;
  /** The sweep that waits there already, for another amount. */
  readonly sweep_id: string | null;
  readonly failures: number;
}

/** Coins on chains that we cannot send on lie where they are. What came since a sweep began to wait makes it look again. */
async function openSweeps(deps: GatheringDeps, tx: Tx): Promise<void> {
  const now = deps.clock.now();
  const { rows } = await sql<Place>`
    select w.id as wallet_id, d.asset, sum(d.amount) as amount, s.id as sweep_id, (
      select count(*) from deposit_sweep f where f.wallet_id = w.id and f.asset = d.asset and f.status = 'failed'
        and f.updated_at > coalesce((select max(o.updated_at) from deposit_sweep o
          where o.wallet_id = w.id and o.asset = d.asset and o.status = 'swept'), '-infinity')) as failures
    from ${gatherable} join ${payersWallets} on w.chain = d.chain and w.address = d.address and w.kind = 'deposit'
    left join deposit_sweep s on s.wallet_id = w.id and s.asset = d.asset
      and s.status in ('waiting', 'waiting_for_gas', 'sending')
    where d.chain = any(${[...deps.chains.keys()]}::text[])
    group by w.id, d.asset, s.id
    having s.id is null or (s.status = 'waiting' and s.amount <> sum(d.amount))
    order by w.id, d.asset limit ${opensARun}`.execute(tx);
  for (const place of rows) {
    if (place.sweep_id === null) await open(tx, place, now);
    else
      await sql`
        update deposit_sweep set amount = ${place.amount}, next_check_at = ${now}
        where id = ${place.sweep_id} and status = 'waiting'`.execute(tx);
  }
}

async function open(tx: Tx, { wallet_id, asset, amount, failures }: Place, now: Date): Promise<void> {
  const pauseMs = failures === 0 ? 0 : hours(Math.min(2 ** (failures - 1), longestPauseHours));
  const { rows } = await sql<{ id: string }>`
    insert into deposit_sweep (id, wallet_id, asset, amount, status, created_at, updated_at, next_check_at, deadline_at)
    values (${newId()}, ${wallet_id}, ${asset}, ${amount}, 'waiting', ${now}, ${now}, ${new Date(now.getTime() + pauseMs)},
      ${sweepLife.watchFrom("waiting", now).deadline_at})
    on conflict do nothing returning id`.execute(tx);
  const cause = { kind: "job", ref: gatheringTasks.sweepAddresses.name } as const;
  if (rows[0]) await sweepLife.recordCreation(tx, { id: rows[0].id, to: "waiting", cause, now });
}
