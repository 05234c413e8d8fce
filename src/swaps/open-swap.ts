import { inTransaction, sql } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { newId } from "../ids.ts";
import { divide, parseProviderUnits, type Asset } from "../money/index.ts";
import type { CreatedSwap, SubmissionOutcome, SwapProvider, SwapQuote } from "../providers/port.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap } from "./swap.ts";
import { advanceSwap, checkSwapLater } from "./swap-store.ts";

/** After this many tries whose outcome we never learned, a person looks. None of them is ever funded. */
const mostUnknownTries = 8;
const cause = { kind: "provider", ref: "swaps.open" } as const;

/**
 * Quotes and creates the exchange at the provider. Each try is written down before the call. A try whose outcome we
 * do not learn may leave an exchange over there: it stays unfunded and expires, because only the one whose id the
 * swap's row holds is ever funded.
 */
export async function openSwap(
  deps: SwapDeps,
  swap: Swap,
  provider: SwapProvider,
  signal: AbortSignal,
): Promise<void> {
  const pair = {
    source: deps.registry.get(swap.source_asset),
    target: deps.registry.get(swap.target_asset),
    flow: swap.flow,
  };
  let quote: SwapQuote;
  try {
    quote = await provider.quote(pair, swap.source_amount, signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.failure === "rejected") return rejectSwap(deps, swap, error.reason);
    return wait(deps, swap, error.reason);
  }
  const problem = unacceptableQuote(quote, swap, pair.target);
  if (problem !== null) return waitForQuote(deps, swap, problem);
  const attemptId = newId();
  await sql`
    insert into swap_create_attempt (id, swap_id, requested_at, outcome)
    values (${attemptId}, ${swap.id}, ${deps.clock.now()}, 'asked')`.execute(deps.db);
  const outcome = await provider.create(
    {
      ...pair,
      amount: swap.source_amount,
      rateId: quote.rateId,
      address: swap.target_address,
      memo: swap.target_memo,
      refundAddress: swap.refund_address,
      reference: attemptId,
    },
    signal,
  );
  await recordOutcome(deps, swap, { attemptId, quote, outcome });
}

/** A withdrawal fee may take at most this part of what a swap brings; above it, waiting for a larger amount is wiser. */
const largestFeeBps = 1_000n;

/**
 * The slippage limit holds the rate to observed prices; the provider's fixed fee for sending is judged apart, or small
 * payouts would never pass. Returns what is wrong with a quote, or null.
 */
function unacceptableQuote(quote: SwapQuote, swap: Swap, target: Asset): string | null {
  const fee = parseProviderUnits(quote.fees.withdrawal, target.decimals, "up");
  const beforeFee = quote.targetAmount + fee;
  if (beforeFee < swap.least_target_amount) return "quote_below_limit";
  return fee * 10_000n > beforeFee * largestFeeBps ? "withdrawal_fee_too_high" : null;
}

async function recordOutcome(
  deps: SwapDeps,
  swap: Swap,
  {
    attemptId,
    quote,
    outcome,
  }: { attemptId: string; quote: SwapQuote; outcome: SubmissionOutcome<CreatedSwap> },
): Promise<void> {
  const now = deps.clock.now();
  const providerId = outcome.kind === "accepted" ? outcome.value.providerId : null;
  await sql`
    update swap_create_attempt set outcome = ${outcome.kind}, provider_id = ${providerId},
      message = ${outcome.kind === "accepted" ? null : `${outcome.reason}: ${outcome.message}`.slice(0, 500)}
    where id = ${attemptId}`.execute(deps.db);
  if (outcome.kind === "rejected") return rejectSwap(deps, swap, outcome.reason);
  if (outcome.kind === "retryable") return wait(deps, swap, outcome.reason);
  if (outcome.kind === "unknown") return waitAfterUnknown(deps, swap, outcome.reason);
  const created = outcome.value;
  // The rate moved between quote and exchange: the exchange stays unfunded, and the next quote decides anew.
  if (created.expectedTargetAmount < quote.targetAmount - divide(quote.targetAmount, 100n, "up"))
    return waitForQuote(deps, swap, "created_below_quote");
  const problem = unacceptable(deps, swap, created);
  const set = {
    provider_id: created.providerId,
    provider_status: "created",
    payin_address: problem === null ? payinAddressOf(deps, swap, created) : null,
    payin_memo: created.payinMemo,
    rate_id: quote.rateId,
    valid_until: created.validUntil ?? quote.validUntil,
    quoted_target_amount: quote.targetAmount,
    quoted_at: now,
    provider_fees: JSON.stringify(quote.fees),
  };
  await inTransaction(deps.db, async (tx) => {
    if (problem === null) {
      await advanceSwap(tx, swap, { to: "created", cause, now, set });
      await checkSwapLater(tx, swap, { at: now });
    } else
      await advanceSwap(tx, swap, { to: "in_review", cause, now, set: { ...set, review_reason: problem } });
  });
  if (problem === null)
    deps.log.info(
      { swap_id: swap.id, provider_id: created.providerId, correlation_id: swap.correlation_id },
      "swap created",
    );
  else
    deps.log.error(
      { swap_id: swap.id, problem },
      "the provider's exchange is not what we asked for; it is not funded",
    );
}

/** What is wrong with the exchange we were given, or null. Nothing is funded that is not exactly what we asked for. */
function unacceptable(deps: SwapDeps, swap: Swap, created: CreatedSwap): string | null {
  if (!sameAmount(swap.source_amount, created.sourceAmount, deps.registry.get(swap.source_asset).decimals))
    return "amount_mismatch";
  if (created.payinMemo !== null) return "payin_memo_unsupported";
  try {
    return payinAddressOf(deps, swap, created) === swap.refund_address ? "payin_address_is_ours" : null;
  } catch (error) {
    if (error instanceof DomainError) return "payin_address_invalid";
    throw error;
  }
}

/**
 * Providers echo amounts with eight digits after the point where a coin has eighteen. What such an echo cannot show is no
 * mismatch: we send what we asked for.
 */
function sameAmount(asked: bigint, echoed: bigint, decimals: number): boolean {
  const step = decimals > 8 ? 10n ** BigInt(decimals - 8) : 1n;
  const difference = asked > echoed ? asked - echoed : echoed - asked;
  return difference < step;
}

function payinAddressOf(deps: SwapDeps, swap: Swap, created: CreatedSwap): string {
  const chain = deps.chains.get(deps.registry.get(swap.source_asset).chain);
  if (!chain) throw new DomainError("unknown_chain", `No chain is configured for ${swap.source_asset}.`);
  return chain.normaliseAddress(created.payinAddress);
}

async function rejectSwap(deps: SwapDeps, swap: Swap, reason: string): Promise<void> {
  deps.log.warn(
    { swap_id: swap.id, reason, correlation_id: swap.correlation_id },
    "the provider refuses this swap",
  );
  await inTransaction(deps.db, (tx) =>
    advanceSwap(tx, swap, {
      to: "rejected",
      cause: { ...cause, note: reason },
      now: deps.clock.now(),
      set: { waiting_reason: reason },
    }),
  );
}

/** A quote may be better soon. If not, what was claimed goes back and grows: this amount would only get the same answer. */
const patienceWithQuotesMs = 3_600_000;

function waitForQuote(deps: SwapDeps, swap: Swap, problem: string): Promise<void> {
  const age = deps.clock.now().getTime() - swap.created_at.getTime();
  return age > patienceWithQuotesMs ? rejectSwap(deps, swap, problem) : wait(deps, swap, problem);
}

async function wait(deps: SwapDeps, swap: Swap, reason: string): Promise<void> {
  deps.log.warn(
    { swap_id: swap.id, reason, correlation_id: swap.correlation_id },
    "the swap waits for its provider",
  );
  const now = deps.clock.now();
  // Nothing was sent, so giving up is safe: what was claimed goes back, and the next check starts afresh.
  if (swap.deadline_at !== null && now > swap.deadline_at)
    return rejectSwap(deps, swap, `gave_up: ${reason}`);
  const age = now.getTime() - swap.created_at.getTime();
  const at = new Date(now.getTime() + Math.min(Math.max(deps.settings.pollMs, age / 4), 30 * 60_000));
  await inTransaction(deps.db, (tx) => checkSwapLater(tx, swap, { at, waitingReason: reason }));
}

async function waitAfterUnknown(deps: SwapDeps, swap: Swap, reason: string): Promise<void> {
  const { rows } = await sql<{ unknown: number }>`
    select count(*)::integer as unknown from swap_create_attempt where swap_id = ${swap.id} and outcome in ('asked', 'unknown')`.execute(
    deps.db,
  );
  if ((rows[0]?.unknown ?? 0) < mostUnknownTries) return wait(deps, swap, reason);
  deps.log.error({ swap_id: swap.id }, "too many unanswered create calls; a person must look");
  await inTransaction(deps.db, (tx) =>
    advanceSwap(tx, swap, {
      to: "in_review",
      cause: { ...cause, note: reason },
      now: deps.clock.now(),
      set: { review_reason: "create_unanswered" },
    }),
  );
}
