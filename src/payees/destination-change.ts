import type { Clock } from "../clock.ts";
import { equals, inTransaction, sql, type Db, type ListOf, type Tx } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { days } from "../lifecycle/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import { tellPayee, type Contact } from "../notifications/index.ts";
import { recordChange } from "./change-payee.ts";
import { hashCode, isCodeOf, newCode } from "./confirmation-code.ts";
import { checkDestination } from "./create-payee.ts";
import type { Destination, Payee } from "./payee.ts";
import { lockPayee, movePayee } from "./payee-store.ts";
import { settledContact } from "./settled-contact.ts";
import { payeeMoved } from "./tasks.ts";

/** One change of where a payee is paid, as it was asked for. */
export interface DestinationChange {
  readonly id: string;
  readonly payee_id: string;
  readonly destination: Destination;
  /** Null: two persons said so, and no code was sent. */
  readonly code_hash: Buffer | null;
  readonly told_channel: Contact["channel"] | null;
  readonly told_address: string | null;
  readonly tries: number;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly outcome: "confirmed" | "withdrawn" | "replaced" | "refused" | null;
  readonly ended_by: string | null;
  readonly ended_at: Date | null;
}

export interface DestinationDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly registry: AssetRegistry;
  readonly secondPerson: Pick<SecondPerson, "asTwo">;
  /** Whether messages can be sent that way. */
  reaches(channel: Contact["channel"]): boolean;
  /** How long a changed destination is not paid to. */
  readCooldownMs(tx: Db | Tx): Promise<number>;
}

/** How a change stands. */
export const stateOfChange = ({ outcome, expires_at: expires }: DestinationChange, now: Date) =>
  outcome ?? (expires <= now ? ("expired" as const) : ("open" as const));

/** The changes of one payee. */
export const destinationChangeList: ListOf<{ readonly payee_id?: string }> = {
  table: "destination_change",
  cameAt: "requested_at",
  filters: { payee_id: equals("payee_id") },
};

export const mostTries = 5;
const mostADay = 5;
const goodForMs = days(1);

const unknownPayee = (id: string): DomainError =>
  new DomainError("unknown_payee", `There is no payee ${id}.`);

const same = (a: Destination, b: Destination): boolean =>
  a.asset === b.asset && a.address === b.address && a.memo === b.memo;

/** "2026-12-02 10:00 UTC", as messages have it. */
const moment = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

interface Proposal {
  readonly payeeId: string;
  readonly destination: Destination;
  readonly by: string;
}

/**
 * Asks that a payee be paid elsewhere. A code goes to how the payee was told a day ago, and whoever brings it confirms; a newer
 * change takes the place of one that is open. A payee who cannot be reached is moved by two persons' word, at once.
 * @param asked.asPayee it is the payee who asks, who cannot do that.
 * @throws {DomainError} `unknown_payee`, `destination_unchanged`, `too_many_destination_changes`, `no_contact_for_code`,
 * `second_person_needed`, and what a destination is refused with
 */
export async function proposeDestination(
  deps: DestinationDeps,
  asked: Proposal & { readonly asPayee: boolean },
): Promise<DestinationChange> {
  const proposal = { ...asked, destination: await checkDestination(deps, asked.destination) };
  const proposed = await inTransaction(deps.db, (tx) => propose(deps, tx, proposal));
  if (proposed !== null) return proposed;
  if (asked.asPayee)
    throw new DomainError(
      "no_contact_for_code",
      "There is no contact of yours, a day old and in use, that a code could be sent to. Ask whoever pays you to change the destination.",
    );
  const { payeeId, destination, by } = proposal;
  const decision = {
    decision: "payee.change_destination",
    subject: payeeId,
    input: { ...destination },
    because: "No code can be sent to this payee",
    by,
    now: deps.clock.now(),
  };
  return deps.secondPerson.asTwo(decision, (tx, { first, second }) =>
    moveByTwo(deps, tx, { ...proposal, by: `${first} and ${second}` }),
  );
}

/** @returns null: the payee cannot be reached */
async function propose(
  deps: DestinationDeps,
  tx: Tx,
  { payeeId, destination, by }: Proposal,
): Promise<DestinationChange | null> {
  const now = deps.clock.now();
  const payee = await lockChangeable(tx, payeeId, destination);
  const contact = await settledContact(tx, payee, now);
  if (contact === null || !deps.reaches(contact.channel)) return null;
  const { rows: recent } = await sql<{ count: number }>`
    select count(*)::int as count from destination_change
    where payee_id = ${payeeId} and requested_at > ${new Date(now.getTime() - days(1))}`.execute(tx);
  if (recent[0]!.count >= mostADay)
    throw new DomainError(
      "too_many_destination_changes",
      `${mostADay} changes of this payee's destination were asked for in 24 hours. Ask again tomorrow.`,
    );
  await sql`
    update destination_change set outcome = 'replaced', ended_by = ${by}, ended_at = ${now}
    where payee_id = ${payeeId} and outcome is null`.execute(tx);
  const id = newId();
  const code = newCode();
  const expiresAt = new Date(now.getTime() + goodForMs);
  const { rows } = await sql<DestinationChange>`
    insert into destination_change (id, payee_id, destination, code_hash, told_channel, told_address, requested_by, requested_at, expires_at)
    values (${id}, ${payeeId}, ${JSON.stringify(destination)}::jsonb, ${hashCode(code, { id, payeeId, destination })},
      ${contact.channel}, ${contact.address}, ${by}, ${now}, ${expiresAt}) returning *`.execute(tx);
  const facts = { name: payee.name, to: destination, code, until: moment(expiresAt) };
  await tellPayee(tx, { kind: "destination_code", subject: id, facts }, { contact, now });
  return rows[0]!;
}

/** @throws {DomainError} `unknown_payee`, `destination_unchanged` */
async function lockChangeable(tx: Tx, payeeId: string, destination: Destination): Promise<Payee> {
  const payee = await lockPayee(tx, payeeId);
  if (payee === null) throw unknownPayee(payeeId);
  if (same(payee.destination, destination))
    throw new DomainError("destination_unchanged", "This payee is paid there already.");
  return payee;
}

async function moveByTwo(
  deps: DestinationDeps,
  tx: Tx,
  { payeeId, destination, by }: Proposal,
): Promise<DestinationChange> {
  const now = deps.clock.now();
  const payee = await lockChangeable(tx, payeeId, destination);
  const { rows } = await sql<DestinationChange>`
    insert into destination_change (id, payee_id, destination, requested_by, requested_at, expires_at, outcome, ended_by, ended_at)
    values (${newId()}, ${payeeId}, ${JSON.stringify(destination)}::jsonb, ${by}, ${now}, ${now}, 'confirmed', ${by}, ${now})
    returning *`.execute(tx);
  await move(deps, tx, { payee, change: rows[0]!, by, now });
  return rows[0]!;
}

/** It is in force, from commit on: nothing is signed for the former destination any more. */
async function move(
  deps: DestinationDeps,
  tx: Tx,
  { payee, change, by, now }: { payee: Payee; change: DestinationChange; by: string; now: Date },
): Promise<void> {
  const { id: subject, destination: to } = change;
  await movePayee(tx, payee.id, to, now);
  await recordChange(tx, { payee, field: "destination", before: payee.destination, after: to, by, now });
  const cooldownMs = await deps.readCooldownMs(tx);
  const heldUntil = cooldownMs === 0 ? null : moment(new Date(now.getTime() + cooldownMs));
  const facts = { name: payee.name, from: payee.destination, to, heldUntil };
  // Whoever confirmed it has read the former contact's messages: a newer one is told as well.
  const contacts = [await settledContact(tx, payee, now), payee.contact];
  for (const contact of contacts)
    await tellPayee(tx, { kind: "destination_changed", subject, facts }, { contact, now });
  await enqueue(tx, payeeMoved, { id: payee.id });
}

/**
 * Puts a change in force by the code that was sent for it. A wrong one counts, whoever sends it and however many at once.
 * @throws {DomainError} `not_found`, `wrong_code`, `destination_change_ended`, and what a destination is refused with
 */
export async function confirmDestination(
  deps: DestinationDeps,
  { payeeId, id, code, by }: { payeeId: string; id: string; code: string; by: string },
): Promise<DestinationChange> {
  const now = deps.clock.now();
  const result = await inTransaction(deps.db, async (tx) => {
    const payee = await lockPayee(tx, payeeId);
    const change = await lockOpen(tx, { payeeId, id, now });
    const { destination } = change;
    if (!isCodeOf(code, { id, payeeId, destination }, change.code_hash!))
      return { left: await countTry(tx, change, { by, now }) };
    await checkDestination({ ...deps, db: tx }, destination);
    const ended = await end(tx, id, { outcome: "confirmed", by, now });
    const whose = change.requested_by === by ? by : `${change.requested_by}, confirmed by ${by}`;
    await move(deps, tx, { payee: payee!, change, by: whose, now });
    return ended;
  });
  if (!("left" in result)) return result;
  // Thrown when the try is counted.
  throw new DomainError(
    "wrong_code",
    result.left === 0
      ? "This is not the code, and it was the last try. Ask for the change again: another code is sent."
      : `This is not the code that was sent for this change. ${result.left} ${result.left === 1 ? "try is" : "tries are"} left.`,
  );
}

async function countTry(
  tx: Tx,
  { id, tries }: DestinationChange,
  step: { by: string; now: Date },
): Promise<number> {
  await sql`update destination_change set tries = tries + 1 where id = ${id}`.execute(tx);
  const left = mostTries - tries - 1;
  if (left === 0) await end(tx, id, { outcome: "refused", ...step });
  return left;
}

/** Takes back a change that was not confirmed. @throws {DomainError} `not_found`, `destination_change_ended` */
export const withdrawDestination = (
  { db, clock }: Pick<DestinationDeps, "db" | "clock">,
  { payeeId, id, by }: { payeeId: string; id: string; by: string },
): Promise<DestinationChange> =>
  inTransaction(db, async (tx) => {
    const now = clock.now();
    await lockOpen(tx, { payeeId, id, now });
    return end(tx, id, { outcome: "withdrawn", by, now });
  });

async function end(
  tx: Tx,
  id: string,
  { outcome, by, now }: { outcome: "confirmed" | "withdrawn" | "refused"; by: string; now: Date },
): Promise<DestinationChange> {
  const { rows } = await sql<DestinationChange>`
    update destination_change set outcome = ${outcome}, ended_by = ${by}, ended_at = ${now} where id = ${id} returning *`.execute(
    tx,
  );
  return rows[0]!;
}

/** @throws {DomainError} `not_found`, `destination_change_ended` */
async function lockOpen(
  tx: Tx,
  { payeeId, id, now }: { payeeId: string; id: string; now: Date },
): Promise<DestinationChange> {
  const { rows } = await sql<DestinationChange>`
    select * from destination_change where id = ${id} and payee_id = ${payeeId} for update`.execute(tx);
  const [change] = rows;
  if (change === undefined)
    throw new DomainError("not_found", `There is no change of destination ${id} of this payee.`);
  const state = stateOfChange(change, now);
  if (state === "open") return change;
  throw new DomainError(
    "destination_change_ended",
    `This change of destination is ${state}. Ask for it again if it is still wanted: another code is sent.`,
  );
}
