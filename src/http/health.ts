import { DomainError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";

/** One part that we need or would like to have. */
export interface HealthCheck {
  readonly name: string;
  /** Without it we cannot serve. */
  readonly critical: boolean;
  /** Throws when the part does not work; what it returns is shown. */
  check(signal: AbortSignal): Promise<string | void>;
}

export interface ComponentHealth {
  readonly name: string;
  readonly ok: boolean;
  readonly critical: boolean;
  readonly detail: string;
}

const checkTimeoutMs = 2_000;

async function runCheck(check: HealthCheck, log: Logger): Promise<ComponentHealth> {
  const { name, critical } = check;
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      timeout.abort();
      reject(new DomainError("health_timeout", `did not answer within ${checkTimeoutMs} ms`));
    }, checkTimeoutMs);
  });
  try {
    const detail = await Promise.race([check.check(timeout.signal), tooSlow]);
    return { name, ok: true, critical, detail: detail ?? "ok" };
  } catch (error) {
    log.warn({ error, component: name }, "a health check failed");
    // Anyone may ask: the reason is shown only where it was written for people outside.
    const detail = error instanceof DomainError ? error.message : "does not work; the log says why";
    return { name, ok: false, critical, detail };
  } finally {
    clearTimeout(timer);
  }
}

/** Asks every part at once. Ready means that every critical one works. */
export async function checkHealth(
  checks: readonly HealthCheck[],
  log: Logger,
): Promise<{ ready: boolean; components: ComponentHealth[] }> {
  const components = await Promise.all(checks.map((check) => runCheck(check, log)));
  return { ready: components.every(({ ok, critical }) => ok || !critical), components };
}
