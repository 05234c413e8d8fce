import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, RetryLater, type Job, enqueueOnce } from "../jobs/index.ts";
import type { DepositDeps } from "./deps.ts";
import { readAndBook } from "./take-reading.ts";
import { watchedAddresses } from "../addresses/index.ts";
import { claimLife, depositLife } from "./deposit.ts";
import { depositTasks } from "./tasks.ts";

const unavailableMs = 30_000;
/** A node may be behind the one that was searched: what was found is looked for so long before it counts as gone. */
const lookedForMs = 6 * 3_600_000;

/** Has a transaction that a search found read as soon as possible, in the caller's transaction. */
export async function readLater(tx: Tx, found: { chain: string; hash: string; now: Date }): Promise<void> {
  const { chain, hash, now } = found;
  await enqueueOnce(tx, depositTasks.follow, { chain, hash, found_at: now.toISOString() });
}

/** Reads a transaction again until nothing of it can change any more. */
export const followDepositsJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.follow, {
    async run({ chain: name, hash, found_at: foundAt }, { signal }) {
      const chain = deps.depositChains.get(name);
      if (!chain) throw new RetryLater(3_600_000, `${name} is not configured`);
      const watched = await watchedAddresses(deps.db, chain.family);
      const cause = { kind: "chain", ref: `${name}/${hash}` } as const;
      try {
        const { reading, rows } = await readAndBook(deps, { chain, hash, watched, cause }, signal);
        const age = foundAt === undefined ? lookedForMs : deps.clock.now().getTime() - Date.parse(foundAt);
        if (reading.status !== "included" && rows.length === 0 && age < lookedForMs)
          throw new RetryLater(Math.max(deps.settings.watchMs, age / 10), "not shown by this node yet");
      } catch (error) {
        if (error instanceof ProviderError) throw new RetryLater(unavailableMs, error.reason);
        throw error;
      }
    },
  });

/** Wakes deposits and claims that passed their check time. */
export const sweepDepositsJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.sweep, {
    async run() {
      await inTransaction(deps.db, async (tx) => {
        const ids = await depositLife.takeDue(tx, deps.clock.now());
        const { rows } = await sql<{ chain: string; hash: string }>`
          select distinct chain, transaction_hash as hash from deposit where id = any(${ids}::uuid[])`.execute(
          tx,
        );
        for (const at of rows) await enqueueOnce(tx, depositTasks.follow, at);
        await claimLife.wakeDue(tx, deps.clock.now());
      });
      for (const chain of deps.depositChains.keys())
        await enqueueOnce(deps.db, depositTasks.watch, { chain });
    },
  });
