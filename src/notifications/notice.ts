import { days, defineLife, minutes, type StatusOf } from "../lifecycle/index.ts";
import type { NoticeChannel } from "../providers/notifier.ts";
import { noticeTasks } from "./tasks.ts";

export const noticeLife = defineLife({
  thing: "notice",
  table: "notice",
  note: "What one person is told of one happening, written in the transaction of the happening. It is sent once at most: what may have been told is told again only when a person says so.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: noticeTasks.look,
  sweep: noticeTasks.sweep,
  starts: ["waiting", "bundled"],
  ends: ["sent", "dropped", "bundled"],
  statuses: {
    waiting: {
      means: "To be sent, or to be sent again.",
      next: ["sending", "dropped"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "send it" },
      firstLookMs: minutes(1),
    },
    sending: {
      means: "Somebody is sending it, or died over it.",
      next: ["sent", "waiting", "failed", "in_doubt"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "see whether whoever sends it is gone" },
      firstLookMs: minutes(2),
    },
    in_doubt: {
      means: "It may have been told: no answer came, or whoever sent it died.",
      next: ["sent", "waiting", "dropped"],
      waits: {
        owner: "operator",
        deadlineMs: days(3),
        nextAction: "none by itself: a person sends it again or drops it",
      },
      firstLookMs: days(1),
    },
    failed: {
      means: "It was refused for good, or as often as it is tried.",
      next: ["waiting", "dropped"],
      waits: {
        owner: "operator",
        deadlineMs: days(3),
        nextAction: "none by itself: a person sends it again or drops it",
      },
      firstLookMs: days(1),
    },
    sent: { means: "The mail server or Telegram took it.", next: [] },
    dropped: { means: "Nobody is told: a person said so, or its channel is not configured.", next: [] },
    bundled: { means: "Told in the message of another that came at the same moment.", next: [] },
  },
});

export interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly channel: NoticeChannel;
  readonly address: string;
  readonly title: string;
  readonly body: string;
  readonly status: StatusOf<typeof noticeLife>;
  /** How often sending it was begun; tells one try from another. */
  readonly attempts: number;
  /** How many in a row were refused since it was to be sent. */
  readonly failures: number;
  readonly reason: string | null;
  readonly updated_at: Date;
}
