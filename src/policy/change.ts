import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { authorisationLife, type Authorisation } from "./authorisation.ts";
import { approvalsOf } from "./authorisation-store.ts";
import { approveAll } from "./decide.ts";
import type { PolicyDeps } from "./deps.ts";
import type { Approvers } from "./judge.ts";
import { readPolicy, type PolicyInForce } from "./payout-policy.ts";
import { liveAuthorisation, newestAuthorisation, requestAuthorisation } from "./request-authorisation.ts";
import { policyTasks } from "./tasks.ts";
import { hashTerms, type Terms } from "./terms.ts";

/** What no transfer shows and money hangs on: a limit, a loss, whose coins something is. */
export interface ProposedChange {
  /** Our stable word for it: "setting.payout_policy", "swap.write_off". */
  readonly change: string;
  /** What it is about. */
  readonly of: string;
  /** All that it hangs on: other input is another change. Amounts as text. */
  readonly input: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** What was found, for whoever agrees; no part of what must be the same. */
  readonly because?: string | undefined;
  readonly by: string;
  /** How long people have to agree. */
  readonly hours: number;
  readonly now: Date;
}

export type ChangeAnswer =
  /** It may be done in this transaction, once. `second`: the last who agreed, or the policy. */
  | { readonly kind: "agreed"; readonly first: string; readonly second: string }
  /** It waits for so many people beside whoever asked. */
  | { readonly kind: "waits"; readonly authorisation: Authorisation; readonly missing: number };

/**
 * How many people beside whoever asks must agree. Where no policy can be read it is one, so that somebody alone, with a key and the
 * command line, can put one there again.
 */
export const approversOfChange = async (tx: Db | Tx, change: string): Promise<Approvers> =>
  approversBy(await readPolicy(tx), change);

const paysSomebodyElse = new Set([
  "payee.change_destination",
  "payout.paid_outside",
  "payout.return_to_engine",
  "bank_transfer.delivered",
  "bank_transfer.failed",
]);

function approversBy({ version, policy }: PolicyInForce, change: string): Approvers {
  if (version === null) return 1;
  const { limits, claims, losses } = policy.changes;
  if (change.startsWith("setting.")) return limits as Approvers;
  if (change === "arrival.by_word") return claims as Approvers;
  // Whose money moves by it has nobody else to say so, whatever losses may be booked by one.
  return (paysSomebodyElse.has(change) ? Math.max(1, losses) : losses) as Approvers;
}

const termsOf = ({ change, of, input }: ProposedChange): Terms => ({
  change,
  of,
  ...Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "boolean" ? String(value) : value]],
    ),
  ),
});

/**
 * Asks that a change may be made, or makes use of it that people agreed. The very same request by somebody else is their
 * agreement; so is an approval in the queue. Whoever acts on "agreed" does so in the same transaction, and uses it up with it.
 * @throws {DomainError} `unauthenticated`
 */
export async function askForChange(
  deps: Pick<PolicyDeps, "secondPerson">,
  tx: Tx,
  asked: ProposedChange,
): Promise<ChangeAnswer> {
  const { by, now } = asked;
  await deps.secondPerson.assertInForce(tx, by, now);
  const subjectId = derivedId("change", hashTerms(termsOf(asked)).toString("hex"));
  // Of two who ask at once one waits for the other, and then agrees with them.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`policy:change:${subjectId}`}, 0))`.execute(tx);
  const row = await waitingFor(deps, tx, asked, subjectId);
  if (row.status === "waiting") await agree(deps, tx, row, { by, now });
  const approvals = await approvalsOf(tx, [row.id]);
  const missing = row.approvers - approvals.length;
  if (missing > 0) return { kind: "waits", authorisation: row, missing };
  const cause: Cause = { kind: "operator", ref: by };
  await authorisationLife.advance(tx, { id: row.id, from: "granted", to: "applied", cause, now });
  return {
    kind: "agreed",
    first: row.requested_by,
    second: approvals.at(-1)?.by ?? `policy:${row.policy_version}`,
  };
}

/** Whoever asked, or agreed already, says nothing new. */
async function agree(
  deps: Pick<PolicyDeps, "secondPerson">,
  tx: Tx,
  row: Authorisation,
  step: { readonly by: string; readonly now: Date },
): Promise<void> {
  try {
    await approveAll(deps, tx, [row], step);
  } catch (error) {
    const said = error instanceof DomainError && saidAlready.has(error.code);
    if (!said) throw error;
  }
}

const saidAlready: ReadonlySet<string> = new Set(["approval_by_requester", "approved_already"]);

/** What was asked for already and still holds, or a new one. */
async function waitingFor(
  deps: Pick<PolicyDeps, "secondPerson">,
  tx: Tx,
  asked: ProposedChange,
  subjectId: string,
): Promise<Authorisation> {
  const { by, now, hours } = asked;
  const subject = { subject: "change", subjectId } as const;
  const inForce = await readPolicy(tx);
  const approvers = approversBy(inForce, asked.change);
  const live = await liveAuthorisation(tx, subject, "lock");
  if (live !== null && live.expires_at > now && live.approvers >= approvers) return live;
  await requestAuthorisation(tx, {
    ...subject,
    payeeId: null,
    terms: termsOf(asked),
    usdMicros: null,
    inForce,
    approvers,
    because: [asked.because ?? asked.change],
    requestedBy: by,
    requestedPerson: await deps.secondPerson.personOf(tx, by),
    doneTask: policyTasks.applyChange,
    hours,
    cause: { kind: "operator", ref: by },
    now,
  });
  return (await liveAuthorisation(tx, subject, "lock"))!;
}

/** Does a change that people agreed to in the queue, as if whoever asked for it had sent it again. */
export type ApplyChange = (
  change: { readonly change: string; readonly of: string; readonly terms: Terms; readonly by: string },
  signal: AbortSignal,
) => Promise<void>;

/**
 * A change that is agreed to is made at once. Where that is refused it will not be later either, without being asked for anew; whoever
 * asked may send it again themselves where we cannot.
 */
export const applyChangeJob = (deps: PolicyDeps, apply: ApplyChange): Job =>
  defineJob(policyTasks.applyChange, {
    async run({ id: subjectId }, { signal, log }) {
      const found = await newestAuthorisation(deps.db, { subject: "change", subjectId });
      if (found?.status !== "granted") return;
      const { change, of } = found.terms;
      const asked = { change: String(change), of: String(of), terms: found.terms, by: found.requested_by };
      try {
        await apply(asked, signal);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        const cause: Cause = { kind: "job", ref: "policy.apply_change", note: error.code };
        const step = { from: "granted", to: "void", cause, now: deps.clock.now() } as const;
        await inTransaction(deps.db, async (tx) => {
          const live = await liveAuthorisation(tx, { subject: "change", subjectId }, "lock");
          if (live?.status === "granted") await authorisationLife.advance(tx, { id: live.id, ...step });
        });
        log.warn({ ...asked, terms: undefined, code: error.code }, "what people agreed to was not done");
      }
    },
  });
