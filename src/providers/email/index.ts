import { Readable } from "node:stream";
import type SMTPConnection from "nodemailer/lib/smtp-connection/index.js";
import { DomainError, ProviderError } from "../../errors.ts";
import type { NoticeOutcome, Notifier, OutgoingNotice } from "../notifier.ts";

export interface EmailOptions {
  /** smtp:// or smtps://, with user and password where the server asks for them. */
  readonly url: string;
  /** "Name <address>", or the address alone. */
  readonly from: string;
  /** For one message, from connecting to the server's last word. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 20_000;

interface Account {
  readonly connection: SMTPConnection.Options;
  readonly credentials: SMTPConnection.Credentials | null;
}

/** @throws {DomainError} `invalid_configuration`; the message does not repeat the URL. */
function readUrl(text: string, timeoutMs: number): Account {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "")
    throw new DomainError("invalid_configuration", "SMTP_URL is not an smtp:// or smtps:// URL.");
  const secure = url.protocol === "smtps:";
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const hasLogin = url.username !== "" || url.password !== "";
  return {
    connection: {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (secure ? 465 : 587) : parseInt(url.port, 10),
      secure,
      // A password crosses no network in the open. On this machine there is nobody on the way.
      ...(!secure && hasLogin && !local && { requireTLS: true }),
      ...(!secure && local && { ignoreTLS: true }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      logger: false,
    },
    credentials: hasLogin
      ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      : null,
  };
}

/** "Name <address>" apart. @throws {DomainError} `invalid_configuration` */
function readFrom(text: string): { readonly name: string; readonly address: string } {
  const [, name = "", address] =
    /^\s*(?:"?([^"<>\p{Cc}]*?)"?\s*<)?([^\s@<>]+@[^\s@<>]+?)>?\s*$/u.exec(text) ?? [];
  if (address === undefined)
    throw new DomainError(
      "invalid_configuration",
      "SMTP_FROM must be one e-mail address, such as Payouts <payouts@shop.example>.",
    );
  return { name, address };
}

/** How far a try came: what a failure means hangs on it. */
interface Progress {
  /** Nothing was taken before the last line of the message was handed over. */
  handedOver: boolean;
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

const stages: Readonly<Record<string, string>> = {
  "MAIL FROM": "sender_refused",
  "RCPT TO": "address_refused",
  DATA: "message_refused",
};

function outcomeOf(error: unknown, { handedOver }: Progress): NoticeOutcome {
  const { code = "", command = "", responseCode } = error as SmtpFailure;
  const stage = stages[command];
  const refused = (reason: string, again: boolean): NoticeOutcome => ({
    kind: "refused",
    reason,
    again,
    afterMs: null,
  });
  if (stage !== undefined && responseCode !== undefined)
    return refused(`${stage}_${responseCode}`, responseCode < 500);
  if (handedOver) return { kind: "unknown", reason: code === "ETIMEDOUT" ? "timeout" : "connection_lost" };
  if (code === "EAUTH") return refused("unauthorized", true);
  if (code === "ETLS") return refused("tls_failed", true);
  // The server's limits, or an address that cannot be written in SMTP at all.
  if (code === "EMESSAGE" || code === "EENVELOPE") return refused("message_not_sendable", false);
  return refused(code === "ETIMEDOUT" ? "timeout" : "unreachable", true);
}

/** Runs a conversation with the server, and hangs up whatever comes of it. */
async function converse<T>(
  { connection: options, credentials }: Account,
  signal: AbortSignal,
  talk: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  const { default: Connection } = await import("nodemailer/lib/smtp-connection/index.js");
  const connection = new Connection(options);
  const broken = new Promise<never>((_, reject) => {
    connection.once("error", reject);
    connection.once("end", () =>
      reject(Object.assign(new Error("the connection ended"), { code: "ECONNECTION" })),
    );
    const stop = (): void => reject(Object.assign(new Error("gave up"), { code: "ETIMEDOUT" }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  broken.catch(() => undefined); // whoever waits for a step is told
  connection.on("error", () => undefined); // a second one has nobody to tell
  const step = (begin: (done: (error?: Error | null) => void) => void): Promise<void> =>
    Promise.race([
      broken,
      new Promise<void>((resolve, reject) => begin((error) => (error ? reject(error) : resolve()))),
    ]);
  try {
    await step((done) => connection.connect(done));
    if (credentials !== null) await step((done) => connection.login({ credentials }, done));
    return await Promise.race([broken, talk(connection)]);
  } finally {
    connection.close();
  }
}

async function compose(
  from: ReturnType<typeof readFrom>,
  { id, address, title, body }: OutgoingNotice,
): Promise<Buffer> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer/index.js");
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  const mail = new MailComposer({
    from,
    to: { name: "", address },
    subject: title,
    text: body,
    messageId: `<${id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

/** E-mail by one SMTP server. A connection is opened for each message: there are few. */
export function createEmail({ url, from: sender, timeoutMs = defaultTimeoutMs }: EmailOptions): Notifier {
  const account = readUrl(url, timeoutMs);
  const from = readFrom(sender);
  return {
    channel: "email",
    async send(notice) {
      const progress: Progress = { handedOver: false };
      try {
        const message = Readable.from([await compose(from, notice)]);
        message.once("end", () => (progress.handedOver = true));
        const envelope = { from: from.address, to: [notice.address] };
        const reply = await converse(
          account,
          AbortSignal.timeout(timeoutMs),
          (connection) =>
            new Promise<string>((resolve, reject) => {
              connection.send(envelope, message, (error, info) =>
                error ? reject(error) : resolve(info.response),
              );
            }),
        );
        return { kind: "sent", reference: reply.replaceAll(notice.address, "…").slice(0, 200) };
      } catch (error) {
        return outcomeOf(error, progress);
      }
    },
    async checkAccess(signal) {
      try {
        await converse(
          account,
          AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          async () => undefined,
        );
      } catch (error) {
        const outcome = outcomeOf(error, { handedOver: false });
        const reason = outcome.kind === "refused" ? outcome.reason : "unreachable";
        throw new ProviderError({ provider: "smtp", operation: "connect", failure: "retryable", reason });
      }
      return `${account.connection.host}:${account.connection.port}`;
    },
  };
}
