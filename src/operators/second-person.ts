import { createHash } from "node:crypto";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import type { Consent, SecondPerson, TwoPersonDecision } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { getSetting } from "../settings/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { isInForce } from "./api-key.ts";
import { secondPerson } from "./settings.ts";

interface WaitingRow {
  id: string;
  first_by: string;
  first_person: string;
  expires_at: Date;
  because: string | null;
}

const hashInput = (input: TwoPersonDecision["input"]): Buffer =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(input).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest();

/**
 * Who somebody is. Keys of one owner are one person, and so is the command line, whoever is logged in: who may use it can be
 * any user of the machine.
 */
async function personOf(tx: Tx, by: string): Promise<string> {
  return (await personsBehind(tx, by))[0]!;
}

/**
 * The person, and whoever made the key that they use, and the key with which that was made, and so on: where two people must
 * agree, those are not two. A key that was made at the command line is whose it says.
 */
async function personsBehind(tx: Tx, by: string): Promise<readonly [string, ...string[]]> {
  const [kind, id] = by.split(":", 2);
  if (kind === "cli") return ["cli"];
  if (kind !== "api_key") return [by];
  const { rows } = await sql<{ id: string; person: string }>`
    with recursive made as (
      select id, operator_id, created_by, payee_id from api_key where id = ${id}
      union
      select k.id, k.operator_id, k.created_by, k.payee_id from made join api_key k on made.created_by = 'api_key:' || k.id)
    select made.id, coalesce('owner:' || lower(o.name), 'payee:' || payee_id, 'api_key:' || made.id) as person
    from made left join operator o on o.id = made.operator_id`.execute(tx);
  const own = rows.find((row) => row.id === id);
  if (own === undefined) throw new DomainError("api_key_not_found", `There is no API key ${id}.`);
  const makers = rows.map(({ person }) => person).filter((person) => person !== own.person);
  return [own.person, ...new Set(makers)];
}

async function assertInForce(tx: Tx, by: string, now: Date): Promise<void> {
  const [kind, id] = by.split(":", 2);
  if (kind === "api_key" && !(await isInForce(tx, id!, now)))
    throw new DomainError("unauthenticated", "This needs a valid API key: the one that was sent has ended.");
}

function refusalOf({ first_by, first_person, expires_at, because }: WaitingRow): DomainError {
  const [first, second] =
    first_person === "cli"
      ? [`the command line (${first_by})`, "Somebody with an API key"]
      : [
          `${first_person.replace(/^owner:/, "")} (${first_by})`,
          "The command line, or an API key of another owner,",
        ];
  return new DomainError(
    "second_person_needed",
    `${because === null ? "" : `${because}. `}This needs two persons, and ${first} is the first. ${second} must send the very same request until ${expires_at.toISOString()}.`,
    { first_by, expires_at },
  );
}

/**
 * Whether the very same thing was asked for by somebody else before; if not, keeps that this person did. Of two first
 * persons at once one waits for the other, by a unique index, and then confirms.
 */
export async function needsSecondPerson(tx: Tx, asked: TwoPersonDecision): Promise<Consent> {
  const { decision, subject, by, now } = asked;
  await assertInForce(tx, by, now);
  const persons = await personsBehind(tx, by);
  const [person] = persons;
  const hash = hashInput(asked.input);
  const same = sql`decision = ${decision} and subject = ${subject} and input_hash = ${hash} and ended_at is null`;
  await sql`update two_person_decision set ended_at = ${now} where ${same} and expires_at <= ${now}`.execute(
    tx,
  );
  const { hours } = (await getSetting(tx, secondPerson)).value;
  const expiresAt = new Date(now.getTime() + hours * 3_600_000);
  // A second one who finds it decided in the meantime is the first of a new one.
  for (;;) {
    await sql`
      insert into two_person_decision (id, decision, subject, input_hash, first_by, first_person, first_at, expires_at, because)
      values (${newId()}, ${decision}, ${subject}, ${hash}, ${by}, ${person}, ${now}, ${expiresAt}, ${asked.because ?? null})
      on conflict (decision, subject, input_hash) where ended_at is null do nothing`.execute(tx);
    const { rows } = await sql<WaitingRow>`
      select id, first_by, first_person, expires_at, because from two_person_decision where ${same} for update`.execute(
      tx,
    );
    const waiting = rows[0];
    if (waiting === undefined) continue;
    const first = [waiting.first_person, ...(await personsBehind(tx, waiting.first_by))];
    if (first.some((one) => persons.includes(one))) return { kind: "one", refusal: refusalOf(waiting) };
    await sql`
      update two_person_decision set second_by = ${by}, second_person = ${person}, ended_at = ${now}
      where id = ${waiting.id}`.execute(tx);
    return { kind: "both", first: waiting.first_by, second: by };
  }
}

/** The decisions of two persons, for the rooms that act. */
export function openSecondPerson({ db, log }: { db: Db; log: Logger }): SecondPerson {
  return {
    personOf,
    personsBehind,
    assertInForce,
    needsSecondPerson,
    async asTwo(asked, act) {
      const { decision, subject } = asked;
      const outcome = await inTransaction(db, async (tx) => {
        const consent = await needsSecondPerson(tx, asked);
        if (consent.kind === "one") return consent;
        return { ...consent, value: await act(tx, consent) };
      });
      // Thrown when the first person's word is kept.
      if (outcome.kind === "one") throw outcome.refusal;
      const { first, second } = outcome;
      log.warn({ decision, subject, first, second }, "two persons decided");
      return outcome.value;
    },
  };
}
