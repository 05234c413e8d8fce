import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { TransferDeps } from "./deps.ts";
import { routeOf, type Route } from "./route.ts";
import { listAttempts } from "./transfer-store.ts";
import type { Landed, Transfer, TransferAttempt } from "./transfer.ts";
import { lockWallet, pauseWallet } from "./wallet.ts";
import { transferTasks } from "./tasks.ts";

const batch = 100;
const undone = "final_transfer_undone";
const givenUpMs = 3 * 24 * 3_600_000;

/**
 * Looks every ended transfer up once more, some time after its end. Finality should not be undone; if it is, our books are
 * wrong, so the wallet stops, a person is told, and the same bytes are sent again until the chain has them back.
 */
export const recheckEndedJob = (deps: TransferDeps): Job =>
  defineJob(transferTasks.recheckEnded, {
    timeoutMs: 300_000,
    async run(_payload, { signal, log }) {
      const before = new Date(deps.clock.now().getTime() - deps.settings.recheckAfterMs);
      const { rows } = await sql<Transfer>`
        select * from transfer where status in ('final', 'reverted') and rechecked_at is null and updated_at <= ${before}
        order by updated_at, id limit ${batch}`.execute(deps.db);
      for (const transfer of rows) {
        const route = await routeOf(deps, transfer);
        if (route === null) continue;
        try {
          await recheck(deps, transfer, route, signal);
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          log.warn({ reason: error.reason, chain: route.chain.name }, "chain unavailable");
          return;
        }
      }
    },
  });

async function recheck(
  deps: TransferDeps,
  transfer: Transfer,
  route: Route,
  signal: AbortSignal,
): Promise<void> {
  const attempts = await listAttempts(deps.db, transfer.id);
  const landed = await sightLanded(transfer, attempts, route, signal);
  const status = landed?.reading.status === "succeeded" ? "final" : "reverted";
  if (landed === null || status !== transfer.status)
    return tellUndone(deps, transfer, { route, attempts, signal });
  const { reading, attempt } = landed;
  if (!reading.final) return; // in a block again, after all: looked at once more when that is final
  await sql`
    update transfer set rechecked_at = ${deps.clock.now()}, review_reason = null, transaction_hash = ${attempt.transaction_hash},
      block_number = ${reading.includedIn.blockNumber}, block_hash = ${reading.includedIn.blockHash}
    where id = ${transfer.id}`.execute(deps.db);
}

async function sightLanded(
  transfer: Transfer,
  attempts: readonly TransferAttempt[],
  { chain }: Route,
  signal: AbortSignal,
): Promise<{ attempt: TransferAttempt; reading: Landed } | null> {
  for (const attempt of attempts) {
    const reading = await chain.readTransaction(attempt.transaction_hash, [transfer.to_address], signal);
    if (reading.status === "succeeded" || reading.status === "reverted") return { attempt, reading };
  }
  return null;
}

/** A person is told once and the wallet stops once; whoever resumes it knows. The sending goes on for some days. */
async function tellUndone(
  deps: TransferDeps,
  transfer: Transfer,
  step: { route: Route; attempts: readonly TransferAttempt[]; signal: AbortSignal },
): Promise<void> {
  const now = deps.clock.now();
  if (transfer.review_reason === null)
    await inTransaction(deps.db, async (tx) => {
      await lockWallet(tx, transfer.wallet_id);
      await pauseWallet(tx, transfer.wallet_id, undone);
      await sql`update transfer set review_reason = ${undone} where id = ${transfer.id}`.execute(tx);
    });
  deps.log.error(
    { transfer_id: transfer.id, correlation_id: transfer.correlation_id, hash: transfer.transaction_hash },
    "the chain took back a transfer that was final",
  );
  const booked = step.attempts.find((attempt) => attempt.transaction_hash === transfer.transaction_hash);
  if (booked) await step.route.chain.broadcast(booked.raw, step.signal);
  if (now.getTime() - transfer.updated_at.getTime() > givenUpMs)
    await sql`update transfer set rechecked_at = ${now} where id = ${transfer.id}`.execute(deps.db);
}
