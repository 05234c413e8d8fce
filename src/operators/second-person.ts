import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import type { Consent, SecondPerson, TwoPersonDecision } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { approversOfChange, askForChange, type ChangeAnswer } from "../policy/index.ts";
import { getSetting } from "../settings/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { isInForce } from "./api-key.ts";
import { secondPerson } from "./settings.ts";

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

function refusalOf(
  because: string | undefined,
  { authorisation, missing }: Extract<ChangeAnswer, { kind: "waits" }>,
): DomainError {
  const { requested_by: firstBy, requested_person: person, expires_at: expiresAt } = authorisation;
  const first =
    person === "cli" ? `the command line (${firstBy})` : `${person.replace(/^owner:/, "")} (${firstBy})`;
  const others =
    missing > 1
      ? `${missing} others, each`
      : person === "cli"
        ? "Somebody with an API key"
        : "The command line, or an API key of another owner,";
  const needs = authorisation.approvers > 1 ? `${authorisation.approvers + 1} persons` : "two persons";
  return new DomainError(
    "second_person_needed",
    `${because === undefined ? "" : `${because}. `}This needs ${needs}, and ${first} is the first. ${others} must send the very same request, or approve it (spillway approvals list), until ${expiresAt.toISOString()}.`,
    { first_by: firstBy, expires_at: expiresAt, authorisation: authorisation.id },
  );
}

/**
 * Whether the very same thing was asked for before and as many agreed as the policy asks for; if not, keeps that this person asked,
 * or agrees.
 */
export async function needsSecondPerson(tx: Tx, asked: TwoPersonDecision): Promise<Consent> {
  const { decision: change, subject: of, input, by, because, now } = asked;
  const { hours } = (await getSetting(tx, secondPerson)).value;
  const answer = await askForChange({ secondPerson: persons }, tx, {
    change,
    of,
    input,
    because,
    by,
    hours,
    now,
  });
  return answer.kind === "agreed"
    ? { kind: "both", first: answer.first, second: answer.second }
    : { kind: "one", refusal: refusalOf(because, answer) };
}

const persons = { personOf, personsBehind, assertInForce };

/** The decisions of two persons, for the rooms that act. */
export function openSecondPerson({ db, log }: { db: Db; log: Logger }): SecondPerson {
  return {
    ...persons,
    isNeeded: async (tx, decision) => (await approversOfChange(tx, decision)) > 0,
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
