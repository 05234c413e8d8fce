import type { Clock } from "../clock.ts";
import { ProviderError } from "../errors.ts";

const keptMs = 3_600_000;
/** After a failure the list is not asked for again at once: each try would cost a whole timeout. */
const pauseAfterFailureMs = 60_000;

/**
 * A long list that a provider has: read again after an hour, and the older one used while it is out of reach.
 * @param onFailure told of each failure, and whether there is an older list.
 * @returns asks for it; null: it was never read.
 */
export function keepList<List>(
  clock: Clock,
  read: (signal: AbortSignal) => Promise<List>,
  onFailure: (error: ProviderError, older: boolean) => void = () => {},
): (signal: AbortSignal) => Promise<List | null> {
  let list: List | null = null;
  let freshUntil = 0;
  return async (signal) => {
    if (clock.now().getTime() < freshUntil) return list;
    try {
      list = await read(signal);
      freshUntil = clock.now().getTime() + keptMs;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason === "aborted") throw error;
      freshUntil = clock.now().getTime() + pauseAfterFailureMs;
      onFailure(error, list !== null);
    }
    return list;
  };
}
