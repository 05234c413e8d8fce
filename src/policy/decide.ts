import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueMany, rowJob } from "../jobs/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { authorisationLife, type Approval, type Authorisation } from "./authorisation.ts";
import type { PolicyDeps } from "./deps.ts";
import { readWaiting } from "./authorisation-store.ts";

export interface AuthorisationDecision {
  readonly id: string;
  /** Of the terms that were read: anything else is refused. */
  readonly termsHash: Buffer;
}

/** What a person decides about: single ones, each as it was read, or all that waits, as it was read. */
export type Decided =
  { readonly decisions: readonly AuthorisationDecision[] } | { readonly listHash: Buffer };

const mostAtOnce = 10_000;

/**
 * Approves what was read, once a person. With enough people it is granted, and whoever asked is told. All of them or none: a
 * list of which one changed is another list.
 * @throws {DomainError} `unauthenticated`, `unknown_authorisation`, `authorisation_changed`, `authorisation_ended`, `approval_list_changed`,
 * `approval_by_requester`, `approved_already`
 */
export async function approve(
  deps: PolicyDeps,
  { by, ...decided }: Decided & { readonly by: string },
): Promise<Authorisation[]> {
  const now = deps.clock.now();
  const approved = await inTransaction(deps.db, async (tx) => {
    await deps.secondPerson.assertInForce(tx, by, now);
    const rows = await lockAsRead(tx, decided, now);
    await approveAll(deps, tx, rows, { by, now });
    return rereadAll(tx, rows);
  });
  for (const { id, subject, subject_id, status } of approved)
    deps.log.info({ authorisation_id: id, subject, subject_id, by, status }, "approved");
  return approved;
}

/**
 * Rejects what was read, with a reason that the payee is told. One person is enough, whoever approved before.
 * @throws {DomainError} `unauthenticated`, `unknown_authorisation`, `authorisation_changed`, `authorisation_ended`, `approval_list_changed`
 */
export async function reject(
  deps: PolicyDeps,
  { by, reason, ...decided }: Decided & { readonly reason: string; readonly by: string },
): Promise<Authorisation[]> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: by, note: reason };
  return inTransaction(deps.db, async (tx) => {
    await deps.secondPerson.assertInForce(tx, by, now);
    const rows = await lockAsRead(tx, decided, now);
    const steps = rows.map(
      ({ id }) => ({ id, from: "waiting", to: "rejected", cause, set: { reason } }) as const,
    );
    await authorisationLife.advanceAll(tx, steps, now);
    await tellWhoAsked(tx, rows);
    return rereadAll(tx, rows);
  });
}

/**
 * One person's word for all of these. What has enough of them is granted, and whoever asked is told.
 * @throws {DomainError} `approval_by_requester`, `approved_already`: before anything is written
 */
export async function approveAll(
  { secondPerson }: Pick<PolicyDeps, "secondPerson">,
  tx: Tx,
  rows: readonly Authorisation[],
  { by, now }: { by: string; now: Date },
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  const { rows: before } = await sql<Approval>`
    select * from approval where authorisation_id = any(${ids}::uuid[])`.execute(tx);
  // Whoever made somebody's key knows it: for one decision they are not two people.
  const people = await secondPerson.personsBehind(tx, by);
  const theirs = new Set<string>();
  for (const other of new Set([...rows.map((row) => row.requested_by), ...before.map((one) => one.by)]))
    if ((await secondPerson.personsBehind(tx, other)).some((person) => people.includes(person)))
      theirs.add(other);
  const approvalsOf = groupedBy(before, (one) => one.authorisation_id);
  for (const row of rows) {
    if (theirs.has(row.requested_by)) throw byRequester(row);
    const isTheirs = (one: Approval): boolean => people.includes(one.person) || theirs.has(one.by);
    if (approvalsOf.get(row.id)?.some(isTheirs)) throw approvedAlready(row);
  }
  const hashes = rows.map((row) => row.terms_hash);
  await sql`
    insert into approval (authorisation_id, person, by, terms_hash, at)
    select id, ${people[0]}, ${by}, hash, ${now}::timestamptz
    from unnest(${ids}::uuid[], ${hashes}::bytea[]) as given(id, hash)`.execute(tx);
  const granted = rows.filter((row) => {
    const earlier = approvalsOf.get(row.id) ?? [];
    return 1 + earlier.filter((one) => one.terms_hash.equals(row.terms_hash)).length >= row.approvers;
  });
  const cause: Cause = { kind: "operator", ref: by };
  const steps = granted.map(({ id }) => ({ id, from: "waiting", to: "granted", cause }) as const);
  await authorisationLife.advanceAll(tx, steps, now);
  await tellWhoAsked(tx, granted);
}

const byRequester = ({ id, subject }: Authorisation): DomainError =>
  new DomainError(
    "approval_by_requester",
    `Whoever asked for a ${subject}, or made the key that did, does not approve it. Somebody else must: another owner's API key, or the command line.`,
    { authorisation: id },
  );

const approvedAlready = ({ id, approvers }: Authorisation): DomainError =>
  new DomainError(
    "approved_already",
    `You, or a key that you made, approved ${id} already. It needs ${approvers} people: somebody else must approve it too.`,
    { authorisation: id },
  );

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

async function tellWhoAsked(tx: Tx, rows: readonly Authorisation[]): Promise<void> {
  for (const [task, theirs] of groupedBy(rows, (row) => row.done_task))
    await enqueueMany(
      tx,
      rowJob(task),
      theirs.map(({ subject_id: id }) => ({ payload: { id } })),
    );
}

/** Those rows, locked in one order, each as it was read and still waiting. */
async function lockAsRead(tx: Tx, decided: Decided, now: Date): Promise<Authorisation[]> {
  const decisions = "listHash" in decided ? await wholeList(tx, decided.listHash) : decided.decisions;
  const ids = [...new Set(decisions.map(({ id }) => id))];
  const { rows } = await sql<Authorisation>`
    select * from authorisation where id = any(${ids}::uuid[]) order by id for update`.execute(tx);
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, termsHash } of decisions) {
    const row = byId.get(id);
    if (row === undefined)
      throw new DomainError(
        "unknown_authorisation",
        `There is no authorisation ${id}. List those that wait.`,
      );
    if (row.status !== "waiting" || row.expires_at <= now)
      throw new DomainError(
        "authorisation_ended",
        `Authorisation ${id} ${row.status === "waiting" ? "has expired" : `is ${row.status}`}: there is nothing to decide.`,
        { authorisation: id },
      );
    if (!row.terms_hash.equals(termsHash))
      throw new DomainError(
        "authorisation_changed",
        `Authorisation ${id} has other terms than those you read. Read it again, then decide again.`,
        { authorisation: id },
      );
  }
  return rows;
}

/** All that waits, where that is still the list that was read. */
async function wholeList(tx: Tx, listHash: Buffer): Promise<AuthorisationDecision[]> {
  const { rows, hash } = await readWaiting(tx, mostAtOnce);
  if (rows.length === 0 || !hash.equals(listHash))
    throw new DomainError(
      "approval_list_changed",
      "What waits for approval is not the list that you read any more. Read it again, then decide again.",
    );
  return rows.map(({ id, terms_hash: termsHash }) => ({ id, termsHash }));
}

async function rereadAll(tx: Tx, rows: readonly Authorisation[]): Promise<Authorisation[]> {
  const { rows: now } = await sql<Authorisation>`
    select * from authorisation where id = any(${rows.map(({ id }) => id)}::uuid[]) order by id`.execute(tx);
  return now;
}
