import { startWholeApi, type WholeApi } from "../support/index.ts";
import { wrongRequests, type WrongRequest } from "./requests.ts";

/** What came back, ids of the run replaced by their names. */
export interface GivenAnswer {
  readonly asked: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly next_step: string;
  /** The codes of what is wrong with the request, where that is it. */
  readonly problems: readonly string[];
}

/** What the table's placeholders stand for. */
async function prepare(api: WholeApi): Promise<ReadonlyMap<string, string>> {
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await api.send<{ id: string }>("POST", path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body.id;
  };
  const destination = { asset: "ethereum:USDT", address: "0x52908400098527886E0F7030069857D2E4169EE7" };
  const payee = await made("/v1/payees", { name: "Ada", external_id: "ada", destination });
  const paused = await made("/v1/payees", { name: "Eve", destination });
  await api.send("POST", `/v1/payees/${paused}/pause`);
  const order = (externalId: string) =>
    made("/v1/orders", {
      external_id: externalId,
      price_usd: "25",
      splits: [{ payee_id: payee, share_bps: 10_000 }],
    });
  const cancelled = await order("gone");
  await api.send("POST", `/v1/orders/${cancelled}/cancel`);
  return new Map([
    ["{payee}", payee],
    ["{paused}", paused],
    ["{order}", await order("cart")],
    ["{cancelled}", cancelled],
    ["{reader}", (await api.keyWith("payees:read")).authorization],
    ["{settings}", (await api.keyWith("settings:read")).authorization],
  ]);
}

const replaced = (text: string, by: Iterable<readonly [string, string]>): string =>
  [...by].reduce((all, [from, to]) => all.replaceAll(from, to), text);

const inWords = ({ method, url, body, headers }: WrongRequest): string => {
  const { authorization, ...others } = headers ?? {};
  const sent = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const named = Object.entries(others)
    .filter(([name]) => name !== "content-type" || typeof body === "string")
    .map(([name, value]) => `${name}: ${value}`);
  const as = authorization === undefined ? [] : [`authorization: ${authorization}`];
  return [method, url, ...as, ...named, sent.length > 200 ? `${sent.slice(0, 80)}…` : sent]
    .filter((part) => part !== "")
    .join(" ");
};

/** Sends every wrong request of the table to the whole API, in its order. */
export async function askWrongly(): Promise<Record<string, GivenAnswer[]>> {
  const api = await startWholeApi();
  try {
    const names = await prepare(api);
    const given: Record<string, GivenAnswer[]> = {};
    for (const [kind, requests] of Object.entries(wrongRequests)) {
      given[kind] = [];
      for (const request of requests) {
        const filled = JSON.parse(replaced(JSON.stringify(request), names)) as WrongRequest;
        const { status, body } = await api.send<Record<string, unknown>>(
          filled.method,
          filled.url,
          filled.body,
          filled.headers,
        );
        const back = [...names].map(([name, id]) => [id, name] as const);
        const said = (field: string) => replaced(String(body[field]), back);
        given[kind].push({
          asked: inWords(request),
          status,
          code: said("code"),
          detail: said("detail"),
          next_step: said("next_step"),
          problems: ((body["problems"] ?? []) as { code: string }[]).map((problem) => problem.code),
        });
      }
    }
    return given;
  } finally {
    await api.stop();
  }
}
