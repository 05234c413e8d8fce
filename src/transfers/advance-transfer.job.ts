import { StaleStatus } from "../lifecycle/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { broadcastTransfer } from "./broadcast-transfer.ts";
import type { TransferDeps } from "./deps.ts";
import { followTransfer, recordUnreadable } from "./follow-transfer.ts";
import { routeOf, type Route } from "./route.ts";
import { signTransfer } from "./sign-transfer.ts";
import { findTransfer, getTransfer, listAttempts } from "./transfer-store.ts";
import { type Transfer, transferLife } from "./transfer.ts";
import { transferTasks } from "./tasks.ts";

/**
 * Does whatever one transfer needs next. May run twice, at once even, or die at any line: the bytes are stored before they
 * are broadcast, and from then on only these bytes, or others in the same slot, are ever sent.
 */
export const advanceTransferJob = (deps: TransferDeps): Job =>
  defineJob(transferTasks.advance, {
    timeoutMs: 120_000,
    async run({ id: transferId }, { signal, log }) {
      const transfer = await findTransfer(deps.db, transferId);
      if (transfer === null || transferLife.hasEnded(transfer.status)) return;
      const route = await routeOf(deps, transfer);
      if (route === null) throw new Error(`transfer ${transferId} is on a chain that is not configured here`);
      try {
        await advance(deps, transfer, route, signal);
      } catch (error) {
        if (error instanceof StaleStatus) return; // another run moved it, and made the next appointment
        if (!(error instanceof ProviderError)) throw error;
        log.warn(
          { transfer_id: transferId, reason: error.reason, chain: route.chain.name },
          "chain unavailable",
        );
        await recordUnreadable(deps, transferId);
      }
    },
  });

async function advance(
  deps: TransferDeps,
  planned: Transfer,
  route: Route,
  signal: AbortSignal,
): Promise<void> {
  if (planned.slot === null && !(await signTransfer(deps, planned, route, signal))) return;
  let transfer = planned.slot === null ? await getTransfer(deps.db, planned.id) : planned;
  if (transfer.status === "signed") {
    const [newest] = await listAttempts(deps.db, transfer.id);
    await broadcastTransfer(deps, route, newest!, signal);
    transfer = await getTransfer(deps.db, transfer.id);
  }
  if (!transferLife.hasEnded(transfer.status)) await followTransfer(deps, transfer, route, signal);
}
