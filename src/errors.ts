/** What an error can carry for us; never shown outside, and redacted before it is logged. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The root of everything we throw on purpose. `message` is for the person outside, `details` are for us. */
export abstract class EngineError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean = false;
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.details = details;
  }
}

/** A refusal the caller can act on. Shown outside with its code; a published code is never renamed. */
export class DomainError extends EngineError {
  readonly code: string;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, details, cause);
    this.code = code;
  }
}

/** Our bug. Never shown outside, always loud. */
export class InvariantViolation extends EngineError {
  readonly code: string;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, details, cause);
    this.code = code;
  }
}

/**
 * What became of a request to somebody else's system. Only "rejected" promises that nothing happened;
 * "retryable" means that nothing happened yet and asking again is safe; after "unknown", ask before acting.
 */
export type ProviderFailure = "rejected" | "retryable" | "unknown";

/** Somebody else's system misbehaved or refused. `reason` is our stable word for it, the raw answer is in `details`. */
export class ProviderError extends EngineError {
  readonly code = "provider_error";
  readonly provider: string;
  readonly operation: string;
  readonly failure: ProviderFailure;
  readonly reason: string;
  override readonly retryable: boolean;

  constructor(
    what: { provider: string; operation: string; failure: ProviderFailure; reason: string; message?: string },
    details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(what.message ?? `${what.provider} ${what.operation}: ${what.reason}`, details, cause);
    this.provider = what.provider;
    this.operation = what.operation;
    this.failure = what.failure;
    this.reason = what.reason;
    this.retryable = what.failure === "retryable";
  }
}

/** One line about anything that was thrown, causes included. Safe to store; not for people outside. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own =
    error instanceof EngineError ? `${error.code}: ${error.message}` : `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own} <- ${describeError(error.cause)}`;
}
