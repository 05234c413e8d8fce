import { nobody, somebody, unusable, type Act, type Item, type Reader } from "./act.ts";
import type { Finding } from "./checks.ts";
import { gateActs } from "./gate-acts.ts";
import type { Answer, Merchant } from "./merchant.ts";
import { policies } from "./policies.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

interface Arrival {
  readonly chain: string;
  readonly transaction_hash: string;
  readonly index: string;
}

/** Each says null where there is nothing of its kind to do. */
type Kinds = readonly (() => Promise<Act | null>)[];

/** Those who act without care, one act after the other. */
interface Crowd {
  readonly kinds: Kinds;
  calm: boolean;
  busy: Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly terms_hash: string;
}

/** The order in which a careful person would try: asking first, giving up last. */
const careful = [
  "check",
  "resume",
  "replay",
  "retry",
  "accept_delivery",
  "accept_refund",
  "accept_short",
  "resend",
  "take_back",
  "abandon",
  "give_back",
  "return_to_engine",
  "refund",
  "write_off",
  "dismiss",
];

/** What may be asked of any item, offered for it or not. */
const anyAction: readonly string[] = [
  ...careful,
  "pay_again",
  "pay_outside",
  "paid_outside",
  "accept",
  "assign",
  "top_up",
  "forgive",
  "acknowledge",
];

type Input = "transaction_hash" | "order_id" | "address";

/** What an action is of no use without. */
const needs: Readonly<Record<string, Input>> = {
  top_up: "transaction_hash",
  paid_outside: "transaction_hash",
  accept_delivery: "transaction_hash",
  accept_refund: "transaction_hash",
  assign: "order_id",
  refund: "address",
};

/** What an owner may well set, some of it in the way of everything else. */
const validSettings: readonly (readonly [string, readonly unknown[]])[] = [
  ["arrival_window", [{ expected_hours: 1 }, { expected_hours: 200 }]],
  ["instant_payouts", [{ minimum_usd: "0" }, { minimum_usd: "20" }]],
  [
    "order_defaults",
    [
      { tolerance_bps: 0, expires_minutes: 5 },
      { tolerance_bps: 2_000, expires_minutes: 600 },
    ],
  ],
  ["payout_policy", policies],
  ["platform_equity", [{ below_zero: "stop" }, { below_zero: "alarm" }]],
  [
    "platform_fee",
    [
      { bps: 0, fixed: null },
      { bps: 1_000, fixed: null },
    ],
  ],
  ["second_person", [{ hours: 1 }, { hours: 48 }]],
  ["settlement_asset", ["ethereum:USDC", "ethereum:USDT"]],
  ["swap_exposure", [{ per_provider_usd: "20" }, { per_provider_usd: null }]],
  ["swap_variance", [{ alert_bps: 0 }, { alert_bps: 1_000 }]],
  [
    "transfer_limits",
    [
      { gas_reserve: [], transfer_maximum: [{ asset: "ethereum:USDT", amount: "1" }], daily_maximum: [] },
      { gas_reserve: [], transfer_maximum: [], daily_maximum: [{ asset: "ethereum:ETH", amount: "0.01" }] },
    ],
  ],
];

/** What keeps nothing back, at the end of carelessness. */
const permissive: Readonly<Record<string, unknown>> = {
  platform_equity: { below_zero: "alarm" },
  swap_exposure: { per_provider_usd: null },
  transfer_limits: { gas_reserve: [], transfer_maximum: [], daily_maximum: [] },
};

/** Kinds of payouts that a person or a payee asked for. */
const askedFor = ["operator", "withdrawal"];

const minuteMs = 60_000;
const noTransaction = `0x${"ab".repeat(32)}`;

/** The persons at the recovery desk, in the API and on the phone with each other. */
export interface Operator {
  /** Does for each item on the desk what was tried least often on it, the careful things first. */
  look(): Promise<void>;
  /** Decides about all that waits for approval, with as many people as it takes; once or twice something is rejected. */
  attend(): Promise<void>;
  /** From now on they act at any moment, without care, where something is to leave and everywhere else, until they are calmed. */
  meddle(): void;
  /** No careless act begins any more: whoever and whatever is paused is resumed, and what was set keeps nothing back. */
  calm(): Promise<void>;
  /** Answers that no caller can do anything with: neither done nor refused by a published code. */
  readonly findings: readonly Finding[];
}

/**
 * Two persons with a key each, who know the right answers, wrong ones, and how to ask twice; and a third one, whom none of
 * them asks before the world calms down: whatever one of the two wants, two others can approve.
 */
export function createOperator(parts: {
  readonly persons: readonly [Merchant, Merchant];
  readonly third: Merchant;
  personWith(apiKey: string, name: string): Merchant;
  readonly time: VirtualTime;
  readonly random: Random;
  /** Hashes of what came to our addresses, as a block explorer shows them, the newest last. */
  onChain(): Promise<readonly string[]>;
  /** Hashes by which swap providers say that they sent something. */
  told(): readonly string[];
  /** What a careless act could break in the world itself is told here. */
  failed(error: unknown): void;
  trace(line: string): void;
}): Operator {
  const { persons, time, random, trace } = parts;
  const [first, second] = persons;
  const tried = new Map<string, number>();
  const findings: Finding[] = [];
  let acts = 0;

  const list = async <T>(path: string): Promise<readonly T[]> =>
    ((await first.get(path)) as { data: readonly T[] }).data;
  const reader: Reader = {
    get: first.get,
    list,
    idsOf: async (path) => (await list<{ id: string | number }>(path)).map(({ id }) => String(id)),
    anyOf: (ids, otherwise = nobody) =>
      ids.length === 0 || random.chance(0.05) ? otherwise : random.pick(ids),
  };
  const { idsOf, anyOf } = reader;
  let rejections = 0;

  /** An item's own action or any other, with input that is right, another one's, missing or nonsense. */
  async function deskAct(): Promise<Act | null> {
    const items = await list<Item>("/v1/review");
    if (items.length === 0) return null;
    const { thing, id, actions, version } = random.pick(items);
    const action = actions.length > 0 && random.chance(0.75) ? random.pick(actions) : random.pick(anyAction);
    const target = random.chance(0.1) ? random.pick(items).id : id;
    const says = (input: Input): boolean => random.chance(needs[action] === input ? 0.8 : 0.3);
    const body = {
      ...(action === "acknowledge" && { seen: version }),
      ...(says("transaction_hash") && { transaction_hash: anyOf(await namedHashes(), noTransaction) }),
      ...(says("order_id") && { order_id: anyOf(await idsOf("/v1/orders")) }),
      ...(says("address") && { address: random.pick(["", "nowhere", somebody, somebody]) }),
    };
    return { method: "POST", path: `/v1/review/${thing}/${encodeURIComponent(target)}/${action}`, body };
  }

  async function namedHashes(): Promise<readonly string[]> {
    const hashes = await parts.onChain();
    return random.pick([hashes, hashes.slice(-2), parts.told()]);
  }

  /** What the chain shows and no room has claimed yet, called the owner's own, whoever it is for. */
  async function topUp(): Promise<Act | null> {
    const [item] = (await list<Item>("/v1/review")).filter(({ actions }) => actions.includes("top_up"));
    if (item === undefined) return null;
    const claimed = (await list<Arrival>("/v1/arrivals")).map(({ transaction_hash }) => transaction_hash);
    const unclaimed = (await parts.onChain()).filter((hash) => !claimed.includes(hash));
    const path = `/v1/review/${item.thing}/${encodeURIComponent(item.id)}/top_up`;
    return { method: "POST", path, body: { transaction_hash: anyOf(unclaimed, noTransaction) } };
  }

  async function reattribution(): Promise<Act | null> {
    const arrivals = await list<Arrival>("/v1/arrivals");
    if (arrivals.length === 0) return null;
    const { chain, transaction_hash, index } = random.pick(arrivals);
    const to = random.pick(["top_up", "payment", "order", "unclaimed"] as const);
    const id = to === "payment" || to === "order" ? { id: anyOf(await idsOf(`/v1/${to}s`)) } : {};
    const place = [chain, transaction_hash, index].map(encodeURIComponent).join("/");
    const body = { to, ...id, reason: "they say so", proof: "a ticket that nobody read" };
    return { method: "POST", path: `/v1/arrivals/${place}/reattribute`, body };
  }

  async function byHandSale(): Promise<Act> {
    const hashes = (await list<Arrival>("/v1/arrivals")).map(({ transaction_hash }) => transaction_hash);
    const source_asset = random.pick(["solana:SOL", "tron:USDT", "ethereum:ETH", "nowhere:NONE"]);
    const body = { source_asset, transaction_hashes: [anyOf(hashes, noTransaction)] };
    return { method: "POST", path: "/v1/conversions/by-hand", body };
  }

  const onOne =
    (things: string, verbs: readonly string[], body: () => object = () => ({})) =>
    async (): Promise<Act> => ({
      method: "POST",
      path: `/v1/${things}/${anyOf(await idsOf(`/v1/${things}`), things === "provider-events" ? "999999" : nobody)}/${random.pick(verbs)}`,
      body: body(),
    });

  const payeePayout = async (): Promise<Act> => ({
    method: "POST",
    path: "/v1/payouts",
    body: {
      payee_id: anyOf(await idsOf("/v1/payees")),
      ...(random.chance(0.4) && { asset: random.pick(["ethereum:USDT", "ethereum:USDC", "ethereum:ETH"]) }),
    },
  });

  const validSetting = (): Promise<Act> => {
    const [key, values] = random.pick(validSettings);
    return Promise.resolve({
      method: "PUT",
      path: `/v1/settings/${key}`,
      body: { value: random.pick(values) },
    });
  };

  /** A value of no shape that the setting has, whichever it is. */
  const badSetting = (): Promise<Act> =>
    Promise.resolve({
      method: "PUT",
      path: `/v1/settings/${random.pick(["transfer_limits", "swap_exposure", "second_person", "no_such"])}`,
      body: { value: random.pick([null, "many", -1, [], { hours: -1 }]) },
    });

  const simple = (path: string) => (): Promise<Act> => Promise.resolve({ method: "POST", path, body: {} });

  const atTheGate = gateActs({
    reader,
    admin: first,
    personWith: parts.personWith,
    random: random.fork("gate"),
    now: time.now,
  });
  const anywhere: Kinds = [
    deskAct,
    deskAct,
    deskAct,
    deskAct,
    deskAct,
    deskAct,
    topUp,
    topUp,
    topUp,
    reattribution,
    reattribution,
    byHandSale,
    payeePayout,
    validSetting,
    onOne("orders", ["cancel"]),
    onOne("payouts", ["resolve"], () => ({ resolution: random.pick(["retry", "give_back"]) })),
    onOne("orders", ["accept"]),
    onOne("payees", ["pause", "resume", "resume"]),
    onOne("provider-events", ["replay"]),
    badSetting,
    simple("/v1/payout-plans"),
    simple("/v1/conversion-checks"),
  ];

  async function askOnce(act: Act, who: Merchant, key: string): Promise<Answer | null> {
    const answer = await who.ask(act.method, act.path, act.body, key);
    if (answer === null) return null;
    const words = `${act.method} ${act.path}: ${answer.status} ${String(answer.body["code"] ?? "")}`;
    trace(`${act.by === undefined ? "the operator" : "a payee"} asks: ${words}`);
    const finding = unusable(act, answer);
    if (finding !== null) findings.push(finding);
    return answer;
  }

  /** Asks until somebody has an answer, not for ever. */
  async function insist(act: Act, who: Merchant, key: string): Promise<Answer | null> {
    for (let attempt = 1; attempt <= 4; attempt++) {
      const answer = await askOnce(act, who, `${key}/${attempt}`);
      if (answer !== null && answer.status !== 503) return answer;
      await time.sleep((1 + random.below(4)) * minuteMs);
    }
    return null;
  }

  /** One thing that waits, put to one person after the other until it is decided. */
  async function decide({ id, terms_hash }: Waiting): Promise<void> {
    const rejects = rejections < 2 && random.chance(0.15);
    if (rejects) rejections += 1;
    const word = rejects ? { decision: "reject", reason: "not like this" } : { decision: "approve" };
    const act: Act = {
      method: "POST",
      path: "/v1/approval-decisions",
      body: { ...word, items: [{ id, terms_hash }] },
    };
    for (const [index, who] of [...persons, parts.third].entries()) {
      acts += 1;
      const answer = await insist(act, who, `decided/${acts}/${index}`);
      const [now] = (answer?.body["data"] ?? []) as readonly { status: string }[];
      if (now !== undefined && now.status !== "waiting") return;
    }
  }

  /** By one person, twice at the same moment, by both at the same moment or one after the other; a payee's by themselves. */
  async function carryOut(act: Act, key: string): Promise<void> {
    const { by, times = 1 } = act;
    const once = (who: Merchant, as: string | number): Promise<Answer | null> =>
      askOnce(act, who, `${key}/${as}`);
    const person = random.pick(persons);
    const how = random.below(5);
    if (by !== undefined) await Promise.all(Array.from({ length: times }, (_, index) => once(by, index)));
    else if (how === 0) await Promise.all([once(person, "once"), once(person, "again")]);
    else if (how === 1) await Promise.all(persons.map(once));
    else if (how === 2) for (const who of persons) await insist(act, who, `${key}/${persons.indexOf(who)}`);
    else await once(person, "once");
  }

  async function meddleOnce(kinds: Kinds): Promise<void> {
    let act: Act | null = null;
    // Where there is nothing of one kind to do, something else is done.
    for (let attempt = 1; act === null && attempt <= 4; attempt++) act = await random.pick(kinds)();
    if (act === null) return;
    acts += 1;
    const key = `careless/${acts}`;
    await carryOut(act, key);
  }

  const elsewhere: Crowd = { kinds: anywhere, calm: false, busy: Promise.resolve() };
  const gate: Crowd = { kinds: atTheGate, calm: false, busy: Promise.resolve() };

  return {
    findings,
    meddle() {
      for (const crowd of [elsewhere, gate]) {
        const next = (): void => {
          if (crowd.calm) return;
          crowd.busy = meddleOnce(crowd.kinds).catch(parts.failed);
          void crowd.busy.then(() => time.at(time.ms + (1 + random.below(7)) * minuteMs, next));
        };
        time.at(time.ms + 15 * minuteMs, next);
      }
    },
    async calm() {
      if (elsewhere.calm) return;
      for (const crowd of [elsewhere, gate]) crowd.calm = true;
      for (const crowd of [elsewhere, gate]) await crowd.busy;
      for (const id of await idsOf("/v1/payees"))
        await first.post(`/v1/payees/${id}/resume`, {}, `calm/${id}`);
      for (const id of await idsOf("/v1/pauses")) await first.post(`/v1/pauses/${id}/end`, {}, `calm/${id}`);
      for (const [key, value] of Object.entries(permissive))
        await first.put(`/v1/settings/${key}`, { value });
    },
    async attend() {
      const { data } = (await first.get("/v1/approval-queue")) as { data: readonly Waiting[] };
      for (const one of data) await decide(one);
    },
    async look() {
      const waiting = await list<{ id: string; kind: string }>("/v1/payouts?status=requested");
      // What somebody asked for and no way takes, too little for one, is taken back.
      for (const { id } of waiting.filter(({ kind }) => askedFor.includes(kind)))
        await first.post(`/v1/payouts/${id}/cancel`, {}, `taken back/${id}`);
      const items = await list<Item>("/v1/review");
      for (const { thing, id, reason, actions } of items) {
        const times = (action: string): number => tried.get(`${action} ${id}`) ?? 0;
        const [action] = careful
          .filter((one) => actions.includes(one))
          .toSorted((a, b) => times(a) - times(b));
        if (action === undefined) continue;
        tried.set(`${action} ${id}`, times(action) + 1);
        acts += 1;
        const path = `/v1/review/${thing}/${encodeURIComponent(id)}/${action}`;
        const input = needs[action] === "address" ? { address: somebody } : {};
        const ask = async (who: Merchant): Promise<boolean> => {
          const { status, body } = await who.post(path, input, `act/${acts}/${persons.indexOf(who)}`);
          const code = String(body["code"] ?? "");
          trace(`the operator: ${action} of ${thing} ${id} (${reason}): ${status} ${code}`);
          return code === "second_person_needed";
        };
        // By now providers name what they sent and nothing else: that it paid this one is true, whoever has it by mistake.
        if ((await ask(first)) && action === "accept_delivery") await ask(second);
      }
    },
  };
}
