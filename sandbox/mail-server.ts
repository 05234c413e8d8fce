import { once } from "node:events";
import { SMTPServer } from "smtp-server";
import type { Clock } from "../src/clock.ts";

/** A message as its server took it. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly source: string;
  readonly at: Date;
}

/** Where a conversation is when the server does something else than take the message. */
type Stage = "connect" | "auth" | "mail" | "rcpt" | "data";

/**
 * - refuse: that stage is answered with a code and a text.
 * - lost_answer: the message is taken, and the connection is cut before that is said.
 * - lost_message: the connection is cut when the message has come, and it is not taken.
 * - silent: the message is taken, and nothing is ever said.
 */
export type MailFault =
  | { readonly kind: "refuse"; readonly stage: Stage; readonly code: number; readonly text?: string }
  | { readonly kind: "lost_answer" | "lost_message" | "silent" };

export interface MailControl {
  readonly mails: readonly Mail[];
  /** What the next messages meet. */
  next(fault: MailFault, times?: number): void;
  heal(): void;
}

export interface MailServer extends MailControl {
  /** smtp://, with user and password. */
  readonly url: string;
  close(): Promise<void>;
}

const user = "sandbox";

/** A mail server on loopback that keeps what it takes, for a world in which nobody has a mailbox. */
export async function startMailServer(options: {
  readonly password: string;
  readonly clock: Clock;
  readonly port: number | undefined;
}): Promise<MailServer> {
  const { password, clock } = options;
  const mails: Mail[] = [];
  let queue: MailFault[] = [];
  const take = (fits: (fault: MailFault) => boolean): MailFault | undefined => {
    const found = queue.find(fits);
    if (found !== undefined) queue = queue.filter((one) => one !== found);
    return found;
  };
  const refusalAt = (stage: Stage): Error | null => {
    const fault = take((one) => one.kind === "refuse" && one.stage === stage);
    if (fault?.kind !== "refuse") return null;
    return Object.assign(new Error(fault.text ?? "refused by the sandbox"), { responseCode: fault.code });
  };
  const server = new SMTPServer({
    authMethods: ["PLAIN", "LOGIN"],
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, done) => done(refusalAt("connect")),
    onAuth(auth, _session, done) {
      const wrong = auth.username !== user || auth.password !== password;
      const refusal =
        refusalAt("auth") ??
        (wrong ? Object.assign(new Error("Invalid login"), { responseCode: 535 }) : null);
      return refusal === null ? done(null, { user }) : done(refusal);
    },
    onMailFrom: (_address, _session, done) => done(refusalAt("mail")),
    onRcptTo: (_address, _session, done) => done(refusalAt("rcpt")),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const refusal = refusalAt("data");
        if (refusal !== null) return done(refusal);
        const fault = take(({ kind }) => kind !== "refuse");
        if (fault?.kind !== "lost_message") {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? "" : mailFrom.address;
          const source = Buffer.concat(chunks).toString("utf8");
          mails.push({ from, to: rcptTo.map(({ address }) => address), source, at: clock.now() });
        }
        if (fault === undefined) return done(null, `queued as ${mails.length}`);
        if (fault.kind !== "silent") cutOff(server, session.id);
      });
    },
  });
  server.on("error", () => undefined); // whoever hangs up in the middle is no trouble of the server's
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return {
    url: `smtp://${user}:${password}@127.0.0.1:${address.port}`,
    mails,
    next: (fault, times = 1) => void queue.push(...Array.from({ length: times }, () => ({ ...fault }))),
    heal: () => void (queue = []),
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** Hangs up on whoever has this session. */
function cutOff(server: SMTPServer, sessionId: string): void {
  for (const { id, _socket: socket } of server.connections) if (id === sessionId) socket.destroy();
}
