import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { jobArguments } from "../jobs/index.ts";
import type { PaymentProcessor } from "../providers/port.ts";

export interface Received {
  readonly eventId: number;
  readonly duplicate: boolean;
}

interface Waiting {
  readonly processor: string;
  readonly body: Buffer;
  readonly hash: Buffer;
  resolve(received: Received): void;
  reject(error: unknown): void;
}

/** The most events one insert takes: enough to keep up, few enough to stay quick. */
const largestBatch = 500;

/**
 * Verifies and stores inbound events; nothing else happens before the answer. Events that arrive while an insert is
 * under way share the next one, so many webhooks cost one commit.
 */
export function createIntake(deps: {
  db: Db;
  clock: Clock;
  processors: ReadonlyMap<string, PaymentProcessor>;
}) {
  const waiting: Waiting[] = [];
  let storing = false;

  async function storeWaiting(): Promise<void> {
    storing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, largestBatch);
      try {
        const received = await storeEvents(deps.db, batch, "webhook", deps.clock.now());
        batch.forEach((one, index) => one.resolve(received[index]!));
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    storing = false;
  }

  return {
    /**
     * Resolves once the event is durable.
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
      if (!processor.verifyEvent(body, headers))
        throw new DomainError(
          "invalid_signature",
          "The signature does not match the body. Check the IPN secret on both sides.",
        );
      const hash = createHash("sha256").update(body).digest();
      return new Promise((resolve, reject) => {
        waiting.push({ processor: processorName, body, hash, resolve, reject });
        if (!storing) void storeWaiting();
      });
    },
  };
}

export type Intake = ReturnType<typeof createIntake>;

/**
 * Stores events and the job that processes them in one statement. The same bytes again only count a delivery.
 * @param events may name one event several times.
 */
export async function storeEvents(
  db: Db,
  events: readonly { processor: string; body: Buffer; hash: Buffer }[],
  source: "webhook" | "backfill" | "poll",
  now: Date,
): Promise<Received[]> {
  const job = jobArguments({});
  const { rows } = await sql<{ n: number; id: number; duplicate: boolean }>`
    with given as (
      select * from unnest(${events.map((e) => e.processor)}::text[], ${events.map((e) => e.hash)}::bytea[],
        ${events.map((e) => e.body)}::bytea[]) with ordinality as g(processor, hash, body, n)
    ), stored as (
      insert into processor_event as e (processor, source, content_hash, body, received_at, deliveries)
      select processor, ${source}, hash, (array_agg(body))[1], ${now}, count(*) from given
      group by processor, hash order by min(n)
      on conflict (processor, content_hash) do update set deliveries = e.deliveries + excluded.deliveries
      returning e.id, e.processor, e.content_hash, (e.xmax = 0) as fresh
    ), job as (
      select graphile_worker.add_job('payments.process_events', ${job.payload}::json, max_attempts => ${job.maxAttempts})
      from (select from stored where fresh limit 1) as any_fresh
    )
    select g.n::integer as n, s.id, (not s.fresh or g.n > min(g.n) over (partition by s.id)) as duplicate
    from given g join stored s on s.processor = g.processor and s.content_hash = g.hash,
      (select count(*) from job) as enqueued
    order by g.n`.execute(db);
  return rows.map((row) => ({ eventId: row.id, duplicate: row.duplicate }));
}
