import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startMailServer, type MailServer } from "../../sandbox/mail-server.ts";
import { freshDatabase } from "../../tests/support/index.ts";
import { manualClock, systemClock } from "../clock.ts";
import { inTransaction, sql, type Database, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { createEmail } from "../providers/email/index.ts";
import type { Notifier } from "../providers/notifier.ts";
import { changeSetting } from "../settings/index.ts";
import { createLogger, silentLogger } from "../telemetry/index.ts";
import { operatorContacts } from "./settings.ts";
import {
  contactSchema,
  noticeDesk,
  notificationJobs,
  tellOperators,
  tellPayee,
  type Contact,
} from "./index.ts";

const clock = manualClock(new Date("2026-06-01T12:00:00Z"));
const dora: Contact = { channel: "email", address: "dora@payees.example" };
const operator: Contact = { channel: "email", address: "ops@shop.example" };
const USDT = "ethereum:USDT";
const minute = 60_000;

let database: Database;
let server: MailServer;
let email: Notifier;
const failures: string[] = [];
beforeAll(async () => {
  database = await freshDatabase({ max: 30 });
  server = await startMailServer({ password: "pw", clock: systemClock, port: undefined });
  email = createEmail({ url: server.url, from: "payouts@shop.example", timeoutMs: 5_000 });
});
afterEach(() => server.heal());
afterAll(() => server.close());

const depsOf = (notifier: Notifier | null = email) => ({
  db: database.db,
  clock,
  log: silentLogger,
  notifiers: new Map(notifier === null ? [] : [[notifier.channel, notifier] as const]),
  countFailure: (reason: string) => void failures.push(reason),
});
const context = { signal: new AbortController().signal, attempt: 1, log: silentLogger };
/** Looks at one notice, as a worker does. */
const look = (id: string, notifier: Notifier | null = email) =>
  notificationJobs(depsOf(notifier))[0]!.run({ id }, context);
const act = (id: string, action: string) =>
  noticeDesk(depsOf()).act({ ...context, id, action, input: {}, by: "cli:olga", now: clock.now() });
const onDesk = async (id: string) =>
  (await noticeDesk(depsOf()).find({ now: clock.now(), signal: context.signal })).find(
    (one) => one.id === id,
  );

interface Row {
  id: string;
  status: string;
  reason: string | null;
  title: string;
  body: string;
  told_with: string | null;
  next_check_at: Date | null;
}
const rowsOf = async (subject: string): Promise<Row[]> =>
  (
    await sql<Row>`select * from notice where subject like ${`${subject}%`} order by created_at, id`.execute(
      database.db,
    )
  ).rows;
const rowOf = async (id: string): Promise<Row> =>
  (await sql<Row>`select * from notice where id = ${id}`.execute(database.db)).rows[0]!;
const mailsAbout = (text: string) => server.mails.filter(({ source }) => source.includes(text));

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

const payoutPaid = (subject: string) => ({
  kind: "payout_paid" as const,
  subject,
  facts: {
    id: subject,
    paid: { asset: USDT, amount: 24_259_705n },
    to: { asset: USDT, address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" },
    hash: "0xabc",
  },
});
const tellDora = (tx: Tx, subject: string, contact: Contact | null = dora) =>
  tellPayee(tx, payoutPaid(subject), { contact, now: clock.now() });

/** A notice that waits to be sent. @returns what it is about, and its id */
async function told(): Promise<{ subject: string; id: string }> {
  const subject = newId();
  await inTransaction(database.db, (tx) => tellDora(tx, subject));
  return { subject, id: (await rowsOf(subject))[0]!.id };
}

describe("writing down", () => {
  test("what happened is told in words, with exact amounts and where to look", async () => {
    const { id, subject } = await told();
    await look(id);
    const [mail] = mailsAbout(subject);
    expect(mail?.to).toEqual([dora.address]);
    expect(mail?.source).toContain("You were paid 24.259705 USDT");
    expect(mail?.source).toContain("0x70997970C51812dc3A010C7d01b50e0d17dc79C8 on");
    expect(await rowOf(id)).toMatchObject({ status: "sent", reason: null, next_check_at: null });
  });

  test("one happening, told by twenty at once and again later, is one notice", async () => {
    const subject = newId();
    const tell = () => inTransaction(database.db, (tx) => tellDora(tx, subject));
    await Promise.all(Array.from({ length: 20 }, tell));
    await tell();
    expect(await rowsOf(subject)).toHaveLength(1);
  });

  test("what did not happen is not told, and neither is a payee without a contact", async () => {
    const subject = newId();
    const undone = inTransaction(database.db, async (tx) => {
      await tellDora(tx, subject);
      throw new Error("the payout was not booked");
    });
    await expect(undone).rejects.toThrow("not booked");
    await inTransaction(database.db, (tx) => tellDora(tx, subject, null));
    expect(await rowsOf(subject)).toEqual([]);
  });

  test("a name with line breaks, turned writing and ten thousand letters makes one line of it, and no header", async () => {
    const subject = newId();
    const name = `Eve\r\nBcc: all@evil.example\u0000\u202E\ud800${"x".repeat(10_000)}`;
    await inTransaction(database.db, (tx) =>
      tellPayee(
        tx,
        { kind: "contact_changed", subject, facts: { name } },
        { contact: dora, now: clock.now() },
      ),
    );
    const { id, body, title } = (await rowsOf(subject))[0]!;
    expect(body.split("\n")).toHaveLength(2);
    expect(body).toContain("Eve Bcc: all@evil.example xxx");
    expect(title.length + body.length).toBeLessThan(4_000);
    await look(id);
    expect(server.mails.at(-1)).toMatchObject({ to: [dora.address] });
    expect(server.mails.at(-1)!.source).not.toMatch(/^bcc:/im);
  });

  test("an asset that is no longer listed is told of in base units: money moves whatever its words are", async () => {
    const subject = newId();
    const { kind, facts } = payoutPaid(subject);
    const happening = { kind, subject, facts: { ...facts, paid: { asset: "gone:COIN", amount: 7n } } };
    await inTransaction(database.db, (tx) => tellPayee(tx, happening, { contact: dora, now: clock.now() }));
    expect((await rowsOf(subject))[0]?.title).toBe("You were paid 7 base units of gone:COIN");
  });
});

describe("sending", () => {
  test("twenty workers that look at the same moment send it once", async () => {
    const { id, subject } = await told();
    await Promise.all(Array.from({ length: 20 }, () => look(id)));
    await look(id);
    expect(mailsAbout(subject)).toHaveLength(1);
    expect((await rowOf(id)).status).toBe("sent");
  });

  test.each([
    ["after it was sent", true],
    ["before it was sent", false],
  ])("whoever dies %s leaves it in doubt: it is sent again only when a person says so", async (_, sends) => {
    const { id, subject } = await told();
    const begun = deferred<void>();
    const dying: Notifier = {
      ...email,
      async send(notice) {
        if (sends) await email.send(notice);
        begun.resolve();
        return new Promise(() => undefined);
      },
    };
    void look(id, dying);
    await begun.promise;
    await look(id);
    expect((await rowOf(id)).status).toBe("sending"); // whoever sends may be alive
    clock.advance(2 * minute);
    await look(id);
    expect(await rowOf(id)).toMatchObject({ status: "in_doubt", reason: "died_while_sending" });
    await look(id);
    expect(mailsAbout(subject)).toHaveLength(sends ? 1 : 0);
    expect(await onDesk(id)).toMatchObject({
      thing: "notice",
      owner: "operator",
      reason: "died_while_sending",
      actions: ["check", "send_again", "drop"],
    });
    await act(id, "send_again");
    await look(id);
    expect((await rowOf(id)).status).toBe("sent");
    const ids = mailsAbout(subject).map(({ source }) => /^message-id: (.*)$/im.exec(source)?.[1]);
    expect(ids).toHaveLength(sends ? 2 : 1);
    expect(new Set(ids).size).toBe(1); // a mailbox can tell
    expect(await onDesk(id)).toBeUndefined();
  });

  test("an answer that comes late still counts, unless a person sent it again meanwhile", async () => {
    for (const again of [false, true]) {
      const { id } = await told();
      const answer = deferred<{ kind: "sent"; reference: string }>();
      const begun = deferred<void>();
      const slow: Notifier = { ...email, send: () => (begun.resolve(), answer.promise) };
      const running = look(id, slow);
      await begun.promise;
      clock.advance(2 * minute);
      await look(id);
      if (again) await act(id, "send_again");
      answer.resolve({ kind: "sent", reference: "late" });
      await running;
      expect((await rowOf(id)).status).toBe(again ? "waiting" : "sent");
    }
  });

  test("an answer that never came is not asked for by sending again", async () => {
    const { id, subject } = await told();
    server.next({ kind: "lost_answer" });
    await look(id);
    await look(id);
    expect(await rowOf(id)).toMatchObject({ status: "in_doubt", reason: "connection_lost" });
    expect(mailsAbout(subject)).toHaveLength(1);
    await act(id, "drop");
    expect((await rowOf(id)).status).toBe("dropped");
    await expect(act(id, "send_again")).rejects.toMatchObject({ code: "notice_not_undecided" });
  });

  test("a passing refusal is tried again later and later, and at last is a person's", async () => {
    const { id, subject } = await told();
    server.next({ kind: "refuse", stage: "rcpt", code: 450 }, 12);
    const waits: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      await look(id);
      const { status, next_check_at: at } = await rowOf(id);
      if (status === "waiting") waits.push(Math.round((at!.getTime() - clock.now().getTime()) / 1_000) - 60);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_200, 7_200, 7_200]);
    expect(await rowOf(id)).toMatchObject({ status: "failed", reason: "address_refused_450" });
    expect(failures.at(-1)).toBe("address_refused_450");
    expect(await onDesk(id)).toMatchObject({ reason: "address_refused_450" });
    await act(id, "send_again");
    server.next({ kind: "refuse", stage: "rcpt", code: 450 });
    await look(id); // with all its tries again
    expect((await rowOf(id)).status).toBe("waiting");
    await look(id);
    expect(mailsAbout(subject)).toHaveLength(1);
    expect((await rowOf(id)).status).toBe("sent");
  });

  test("a refusal for good is a person's at once", async () => {
    const { id, subject } = await told();
    server.next({ kind: "refuse", stage: "rcpt", code: 550 });
    await look(id);
    await look(id);
    expect(await rowOf(id)).toMatchObject({ status: "failed", reason: "address_refused_550" });
    expect(mailsAbout(subject)).toEqual([]);
  });

  test("where the channel is not configured nobody waits for it", async () => {
    const { id } = await told();
    await look(id, null);
    expect(await rowOf(id)).toMatchObject({ status: "dropped", reason: "email_not_configured" });
    expect(await onDesk(id)).toBeUndefined();
  });

  test("no log line and no job names the person", async () => {
    const lines: string[] = [];
    const log = createLogger({ level: "trace", destination: { write: (line) => void lines.push(line) } });
    const text = "550 no mailbox for dora@payees.example";
    for (const fault of [null, { kind: "refuse", stage: "rcpt", code: 550, text } as const]) {
      const { id } = await told();
      if (fault !== null) server.next(fault);
      await notificationJobs({ ...depsOf(), log })[0]!.run({ id }, { ...context, log });
    }
    const { id } = await told();
    const broken: Notifier = {
      ...email,
      send: ({ address }) => Promise.reject(new Error(`no way to ${address}`)),
    };
    await notificationJobs({ ...depsOf(broken), log })[0]!.run({ id }, { ...context, log });
    expect((await rowOf(id)).status).toBe("in_doubt");
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join("")).not.toContain("dora@");
    const { rows } = await sql<{ jobs: string }>`
      select string_agg(payload::text, '') as jobs from graphile_worker._private_jobs`.execute(database.db);
    expect(rows[0]!.jobs).not.toContain("dora@");
  });
});

describe("operators", () => {
  const setContacts = (contacts: readonly Contact[]) =>
    changeSetting(database.db, {
      setting: operatorContacts,
      value: { contacts },
      changedBy: "test",
      now: clock.now(),
    });
  const person = (id: string) => ({
    kind: "needs_person" as const,
    subject: id,
    facts: { thing: "payout", id, reason: "transfer_reverted", money: [{ asset: USDT, amount: 5_000_000n }] },
  });
  const tell = (ids: readonly string[]) =>
    inTransaction(database.db, (tx) => tellOperators(tx, ids.map(person), clock.now()));

  test("nobody is told while no contact is set; each who is set is told, and what is new together in one message", async () => {
    const run = newId();
    const ids = Array.from({ length: 25 }, (_, index) => `${run}-${String(index).padStart(2, "0")}`);
    await tell(ids.slice(0, 1));
    expect(await rowsOf(run)).toEqual([]);
    await setContacts([operator, { channel: "email", address: "night@shop.example" }]);
    await tell(ids.slice(0, 24));
    await tell(ids);
    const rows = await rowsOf(run);
    expect(rows).toHaveLength(50);
    for (const { id } of rows) await look(id);
    const mails = mailsAbout("needs a person").slice(-4);
    expect(mails.map(({ to }) => to[0]).toSorted()).toEqual([
      "night@shop.example",
      "night@shop.example",
      "ops@shop.example",
      "ops@shop.example",
    ]);
    const sent = (await rowsOf(run)).filter(({ status }) => status === "sent");
    expect(sent).toHaveLength(4);
    const [first] = sent;
    expect(first!.title).toMatch(/^24 new: payout needs a person/);
    expect(first!.body.split("\n")).toHaveLength(21);
    expect(first!.body).toMatch(/and 4 more$/);
    expect(rows.filter(({ told_with: lead }) => lead === first!.id)).toHaveLength(23);
  });
});

describe("a contact", () => {
  test.each([
    ["email", "Dora@Payees.EXAMPLE", "Dora@payees.example"],
    ["telegram", "123456789", "123456789"],
    ["telegram", " -1001234567890 ", "-1001234567890"],
  ])("%s %s is taken", (channel, address, kept) => {
    expect(contactSchema.parse({ channel, address })).toEqual({ channel, address: kept });
  });

  test.each([
    ["email", "anna"],
    ["email", "dora@payees.example, eve@evil.example"],
    ["email", "dora@payees.example\r\nBcc: eve@evil.example"],
    ["email", "Dora <dora@payees.example>"],
    ["email", `${"x".repeat(300)}@payees.example`],
    ["telegram", "@dora"],
    ["telegram", "0"],
    ["telegram", "12345678901234567890"],
    ["sms", "+49 170 1234567"],
  ])("%s %s is refused, and the refusal does not repeat it", (channel, address) => {
    const result = contactSchema.safeParse({ channel, address });
    expect(result.success).toBe(false);
    expect(result.error!.issues.map(({ message }) => message).join()).not.toContain(address);
  });
});
