import { connect, type Socket } from "node:net";
import { hostileBody, hostileKinds } from "./hostile-bodies.ts";
import { createIpnSigner } from "./ipn.ts";
import { quantile, type Measured } from "./measure.ts";

/** What to send: `connections` callers that wait for each answer, or with `perSecond` that many requests on a fixed timetable. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly connections: number;
  readonly seconds: number;
  readonly perSecond?: number;
  /** Bodies of strangers instead of signed notices; each says by its request id which it is: <kind>.<n>. */
  readonly hostile?: boolean;
}

interface Caller {
  /** Resolves with the status when the whole answer is here. */
  send(request: string): Promise<number>;
  end(): void;
}

/** One keep-alive connection, with no more HTTP than this server's answers need: the load must not cost more than the service. */
async function openCaller(port: number): Promise<Caller> {
  const socket: Socket = connect(port, "127.0.0.1");
  await new Promise<void>((done, fail) => socket.once("connect", done).once("error", fail));
  socket.setNoDelay(true).setEncoding("latin1");
  let answer = "";
  let waiting: { done(status: number): void; fail(error: Error): void } | null = null;
  socket.on("data", (text: string) => {
    answer += text;
    const head = answer.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head))?.[1]);
    if (answer.length < head + 4 + length) return;
    const status = Number(answer.slice(9, 12));
    answer = "";
    waiting?.done(status);
  });
  socket.on("error", (error) => waiting?.fail(error));
  socket.on("close", () => waiting?.fail(new Error("the server closed the connection")));
  return {
    send(request) {
      const answered = new Promise<number>((done, fail) => (waiting = { done, fail }));
      socket.write(request);
      return answered;
    },
    end: () => socket.destroy(),
  };
}

const toRequest = (path: string, body: string, signature: string, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${more}` +
  `x-nowpayments-sig: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

function createRequests({ path, secret, hostile }: Load): () => string {
  const sign = createIpnSigner(secret);
  let sent = 0;
  if (hostile === true)
    return () => {
      const n = sent++;
      return toRequest(path, hostileBody(n), "ab".repeat(64), `x-request-id: ${n % hostileKinds}.${n}\r\n`);
    };
  return () => {
    const { body, signature } = sign();
    return toRequest(path, body, signature);
  };
}

/** Runs the load. An answer other than 200 ends it, or for a stranger another than a refusal: such figures would mean nothing. */
export async function runLoad(load: Load): Promise<Measured & { readonly answered: number }> {
  const callers = await Promise.all(Array.from({ length: load.connections }, () => openCaller(load.port)));
  const nextRequest = createRequests(load);
  const latencies: number[] = [];
  const ask = async (caller: Caller, since: number): Promise<void> => {
    const status = await caller.send(nextRequest());
    if (load.hostile === true ? status !== 401 && status !== 429 : status !== 200)
      throw new Error(`${load.path} answered ${status}`);
    latencies.push(performance.now() - since);
  };
  const started = performance.now();
  const end = started + load.seconds * 1_000;
  const closed = async (caller: Caller): Promise<void> => {
    while (performance.now() < end) await ask(caller, performance.now());
  };
  if (load.perSecond === undefined) await Promise.all(callers.map(closed));
  else await followTimetable(callers, load.perSecond, started, end, ask);
  const tookSeconds = (performance.now() - started) / 1_000;
  for (const caller of callers) caller.end();
  return {
    answered: latencies.length,
    perSecond: latencies.length / tookSeconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}

/** A request that is late counts from when it was due, so that a slow answer is not hidden by the requests it kept waiting. */
async function followTimetable(
  callers: readonly Caller[],
  perSecond: number,
  started: number,
  end: number,
  ask: (caller: Caller, since: number) => Promise<void>,
): Promise<void> {
  let sent = 0;
  await Promise.all(
    callers.map(async (caller) => {
      for (;;) {
        const due = started + (sent++ * 1_000) / perSecond;
        if (due >= end) return;
        const early = due - performance.now();
        if (early > 0) await new Promise((done) => setTimeout(done, early));
        await ask(caller, early > 0 ? performance.now() : due); // a timer is never exact
      }
    }),
  );
}

if (process.send) {
  process.on("message", (load: Load) => {
    runLoad(load).then(
      (measured) => process.send?.(measured),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}
