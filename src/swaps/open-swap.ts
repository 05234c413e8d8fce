import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { divide } from "../money/index.ts";
import type { CreatedSwap, SubmissionOutcome, SwapQuote } from "../providers/port.ts";
import { askForOffers, comparisonOf, pairOf, type Offer } from "./choose-quote.ts";
import type { SwapDeps } from "./deps.ts";
import { takeRoom } from "./exposure.ts";
import type { Swap } from "./swap.ts";
import { advanceSwap, checkSwapLater, findSwap } from "./swap-store.ts";
import { payinAddressOf, unacceptableExchange } from "./unacceptable-exchange.ts";

/** After this many tries whose outcome we never learned, a person looks. None of them is ever funded. */
const mostUnknownTries = 8;
const cause = { kind: "provider", ref: "swaps.open" } as const;

type Good = Extract<Offer, { kind: "good" }>;

/** What became of one try: the swap went on (or is somebody else's now), or why this provider will not do now. */
type Tried =
  | { readonly kind: "done" }
  | { readonly kind: "no_room" | "poor" | "refused" | "unavailable"; readonly problem: string };

/**
 * Asks all providers for quotes and creates the exchange where it brings most and the exposure limit has room. Each try
 * is written down before the call. A try whose outcome we do not learn may leave an exchange over there: it stays unfunded
 * and expires, because only the one whose id the swap's row holds is ever funded.
 */
export async function openSwap(deps: SwapDeps, swap: Swap, signal: AbortSignal): Promise<void> {
  const offers = await askForOffers(deps, swap, signal);
  const problems = new Map<string, string>();
  const tried: Tried[] = offers.flatMap((offer) =>
    offer.kind === "good" ? [] : [{ kind: offer.kind, problem: offer.problem }],
  );
  for (const offer of offers) {
    if (offer.kind !== "good") continue;
    const result = await tryProvider(deps, swap, { offer, offers, problems }, signal);
    if (result.kind === "done") return;
    problems.set(offer.provider.name, result.problem);
    tried.push(result);
  }
  await sql`
    update swap set quotes = ${JSON.stringify(comparisonOf(offers, null, problems))}::jsonb
    where id = ${swap.id} and status = 'quoted'`.execute(deps.db);
  const first = (kind: Tried["kind"]) =>
    tried.find((one): one is Exclude<Tried, { kind: "done" }> => one.kind === kind)?.problem;
  const mayPass = first("no_room") ?? first("poor") ?? first("unavailable");
  const refusal = first("refused");
  if (first("no_room") === undefined && first("poor") !== undefined)
    return waitForQuote(deps, swap, mayPass!);
  if (mayPass === undefined && refusal !== undefined) return rejectSwap(deps, swap, refusal);
  await wait(deps, swap, mayPass ?? "no_swap_provider");
}

interface Choice {
  readonly offer: Good;
  readonly offers: readonly Offer[];
  readonly problems: ReadonlyMap<string, string>;
}

async function tryProvider(deps: SwapDeps, swap: Swap, choice: Choice, signal: AbortSignal): Promise<Tried> {
  const { provider, quote } = choice.offer;
  const room = { provider: provider.name, limit: await deps.readExposureLimit() };
  const attemptId = newId();
  const taken = await inTransaction(deps.db, async (tx) => {
    if (!(await takeRoom(tx, swap, room))) return false;
    await sql`
      insert into swap_create_attempt (id, swap_id, provider, requested_at, outcome)
      values (${attemptId}, ${swap.id}, ${provider.name}, ${deps.clock.now()}, 'asked')`.execute(tx);
    return true;
  });
  if (!taken) return noRoom(deps, swap);
  const outcome = await provider.create(
    {
      ...pairOf(deps, swap),
      amount: swap.source_amount,
      rateId: quote.rateId,
      address: swap.target_address,
      memo: swap.target_memo,
      refundAddress: swap.refund_address,
      reference: attemptId,
    },
    signal,
  );
  await recordAttempt(deps, attemptId, outcome);
  if (outcome.kind === "rejected") return { kind: "refused", problem: outcome.reason };
  if (outcome.kind === "retryable") return { kind: "unavailable", problem: outcome.reason };
  if (outcome.kind === "unknown") {
    await waitAfterUnknown(deps, swap, outcome.reason);
    return { kind: "done" };
  }
  // The rate moved between quote and exchange: the exchange stays unfunded, and the next quote decides anew.
  if (outcome.value.expectedTargetAmount < quote.targetAmount - divide(quote.targetAmount, 100n, "up"))
    return { kind: "poor", problem: "created_below_quote" };
  return recordCreated(deps, swap, { ...choice, room, created: outcome.value });
}

/** Somebody else may have opened the swap meanwhile: then there is nothing left to do here. */
async function noRoom(deps: SwapDeps, swap: Swap): Promise<Tried> {
  const current = await findSwap(deps.db, swap.id);
  return current?.status === "quoted" ? { kind: "no_room", problem: "exposure_cap" } : { kind: "done" };
}

async function recordAttempt(
  deps: SwapDeps,
  attemptId: string,
  outcome: SubmissionOutcome<CreatedSwap>,
): Promise<void> {
  const providerId = outcome.kind === "accepted" ? outcome.value.providerId : null;
  await sql`
    update swap_create_attempt set outcome = ${outcome.kind}, provider_id = ${providerId},
      message = ${outcome.kind === "accepted" ? null : `${outcome.reason}: ${outcome.message}`.slice(0, 500)}
    where id = ${attemptId}`.execute(deps.db);
}

async function recordCreated(
  deps: SwapDeps,
  swap: Swap,
  made: Choice & { room: { provider: string; limit: bigint | null }; created: CreatedSwap },
): Promise<Tried> {
  const now = deps.clock.now();
  const { offer, created } = made;
  const problem = unacceptableExchange(deps, swap, created);
  const recorded = await inTransaction(deps.db, async (tx) => {
    // Once more: another worker with the same swap may have given its room to another provider meanwhile.
    if (!(await takeRoom(tx, swap, made.room))) return false;
    const set = {
      provider_id: created.providerId,
      provider_status: "created",
      payin_address: problem === null ? payinAddressOf(deps, swap, created) : null,
      payin_memo: created.payinMemo,
      valid_until: created.validUntil ?? offer.quote.validUntil,
      quoted_at: now,
      quotes: JSON.stringify(comparisonOf(made.offers, offer, made.problems)),
      ...quoteColumns(offer.quote),
    };
    if (problem === null) {
      await advanceSwap(tx, swap, { to: "created", cause, now, set });
      await checkSwapLater(tx, swap, { at: now });
    } else
      await advanceSwap(tx, swap, { to: "in_review", cause, now, set: { ...set, review_reason: problem } });
    return true;
  });
  if (!recorded) return noRoom(deps, swap);
  const said = { swap_id: swap.id, provider: offer.provider.name, provider_id: created.providerId };
  if (problem === null) deps.log.info({ ...said, correlation_id: swap.correlation_id }, "swap created");
  else
    deps.log.error(
      { ...said, problem },
      "the provider's exchange is not what we asked for; it is not funded",
    );
  return { kind: "done" };
}

const quoteColumns = (quote: SwapQuote) => ({
  rate_id: quote.rateId,
  quoted_target_amount: quote.targetAmount,
  provider_fees: JSON.stringify(quote.fees),
});

async function rejectSwap(deps: SwapDeps, swap: Swap, reason: string): Promise<void> {
  deps.log.warn(
    { swap_id: swap.id, reason, correlation_id: swap.correlation_id },
    "no provider will do this swap",
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
    "the swap waits for a provider",
  );
  const now = deps.clock.now();
  // Nothing was sent, so giving up is safe: what was claimed goes back, and the next check starts afresh.
  if (swap.deadline_at !== null && now > swap.deadline_at)
    return rejectSwap(deps, swap, `gave_up: ${reason}`);
  const age = now.getTime() - swap.created_at.getTime();
  const delay = spread(swap, Math.min(Math.max(deps.settings.pollMs, age / 4), 30 * 60_000));
  const at = new Date(now.getTime() + delay);
  await inTransaction(deps.db, async (tx) => {
    await sql`update swap set provider = null where id = ${swap.id} and status = 'quoted'`.execute(tx);
    await checkSwapLater(tx, swap, { at, waitingReason: reason });
  });
}

/** Up to a quarter longer, each swap by its own part: those that began to wait together must not ask together. */
const spread = (swap: Swap, delayMs: number): number =>
  delayMs * (1 + Number.parseInt(swap.id.slice(-4), 16) / 0x40000);

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
