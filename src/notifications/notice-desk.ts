import { inTransaction, type Tx } from "../database/index.ts";
import type { DeskAction, RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import type { NotificationDeps } from "./deps.ts";
import { keptOf } from "./kinds.ts";
import { noticeLife, type Notice } from "./notice.ts";
import { lockNotice } from "./send-notice.job.ts";
import { noticeTasks } from "./tasks.ts";

const refuseDecision = ({ status }: Pick<Notice, "status">): DomainError | null =>
  status === "failed" || status === "in_doubt"
    ? null
    : new DomainError("notice_not_undecided", `This notice is ${status}: there is nothing to decide.`);

/** Notices that were refused, and those of which nobody can tell whether they were sent. */
export function noticeDesk(deps: Pick<NotificationDeps, "db" | "clock">): RoomDesk {
  const { db, clock } = deps;
  const decided = (
    move: (tx: Tx, notice: Notice, by: string, now: Date) => Promise<void>,
  ): DeskAction<Notice> => ({
    refuse: refuseDecision,
    run: ({ id }, { by }) =>
      inTransaction(db, async (tx) => {
        const notice = await lockNotice(tx, id);
        const refusal = notice && refuseDecision(notice);
        if (refusal) throw refusal;
        if (notice) await move(tx, notice, by, clock.now());
      }),
  });
  return waitingDesk<Notice>({
    db,
    watched: noticeLife,
    show: ({ reason, kind }) => ({ reason: reason ?? kind }),
    actions: {
      check: { run: ({ id }) => enqueueOnce(db, noticeTasks.look, { id }) },
      send_again: decided(async (tx, { id, status: from }, by, now) => {
        const cause = { kind: "operator", ref: by } as const;
        const set = { failures: 0, reason: null };
        await noticeLife.advance(tx, { id, from, to: "waiting", cause, now, set });
        await noticeLife.lookAgain(tx, id, now);
      }),
      drop: decided(async (tx, { id, kind, status: from }, by, now) => {
        const cause = { kind: "operator", ref: by } as const;
        await noticeLife.advance(tx, { id, from, to: "dropped", cause, now, set: keptOf(kind) });
      }),
    },
  });
}
