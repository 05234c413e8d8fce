import { ProviderError } from "../errors.ts";
import type { SwapPair, SwapProvider } from "../providers/port.ts";

/** What one swap of a pair may take somewhere: base units of the source; `max` null is no upper limit. */
export type SwapLimits =
  | { readonly kind: "known"; readonly min: bigint; readonly max: bigint | null }
  /** `no_swap_provider`, or what kept the last provider asked from answering. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The smallest minimum and the largest maximum of the providers that know the pair. One that fails hides no other. */
export async function swapLimits(
  providers: Iterable<SwapProvider>,
  pair: SwapPair,
  signal: AbortSignal,
): Promise<SwapLimits> {
  let reason = "no_swap_provider";
  const answers = await Promise.all(
    [...providers]
      .filter((provider) => provider.knows(pair))
      .map((provider) =>
        provider.limits(pair, signal).catch((error: unknown) => {
          if (!(error instanceof ProviderError)) throw error;
          reason = `provider: ${error.reason}`;
          return null;
        }),
      ),
  );
  const known = answers.filter((limits) => limits !== null);
  if (known.length === 0) return { kind: "unknown", reason };
  const mins = known.map(({ min }) => min);
  const maxs = known.flatMap(({ max }) => max ?? []);
  return {
    kind: "known",
    min: mins.reduce((least, min) => (min < least ? min : least)),
    max: maxs.length < known.length ? null : maxs.reduce((most, max) => (max > most ? max : most)),
  };
}
