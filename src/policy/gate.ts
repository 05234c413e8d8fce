import { sql, type Tx } from "../database/index.ts";
import { leastApprovers } from "./judge.ts";
import { passPauses, pauseOf } from "./pause.ts";
import { newestAuthorisation } from "./request-authorisation.ts";
import { readPolicy } from "./payout-policy.ts";
import { hashTerms, type Leaving, type Terms } from "./terms.ts";

/**
 * On whose word something is sent. "policy": it goes to ourselves, or funds a swap of ours whose coins come back to us, and
 * that such things happen is the policy's to say.
 */
export type Authority =
  | { readonly by: "policy" }
  | {
      readonly by: "authorisation";
      readonly subject: Leaving;
      readonly subjectId: string;
      /** Built from the subject's own rows as they are now, not from what was approved. */
      readonly terms: Terms;
    };

export type Refusal = "awaiting_approval" | "not_authorised" | "paused_by_operator" | "policy_missing";

export type Permission =
  /** `word`: "policy:<version>" or "authorisation:<id>", kept with what is signed. */
  | { readonly kind: "granted"; readonly word: string }
  | { readonly kind: "refused"; readonly reason: Refusal };

/**
 * The last question before a signature: does somebody who may say so want exactly this, now? Whoever pauses waits for the
 * transactions that passed here, so that what they are told was in flight is all of it.
 */
export async function askGate(
  tx: Tx,
  authority: Authority,
  { chain, rail, now }: { readonly chain: string; readonly rail: string | null; readonly now: Date },
): Promise<Permission> {
  await passPauses(tx);
  if ((await pauseOf(tx, { chain, rail })) !== null) return { kind: "refused", reason: "paused_by_operator" };
  if (authority.by === "authorisation") return wordFor(tx, authority, now);
  const { version } = await readPolicy(tx);
  return version === null
    ? { kind: "refused", reason: "policy_missing" }
    : { kind: "granted", word: `policy:${version}` };
}

/**
 * On whose word these very terms may be done now. It asks the rows of the decision again and counts the people itself; that
 * something was granted once is not believed. The policy in force says how many people that takes at the least, so that one
 * that became stricter, or was lost, holds what an earlier one let go.
 * @returns refused, "awaiting_approval": nobody was asked, not enough people have said so, or what they said holds no more.
 */
export async function wordFor(
  tx: Tx,
  { subject, subjectId, terms }: Omit<Extract<Authority, { by: "authorisation" }>, "by">,
  now: Date,
): Promise<Permission> {
  const refused = (reason: Refusal): Permission => ({ kind: "refused", reason });
  const found = await newestAuthorisation(tx, { subject, subjectId });
  if (found === null) return refused("awaiting_approval");
  const hash = hashTerms(terms);
  if (!hash.equals(found.terms_hash) || !hash.equals(hashTerms(found.terms)))
    return refused("not_authorised");
  if (found.status !== "waiting" && found.status !== "granted") return refused("not_authorised");
  if (found.status === "waiting" || found.expires_at <= now) return refused("awaiting_approval");
  const { rows } = await sql<{ people: number }>`
    select count(distinct person)::int as people from approval
    where authorisation_id = ${found.id} and terms_hash = ${hash} and person <> ${found.requested_person}`.execute(
    tx,
  );
  const { people } = rows[0]!;
  if (people < found.approvers) return refused("not_authorised");
  const { policy } = await readPolicy(tx);
  const least = leastApprovers(policy, { subject, usdMicros: found.usd_micros, route: terms["route"] });
  return people < least
    ? refused("awaiting_approval")
    : { kind: "granted", word: `authorisation:${found.id}` };
}
