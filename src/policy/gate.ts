import { sql, type Tx } from "../database/index.ts";
import type { Subject } from "./authorisation.ts";
import { pauseOf } from "./pause.ts";
import { newestAuthorisation } from "./request-authorisation.ts";
import { readPolicy } from "./payout-policy.ts";
import { hashTerms, type Terms } from "./terms.ts";

/**
 * On whose word something is sent. "policy": it goes to ourselves, or funds a swap of ours whose coins come back to us, and
 * that such things happen is the policy's to say.
 */
export type Authority =
  | { readonly by: "policy" }
  | {
      readonly by: "authorisation";
      readonly subject: Subject;
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
 * The last question before a signature: does somebody who may say so want exactly this, now? It asks the rows of the decision
 * again and counts the people itself; that something was granted once is not believed.
 */
export async function askGate(
  tx: Tx,
  authority: Authority,
  { chain, rail, now }: { readonly chain: string; readonly rail: string | null; readonly now: Date },
): Promise<Permission> {
  if ((await pauseOf(tx, { chain, rail })) !== null) return { kind: "refused", reason: "paused_by_operator" };
  if (authority.by === "policy") {
    const { version } = await readPolicy(tx);
    return version === null
      ? { kind: "refused", reason: "policy_missing" }
      : { kind: "granted", word: `policy:${version}` };
  }
  const found = await newestAuthorisation(tx, authority);
  if (found === null) return { kind: "refused", reason: "awaiting_approval" }; // nobody was asked yet
  if (found.expires_at <= now) return { kind: "refused", reason: "not_authorised" };
  const hash = hashTerms(authority.terms);
  if (!hash.equals(found.terms_hash) || !hash.equals(hashTerms(found.terms)))
    return { kind: "refused", reason: "not_authorised" };
  if (found.status === "waiting") return { kind: "refused", reason: "awaiting_approval" };
  if (found.status !== "granted") return { kind: "refused", reason: "not_authorised" };
  const { rows } = await sql<{ people: number }>`
    select count(distinct person)::int as people from approval
    where authorisation_id = ${found.id} and terms_hash = ${hash} and person <> ${found.requested_person}`.execute(
    tx,
  );
  if (rows[0]!.people < found.approvers) return { kind: "refused", reason: "not_authorised" };
  return { kind: "granted", word: `authorisation:${found.id}` };
}
