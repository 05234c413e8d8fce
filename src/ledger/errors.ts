import { DomainError, InvariantViolation, type ErrorDetails } from "../errors.ts";

/** An account would pass zero to its wrong side. Nothing was booked; the transaction must be rolled back. */
export class InsufficientFunds extends DomainError {
  constructor(details: ErrorDetails = {}, cause?: unknown) {
    super(
      "insufficient_funds",
      "There is not enough money for this. Ask for less, or wait until more has arrived.",
      details,
      cause,
    );
  }
}

/** The id already names a different entry: a bug in the caller. */
export class EntryConflict extends InvariantViolation {
  constructor(message: string, details: ErrorDetails = {}, cause?: unknown) {
    super("entry_conflict", message, details, cause);
  }
}

interface PostgresError extends Error {
  readonly code?: string;
  readonly hint?: string;
  readonly constraint?: string;
  readonly detail?: string;
}

/** What PostgreSQL refused about a booking, in our words. Anything else comes back as it was. */
export function toLedgerError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, hint, constraint, detail } = error as PostgresError;
  if (hint === "insufficient_funds" || constraint === "not_overdrawn")
    return new InsufficientFunds({ refusal: detail ?? message }, error);
  if (hint === "entry_conflict") return new EntryConflict(message, {}, error);
  if (hint === "unknown_account") return new InvariantViolation("unknown_account", message, {}, error);
  if (constraint === "journal_entry_reversed_once")
    return new DomainError(
      "already_reversed",
      "This was taken back before. Look at what reversed it.",
      { detail },
      error,
    );
  if (constraint === "journal_entry_reverses_id_fkey")
    return new InvariantViolation(
      "unknown_entry",
      "an entry reverses one that is not there",
      { detail },
      error,
    );
  return error;
}
