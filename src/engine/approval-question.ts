import type { Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { approversThere } from "../operators/index.ts";
import { countWaiting, listPauses, readPolicy } from "../policy/index.ts";

/** Whether what the policy asks of people can be done by those who are there, and what waits for them. */
export const approvalQuestion = (db: Db, now: Date) => ({
  component: "approvals",
  async ask(): Promise<string | { readonly note: string }> {
    const { version, policy } = await readPolicy(db);
    if (version === null)
      throw new DomainError(
        "policy_missing",
        "The payout policy cannot be read, so everything needs two people, and nothing is swept or converted. Set it: spillway settings set payout_policy.",
      );
    const pauses = await listPauses(db);
    if (pauses.length > 0)
      return {
        note: `${pauses.length} pause${pauses.length > 1 ? "s are" : " is"} in force: spillway pauses list.`,
      };
    const keys = await approversThere(db, now);
    const waiting = await countWaiting(db);
    const waits = waiting === 0 ? "" : ` ${waiting} wait: spillway approvals list.`;
    if (policy.two_approvers_from_usd !== null && keys < 2)
      return {
        note: `Policy ${version} asks for two approvers from ${policy.two_approvers_from_usd} USD, and API keys of ${keys} owner${keys === 1 ? "" : "s"} can approve, beside the command line: what one of them asks for, the other alone cannot let go.${waits}`,
      };
    if (keys === 0)
      return {
        note: `Policy ${version} is one person's: no API key can approve, so the command line approves what keys ask for, and nobody what it asks for itself.${waits}`,
      };
    return waits === ""
      ? `policy ${version}; keys of ${keys} owner${keys === 1 ? "" : "s"} can approve`
      : { note: waits.trim() };
  },
});
