import { formatUnits, parseMoney, registry } from "../src/money/index.ts";
import { networks } from "../src/chains/index.ts";
import { nobody, somebody, type Act, type Item, type Reader } from "./act.ts";
import type { Merchant } from "./merchant.ts";
import type { Random } from "./random.ts";

interface Waiting {
  readonly id: string;
  readonly terms_hash: string;
  readonly status: string;
}

interface Balance {
  readonly asset: string;
  readonly amount: string;
}

const noHash = "ab".repeat(32);
const dayMs = 24 * 3_600_000;
/** A payout of which nothing is sent yet, as far as its status tells. */
const cancellable = ["requested", "awaiting_approval", "approved"];

/** What persons and payees do where something is to leave, right or wrong: each says null where there is nothing of its kind to do. */
export function gateActs(parts: {
  readonly reader: Reader;
  /** Makes payees' keys. */
  readonly admin: Merchant;
  personWith(apiKey: string, name: string): Merchant;
  readonly random: Random;
  now(): Date;
}): readonly (() => Promise<Act | null>)[] {
  const { reader, admin, random } = parts;
  const { list, idsOf, anyOf } = reader;
  /** Lists as they were read at some time: what is approved may be an old one. */
  const read: string[] = [];
  const payees = new Map<string, Merchant>();

  const decide = (body: object): Act => ({ method: "POST", path: "/v1/approval-decisions", body });

  /** Approves or rejects one or all that waits, as it was read now or long ago, or what does not wait at all. */
  async function decision(): Promise<Act | null> {
    const { data, list_hash: hash } = (await reader.get("/v1/approval-queue")) as {
      data: readonly Waiting[];
      list_hash: string;
    };
    if (data.length > 0) read.push(hash);
    if (read.length === 0 || (data.length === 0 && random.chance(0.8))) return null;
    const word = random.chance(0.85)
      ? { decision: "approve" }
      : { decision: "reject", ...(random.chance(0.9) && { reason: "not this one" }) };
    const how = random.below(10);
    if (how === 0) return decide({ ...word, list_hash: random.pick([...read, noHash]) });
    if (how === 1 || data.length === 0) {
      const any = await list<Waiting>("/v1/authorisations");
      const { id, terms_hash } = random.pick(any);
      return decide({ ...word, items: [{ id, terms_hash: random.chance(0.8) ? terms_hash : noHash }] });
    }
    if (how < 5) return decide({ ...word, list_hash: hash });
    const one = random.pick(data);
    const terms_hash = random.chance(0.1) ? random.pick(data).terms_hash : one.terms_hash;
    return decide({ ...word, items: [{ id: one.id, terms_hash }] });
  }

  /** Everything, a chain or a rail; some name none that there is. One upon another now and then. */
  async function pause(): Promise<Act | null> {
    if ((await idsOf("/v1/pauses")).length > 0 && random.chance(0.8)) return null;
    const [scope, value] = random.pick([
      ["all", undefined],
      ["chain", "ethereum"],
      ["chain", random.pick(networks).name],
      ["rail", "direct"],
      ["rail", "swap"],
      ["rail", "nowhere"],
    ] as const);
    const body = { scope, ...(value && { value }), reason: "something looks wrong" };
    return { method: "POST", path: "/v1/pauses", body };
  }

  async function endPause(): Promise<Act | null> {
    const ids = await idsOf("/v1/pauses");
    if (ids.length === 0) return null;
    return { method: "POST", path: `/v1/pauses/${anyOf(ids)}/end`, body: {} };
  }

  /** The payee with a key of their own, made when they first ask. */
  async function payeeOf(id: string): Promise<Merchant> {
    for (let attempt = 1; !payees.has(id); attempt++) {
      const expires_at = new Date(parts.now().getTime() + 30 * dayMs);
      const path = `/v1/payees/${id}/withdrawal-keys`;
      const { body } = await admin.post(path, { expires_at }, `withdrawals/${id}/${attempt}`);
      // A key is shown once: where its answer was lost, another one is made.
      if (typeof body["key"] === "string") payees.set(id, parts.personWith(body["key"], `payee ${id}`));
    }
    return payees.get(id)!;
  }

  /** All, a part, more than there is, or no amount at all: once, or several times at the same moment. */
  async function withdrawal(): Promise<Act | null> {
    const ids = await idsOf("/v1/payees");
    if (ids.length === 0) return null;
    const id = random.pick(ids);
    const { balances } = (await reader.get(`/v1/payees/${id}`)) as {
      balances: { available: readonly Balance[] };
    };
    const balance = balances.available.length > 0 ? random.pick(balances.available) : null;
    if (balance === null && random.chance(0.9)) return null;
    const asset = balance?.asset ?? random.pick(["ethereum:USDT", "ethereum:ETH", "nowhere:NONE"]);
    const amount = balance === null ? random.pick(["0", "-1", "1", undefined]) : partOf(balance);
    const times = random.pick([1, 1, 2, 4]);
    const body = { asset, ...(amount !== undefined && { amount }) };
    return { method: "POST", path: "/v1/withdrawals", body, by: await payeeOf(id), times };
  }

  function partOf({ asset, amount }: Balance): string | undefined {
    const { decimals } = registry.get(asset);
    const units = parseMoney(amount, registry.get(asset)).amount;
    const part = random.pick([units, units / 2n, units / 3n, units * 3n, null]);
    return part === null ? undefined : formatUnits(part, decimals);
  }

  /** By whoever it is for, or by a person; when it may still be taken back, or at any time. */
  async function cancel(): Promise<Act | null> {
    const payouts = await list<{ id: string; payee_id: string; status: string }>("/v1/payouts");
    const open = payouts.filter(({ status }) => cancellable.includes(status));
    const some = random.chance(0.8) ? open : payouts;
    if (some.length === 0) return null;
    const { id, payee_id: payee } = random.pick(some);
    if (random.chance(0.5))
      return {
        method: "POST",
        path: `/v1/withdrawals/${id}/cancel`,
        body: {},
        by: await payeeOf(random.chance(0.9) ? payee : random.pick(payouts).payee_id),
      };
    return { method: "POST", path: `/v1/payouts/${anyOf([id], nobody)}/cancel`, body: {} };
  }

  /** What the desk says may go back to whoever paid it, sent back. */
  async function refund(): Promise<Act | null> {
    const items = (await list<Item>("/v1/review")).filter(({ actions }) => actions.includes("refund"));
    if (items.length === 0) return null;
    const { thing, id } = random.pick(items);
    const path = `/v1/review/${thing}/${encodeURIComponent(id)}/refund`;
    return { method: "POST", path, body: { address: somebody } };
  }

  return [
    decision,
    decision,
    decision,
    decision,
    decision,
    withdrawal,
    withdrawal,
    withdrawal,
    cancel,
    refund,
    pause,
    endPause,
    endPause,
    endPause,
  ];
}
