import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startMailServer, type MailFault, type MailServer } from "../../../sandbox/mail-server.ts";
import { systemClock } from "../../clock.ts";
import { createEmail } from "./index.ts";

const notice = {
  id: "0197b3a0-0000-7000-8000-000000000001",
  address: "dora@payees.example",
  title: "You were paid 24.26 USDT",
  body: "24.26 USDT was sent.\nPayout: 7",
};
const from = "Shop Payouts <payouts@shop.example>";

let server: MailServer;
beforeAll(async () => {
  server = await startMailServer({ password: "let-me-in", clock: systemClock, port: undefined });
});
afterEach(() => server.heal());
afterAll(() => server.close());

const emailTo = (url: string) => createEmail({ url, from, timeoutMs: 4_000 });
const send = (given: Partial<typeof notice> = {}) => emailTo(server.url).send({ ...notice, ...given });
const lastMail = () => server.mails.at(-1)!;
const headerOf = (source: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, "im").exec(source)?.[1]?.replace(/\r\n[ \t]+/g, " ");

/** A server that says what it is told to, line by line, and hangs up or falls silent at its end. */
async function scripted(answer: (line: string, socket: Socket) => void): Promise<string> {
  const listening = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("220 scripted ESMTP\r\n");
    socket.on("data", (bytes) => {
      for (const line of bytes.toString("latin1").split("\r\n").slice(0, -1)) answer(line, socket);
    });
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => void listening.close());
  return `smtp://127.0.0.1:${(listening.address() as { port: number }).port}`;
}

describe("what is sent", () => {
  test("a message in plain text from us to one person, under the id that every try of it has", async () => {
    expect(await send()).toMatchObject({ kind: "sent", reference: expect.stringContaining("250") });
    const { to, from: sender, source } = lastMail();
    expect([sender, to]).toEqual(["payouts@shop.example", ["dora@payees.example"]]);
    expect(headerOf(source, "From")).toBe("Shop Payouts <payouts@shop.example>");
    expect(headerOf(source, "To")).toBe("dora@payees.example");
    expect(headerOf(source, "Subject")).toBe(notice.title);
    expect(headerOf(source, "Message-ID")).toBe(`<${notice.id}@shop.example>`);
    expect(headerOf(source, "Auto-Submitted")).toBe("auto-generated");
    expect(source).toContain("24.26 USDT was sent.\r\nPayout: 7");
  });

  test.each([
    ["a subject of two lines", { title: "Paid\r\nBcc: everybody@evil.example" }],
    ["an address of two lines", { address: "dora@payees.example\r\nRCPT TO:<everybody@evil.example>" }],
    ["an address that is two", { address: "dora@payees.example, everybody@evil.example" }],
  ])("nobody else is told by %s", async (_, given) => {
    const before = server.mails.length;
    await send(given);
    const taken = server.mails.slice(before);
    expect(taken.flatMap(({ to }) => to).filter((to) => to !== "dora@payees.example")).toEqual([]);
    for (const { source } of taken) {
      expect(headerOf(source, "Bcc")).toBeUndefined();
      expect(source.slice(0, source.indexOf("\r\n\r\n"))).not.toMatch(/^bcc/im);
    }
  });

  test("a body with a line of one dot arrives whole", async () => {
    await send({ body: "one\n.\ntwo\nQUIT" });
    expect(lastMail().source).toMatch(/one\r\n\.\r\ntwo\r\nQUIT/);
  });
});

describe("what became of it", () => {
  const refuse = (stage: "connect" | "auth" | "mail" | "rcpt" | "data", code: number): MailFault => ({
    kind: "refuse",
    stage,
    code,
    text: "no thanks, dora@payees.example",
  });

  test.each([
    [refuse("rcpt", 450), "address_refused_450", true],
    [refuse("rcpt", 550), "address_refused_550", false],
    [refuse("mail", 451), "sender_refused_451", true],
    [refuse("mail", 553), "sender_refused_553", false],
    [refuse("data", 452), "message_refused_452", true],
    [refuse("data", 554), "message_refused_554", false],
    [refuse("auth", 535), "unauthorized", true],
    [refuse("connect", 421), "unreachable", true],
  ])("%o is refused: nobody was told", async (fault, reason, again) => {
    const before = server.mails.length;
    server.next(fault);
    expect(await send()).toEqual({ kind: "refused", reason, again, afterMs: null });
    expect(server.mails).toHaveLength(before);
  });

  test.each([
    ["lost_answer", 1, "connection_lost"],
    ["lost_message", 0, "connection_lost"],
    ["silent", 1, "timeout"],
  ] as const)("%s is unknown, whether it was taken or not", async (kind, taken, reason) => {
    const before = server.mails.length;
    server.next({ kind });
    expect(await createEmail({ url: server.url, from, timeoutMs: 1_500 }).send(notice)).toEqual({
      kind: "unknown",
      reason,
    });
    expect(server.mails).toHaveLength(before + taken);
  });

  test("a server that is away, hangs up before the message or never greets has taken nothing", async () => {
    const away = await scripted((_line, socket) => void socket.destroy());
    expect(await emailTo("smtp://127.0.0.1:9").send(notice)).toMatchObject({ kind: "refused", again: true });
    expect(await emailTo(away).send(notice)).toMatchObject({ kind: "refused", again: true });
    const mute = await scripted((line, socket) => {
      if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n"); // and no word to DATA
    });
    expect(await createEmail({ url: mute, from, timeoutMs: 500 }).send(notice)).toEqual({
      kind: "refused",
      reason: "timeout",
      again: true,
      afterMs: null,
    });
  });

  test("a wrong password is the operator's to mend, and no answer repeats it", async () => {
    const wrong = emailTo(server.url.replace("let-me-in", "wrong-password"));
    expect(await wrong.send(notice)).toMatchObject({ reason: "unauthorized", again: true });
    const refusal = await wrong.checkAccess(AbortSignal.timeout(4_000)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "provider_error", reason: "unauthorized" });
    expect(JSON.stringify(refusal) + String(refusal)).not.toContain("wrong-password");
    expect(await emailTo(server.url).checkAccess(AbortSignal.timeout(4_000))).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test("a password does not cross a network in the open", async () => {
    const lines: string[] = [];
    const url = await scripted((line, socket) => {
      lines.push(line);
      socket.write(line.startsWith("EHLO") ? "250-here\r\n250 AUTH PLAIN\r\n" : "502 no\r\n");
    });
    // An address that leads here and is not written as this machine's own.
    const remote = createEmail({
      url: url.replace("smtp://127.0.0.1", "smtp://user:pw@0.0.0.0"),
      from,
      timeoutMs: 2_000,
    });
    expect(await remote.send(notice)).toMatchObject({ kind: "refused", again: true });
    expect(lines.filter((line) => line.startsWith("AUTH"))).toEqual([]);
  });
});
