import { createHash } from "node:crypto";
import { CompiledQuery } from "kysely";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { jobArguments } from "../jobs/index.ts";
import { isProbe, type PaymentProcessor } from "../providers/port.ts";
import { createLane, prepared, type Db } from "../database/index.ts";

export interface Received {
  readonly eventId: number;
  readonly duplicate: boolean;
  /** Ours, sent to ourselves: nothing was stored. */
  readonly probe?: true;
}

interface Arrived {
  readonly processor: string;
  readonly body: Buffer;
  readonly hash: Buffer;
}

/**
 * Verifies and stores inbound events; nothing else happens before the answer. Events that arrive while an insert is
 * under way share the next one, so many webhooks cost one commit.
 */
export function createIntake(deps: {
  db: Db;
  clock: Clock;
  processors: ReadonlyMap<string, PaymentProcessor>;
}) {
  const store = createLane<Arrived, Received>({
    largestBatch: 500, // enough to keep up, few enough to stay quick
    work: (events) => storeEvents(deps.db, events, "webhook", deps.clock.now()),
  });

  return {
    /**
     * Resolves once the event is durable, as it was signed: however a body is respelled, it stays one event.
     * @throws {DomainError} `unknown_processor`; `invalid_signature` (nothing is stored).
     */
    receive(
      processorName: string,
      body: Buffer,
      headers: Readonly<Record<string, string | string[] | undefined>>,
    ): Promise<Received> {
      const processor = deps.processors.get(processorName);
      if (!processor)
        throw new DomainError(
          "unknown_processor",
          `No processor "${processorName.slice(0, 40)}" is configured.`,
        );
      const signed = processor.verifyEvent(body, headers);
      if (signed === null)
        throw new DomainError(
          "invalid_signature",
          "The signature does not match the body. Check the IPN secret on both sides.",
        );
      if (isProbe(signed)) return Promise.resolve({ eventId: 0, duplicate: false, probe: true as const });
      const hash = createHash("sha256").update(signed).digest();
      return store({ processor: processorName, body: signed, hash });
    },
  };
}

export type Intake = ReturnType<typeof createIntake>;

/** What a processor told us when we asked, as an event to store. */
export function asEvent(raw: string): { body: Buffer; hash: Buffer } {
  const body = Buffer.from(raw);
  return { body, hash: createHash("sha256").update(body).digest() };
}

const storeStatement = prepared(
  "payments_store_events",
  `with stored as (
    insert into processor_event as e (processor, source, content_hash, body, received_at, deliveries)
    select g.processor, $1, g.hash, g.body, $2, g.deliveries
    from unnest($3::text[], $4::bytea[], $5::bytea[], $6::integer[]) as g(processor, hash, body, deliveries)
    on conflict (processor, content_hash) do update set deliveries = e.deliveries + excluded.deliveries
    returning e.id, e.processor, e.content_hash, (e.xmax = 0) as fresh
  ), woken as (
    select job_add('payments.process_events', array[$7::json], ${jobArguments({}).maxAttempts}),
      pg_notify('jobs:insert', '{"r":' || random() || ',"count":1}')
    from (select from stored where fresh limit 1) as any_fresh
  )
  select id, processor, content_hash, fresh from stored, (select count(*) from woken) as all_woken`,
);

const keyOf = (processor: string, hash: Buffer): string => `${processor}/${hash.toString("base64")}`;

/**
 * Stores events and the job that processes them in one statement. The same bytes again only count a delivery.
 * @param events may name one event several times.
 */
export async function storeEvents(
  db: Db,
  events: readonly Arrived[],
  source: "webhook" | "backfill" | "poll",
  now: Date,
): Promise<Received[]> {
  const keys = events.map(({ processor, hash }) => keyOf(processor, hash));
  const deliveries = new Map<string, { event: Arrived; count: number }>();
  for (const [index, key] of keys.entries()) {
    const known = deliveries.get(key);
    if (known) known.count += 1;
    else deliveries.set(key, { event: events[index]!, count: 1 });
  }
  // In one order, so that two processes that store the same events never wait for each other in a circle.
  const distinct = [...deliveries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const values = [
    source,
    now,
    distinct.map(({ event }) => event.processor),
    distinct.map(({ event }) => event.hash),
    distinct.map(({ event }) => event.body),
    distinct.map(({ count }) => count),
    jobArguments({}).payload,
  ];
  const { rows } = await db.executeQuery<{
    id: number;
    processor: string;
    content_hash: Buffer;
    fresh: boolean;
  }>(CompiledQuery.raw(storeStatement, values));
  const stored = new Map(rows.map((row) => [keyOf(row.processor, row.content_hash), row]));
  const answered = new Set<string>();
  return keys.map((key) => {
    const { id, fresh } = stored.get(key)!;
    const duplicate = !fresh || answered.has(key);
    answered.add(key);
    return { eventId: id, duplicate };
  });
}
