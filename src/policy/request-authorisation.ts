import { sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import type { RowJob } from "../jobs/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { authorisationLife, type Authorisation } from "./authorisation.ts";
import type { Approvers, Spent } from "./judge.ts";
import type { PolicyInForce } from "./payout-policy.ts";
import { hashTerms, type Subject, type Terms } from "./terms.ts";

export interface AuthorisationRequest {
  readonly subject: Subject;
  readonly subjectId: string;
  readonly payeeId: string | null;
  readonly terms: Terms;
  readonly usdMicros: bigint | null;
  readonly inForce: PolicyInForce;
  readonly approvers: Approvers;
  readonly because: readonly string[];
  readonly requestedBy: string;
  /** Who that is; a job of ours is nobody who could approve. */
  readonly requestedPerson: string;
  /** Told with {"id": subjectId} when it is decided or has expired. */
  readonly doneTask: RowJob;
  readonly cause: Cause;
  readonly now: Date;
}

/**
 * Asks that something may leave, in the transaction of the step that wants it; granted on the spot where the policy asks for
 * nobody. Whatever authorised it before is void, because its terms are others now.
 */
export async function requestAuthorisation(
  tx: Tx,
  request: AuthorisationRequest,
): Promise<"waiting" | "granted"> {
  const { subject, subjectId, inForce, cause, now } = request;
  await voidAuthorisation(tx, { subject, subjectId, cause, now });
  const id = newId();
  const status = request.approvers === 0 ? "granted" : "waiting";
  const expiresAt = new Date(now.getTime() + inForce.policy.approval_hours * 3_600_000);
  const watch = authorisationLife.watchFrom(status, now);
  await sql`
    insert into authorisation (id, subject, subject_id, payee_id, terms, terms_hash, usd_micros, policy_version, approvers,
      because, requested_by, requested_person, status, done_task, expires_at, created_at, updated_at, next_check_at, deadline_at)
    values (${id}, ${subject}, ${subjectId}, ${request.payeeId}, ${JSON.stringify(request.terms)}::jsonb,
      ${hashTerms(request.terms)}, ${request.usdMicros}, ${inForce.version}, ${request.approvers},
      ${[...request.because]}::text[], ${request.requestedBy}, ${request.requestedPerson}, ${status},
      ${request.doneTask.name}, ${expiresAt}, ${now}, ${now}, ${watch.next_check_at}, ${watch.deadline_at})`.execute(
    tx,
  );
  await authorisationLife.recordCreation(tx, { id, to: status, cause, now });
  if (status === "waiting") await authorisationLife.lookAgain(tx, id, expiresAt);
  return status;
}

/** Ends whatever authorises a subject, because it changed or came to nothing. Safe to repeat. */
export async function voidAuthorisation(
  tx: Tx,
  { subject, subjectId, cause, now }: Pick<AuthorisationRequest, "subject" | "subjectId" | "cause" | "now">,
): Promise<void> {
  const live = await liveAuthorisation(tx, { subject, subjectId }, "lock");
  if (live === null) return;
  await authorisationLife.advance(tx, { id: live.id, from: ["waiting", "granted"], to: "void", cause, now });
}

/** The one that waits or is granted. */
export async function liveAuthorisation(
  tx: Db | Tx,
  of: { readonly subject: Subject; readonly subjectId: string },
  lock?: "lock",
): Promise<Authorisation | null> {
  const { rows } = await sql<Authorisation>`
    select * from authorisation
    where subject = ${of.subject} and subject_id = ${of.subjectId} and status in ('waiting', 'granted')
    ${lock === undefined ? sql`` : sql`for update`}`.execute(tx);
  return rows[0] ?? null;
}

/** The newest one, ended or not. */
export async function newestAuthorisation(
  tx: Db | Tx,
  of: { readonly subject: Subject; readonly subjectId: string },
): Promise<Authorisation | null> {
  const { rows } = await sql<Authorisation>`
    select * from authorisation where subject = ${of.subject} and subject_id = ${of.subjectId}
    order by created_at desc, id desc limit 1`.execute(tx);
  return rows[0] ?? null;
}

/**
 * What payouts were let go already. One question at a time for all payouts, until commit: two that are judged at once see each
 * other. What waits counts whenever it was asked for, because it may leave as soon as people say so; the rest counts from that moment.
 */
export async function lockSpent(tx: Tx, payeeId: string, now: Date): Promise<Spent> {
  await sql`select pg_advisory_xact_lock(hashtextextended('policy:spent', 0))`.execute(tx);
  const dayAgo = new Date(now.getTime() - 24 * 3_600_000);
  const monthAgo = new Date(now.getTime() - 30 * 24 * 3_600_000);
  const { rows } = await sql<Spent>`
    select
      coalesce(sum(usd_micros) filter (where of_day and approvers = 0), 0) as "unapprovedDay",
      coalesce(sum(usd_micros) filter (where of_day and payee_id = ${payeeId}), 0) as "payeeDay",
      coalesce(sum(usd_micros) filter (where payee_id = ${payeeId}), 0) as "payeeMonth",
      coalesce(sum(usd_micros) filter (where of_day), 0) as "day",
      coalesce(sum(usd_micros), 0) as "month"
    from (
      select usd_micros, approvers, payee_id, status = 'waiting' or updated_at > ${dayAgo} as of_day
      from authorisation where subject = 'payout' and (status = 'waiting' or status = 'granted' and updated_at > ${monthAgo})) as s`.execute(
    tx,
  );
  return rows[0]!;
}
