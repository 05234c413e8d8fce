import { sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { enqueueMany, keyOf, type RowJob } from "../jobs/index.ts";
import { sweptFrom, type Cause } from "../lifecycle/index.ts";
import { authorisationLife, type Authorisation } from "./authorisation.ts";
import type { Approvers, Spent } from "./judge.ts";
import type { PolicyInForce } from "./payout-policy.ts";
import { policyTasks } from "./tasks.ts";
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
  /** How long it holds; as the policy says, if left out. */
  readonly hours?: number;
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
  const [status] = await requestAuthorisations(tx, [request]);
  return status!;
}

/**
 * The same for several things, in a few round trips. @param requests each of another subject, all of one moment.
 * @returns for each, in their order, whether it waits.
 */
export async function requestAuthorisations(
  tx: Tx,
  requests: readonly AuthorisationRequest[],
): Promise<("waiting" | "granted")[]> {
  const [first] = requests;
  if (first === undefined) return [];
  const { now } = first;
  await voidAuthorisations(tx, requests);
  const asked = requests.map((request) => {
    const status = request.approvers === 0 ? ("granted" as const) : ("waiting" as const);
    const expiresAt = new Date(
      now.getTime() + (request.hours ?? request.inForce.policy.approval_hours) * 3_600_000,
    );
    return { id: newId(), status, expiresAt, request };
  });
  const rows = asked.map(({ id, status, expiresAt, request }) => {
    const { deadline_at } = authorisationLife.watchFrom(status, now);
    return {
      id,
      subject: request.subject,
      subject_id: request.subjectId,
      payee_id: request.payeeId,
      terms: request.terms,
      terms_hash: `\\x${hashTerms(request.terms).toString("hex")}`,
      usd_micros: request.usdMicros?.toString() ?? null,
      policy_version: request.inForce.version,
      approvers: request.approvers,
      because: request.because,
      requested_by: request.requestedBy,
      requested_person: request.requestedPerson,
      status,
      done_task: request.doneTask.name,
      expires_at: expiresAt,
      created_at: now,
      updated_at: now,
      next_check_at: status === "waiting" ? sweptFrom(expiresAt) : null,
      deadline_at,
    };
  });
  await sql`
    insert into authorisation (id, subject, subject_id, payee_id, terms, terms_hash, usd_micros, policy_version, approvers,
      because, requested_by, requested_person, status, done_task, expires_at, created_at, updated_at, next_check_at, deadline_at)
    select id, subject, subject_id, payee_id, terms, terms_hash, usd_micros, policy_version, approvers,
      because, requested_by, requested_person, status, done_task, expires_at, created_at, updated_at, next_check_at, deadline_at
    from jsonb_populate_recordset(null::authorisation, ${JSON.stringify(rows)}::jsonb)`.execute(tx);
  const creations = asked.map(({ id, status: to, request }) => ({ id, to, cause: request.cause }));
  await authorisationLife.recordCreations(tx, creations, now);
  const expiries = asked.flatMap(({ id, status, expiresAt: runAt }) =>
    status === "waiting" ? [{ payload: { id }, key: keyOf(policyTasks.expire, { id }), runAt }] : [],
  );
  await enqueueMany(tx, policyTasks.expire, expiries);
  return asked.map(({ status }) => status);
}

/** Ends whatever authorises a subject, because it changed or came to nothing. Safe to repeat. */
export const voidAuthorisation = (
  tx: Tx,
  ended: Pick<AuthorisationRequest, "subject" | "subjectId" | "cause" | "now">,
): Promise<void> => voidAuthorisations(tx, [ended]);

async function voidAuthorisations(
  tx: Tx,
  ended: readonly Pick<AuthorisationRequest, "subject" | "subjectId" | "cause" | "now">[],
): Promise<void> {
  const { rows } = await sql<Authorisation>`
    select * from authorisation where status in ('waiting', 'granted') and (subject, subject_id) in (
      select * from unnest(${ended.map(({ subject }) => subject)}::text[], ${ended.map(({ subjectId }) => subjectId)}::uuid[]))
    order by id for update`.execute(tx);
  if (rows.length === 0) return;
  const { now } = ended[0]!;
  const steps = rows.map(({ id, status, subject, subject_id: subjectId }) => {
    const { cause } = ended.find((one) => one.subject === subject && one.subjectId === subjectId)!;
    return { id, from: status, to: "void", cause } as const;
  });
  await authorisationLife.advanceAll(tx, steps, now);
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

/** What left in 24 hours on nobody's word, USD micros, payouts and refunds. One question at a time, until commit. */
export const lockUnapprovedDay = async (tx: Tx, now: Date): Promise<bigint> =>
  (await lockSpent(tx, [], { now, together: true })).of("").unapprovedDay;

/** What was let go already of everybody's payouts, as payees are judged one after the other. */
export interface SpentSoFar {
  /** As it counts for a payee's next payout. */
  of(payeeId: string): Spent;
  /** So much more of a payee's is let go. */
  add(payeeId: string, usdMicros: bigint | null, approvers: Approvers): void;
}

/**
 * What payouts were let go already. One question at a time about a payee, until commit, and of those that count together one at a
 * time for all payouts: two that are judged at once see each other. What waits counts whenever it was asked for, because it may
 * leave as soon as people say so; the rest counts from that moment.
 * @param together whether what others were let go is asked for; if not, sums of everybody are not to be used.
 */
export async function lockSpent(
  tx: Tx,
  payeeIds: readonly string[],
  { now, together }: { readonly now: Date; readonly together: boolean },
): Promise<SpentSoFar> {
  // Whoever counts with everybody takes the payees first, too: nobody who has the one lock waits for another.
  await sql`
    select pg_advisory_xact_lock(hashtextextended('policy:spent:' || id, 0))
    from (select id::text from unnest(${[...new Set(payeeIds)]}::uuid[]) as id order by id) as payees`.execute(
    tx,
  );
  if (together) await sql`select pg_advisory_xact_lock(hashtextextended('policy:spent', 0))`.execute(tx);
  const dayAgo = new Date(now.getTime() - 24 * 3_600_000);
  const monthAgo = new Date(now.getTime() - 30 * 24 * 3_600_000);
  const { rows } = await sql<{ payee: string | null; unapproved: bigint; day: bigint; month: bigint }>`
    select
      case when payee_id = any(${[...new Set(payeeIds)]}::uuid[]) then payee_id end as payee,
      coalesce(sum(usd_micros) filter (where of_day and approvers = 0), 0) as unapproved,
      coalesce(sum(usd_micros) filter (where of_day and subject = 'payout'), 0) as day,
      coalesce(sum(usd_micros) filter (where subject = 'payout'), 0) as month
    from (
      select usd_micros, approvers, payee_id, subject, status = 'waiting' or updated_at > ${dayAgo} as of_day
      from authorisation where subject in ('payout', 'refund') and (status = 'waiting' or status = 'granted' and updated_at > ${monthAgo})
        and (${together} or payee_id = any(${[...new Set(payeeIds)]}::uuid[]))) as s
    group by 1`.execute(tx);
  const total = { unapproved: 0n, day: 0n, month: 0n };
  const payees = new Map<string, { day: bigint; month: bigint }>();
  for (const { payee, unapproved, day, month } of rows) {
    total.unapproved += unapproved;
    total.day += day;
    total.month += month;
    if (payee !== null) payees.set(payee, { day, month });
  }
  const ofPayee = (id: string): { day: bigint; month: bigint } => payees.get(id) ?? { day: 0n, month: 0n };
  return {
    of: (payeeId) => ({
      unapprovedDay: total.unapproved,
      payeeDay: ofPayee(payeeId).day,
      payeeMonth: ofPayee(payeeId).month,
      day: total.day,
      month: total.month,
    }),
    add(payeeId, usdMicros, approvers) {
      const more = usdMicros ?? 0n;
      const { day, month } = ofPayee(payeeId);
      payees.set(payeeId, { day: day + more, month: month + more });
      total.day += more;
      total.month += more;
      if (approvers === 0) total.unapproved += more;
    },
  };
}
