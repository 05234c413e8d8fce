import { sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { parseProviderUnits, type Asset } from "../money/index.ts";
import type { SwapPair, SwapProvider, SwapQuote } from "../providers/port.ts";
import type { SwapDeps } from "./deps.ts";
import type { QuoteAsked, Swap } from "./swap.ts";

/** One provider's answer to the question what a swap would bring. */
export type Offer =
  | { readonly kind: "good"; readonly provider: SwapProvider; readonly quote: SwapQuote }
  /** It may be better soon. */
  | {
      readonly kind: "poor";
      readonly provider: SwapProvider;
      readonly quote: SwapQuote;
      readonly problem: string;
    }
  /** `refused`: this provider will not do it; `unavailable`: it may, later. */
  | {
      readonly kind: "refused" | "unavailable";
      readonly provider: SwapProvider;
      readonly problem: string;
    };

export const pairOf = ({ registry }: Pick<SwapDeps, "registry">, swap: Swap): SwapPair => ({
  source: registry.get(swap.source_asset),
  target: registry.get(swap.target_asset),
  flow: swap.flow,
});

/**
 * Asks every provider that knows the pair at once, so that one that fails keeps no other from being chosen. Good offers
 * come first, the one that brings most at the head; who gave money back lately for this pair is asked after the others.
 */
export async function askForOffers(deps: SwapDeps, swap: Swap, signal: AbortSignal): Promise<Offer[]> {
  const pair = pairOf(deps, swap);
  const knowing = [...deps.swapProviders.values()].filter((provider) => provider.knows(pair));
  const offers = await Promise.all(knowing.map((provider) => askOne(provider, pair, swap, signal)));
  const refunding = await lateRefunders(deps, swap);
  const worth = (offer: Offer): bigint => (offer.kind === "good" ? offer.quote.targetAmount : -1n);
  const trust = (offer: Offer): number =>
    offer.kind !== "good" ? 0 : refunding.has(offer.provider.name) ? 1 : 2;
  return offers.toSorted(
    (a, b) => trust(b) - trust(a) || (worth(a) === worth(b) ? 0 : worth(a) > worth(b) ? -1 : 1),
  );
}

async function askOne(
  provider: SwapProvider,
  pair: SwapPair,
  swap: Swap,
  signal: AbortSignal,
): Promise<Offer> {
  try {
    const quote = await provider.quote(pair, swap.source_amount, signal);
    const problem = unacceptableQuote(quote, swap, pair.target);
    return problem === null ? { kind: "good", provider, quote } : { kind: "poor", provider, quote, problem };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const kind = error.failure === "rejected" ? "refused" : "unavailable";
    return { kind, provider, problem: error.reason };
  }
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

/** How long a refund or a loss speaks against the provider, while another one can do the swap. */
const distrustMs = 24 * 3_600_000;

async function lateRefunders(deps: SwapDeps, swap: Swap): Promise<ReadonlySet<string>> {
  const since = new Date(deps.clock.now().getTime() - distrustMs);
  const { rows } = await sql<{ provider: string }>`
    select distinct provider from swap where updated_at > ${since} and status in ('refunded', 'written_off')
      and source_asset = ${swap.source_asset} and target_asset = ${swap.target_asset} and provider is not null`.execute(
    deps.db,
  );
  return new Set(rows.map(({ provider }) => provider));
}

/**
 * What was compared, for whoever asks later why this provider was chosen.
 * @param problems why a good offer was not taken, by provider.
 */
export const comparisonOf = (
  offers: readonly Offer[],
  chosen: Offer | null,
  problems: ReadonlyMap<string, string>,
): QuoteAsked[] =>
  offers.map((offer) => ({
    provider: offer.provider.name,
    target_amount: "quote" in offer ? offer.quote.targetAmount.toString() : null,
    withdrawal_fee: "quote" in offer ? offer.quote.fees.withdrawal : null,
    problem:
      offer === chosen
        ? null
        : "problem" in offer
          ? offer.problem
          : (problems.get(offer.provider.name) ?? "another_brings_more"),
  }));
