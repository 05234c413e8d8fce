import type { Clock } from "../clock.ts";

/** "probing": it was open, and one call is under way that decides. */
export type CircuitState = "closed" | "open" | "probing";

/**
 * What one call says of the provider. "unhealthy": it fails or asks to be left alone; "unclear": nothing was learnt (the
 * caller gave up).
 */
export type CallVerdict = "healthy" | "unhealthy" | "unclear";

export interface Admission {
  /** Tells how the call went, once. @param retryAfterMs how long the provider itself asks to be left alone. */
  report(verdict: CallVerdict, retryAfterMs?: number | null): void;
}

/** Keeps calls away from a provider that fails, so that it can recover and nobody waits for it in vain. */
export interface CircuitBreaker {
  readonly provider: string;
  readonly state: CircuitState;
  /** @returns a number: refused, and that many milliseconds from now asking makes sense again. */
  admit(): Admission | number;
}

export interface CircuitChange {
  readonly provider: string;
  readonly state: CircuitState;
  /** How long no call goes out; zero unless open. */
  readonly pauseMs: number;
}

export interface CircuitOptions {
  readonly clock: Clock;
  /** From 0 up to 1, for the jitter. Passed in, so that a simulation can own it. */
  readonly random?: () => number;
  readonly onChange?: (change: CircuitChange) => void;
}

const failuresToOpen = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** What those are told who come while another one's call probes. */
const whileProbingMs = 1_000;

class Breaker implements CircuitBreaker {
  readonly provider: string;
  state: CircuitState = "closed";
  private readonly options: CircuitOptions;
  private failures = 0;
  private openings = 0;
  private openUntil = 0;

  constructor(provider: string, options: CircuitOptions) {
    this.provider = provider;
    this.options = options;
  }

  private get now(): number {
    return this.options.clock.now().getTime();
  }

  admit(): Admission | number {
    if (this.state === "probing") return whileProbingMs;
    if (this.state === "closed")
      return { report: (verdict, retryAfterMs) => this.closedReport(verdict, retryAfterMs ?? null) };
    if (this.now < this.openUntil) return this.openUntil - this.now;
    this.move("probing");
    return { report: (verdict, retryAfterMs) => this.probeReport(verdict, retryAfterMs ?? null) };
  }

  private closedReport(verdict: CallVerdict, retryAfterMs: number | null): void {
    // A call that left before the circuit opened says nothing new when it comes back after.
    if (this.state !== "closed" || verdict === "unclear") return;
    this.failures = verdict === "healthy" ? 0 : this.failures + 1;
    const askedToWait = verdict === "unhealthy" && retryAfterMs !== null && retryAfterMs > 0;
    if (this.failures >= failuresToOpen || askedToWait) this.open(retryAfterMs);
  }

  private probeReport(verdict: CallVerdict, retryAfterMs: number | null): void {
    if (verdict === "unhealthy") return this.open(retryAfterMs);
    // An unclear probe leaves the place to the next one.
    if (verdict === "unclear") return this.move("open");
    this.failures = 0;
    this.openings = 0;
    this.move("closed");
  }

  /** Half of the pause is certain and half is chance, so that many processes do not come back at one moment. */
  private open(retryAfterMs: number | null): void {
    const grown = Math.min(firstPauseMs * 2 ** Math.min(this.openings, 10), longestPauseMs);
    const jittered = grown / 2 + ((this.options.random ?? Math.random)() * grown) / 2;
    const pauseMs = Math.ceil(Math.max(jittered, retryAfterMs ?? 0));
    this.openings += 1;
    this.openUntil = this.now + pauseMs;
    this.move("open", pauseMs);
  }

  private move(state: CircuitState, pauseMs = 0): void {
    this.state = state;
    this.options.onChange?.({ provider: this.provider, state, pauseMs });
  }
}

/**
 * A breaker for one provider. It opens after five failures in a row, or at once when the provider says how long it wants
 * to be left alone; after a pause, which doubles from a second to a minute, one call is let through to try.
 */
export const createCircuitBreaker = (provider: string, options: CircuitOptions): CircuitBreaker =>
  new Breaker(provider, options);
