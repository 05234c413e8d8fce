import type pg from "pg";
import { connect, type Database } from "../src/database/index.ts";
import type { Effect, Interleaver } from "./fibers.ts";

type Client = pg.PoolClient & { readonly processID: number; connection: { stream: { destroy(): void } } };

/** A connection that looks at others: what they wait for, and that they are gone. */
export interface Monitor {
  isBlocked(backend: number): Promise<boolean>;
  terminate(backends: readonly number[]): Promise<void>;
}

export interface ProcessDatabase {
  readonly database: Database;
  /** Cuts every connection as a killed process would, and waits until the server has noticed. */
  cut(): Promise<void>;
}

const verbs =
  /(?<!for )(?<!key )\b(insert into|update|delete from)\s+(?:only\s+)?([a-z_.]+)|\b(graphile_worker\.[a-z_]+|job_add|payment_settle|ledger_post|ledger_[a-z]+)\s*\(/g;

/** What a statement writes, in a few words; null when it only reads. */
export function describeWrites(text: string): string | null {
  const words = new Set<string>();
  for (const [, verb, table, call] of text.toLowerCase().matchAll(verbs)) {
    if (verb !== undefined)
      words.add(`${verb.split(" ")[0]} ${table!.replace("graphile_worker._private_", "queue ")}`);
    else if (call !== "ledger_account" && call !== "ledger_delta")
      words.add(call!.replace("graphile_worker.", "queue "));
  }
  return words.size === 0 ? null : [...words].join(", ");
}

const described = new Map<string, string | null>();
function writesOf(text: string): string | null {
  let words = described.get(text);
  if (words === undefined) described.set(text, (words = describeWrites(text)));
  return words;
}

type Kind = "begin" | "commit" | "rollback" | "statement";

function kindOf(text: string): Kind {
  const head = text.slice(0, 20).trimStart().toLowerCase();
  if (head.startsWith("begin") || head.startsWith("start transaction")) return "begin";
  if (head.startsWith("commit")) return "commit";
  return head.startsWith("rollback") ? "rollback" : "statement";
}

/** What one connection did since it last began. */
class Session {
  private writes: Set<string> | null = null;

  /** What is about to happen: the name of the point a process could die at, and whether locks may be freed. */
  next(text: string): Pick<Effect, "point" | "freesLocks"> {
    const kind = kindOf(text);
    if (kind === "statement") {
      const words = writesOf(text);
      if (this.writes === null) return { point: words, freesLocks: words !== null };
      if (words !== null) this.writes.add(words);
      return { point: null, freesLocks: false };
    }
    const done = this.writes;
    this.writes = kind === "begin" ? new Set() : null;
    const point =
      kind === "commit" && done !== null && done.size > 0 ? `commit of ${[...done].join(", ")}` : null;
    return { point, freesLocks: kind !== "begin" };
  }
}

function textOf(first: unknown): string | null {
  if (typeof first === "string") return first;
  return typeof first === "object" && first !== null && "text" in first ? String(first.text) : null;
}

/** A pool whose every statement waits for its turn, for one process of the simulation. */
export function openProcessDatabase(
  url: string,
  interleaver: Interleaver,
  monitor: Monitor,
): ProcessDatabase {
  const database = connect(url, { max: 24, applicationName: "spillway-simulation" });
  const clients = new Set<Client>();
  database.pool.on("connect", (plain) => {
    const client = plain as Client;
    clients.add(client);
    const session = new Session();
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const inTurn = (...args: unknown[]): unknown => {
      const text = textOf(args[0]);
      if (text === null || typeof args.at(-1) === "function") return query(...args);
      let next: Pick<Effect, "point" | "freesLocks"> | undefined;
      return interleaver.perform({
        get point() {
          return (next ??= session.next(text)).point;
        },
        get freesLocks() {
          return (next ??= session.next(text)).freesLocks;
        },
        run: () => query(...args),
        isBlocked: () => monitor.isBlocked(client.processID),
      });
    };
    client.query = inTurn as typeof client.query;
  });
  const open = database.pool.connect.bind(database.pool);
  // Only the form that promises: whoever passes a callback asks for no turn.
  const opened = (...args: Parameters<typeof open>): unknown =>
    args.length > 0 ? open(...args) : interleaver.awaits(open());
  database.pool.connect = opened as typeof open;
  database.pool.on("remove", (client) => clients.delete(client as Client));
  return {
    database,
    async cut() {
      const backends = [...clients].map(({ processID }) => processID);
      const cut = [...clients];
      // The server first: a session that hears of it by its broken connection lets its locks go when it likes.
      await monitor.terminate(backends);
      for (const client of cut) client.connection.stream.destroy();
    },
  };
}
