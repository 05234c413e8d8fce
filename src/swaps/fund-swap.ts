import { inTransaction } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { enqueueNamed } from "../jobs/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import { cancelTransfer, findTransfer, findWallet, planTransfer } from "../transfers/index.ts";
import { pairOf } from "./choose-quote.ts";
import { swapAccount } from "./chosen-provider.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap } from "./swap.ts";
import { advanceSwap, checkSwapLater } from "./swap-store.ts";
import { swapTasks } from "./tasks.ts";

/** An exchange at a floating rate has no end of its own; its quote is not trusted for longer than this. */
const floatingQuoteMs = 3_600_000;
const rateRanOut = "rate ran out before funding";

function expiresSoon(deps: SwapDeps, swap: Swap): boolean {
  const quotedAt = swap.quoted_at ?? swap.created_at;
  const until = swap.valid_until?.getTime() ?? quotedAt.getTime() + floatingQuoteMs;
  return until - deps.settings.fundingMarginMs < deps.clock.now().getTime();
}

/**
 * Plans the one transfer that funds the swap: exactly what the exchange was created for, to exactly its address, while the
 * provider still waits for it. An exchange that ran out or ended over there is given up unfunded, and quoted anew.
 */
export async function fundSwap(
  deps: SwapDeps,
  swap: Swap,
  provider: SwapProvider,
  signal: AbortSignal,
): Promise<void> {
  if (expiresSoon(deps, swap)) return expire(deps, swap, rateRanOut);
  const standing = await standingOf(deps, swap, provider, signal);
  if (standing.kind === "gone")
    return expire(deps, swap, `the provider said ${standing.status} before funding`);
  const at = new Date(deps.clock.now().getTime() + 60_000);
  if (standing.kind === "unsure")
    return inTransaction(deps.db, (tx) => checkSwapLater(tx, swap, { at, waitingReason: standing.reason }));
  const before = await headOfTarget(deps, swap, signal);
  if (before.kind === "unsure")
    return inTransaction(deps.db, (tx) => checkSwapLater(tx, swap, { at, waitingReason: before.reason }));
  await planFunding(deps, swap, at, before.block);
}

/** Where the target's chain stands before anything is sent: a delivery is in no older block. Null where we do not read it. */
async function headOfTarget(
  deps: SwapDeps,
  swap: Swap,
  signal: AbortSignal,
): Promise<{ kind: "read"; block: bigint | null } | { kind: "unsure"; reason: string }> {
  try {
    const chain = deps.depositChains.get(deps.registry.get(swap.target_asset).chain);
    return { kind: "read", block: chain ? (await chain.head(signal)).number : null };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { kind: "unsure", reason: `chain_unavailable: ${error.reason}` };
  }
}

function expire(deps: SwapDeps, swap: Swap, note: string): Promise<void> {
  const cause = { kind: "job", ref: "swaps.advance", note } as const;
  return inTransaction(deps.db, (tx) =>
    advanceSwap(tx, swap, { to: "expired", cause, now: deps.clock.now() }),
  );
}

type Standing =
  | { readonly kind: "waiting" }
  | { readonly kind: "gone"; readonly status: string }
  | { readonly kind: "unsure"; readonly reason: string };

/** Nothing is sent to an exchange that its provider does not own up to at this moment. */
async function standingOf(
  deps: SwapDeps,
  swap: Swap,
  provider: SwapProvider,
  signal: AbortSignal,
): Promise<Standing> {
  try {
    const told = await provider.status(swap.provider_id ?? "", pairOf(deps, swap), signal);
    if (told === null) return { kind: "unsure", reason: "unknown_at_provider" };
    if (told.status === "waiting") return { kind: "waiting" };
    if (told.status === "unrecognised")
      return { kind: "unsure", reason: `unrecognised_status: ${told.rawStatus}` };
    return { kind: "gone", status: told.rawStatus };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { kind: "unsure", reason: `status_unavailable: ${error.reason}` };
  }
}

async function planFunding(deps: SwapDeps, swap: Swap, at: Date, targetBlock: bigint | null): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const wallet = await findWallet(tx, deps.registry.get(swap.source_asset).chain);
    if (!wallet || swap.payin_address === null)
      return checkSwapLater(tx, swap, { at, waitingReason: "no_wallet" });
    const transferId = await planTransfer(tx, {
      walletId: wallet.id,
      purpose: "swap",
      purposeId: swap.id,
      money: { asset: swap.source_asset, amount: swap.source_amount },
      toAddress: swap.payin_address,
      debitAccount: swapAccount(swap),
      doneTask: swapTasks.advance,
      correlationId: swap.correlation_id,
      now,
    });
    await advanceSwap(tx, swap, {
      to: "funding",
      cause: { kind: "job", ref: "swaps.advance" },
      now,
      set: {
        transfer_id: transferId,
        funded_at_target_block: targetBlock,
        deadline_at: new Date(now.getTime() + deps.settings.deadlineMs),
        next_check_at: at,
      },
    });
  });
}

/** Our transfer's end decides: final funds the swap; proof that it never can leaves the exchange unfunded for good. */
export async function followFunding(deps: SwapDeps, swap: Swap): Promise<void> {
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
      await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
      return checkSwapLater(tx, swap, { at: now });
    }
    const unfunded =
      transfer.status === "reverted" || transfer.status === "displaced" || transfer.status === "cancelled";
    if (unfunded)
      return advanceSwap(tx, swap, { to: "expired", cause: { ...cause, note: transfer.status }, now });
    if (
      transfer.slot === null && // planned, or in review before it was signed
      expiresSoon(deps, swap) &&
      (await cancelTransfer(tx, transfer.id, { cause, now }))
    )
      return advanceSwap(tx, swap, { to: "expired", cause: { ...cause, note: rateRanOut }, now });
    // The transfer tells us when it ends; this is only the net under that.
    await checkSwapLater(tx, swap, {
      at: new Date(now.getTime() + 30_000),
      waitingReason: transfer.waiting_reason,
    });
  });
}
