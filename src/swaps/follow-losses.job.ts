import { inClaim, recordReceipt } from "../arrivals/index.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { defineJob, enqueueNamed, type Job } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { days, hours } from "../lifecycle/index.ts";
import type { SwapDeps } from "./deps.ts";
import { findWhatItBrought, saysItFailed, wordsOf, type Word } from "./finding.ts";
import {
  claimDelivery,
  isOlderThanFunding,
  readPayeeDelivery,
  type PayeeDelivery,
} from "./payee-delivery.ts";
import { leastOfTold } from "./follow-swap.ts";
import { hearProvider } from "./hear-provider.ts";
import { raiseAlert } from "./raise-alert.ts";
import { walletAt } from "./record-end.ts";
import { normaliseHash, notAttributedElsewhere, seeOnChain, type Arrived } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";
import { findSwap, swapsOf } from "./swap-store.ts";
import { swapTasks } from "./tasks.ts";

const betweenLooksMs = hours(6);
/** Longer than this after it was given up nothing of a swap was ever seen to move. */
const followedMs = days(90);
/** So many are asked about in one run: a provider has a limit on requests. */
const atOnce = 50;

/**
 * Follows swaps that were written off. A payout's that reached its payee after all is no loss, and whoever asked for it is
 * told: the payee has what they were owed, or was paid twice. One whose coins came back is no loss either, and the payee did not
 * get it. One of which nobody could tell, and whose absence the provider and the chain show now, is in doubt no more. What a
 * conversion's brings after all makes good the loss: its earnings were given back, and others are converted by now.
 */
export const followLossesJob = (deps: SwapDeps): Job =>
  defineJob(swapTasks.followLosses, {
    async run(_payload, { signal, log }) {
      for (const swap of await lossesToLookAt(deps)) {
        try {
          await followLoss(deps, swap, signal);
        } catch (error) {
          // One of which nothing can be told now, or whose coins are somebody else's, must not keep the others waiting.
          if (!(error instanceof ProviderError) && !(error instanceof DomainError)) throw error;
          log.warn(
            { error, swap_id: swap.id },
            "what became of a swap that was written off cannot be told now",
          );
        }
        await sql`update swap set loss_checked_at = ${deps.clock.now()} where id = ${swap.id}`.execute(
          deps.db,
        );
      }
    },
  });

/**
 * Looks at once at what became of what was lost for one purpose, for whoever is about to send for it again. What is found is told
 * as the job tells it.
 * @throws {ProviderError} a provider or chain gives no answer now.
 */
export async function followLossesOf(
  deps: SwapDeps,
  { purpose, purposeId }: { purpose: Swap["purpose"]; purposeId: string },
  signal: AbortSignal,
): Promise<void> {
  for (const swap of await swapsOf(deps.db, purpose, purposeId)) {
    const lost = swap.status === "written_off" && swap.loss_finding !== "delivered";
    if (!lost || !deps.swapProviders.has(swap.provider ?? "")) continue;
    try {
      await followLoss(deps, swap, signal);
    } catch (error) {
      // What its provider names is somebody else's: nothing reached the target by it.
      if (!(error instanceof DomainError)) throw error;
      deps.log.warn({ error, swap_id: swap.id }, "a lost swap's provider names what is not its own");
    }
  }
}

/** Those whose provider is configured: nobody else can be asked. */
async function lossesToLookAt({ db, clock, swapProviders }: SwapDeps): Promise<Swap[]> {
  const now = clock.now().getTime();
  const { rows } = await sql<Swap>`
    select * from swap
    where status = 'written_off' and loss_finding <> 'delivered'
      and updated_at > ${new Date(now - followedMs)} and provider = any (${[...swapProviders.keys()]}::text[])
      and (loss_checked_at is null or loss_checked_at <= ${new Date(now - betweenLooksMs)})
    order by loss_checked_at nulls first, id limit ${atOnce}`.execute(db);
  return rows;
}

async function followLoss(deps: SwapDeps, swap: Swap, signal: AbortSignal): Promise<void> {
  const word = await hearProvider(deps, swap, signal);
  const hash = normaliseHash(deps, deps.registry.get(swap.target_asset).chain, word?.payoutHash ?? null);
  if (word?.status === "delivered" && swap.purpose === "conversion") {
    const at = { asset: swap.target_asset, address: swap.target_address, hash: word.payoutHash };
    const arrived = await arrivedFor(deps, swap, at, signal);
    if (arrived !== null) return inClaim(deps, (tx) => recordMadeGood(deps, tx, swap.id, arrived));
  } else if (word?.status === "delivered" && hash !== null) {
    const least = leastOfTold(word);
    const delivery = await readPayeeDelivery(deps, swap, { hash, told: word, least }, signal);
    if (delivery.kind === "brought" && delivery.amount >= least)
      return inTransaction(deps.db, (tx) => recordLateDelivery(deps, tx, swap.id, { hash, delivery }));
  }
  if (word?.status === "refunded" && swap.refund_hash === null) {
    const at = { asset: swap.source_asset, address: swap.refund_address, hash: word.refundHash };
    const arrived = await arrivedFor(deps, swap, at, signal);
    if (arrived !== null) return inClaim(deps, (tx) => recordLateRefund(deps, tx, swap.id, arrived));
  }
  if (swap.loss_finding === "cannot_tell") return clearDoubt(deps, swap, word, signal);
  const proved = swap.purpose === "payout_attempt" && swap.loss_finding === "absent";
  if (proved && swap.refund_hash === null && word !== null && !saysItFailed(word))
    await raiseDoubt(deps, swap, word);
}

/** Writes down that a swap which was given up reached its payee, and has whoever asked for it book what that means. */
async function recordLateDelivery(
  deps: SwapDeps,
  tx: Tx,
  id: string,
  { hash, delivery }: { hash: string; delivery: Extract<PayeeDelivery, { kind: "brought" }> },
): Promise<void> {
  const swap = await lockLoss(tx, id);
  if (swap === null) return;
  const { amount, indexes } = delivery;
  await claimDelivery(tx, swap, { hash, indexes, person: null, now: deps.clock.now() });
  await sql`
    update swap set loss_finding = 'delivered', payout_hash = ${hash}, delivered_amount = ${amount === 0n ? null : amount}
    where id = ${id}`.execute(tx);
  await raiseAlert(deps, tx, { swap, alert: "delivered_after_loss", hash, delivered: amount.toString() });
  await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
}

async function clearDoubt(deps: SwapDeps, seen: Swap, word: Word, signal: AbortSignal): Promise<void> {
  const finding = await findWhatItBrought(deps, seen, { word, patient: false }, signal);
  if (finding.verdict !== "absent") return;
  await inTransaction(deps.db, async (tx) => {
    const swap = await lockLoss(tx, seen.id);
    // Two persons may have vouched for it meanwhile, and the payee is being paid.
    if (swap?.loss_finding !== "cannot_tell") return;
    await sql`update swap set loss_finding = 'absent' where id = ${swap.id}`.execute(tx);
    deps.log.warn(
      { swap_id: swap.id, why: finding.why },
      "a lost swap proved absent: its payout is in doubt no more",
    );
    await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
  });
}

/** Its provider had said that nothing comes, and now says that it is at work or delivered: absence is proved no more. */
async function raiseDoubt(deps: SwapDeps, seen: Swap, word: Word): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const swap = await lockLoss(tx, seen.id);
    if (swap?.loss_finding !== "absent" || swap.refund_hash !== null) return;
    await sql`update swap set loss_finding = 'cannot_tell' where id = ${swap.id}`.execute(tx);
    deps.log.warn(
      { swap_id: swap.id, says: wordsOf(word) },
      "a lost swap may arrive after all: its payout is in doubt",
    );
    await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
  });
}

/** What the provider says it sent to a wallet of ours, final there; null: the chain does not show it. */
async function arrivedFor(
  deps: SwapDeps,
  swap: Swap,
  at: { asset: string; address: string; hash: string | null },
  signal: AbortSignal,
): Promise<Arrived | null> {
  const asset = deps.registry.get(at.asset);
  const hash = normaliseHash(deps, asset.chain, at.hash);
  const seen = hash && (await seeOnChain(deps, { asset, address: at.address, hash }, signal));
  if (!hash || !seen || (await isOlderThanFunding(deps.db, swap, asset.chain, seen.reading))) return null;
  const named = { hash, namedBy: "provider" } as const;
  const [receipt] = await notAttributedElsewhere(deps, swap, named, seen.receipts);
  return receipt ? { ...named, receipt, reading: seen.reading } : null;
}

/** Coins that came to a wallet of ours after their swap was written off: so much less was lost. @returns whether they are new. */
async function recoverLoss(
  deps: SwapDeps,
  tx: Tx,
  swap: Swap,
  { hash, receipt, reading, address }: Arrived & { readonly address: string },
): Promise<boolean> {
  const recorded = await recordReceipt(tx, {
    chain: receipt.asset.chain,
    transactionHash: hash,
    receipt,
    alongside: reading.receipts,
    wallet: await walletAt(tx, receipt.asset.chain, address),
    purpose: "swap",
    purposeId: swap.id,
    credit: accounts.platform("variance"),
    happenedAt: reading.includedIn.blockTime,
    now: deps.clock.now(),
    by: swap.provider ?? "",
    evidence: "named_hash",
  });
  return recorded === "recorded";
}

/** A conversion's swap delivered after all. Its earnings are pending again or converted anew: the coins are the platform's. */
async function recordMadeGood(deps: SwapDeps, tx: Tx, id: string, arrived: Arrived): Promise<void> {
  const swap = await lockLoss(tx, id);
  const address = swap?.target_address ?? "";
  if (swap === null || !(await recoverLoss(deps, tx, swap, { ...arrived, address }))) return;
  const { hash, receipt } = arrived;
  await sql`
    update swap set loss_finding = 'delivered', payout_hash = ${hash}, delivered_amount = ${receipt.amount}
    where id = ${id}`.execute(tx);
  const delivered = receipt.amount.toString();
  await raiseAlert(deps, tx, { swap, alert: "delivered_after_loss", hash, delivered });
}

/** The coins came back: so much less was lost, and none of it reached the payee. */
async function recordLateRefund(deps: SwapDeps, tx: Tx, id: string, arrived: Arrived): Promise<void> {
  const swap = await lockLoss(tx, id);
  const address = swap?.refund_address ?? "";
  if (swap === null || !(await recoverLoss(deps, tx, swap, { ...arrived, address }))) return;
  const { hash, receipt } = arrived;
  const { amount } = receipt;
  await sql`
    update swap set refund_hash = ${hash}, refunded_amount = ${amount},
      loss_finding = case loss_finding when 'cannot_tell' then 'absent' else loss_finding end
    where id = ${id}`.execute(tx);
  await raiseAlert(deps, tx, { swap, alert: "refunded_after_loss", hash, refunded: amount.toString() });
  await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
}

/** Null: somebody else found what became of it. */
async function lockLoss(tx: Tx, id: string): Promise<Swap | null> {
  await sql`select from swap where id = ${id} for update`.execute(tx);
  const swap = await findSwap(tx, id);
  return swap?.status === "written_off" && swap.loss_finding !== "delivered" ? swap : null;
}
