import { startEmbedded } from "../../src/database/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";

/** Milliseconds since 1970. */
export interface Downtime {
  readonly from: number;
  readonly to: number;
}

/** A PostgreSQL that keeps what it promised and nothing else: durable, on one port, stopped as by a crash. */
export interface CrashingDatabase {
  readonly url: string;
  /** Every time it was away, from the stop to the first answer. */
  readonly downtimes: readonly Downtime[];
  /** Stops it at once, without writing anything more, and starts it again on the same data after a while. */
  crash(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param options.directory its user must be able to enter it.
 * @param options.sleep     resolves after so many milliseconds.
 */
export async function startCrashingDatabase(options: {
  directory: string;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}): Promise<CrashingDatabase> {
  const start = (port?: number) =>
    startEmbedded({ dataDirectory: options.directory, log: silentLogger, durable: true, port });
  let server = await start();
  const { url } = server;
  const downtimes: Downtime[] = [];
  return {
    url,
    downtimes,
    async crash(awayMs) {
      const from = options.now();
      await server.stop("immediate");
      await options.sleep(awayMs);
      server = await start(parseInt(new URL(url).port, 10));
      downtimes.push({ from, to: options.now() });
    },
    stop: () => server.stop(),
  };
}
