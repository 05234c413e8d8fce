import { z } from "zod";
import { inTransaction, sql } from "../database/index.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { cancelTransfer, findTransfer, findWallet, planTransfer } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { followSwap } from "./follow-swap.ts";
import { openSwap } from "./open-swap.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { advanceSwap, checkSwapLater, findSwap } from "./swap-store.ts";

/** Does whatever a swap needs next. May run twice, or die at any line: each step is decided on the row as it is. */
export const advanceSwapJob = (deps: SwapDeps): Job =>
  defineJob({
    name: "swaps.advance",
    payload: z.object({ id: z.uuid() }),
    async run({ id }, { signal }) {
      const swap = await findSwap(deps.db, id);
      if (swap === null || endedSwaps.has(swap.status)) return;
      const provider = deps.swapProviders.get(swap.provider);
      if (!provider) throw new Error(`swap provider ${swap.provider} is not configured`);
      if (swap.status === "quoted") return openSwap(deps, swap, provider, signal);
      if (swap.status === "created") return fundSwap(deps, swap);
      if (swap.status === "funding") return followFunding(deps, swap);
      if (swap.transfer_id !== null) return followSwap(deps, swap, provider, signal);
      return giveUpUnfunded(deps, swap);
    },
  });

/** Nothing was sent for a swap that went to review before its funding: past its deadline, what it claims goes back. */
async function giveUpUnfunded(deps: SwapDeps, swap: Swap): Promise<void> {
  const now = deps.clock.now();
  if (swap.deadline_at === null || now <= swap.deadline_at) return;
  const reason = `gave_up: ${swap.review_reason}`;
  await inTransaction(deps.db, (tx) =>
    advanceSwap(tx, swap, {
      to: "rejected",
      cause: { kind: "job", ref: "swaps.advance", note: reason },
      now,
      set: { waiting_reason: reason },
    }),
  );
}

/** An exchange at a floating rate has no end of its own; its quote is not trusted for longer than this. */
const floatingQuoteMs = 3_600_000;

function expiresSoon(deps: SwapDeps, swap: Swap): boolean {
  const quotedAt = swap.quoted_at ?? swap.created_at;
  const until = swap.valid_until?.getTime() ?? quotedAt.getTime() + floatingQuoteMs;
  return until - deps.settings.fundingMarginMs < deps.clock.now().getTime();
}

/** Plans the one transfer that funds the swap: exactly what the exchange was created for, to exactly its address. */
async function fundSwap(deps: SwapDeps, swap: Swap): Promise<void> {
  const now = deps.clock.now();
  const asset = deps.registry.get(swap.source_asset);
  const cause = { kind: "job", ref: "swaps.advance" } as const;
  await inTransaction(deps.db, async (tx) => {
    if (expiresSoon(deps, swap))
      return advanceSwap(tx, swap, {
        to: "expired",
        cause: { ...cause, note: "rate ran out before funding" },
        now,
      });
    const wallet = await findWallet(tx, asset.chain);
    if (!wallet || swap.payin_address === null)
      return checkSwapLater(tx, swap, { at: new Date(now.getTime() + 60_000), waitingReason: "no_wallet" });
    const transferId = await planTransfer(tx, {
      walletId: wallet.id,
      purpose: "swap",
      purposeId: swap.id,
      money: { asset: swap.source_asset, amount: swap.source_amount },
      toAddress: swap.payin_address,
      debitAccount: accounts.swap(swap.provider),
      doneTask: "swaps.advance",
      correlationId: swap.correlation_id,
      now,
    });
    const deadline = new Date(now.getTime() + deps.settings.deadlineMs);
    await advanceSwap(tx, swap, {
      to: "funding",
      cause,
      now,
      set: {
        transfer_id: transferId,
        deadline_at: deadline,
        next_check_at: new Date(now.getTime() + 60_000),
      },
    });
  });
}

/** Our transfer's end decides: final funds the swap; proof that it never can leaves the exchange unfunded for good. */
async function followFunding(deps: SwapDeps, swap: Swap): Promise<void> {
  const now = deps.clock.now();
  const cause = { kind: "chain", ref: `transfer:${swap.transfer_id}` } as const;
  await inTransaction(deps.db, async (tx) => {
    const transfer = await findTransfer(tx, swap.transfer_id ?? "");
    if (transfer === null) return;
    if (transfer.status === "final") {
      await advanceSwap(tx, swap, {
        to: "funded",
        cause,
        now,
        set: { deadline_at: new Date(now.getTime() + deps.settings.deadlineMs) },
      });
      await enqueue(tx, swap.done_task, { id: swap.purpose_id });
      return checkSwapLater(tx, swap, { at: now });
    }
    const unfunded =
      transfer.status === "reverted" || transfer.status === "displaced" || transfer.status === "cancelled";
    if (unfunded)
      return advanceSwap(tx, swap, { to: "expired", cause: { ...cause, note: transfer.status }, now });
    if (
      transfer.status === "planned" &&
      expiresSoon(deps, swap) &&
      (await cancelTransfer(tx, transfer.id, { cause, now }))
    )
      return advanceSwap(tx, swap, {
        to: "expired",
        cause: { ...cause, note: "rate ran out before funding" },
        now,
      });
    // The transfer tells us when it ends; this is only the net under that.
    await checkSwapLater(tx, swap, {
      at: new Date(now.getTime() + 30_000),
      waitingReason: transfer.waiting_reason,
    });
  });
}

/** Wakes swaps whose check time passed. */
export const sweepSwapsJob = (deps: SwapDeps): Job =>
  defineJob({
    name: "swaps.sweep",
    payload: z.object({}).loose(),
    run: () =>
      inTransaction(deps.db, async (tx) => {
        const now = deps.clock.now();
        const { rows } = await sql<{ id: string }>`
          update swap set next_check_at = ${new Date(now.getTime() + 5 * 60_000)}
          where id in (select id from swap where next_check_at <= ${now} order by next_check_at limit 200 for update skip locked)
          returning id`.execute(tx);
        for (const { id } of rows) await enqueue(tx, "swaps.advance", { id }, { key: `swaps.advance:${id}` });
      }),
  });
