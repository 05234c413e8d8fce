import { inTransaction, type Db } from "../database/index.ts";
import type { DeskItem } from "../desk-port/index.ts";
import type { Clock } from "../clock.ts";
import { defineJob, searchJob, type Job } from "../jobs/index.ts";
import { readOperatorContacts, tellOperators } from "../notifications/index.ts";
import type { Desk } from "./desk.ts";
import { listReview } from "./list-review.ts";

export const tellOfDesk = searchJob("desk.tell");

/** What a person owns, or what is late. What cannot be told is not told of: it would be told of for ever. */
const isTold = ({ thing, owner, deadlineAt }: DeskItem, now: Date): boolean =>
  thing !== "notice" && (owner === "operator" || (deadlineAt !== null && deadlineAt <= now));

/** Which occasion this is: since it came. What nobody wrote the beginning of is told of once a day while it lasts. */
const occasionOf = ({ since }: DeskItem, now: Date): string =>
  (since ?? now).toISOString().slice(0, since ? 23 : 10);

/** Tells operators of what is new on the recovery desk: each thing once for each time that it comes there. */
export const tellOfDeskJob = (deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly desk: Pick<Desk, "rooms" | "latestPrices">;
}): Job =>
  defineJob(tellOfDesk, {
    async run(_payload, { signal }) {
      if ((await readOperatorContacts(deps.db)).length === 0) return;
      const now = deps.clock.now();
      const items = (await listReview(deps, signal, { everyAddress: false })).filter((item) =>
        isTold(item, now),
      );
      const happenings = items.map((item) => ({
        kind: item.thing === "authorisation" ? ("approval_needed" as const) : ("needs_person" as const),
        subject: [item.thing, item.id, item.reason, occasionOf(item, now)].join(" "),
        facts: item,
      }));
      await inTransaction(deps.db, (tx) => tellOperators(tx, happenings, now));
    },
  });
