import { ProviderError } from "../errors.ts";
import type { SubmissionOutcome } from "./port.ts";

/**
 * Turns what a submission threw into the outcome it stands for. Our own bugs still throw.
 * @param act resolves only when the provider has accepted.
 */
export async function outcomeOf<T>(
  act: () => Promise<{ value: T; raw: unknown }>,
): Promise<SubmissionOutcome<T>> {
  try {
    return { kind: "accepted", ...(await act()) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { failure, reason, message, details } = error;
    if (failure === "rejected") return { kind: "rejected", reason, message, raw: details["raw"] ?? null };
    return { kind: failure, reason, message };
  }
}
