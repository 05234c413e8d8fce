import { defineLife, days, minutes, type StatusOf } from "../lifecycle/index.ts";
import type { Approvers } from "./judge.ts";
import { policyTasks } from "./tasks.ts";
import type { Subject, Terms } from "./terms.ts";

/** One is live per subject, by a unique index. Its terms never change: other terms are another authorisation. */
export const authorisationLife = defineLife({
  thing: "authorisation",
  table: "authorisation",
  note: "What may leave, bound by a hash of its terms. The signer looks for it again right before it signs.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: policyTasks.expire,
  sweep: policyTasks.sweep,
  starts: ["waiting", "granted"],
  ends: ["applied", "rejected", "void", "expired"],
  statuses: {
    waiting: {
      means: "Fewer people have approved it than its policy asks for.",
      next: ["granted", "rejected", "void", "expired"],
      waits: { owner: "operator", deadlineMs: days(1), nextAction: "approve or reject it" },
      firstLookMs: minutes(60),
    },
    granted: {
      means: "It may be signed until it expires, by those terms alone.",
      next: ["void", "applied"],
    },
    applied: { means: "The change that people or the policy agreed to was made.", next: [] },
    rejected: { means: "Somebody refused it, and said why.", next: [] },
    void: { means: "What it was for changed or came to nothing.", next: [] },
    expired: { means: "Not enough people approved it in time.", next: [] },
  },
});

export type AuthorisationStatus = StatusOf<typeof authorisationLife>;

export interface Authorisation {
  readonly id: string;
  readonly subject: Subject;
  readonly subject_id: string;
  readonly payee_id: string | null;
  readonly terms: Terms;
  readonly terms_hash: Buffer;
  /** `null`: it had no price. */
  readonly usd_micros: bigint | null;
  /** `null`: there was none that could be read. */
  readonly policy_version: number | null;
  readonly approvers: Approvers;
  readonly because: readonly string[];
  readonly requested_by: string;
  /** Who that is: one person, whatever key they use. */
  readonly requested_person: string;
  readonly status: AuthorisationStatus;
  /** Of a rejection: the payee reads it. */
  readonly reason: string | null;
  readonly done_task: string;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface Approval {
  readonly authorisation_id: string;
  readonly person: string;
  readonly by: string;
  readonly terms_hash: Buffer;
  readonly at: Date;
}
