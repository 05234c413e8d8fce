import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";

/** An answer ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A first request that died holds its key no longer than this. No request of ours takes as long. */
const claimMs = 60_000;

const inKeyOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What makes two requests the same: method, path and body, whatever the order of the body's fields. */
export const hashRequest = (method: string, url: string, body: unknown): Buffer =>
  createHash("sha256")
    .update(`${method} ${url}\n${JSON.stringify(body ?? null, inKeyOrder)}`)
    .digest();

interface KeyedRequest {
  readonly principal: string;
  readonly key: string;
  readonly hash: Buffer;
}

/** Returns null when the caller now holds the key, otherwise the first answer. */
async function claim(db: Db, request: KeyedRequest, now: Date): Promise<Answer | null> {
  const { principal, key, hash } = request;
  const { rows: claimed } = await sql`
    insert into idempotency_record as r (principal, key, request_hash, created_at)
    values (${principal}, ${key}, ${hash}, ${now})
    on conflict (principal, key) do update set created_at = excluded.created_at
      where r.status_code is null and r.request_hash = excluded.request_hash
        and r.created_at <= ${new Date(now.getTime() - claimMs)}
    returning 1`.execute(db);
  if (claimed.length > 0) return null;
  const { rows } = await sql<{ request_hash: Buffer; status_code: number | null; response: unknown }>`
    select request_hash, status_code, response from idempotency_record
    where principal = ${principal} and key = ${key}`.execute(db);
  const record = rows[0];
  if (record !== undefined && !record.request_hash.equals(hash))
    throw new DomainError("idempotency_key_reused", "This Idempotency-Key was used for a different request.");
  // No row: the first request failed and gave the key back between the two statements.
  if (record === undefined || record.status_code === null)
    throw new DomainError(
      "request_in_progress",
      "The first request with this Idempotency-Key has not ended yet.",
    );
  return { status: record.status_code, body: record.response };
}

/**
 * Runs a request once per key: whoever comes later gets the first answer. An answer that is not kept gives the
 * key back, so that the same request may be tried again.
 * @param storable what is kept of an answer: the answer less anything that must not be stored; null: nothing.
 * @throws {DomainError} `idempotency_key_reused`, `request_in_progress`
 */
export async function answerOnce(
  deps: { readonly db: Db; readonly clock: Clock; readonly log: Logger },
  request: KeyedRequest,
  run: () => Promise<Answer>,
  storable: (answer: Answer) => Answer | null,
): Promise<Answer & { readonly replayed: boolean }> {
  const claimedAt = deps.clock.now();
  const first = await claim(deps.db, request, claimedAt);
  if (first !== null) return { ...first, replayed: true };
  const answer = await run();
  await finish(deps, request, claimedAt, storable(answer));
  return { ...answer, replayed: false };
}

async function finish(
  deps: { readonly db: Db; readonly log: Logger },
  { principal, key }: KeyedRequest,
  claimedAt: Date,
  kept: Answer | null,
): Promise<void> {
  // A claim that ran out and was taken over has another created_at: then the answer is the other one's to store.
  const ours = sql`principal = ${principal} and key = ${key} and created_at = ${claimedAt} and status_code is null`;
  try {
    if (kept === null) await sql`delete from idempotency_record where ${ours}`.execute(deps.db);
    else
      await sql`
        update idempotency_record set status_code = ${kept.status}, response = ${JSON.stringify(kept.body)}::jsonb
        where ${ours}`.execute(deps.db);
  } catch (error) {
    // The work is done and committed: its answer goes out. The claim runs out by itself.
    deps.log.error({ error }, "an idempotency record could not be completed");
  }
}

/** Forgets answers older than a moment. Returns how many. */
export async function pruneIdempotencyRecords(db: Db, before: Date): Promise<number> {
  const { rows } = await sql`delete from idempotency_record where created_at < ${before} returning 1`.execute(
    db,
  );
  return rows.length;
}
