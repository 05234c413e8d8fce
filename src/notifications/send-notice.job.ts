import { inTransaction, sql, type Tx } from "../database/index.ts";
import { describeError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { days, hours, minutes, sweepJob, type Cause } from "../lifecycle/index.ts";
import type { NoticeOutcome, Notifier } from "../providers/notifier.ts";
import type { NotificationDeps } from "./deps.ts";
import { keptOf } from "./kinds.ts";
import { noticeLife, type Notice } from "./notice.ts";
import { noticeTasks } from "./tasks.ts";

/** Refusals in a row after which a person looks: within about half a day. */
const mostFailures = 12;
const firstRetryMs = 30_000;
const longestRetryMs = hours(2);
/** Whoever began to send has ended or is dead by then: a try takes half a minute at most. */
const sendingMs = minutes(2);

const cause: Cause = { kind: "job", ref: "notifications.look" };

/** Locked until commit, so that two who look at a notice do so one after the other. */
export async function lockNotice(tx: Tx, id: string): Promise<Notice | null> {
  const { rows } = await sql<Notice>`select * from notice where id = ${id} for no key update`.execute(tx);
  return rows[0] ?? null;
}

interface Due {
  readonly notice: Notice;
  readonly notifier: Notifier;
  readonly attempt: number;
}

/** Decides to send, and says so in the row, before anything is sent: whoever dies from here on leaves it in doubt. */
async function decide({ notifiers, clock }: NotificationDeps, tx: Tx, id: string): Promise<Due | null> {
  const notice = await lockNotice(tx, id);
  if (notice === null || noticeLife.hasEnded(notice.status)) return null;
  const now = clock.now();
  if (notice.status === "waiting") {
    const notifier = notifiers.get(notice.channel);
    if (notifier === undefined) {
      const set = { reason: `${notice.channel}_not_configured`, ...keptOf(notice.kind) };
      await noticeLife.advance(tx, { id, from: "waiting", to: "dropped", cause, now, set });
      return null;
    }
    const attempt = notice.attempts + 1;
    await noticeLife.advance(tx, {
      id,
      from: "waiting",
      to: "sending",
      cause,
      now,
      set: { attempts: attempt },
    });
    return { notice, notifier, attempt };
  }
  const goneAt = new Date(notice.updated_at.getTime() + sendingMs);
  if (notice.status === "sending" && now >= goneAt)
    await noticeLife.advance(tx, {
      id,
      from: "sending",
      to: "in_doubt",
      cause,
      now,
      set: { reason: "died_while_sending" },
    });
  else
    await noticeLife.lookAgain(
      tx,
      id,
      notice.status === "sending" ? goneAt : new Date(now.getTime() + days(1)),
    );
  return null;
}

async function act({ log }: NotificationDeps, { notice, notifier }: Due): Promise<NoticeOutcome> {
  const { id, address, title, body } = notice;
  try {
    return await notifier.send({ id, address, title, body });
  } catch (error) {
    log.error(
      { notice_id: id, error: describeError(error).replaceAll(address, "…") },
      "sending a notice broke off",
    );
    return { kind: "unknown", reason: "broke_off" };
  }
}

/** What the next try waits for: half a minute, doubling, and as long as the other side asks. */
const retryMs = (failures: number, afterMs: number | null): number =>
  Math.max(Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs), Math.min(afterMs ?? 0, hours(12)));

/** Writes down what became of a try, unless it was given up meanwhile and another one began. */
async function record(
  deps: NotificationDeps,
  tx: Tx,
  { notice: sent, attempt }: Due,
  outcome: NoticeOutcome,
): Promise<void> {
  const { clock, log } = deps;
  const notice = await lockNotice(tx, sent.id);
  if (notice === null || notice.attempts !== attempt) return;
  const { id, kind, channel, status, failures } = notice;
  if (status !== "sending" && !(status === "in_doubt" && outcome.kind === "sent")) return;
  const now = clock.now();
  const facts = { notice_id: id, kind, channel, attempt };
  if (outcome.kind === "sent") {
    const set = { reason: null, reference: outcome.reference, ...keptOf(kind) };
    await noticeLife.advance(tx, { id, from: status, to: "sent", cause, now, set });
    return log.info(facts, "a notice was sent");
  }
  const { reason } = outcome;
  if (outcome.kind === "refused" && outcome.again && failures + 1 < mostFailures) {
    const set = { reason, failures: failures + 1 };
    await noticeLife.advance(tx, { id, from: "sending", to: "waiting", cause, now, set });
    const waitMs = retryMs(failures + 1, outcome.afterMs);
    await noticeLife.lookAgain(tx, id, new Date(now.getTime() + waitMs));
    return log.warn({ ...facts, reason, retry_ms: waitMs }, "a notice was refused and will be sent again");
  }
  const to = outcome.kind === "refused" ? "failed" : "in_doubt";
  await noticeLife.advance(tx, { id, from: "sending", to, cause, now, set: { reason } });
  deps.countFailure(reason);
  log.error({ ...facts, reason }, "a notice needs a person; the desk shows it");
}

/** Sends what is told: decided before, recorded after, one try at a time. */
export const notificationJobs = (deps: NotificationDeps): Job[] => [
  defineJob(noticeTasks.look, {
    async run({ id }) {
      const due = await inTransaction(deps.db, (tx) => decide(deps, tx, id));
      if (due === null) return;
      const outcome = await act(deps, due);
      await inTransaction(deps.db, (tx) => record(deps, tx, due, outcome));
    },
  }),
  sweepJob(noticeLife, deps),
];
