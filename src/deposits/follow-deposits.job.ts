import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import {
  defineJob,
  defineSetJob,
  enqueueMany,
  enqueueOnce,
  keyOf,
  RetryLater,
  type Job,
} from "../jobs/index.ts";
import type { DepositDeps } from "./deps.ts";
import { readAndBook, type Outcome } from "./take-reading.ts";
import { watchedAddresses } from "../addresses/index.ts";
import { claimLife, depositLife } from "./deposit.ts";
import { depositTasks } from "./tasks.ts";

const unavailableMs = 30_000;
/** A node may be behind the one that was searched: what was found is looked for so long before it counts as gone. */
const lookedForMs = 6 * 3_600_000;

/** As many as are read while a payer waits, and are worth a commit. */
export const depositsReadTogether = 200;

/** Has transactions that a search found read as soon as possible, in the caller's transaction. */
export async function readLater(
  tx: Tx,
  found: { chain: string; hashes: readonly string[]; now: Date },
): Promise<void> {
  const { chain, hashes, now } = found;
  // In one order: whoever reads them meanwhile makes an appointment for the same ones.
  const payloads = [...new Set(hashes)]
    .toSorted()
    .map((hash) => ({ chain, hash, found_at: now.toISOString() }));
  await enqueueMany(
    tx,
    depositTasks.follow,
    payloads.map((payload) => ({ payload, key: keyOf(depositTasks.follow, payload) })),
  );
}

/** Reads transactions again until nothing of them can change any more, those that are due on one chain together. */
export const followDepositsJob = (deps: DepositDeps): Job =>
  defineSetJob(depositTasks.follow, {
    timeoutMs: 600_000,
    most: depositsReadTogether,
    alike: ({ chain }) => ({ chain }),
    async run(payloads, { signal }) {
      const name = payloads[0]!.chain;
      const chain = deps.depositChains.get(name);
      if (!chain) throw new RetryLater(3_600_000, `${name} is not configured`);
      const watched = await watchedAddresses(deps.db, chain.family);
      const transactions = [...new Set(payloads.map(({ hash }) => hash))].map((hash) => ({
        hash,
        cause: { kind: "chain", ref: `${name}/${hash}` } as const,
      }));
      const outcomes = await readAndBook(deps, { chain, watched, transactions }, signal);
      return payloads.map(({ hash, found_at: foundAt }) => failureOf(deps, outcomes.get(hash)!, foundAt));
    },
  });

/** What a job about one transaction ends with; null: what can be done about it now is done. */
function failureOf(deps: DepositDeps, outcome: Outcome | Error, foundAt: string | undefined): Error | null {
  if (outcome instanceof ProviderError) return new RetryLater(unavailableMs, outcome.reason);
  if (outcome instanceof Error) return outcome;
  const { reading, isRecorded } = outcome;
  const age = foundAt === undefined ? lookedForMs : deps.clock.now().getTime() - Date.parse(foundAt);
  return reading.status !== "included" && !isRecorded && age < lookedForMs
    ? new RetryLater(Math.max(deps.settings.watchMs, age / 10), "not shown by this node yet")
    : null;
}

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
