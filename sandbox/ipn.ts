import { createHmac } from "node:crypto";
import { createQueue, type Background } from "./background.ts";
import type { IpnRecord } from "./types.ts";

/** JSON text with keys sorted at every depth, without white space: what the processor sends and signs. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

/** The notice's bytes and their signature: lower-case hex of HMAC-SHA512 under the trimmed secret. */
export function signIpn(body: object, secret: string): { body: string; signature: string } {
  const text = canonicalJson(body);
  return { body: text, signature: createHmac("sha512", secret.trim()).update(text).digest("hex") };
}

const attemptsPerIpn = 3;
const answerWithinMs = 3_000;

/** Posts notices, those of one payment in order, and keeps a record of each. */
export interface IpnMailer {
  readonly records: readonly IpnRecord[];
  record(notice: Pick<IpnRecord, "paymentId" | "status" | "url" | "body" | "signature">): IpnRecord;
  /** Resolves when it is delivered or given up. */
  deliver(record: IpnRecord, delayMs?: number): Promise<void>;
  /** Resolves when everything queued for the payment is done with. */
  flush(paymentId: number): Promise<void>;
}

async function post(record: IpnRecord, { signal, fetch }: Way): Promise<number> {
  try {
    const response = await fetch(record.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "NOWPayments v1.0",
        "x-nowpayments-sig": record.signature,
      },
      body: record.body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0; // refused, cut or too slow: they do not tell these apart either
  }
}

interface Way {
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
}

/** @param fetch the way to the merchant; the platform's own unless given. */
export function createIpnMailer(
  background: Background,
  retryMs: () => number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): IpnMailer {
  const records: IpnRecord[] = [];
  const queues = new Map<number, ReturnType<typeof createQueue>>();

  function queueOf(paymentId: number): ReturnType<typeof createQueue> {
    const queue = queues.get(paymentId) ?? createQueue();
    queues.set(paymentId, queue);
    return queue;
  }

  async function attempt(record: IpnRecord, delayMs: number): Promise<void> {
    await background.sleep(delayMs);
    for (let left = attemptsPerIpn; left > 0; left -= 1) {
      const status = await post(record, { signal: background.signal, fetch });
      background.signal.throwIfAborted();
      record.attempts.push(status);
      if (status >= 200 && status <= 299) {
        record.state = "delivered";
        return;
      }
      if (left > 1) await background.sleep(retryMs());
    }
    record.state = "given_up";
  }

  return {
    records,
    record(notice) {
      const record: IpnRecord = { ...notice, attempts: [], state: "queued" };
      records.push(record);
      return record;
    },
    deliver: (record, delayMs = 0) =>
      background.start(() => queueOf(record.paymentId)(() => attempt(record, delayMs))),
    flush: (paymentId) => queueOf(paymentId)(async () => undefined),
  };
}
