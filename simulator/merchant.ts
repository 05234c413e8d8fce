import { inventAddress } from "../sandbox/coins.ts";
import { NobodyAnswers, ProcessDied } from "./fibers.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type Method = "GET" | "POST" | "PUT";

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends one request to whichever process answers. @throws when none does */
export type Ask = (
  activity: string,
  request: { method: Method; path: string; body: string; headers: Record<string, string> },
) => Promise<{ status: number; body: string }>;

export interface Merchant {
  /** @returns the payee's id */
  createPayee(terms: {
    name: string;
    mode: "instant" | "threshold";
    asset: string;
    threshold: string;
  }): Promise<string>;
  createOrder(terms: {
    externalId: string;
    priceUsd: string;
    payees: readonly string[];
    /** May be paid straight on its chain, and nowhere else; at the processor unless given. */
    asset?: string;
  }): Promise<MadeOrder>;
  get(path: string): Promise<unknown>;
  post(path: string, body: object, key: string): Promise<Answer>;
  put(path: string, body: object): Promise<Answer>;
  /** Asks once. @returns whatever was answered, a failure too; null: nobody answered, and what came of it is not known */
  ask(method: Method, path: string, body: object, key: string): Promise<Answer | null>;
}

export interface MadeOrder {
  readonly id: string;
  /** What it costs where it may be paid straight, as decimal text. */
  readonly quotes: readonly { readonly asset: string; readonly amount: string; readonly address: string }[];
}

const families = {
  "ethereum:USDT": "evm",
  "ethereum:ETH": "evm",
  "ethereum:USDC": "evm",
  "polygon-pos:USDC": "evm",
  "tron:USDT": "tron",
  "solana:SOL": "solana",
} as const;

/** Destinations a payee of the simulation may choose. */
export type Destination = keyof typeof families;
export const destinations = Object.keys(families) as Destination[];

const isUnanswered = (error: unknown): boolean =>
  error instanceof ProcessDied || error instanceof NobodyAnswers;

/** The operator's own program: it repeats a request that got no answer, with the same idempotency key. */
export function createMerchant(parts: {
  ask: Ask;
  apiKey: string;
  time: VirtualTime;
  random: Random;
}): Merchant {
  const { ask, apiKey, time, random } = parts;
  const activityOf = (method: string, path: string): string =>
    `${method} ${path.replace(/[0-9a-f-]{36}|[^/]*%3A[^/]*|\b\d+\b/g, ":id")}`;
  async function sendOnce(
    method: Method,
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const request = { method, path, body, headers: { ...headers, authorization: `Bearer ${apiKey}` } };
    const answer = await ask(activityOf(method, path), request);
    return { status: answer.status, body: JSON.parse(answer.body) };
  }
  /** Until somebody answers. */
  async function send(
    method: Method,
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await sendOnce(method, path, body, headers);
        if (answer.status < 500 && answer.status !== 409) return answer;
        if (attempt >= 20 && answer.status === 409) return answer;
      } catch (error) {
        if (!isUnanswered(error)) throw error;
      }
      await time.sleep(Math.min(attempt, 12) * (5_000 + random.below(5_000)));
    }
  }
  const post: Merchant["post"] = (path, body, key) =>
    send("POST", path, JSON.stringify(body), { "idempotency-key": key });
  const created = async (path: string, body: object, key: string): Promise<Record<string, unknown>> => {
    const answer = await post(path, body, key);
    if (answer.status !== 201)
      throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    get: async (path) => (await send("GET", path, "", {})).body,
    post,
    put: (path, body) => send("PUT", path, JSON.stringify(body), {}),
    async ask(method, path, body, key) {
      try {
        return await sendOnce(method, path, JSON.stringify(body), { "idempotency-key": key });
      } catch (error) {
        if (isUnanswered(error)) return null;
        throw error;
      }
    },
    async createPayee({ name, mode, asset, threshold }) {
      const { id } = await created(
        "/v1/payees",
        {
          name,
          payout_mode: mode,
          destination: {
            asset,
            address: inventAddress(families[asset as keyof typeof families], `payee/${name}`),
          },
          payout_threshold: { asset: "ethereum:USDT", amount: threshold },
        },
        `payee/${name}`,
      );
      return String(id);
    },
    async createOrder({ externalId, priceUsd, payees, asset }) {
      const share = Math.floor(10_000 / payees.length);
      const splits = payees.map((payee_id, index) => ({
        payee_id,
        share_bps: index === 0 ? 10_000 - share * (payees.length - 1) : share,
      }));
      const where = asset === undefined ? {} : { accept_assets: [asset] };
      const order = await created(
        "/v1/orders",
        { external_id: externalId, price_usd: priceUsd, splits, ...where },
        `order/${externalId}`,
      );
      return { id: String(order["id"]), quotes: order["direct_payment"] as MadeOrder["quotes"] };
    },
  };
}
