import type { ChainFamily } from "../chains/networks.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { defineJob, type Job, enqueueOnce } from "../jobs/index.ts";
import type { AddressDeps } from "./deps.ts";
import { addressTasks } from "./tasks.ts";

/** How many addresses of a family lie ready for orders. They are made by the worker, which alone holds the seed. */
const readyAddresses = 200;
const refillBelow = 100;

/**
 * The address at which one order is paid on all chains of a family: its own, the same one each time it is asked.
 * @throws {DomainError} `no_deposit_address`: none lies ready; a worker makes more within seconds.
 */
export async function takeAddress(
  tx: Tx,
  want: { family: ChainFamily; orderId: string; now: Date },
): Promise<string> {
  const { family, orderId, now } = want;
  const known = await sql<{ address: string }>`
    select address from deposit_address where family = ${family} and order_id = ${orderId}`.execute(tx);
  if (known.rows[0]) return known.rows[0].address;
  const { rows } = await sql<{ address: string }>`
    with free as (
      select id from deposit_address where family = ${family} and order_id is null and derivation_index is not null
      order by derivation_index limit 1 for update skip locked
    )
    update deposit_address a set order_id = ${orderId}, assigned_at = ${now} from free where a.id = free.id
    returning a.address`.execute(tx);
  await enqueueOnce(tx, addressTasks.fill, {});
  if (rows[0]) return rows[0].address;
  throw new DomainError(
    "no_deposit_address",
    `No address on ${family} lies ready for this order. Start a worker with the deposit seed, then try again in some seconds.`,
    { family },
  );
}

/** Makes a shared address of the operator's known, in its normal form. Safe to repeat. */
export async function registerSharedAddress(
  db: Db,
  shared: { family: ChainFamily; address: string; now: Date },
): Promise<void> {
  await sql`
    insert into deposit_address (id, family, address, created_at)
    values (${newId()}, ${shared.family}, ${shared.address}, ${shared.now})
    on conflict (family, address) do nothing`.execute(db);
}

/**
 * Every address that payers were given must still be one of the seed's, or its coins could not be gathered.
 * @throws {DomainError} `deposit_seed_changed`
 */
export async function assertSameSeed(
  db: Db,
  keys: { address(family: ChainFamily, index: number): string },
): Promise<void> {
  const { rows } = await sql<{ family: ChainFamily; address: string; derivation_index: number }>`
    select family, address, derivation_index from deposit_address a
    where derivation_index in (
      select unnest(array[min(derivation_index), max(derivation_index)]) from deposit_address b where b.family = a.family)`.execute(
    db,
  );
  const foreign = rows.find((row) => keys.address(row.family, row.derivation_index) !== row.address);
  if (foreign)
    throw new DomainError(
      "deposit_seed_changed",
      `Payers were given addresses of another seed (${foreign.family} ${foreign.derivation_index}: ${foreign.address}). Put that seed's file back, then start again.`,
    );
}

/** Derives addresses ahead of need, so that the API never holds a key. */
export const fillAddressesJob = (deps: AddressDeps): Job =>
  defineJob(addressTasks.fill, {
    async run() {
      const { keys, chains } = deps.direct;
      if (keys === null) return;
      for (const family of new Set([...chains.values()].map((chain) => chain.family)))
        await inTransaction(deps.db, (tx) => fill(tx, family, keys, deps.clock.now()));
    },
  });

async function fill(
  tx: Tx,
  family: ChainFamily,
  keys: { address(family: ChainFamily, index: number): string },
  now: Date,
): Promise<void> {
  // Two workers would derive the same addresses; the constraint would refuse the second one's, all of them.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`deposit_address:${family}`}, 0))`.execute(tx);
  const { rows } = await sql<{ free: number; next: number }>`
    select count(*) filter (where order_id is null) as free, coalesce(max(derivation_index) + 1, 0) as next
    from deposit_address where family = ${family} and derivation_index is not null`.execute(tx);
  const { free, next } = rows[0]!;
  if (free >= refillBelow) return;
  const indexes = Array.from({ length: readyAddresses - free }, (_, offset) => next + offset);
  await sql`
    insert into deposit_address (id, family, address, derivation_index, created_at)
    select id, ${family}, address, index, ${now}
    from unnest(${indexes.map(() => newId())}::uuid[], ${indexes.map((index) => keys.address(family, index))}::text[],
      ${indexes}::integer[]) as made(id, address, index)`.execute(tx);
}
