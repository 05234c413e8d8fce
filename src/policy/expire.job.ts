import { inTransaction, sql } from "../database/index.ts";
import { defineJob, enqueueNamed, type Job } from "../jobs/index.ts";
import { sweepJob } from "../lifecycle/index.ts";
import { authorisationLife, type Authorisation } from "./authorisation.ts";
import { applyChangeJob, type ApplyChange } from "./change.ts";
import type { PolicyDeps } from "./deps.ts";
import { policyTasks } from "./tasks.ts";

/** Ends an authorisation that nobody decided about in time, and tells whoever asked for it. */
const expireJob = (deps: PolicyDeps): Job =>
  defineJob(policyTasks.expire, {
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        const { rows } = await sql<Authorisation>`
          select * from authorisation where id = ${id} and status = 'waiting' for update`.execute(tx);
        const [row] = rows;
        const now = deps.clock.now();
        if (row === undefined) return;
        if (now < row.expires_at) return authorisationLife.lookAgain(tx, id, row.expires_at);
        const cause = { kind: "job", ref: "policy.expire" } as const;
        await authorisationLife.advance(tx, { id, from: "waiting", to: "expired", cause, now });
        await enqueueNamed(tx, row.done_task, { id: row.subject_id });
      }),
  });

export const policyJobs = (deps: PolicyDeps, apply: ApplyChange): Job[] => [
  expireJob(deps),
  applyChangeJob(deps, apply),
  sweepJob(authorisationLife, deps),
];
