import { createQueue, type Background } from "../background.ts";
import type { BankNotice, FlutterwaveSettings } from "./types.ts";

const answerWithinMs = 3_000;
/** One, and three more where retries are switched on. */
const attemptsPerNotice = 4;

/** Posts the account's notices one after the other, and keeps a record of each. */
export interface BankNotices {
  readonly records: readonly BankNotice[];
  readonly how: { next: "sent" | "lost" | "held" | "duplicated" };
  send(event: string, about: number, body: object): void;
  resend(about: number): Promise<void>;
}

export function createBankNotices(world: {
  readonly secretHash: string;
  readonly settings: Readonly<FlutterwaveSettings>;
  readonly background: Background;
  readonly fetch: typeof globalThis.fetch;
}): BankNotices {
  const { settings, background, secretHash } = world;
  const records: BankNotice[] = [];
  const queue = createQueue();
  const how: BankNotices["how"] = { next: "sent" };

  async function post(url: string, body: string): Promise<number> {
    try {
      const response = await world.fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "verif-hash": secretHash },
        body,
        redirect: "manual",
        signal: AbortSignal.any([background.signal, AbortSignal.timeout(answerWithinMs)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0; // refused, cut or too slow: they do not tell these apart either
    }
  }

  async function attempt(record: BankNotice): Promise<void> {
    const url = settings.webhookUrl;
    if (url === null) return void (record.state = "lost");
    for (let left = attemptsPerNotice; left > 0; left -= 1) {
      const status = await post(url, record.body);
      background.signal.throwIfAborted();
      record.attempts.push(status);
      if (status === 200) return void (record.state = "delivered"); // a redirect counts as a failure
      if (left > 1) await background.sleep(settings.retryMs);
    }
    record.state = "given_up";
  }

  const deliver = (record: BankNotice): Promise<void> => background.start(() => queue(() => attempt(record)));

  return {
    records,
    how,
    send(event, about, body) {
      const record: BankNotice = { event, about, body: JSON.stringify(body), attempts: [], state: "queued" };
      records.push(record);
      if (how.next === "lost" || how.next === "held") record.state = how.next;
      else void deliver(record);
      if (how.next === "duplicated") void deliver(record);
    },
    async resend(about) {
      await Promise.all(
        records
          .filter((record) => record.about === about)
          .toReversed()
          .map(deliver),
      );
    },
  };
}
