import type { Clock } from "../src/clock.ts";

/** The emulated services, by name. */
export type Network =
  | "nowpayments"
  | "changenow"
  | "simpleswap"
  | "flutterwave"
  | "coingecko"
  | "binance"
  | "coinbase"
  | "rpc"
  | "bsc"
  | "solana"
  | "tron"
  | "aptos"
  | "telegram";

/**
 * - lost_request: the connection is cut before anything is done; lost_answer: after it is done.
 * - timeout: nothing is done and no answer comes; timeout_after: it is done and no answer comes.
 * - malformed: it is done; the answer is cut in the middle of its JSON.
 * - latency: it is done and answered, late.
 */
export type Fault =
  | {
      readonly kind: "http";
      readonly status: number;
      /** An object becomes JSON; text is sent as HTML. */
      readonly body?: object | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "lost_request" | "lost_answer" | "timeout" | "timeout_after" | "malformed" }
  | { readonly kind: "latency"; readonly ms: number };

export type FaultRule = Fault & {
  /** How many requests it meets. Default 1. */
  readonly times?: number;
  /** Only requests of this method ("POST") or whose path holds this text ("/exchange"; for the RPC the JSON-RPC method). */
  readonly match?: { readonly method?: string; readonly path?: string };
};

export interface AppliedFault {
  readonly server: Network;
  readonly fault: Fault;
  readonly method: string;
  readonly path: string;
  readonly at: Date;
}

/** The one script of faults that every server obeys. */
export interface Faults {
  /** Queues a fault. The first queued one that matches a request is used. */
  next(server: Network, rule: FaultRule): void;
  /** Every request to the server answers 503 until it is healed. */
  outage(server: Network): void;
  /** Ends outages and forgets what is still queued: of one server, or of all. */
  heal(server?: Network): void;
  readonly applied: readonly AppliedFault[];
  readonly pending: number;
  /** For the servers. @internal */
  take(request: { server: Network; method: string; path: string }): Fault | null;
}

interface Queued {
  readonly server: Network;
  readonly rule: FaultRule;
  left: number;
}

const outageAnswer: Fault = {
  kind: "http",
  status: 503,
  body: "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>",
};

function matches({ match }: FaultRule, request: { method: string; path: string }): boolean {
  if (match?.method !== undefined && match.method !== request.method) return false;
  return match?.path === undefined || request.path.includes(match.path);
}

export function createFaults(clock: Clock): Faults {
  let queue: Queued[] = [];
  const outages = new Set<Network>();
  const applied: AppliedFault[] = [];
  return {
    applied,
    next(server, rule) {
      queue.push({ server, rule, left: rule.times ?? 1 });
    },
    outage: (server) => void outages.add(server),
    heal(server) {
      queue = server === undefined ? [] : queue.filter((queued) => queued.server !== server);
      if (server === undefined) outages.clear();
      else outages.delete(server);
    },
    get pending() {
      return queue.length;
    },
    take(request) {
      const { server, method, path } = request;
      const queued = queue.find(
        (candidate) => candidate.server === server && matches(candidate.rule, request),
      );
      const fault = outages.has(server) ? outageAnswer : (queued?.rule ?? null);
      if (fault === null) return null;
      if (queued !== undefined && fault === queued.rule) {
        queued.left -= 1;
        if (queued.left <= 0) queue = queue.filter((other) => other !== queued);
      }
      applied.push({ server, fault, method, path, at: clock.now() });
      return fault;
    },
  };
}

export interface JournalRow {
  readonly server: Network;
  readonly method: string;
  /** With the query; without the version prefix. */
  readonly path: string;
  readonly body: unknown;
  /** What was answered; null when the connection was cut or nothing was answered yet. */
  status: number | null;
  readonly at: Date;
}

export interface Journal {
  readonly rows: readonly JournalRow[];
  /** Of one server, and where given of one method and a path that holds the text. */
  of(server: Network, match?: { method?: string; path?: string }): JournalRow[];
  clear(): void;
  /** For the servers. @internal */
  add(row: JournalRow): JournalRow;
}

/** A long-lived sandbox must not grow without end: the oldest rows go. */
const rowsKept = 50_000;

export function createJournal(): Journal {
  const rows: JournalRow[] = [];
  return {
    rows,
    of: (server, match = {}) =>
      rows.filter(
        (row) =>
          row.server === server &&
          (match.method === undefined || row.method === match.method) &&
          (match.path === undefined || row.path.includes(match.path)),
      ),
    clear: () => void rows.splice(0),
    add(row) {
      if (rows.length >= rowsKept) rows.splice(0, rowsKept / 10);
      rows.push(row);
      return row;
    },
  };
}
