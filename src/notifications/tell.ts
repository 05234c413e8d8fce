import { sql, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { enqueueMany, keyOf } from "../jobs/index.ts";
import type { Contact } from "./contact.ts";
import { wordsOf, type FactsOf, type KindTo, type NoticeKind } from "./kinds.ts";
import { noticeLife } from "./notice.ts";
import { readOperatorContacts } from "./settings.ts";
import { noticeTasks } from "./tasks.ts";
import { render, type Words } from "./words.ts";

interface Happening<K extends NoticeKind> {
  readonly kind: K;
  /** What tells this happening from every other of its kind: an id, and the occasion where there may be several. */
  readonly subject: string;
  readonly facts: FactsOf<K>;
}

/**
 * Writes down that a payee will be told, in the transaction of what happened: they are told if and only if it commits, and of
 * one happening once. Nothing is written for a payee without a contact. It cannot fail by what the facts say.
 */
export async function tellPayee<K extends KindTo<"payee">>(
  tx: Tx,
  happening: Happening<K>,
  { contact, now }: { readonly contact: Contact | null; readonly now: Date },
): Promise<void> {
  if (contact !== null) await write(tx, [happening], { contacts: [contact], now });
}

/**
 * The same for all operators whose contacts are set. What comes at the same moment is told in one message, in which each has a
 * line; each keeps its own row.
 */
export async function tellOperators<K extends KindTo<"operators">>(
  tx: Tx,
  happenings: readonly Happening<K>[],
  now: Date,
): Promise<void> {
  if (happenings.length === 0) return;
  await write(tx, happenings, { contacts: await readOperatorContacts(tx), now });
}

interface New {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly channel: string;
  readonly address: string;
}

async function write<K extends NoticeKind>(
  tx: Tx,
  happenings: readonly Happening<K>[],
  { contacts, now }: { readonly contacts: readonly Contact[]; readonly now: Date },
): Promise<void> {
  const told = happenings.map(({ kind, subject, facts }) => ({ kind, subject, words: wordsOf(kind, facts) }));
  const leads: string[] = [];
  for (const { channel, address } of contacts) {
    const rows = told.map(({ kind, subject, words }) => ({
      id: newId(),
      kind,
      subject,
      channel,
      address,
      ...render(words),
    }));
    const { rows: fresh } = await sql<New>`
      insert into notice (id, kind, subject, channel, address, title, body, status, created_at, updated_at, next_check_at, deadline_at)
      select id, kind, subject, channel, address, title, body, 'bundled', ${now}::timestamptz, ${now}::timestamptz, null, null
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as given(id uuid, kind text, subject text, channel text, address text, title text, body text)
      on conflict on constraint notice_once do nothing
      returning id, kind, subject`.execute(tx);
    const lead = fresh[0];
    if (lead === undefined) continue;
    leads.push(lead.id);
    const words = fresh.map(
      (one) => told.find((t) => t.kind === one.kind && t.subject === one.subject)!.words,
    );
    await begin(tx, { lead: lead.id, fresh: fresh.map(({ id }) => id), words, now });
  }
  await enqueueMany(
    tx,
    noticeTasks.look,
    leads.map((id) => ({ payload: { id }, key: keyOf(noticeTasks.look, { id }) })),
  );
}

/** The first of those that are new to somebody carries the words of all. */
async function begin(
  tx: Tx,
  { lead, fresh, words, now }: { lead: string; fresh: readonly string[]; words: readonly Words[]; now: Date },
): Promise<void> {
  const watch = noticeLife.watchFrom("waiting", now);
  const { title, body } = render(words.length === 1 ? words[0]! : together(words));
  await sql`
    update notice set status = 'waiting', title = ${title}, body = ${body}, next_check_at = ${watch.next_check_at},
      deadline_at = ${watch.deadline_at}
    where id = ${lead}`.execute(tx);
  await sql`
    update notice set told_with = ${lead} where id = any(${[...fresh]}::uuid[]) and id <> ${lead}`.execute(
    tx,
  );
  const cause = { kind: "job", ref: "notifications" } as const;
  for (const id of fresh)
    await noticeLife.recordCreation(tx, { id, to: id === lead ? "waiting" : "bundled", cause, now });
}

const mostListed = 20;

function together(words: readonly Words[]): Words {
  const listed = words.slice(0, mostListed).map(({ title, lines }) => {
    const [first] = lines.filter((line) => line !== null);
    return first === undefined ? `– ${title}` : `– ${title} (${first})`;
  });
  const more = words.length > mostListed ? `and ${words.length - mostListed} more` : null;
  return { title: `${words.length} new: ${words[0]!.title}`, lines: [...listed, more] };
}
