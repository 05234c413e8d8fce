import type { ReceivingChain } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { listDeadLetters } from "../jobs/index.ts";
import { registry, valueInUsd, type Money } from "../money/index.ts";
import { eventWaits } from "../payments/index.ts";
import { walletOverview } from "../transfers/index.ts";
import { days, type WaitOwner } from "../lifecycle/index.ts";
import { readDepositWallets } from "../deposits/index.ts";
import { findOrphans } from "./find-orphans.ts";
import { findFailedSweeps, findSurplus } from "./review-gathering.ts";
import type { ReviewAction, ReviewItem } from "./review-item.ts";
import { waitingStatuses, watched, type Watched } from "./watched.ts";

type Found = Omit<ReviewItem, "usdMicros"> & { readonly usdMicros?: bigint | null };
type Chains = ReadonlyMap<string, SendingChain>;

const mostOfAKind = 500;

/**
 * Everything a person should look at, the longest waiting first: what is in review, what passed its deadline, orphans, dead
 * letters, events and money not understood, what was overpaid, wallets that do not send, and wallets that differ from their
 * chain. A chain that gives no answer hides only its wallets' differences.
 * @param deps.depositChains payers' addresses on these are compared too, which asks the chains hundreds of questions.
 */
export async function listReview(
  deps: {
    readonly db: Db;
    readonly clock: Clock;
    readonly chains: ReadonlyMap<string, SendingChain>;
    readonly depositChains?: ReadonlyMap<string, ReceivingChain>;
  },
  signal: AbortSignal,
): Promise<ReviewItem[]> {
  const { db } = deps;
  const now = deps.clock.now();
  const found: Found[] = [];
  for (const kind of watched) found.push(...(await findWaiting(deps, kind, now)));
  found.push(...(await findEvents(db, now)), ...(await findOrphanItems(db, now)), ...(await findLetters(db)));
  found.push(...(await findFailedSweeps(db, mostOfAKind)), ...(await findSurplus(deps, mostOfAKind)));
  found.push(...(await findSuspense(db)), ...(await findWallets(db)));
  found.push(...(await findWalletDifferences(deps, signal)));
  const prices = await latestPrices(db);
  const items = found.map((item) => ({ ...item, usdMicros: item.usdMicros ?? valueOf(item.money, prices) }));
  return items.toSorted(
    (a, b) => (a.since?.getTime() ?? now.getTime()) - (b.since?.getTime() ?? now.getTime()),
  );
}

interface WaitingRow {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly since: Date;
  readonly deadline_at: Date;
  readonly asset: string | null;
  readonly amount: bigint | null;
  readonly usd: bigint | null;
  readonly part_of: string | null;
  readonly detail: string | null;
}

/** Columns of each kind, beyond those they share. `detail` is what its actions hang on. */
const columnsOf: Readonly<Record<Watched["thing"], string>> = {
  order: `null as reason, created_at as since, null as asset, null::numeric as amount, null::numeric as usd, null as part_of, null as detail`,
  payment: `coalesce(review_reason, case processor when 'chain' then (
      select s.reason from deposit d join wallet w on w.chain = d.chain and w.address = d.address
      join deposit_sweep s on s.wallet_id = w.id and s.asset = d.asset and s.status = 'waiting'
      where d.order_id = payment.order_id and d.payment_id = payment.id) end) as reason,
    updated_at as since, settled_asset as asset, settled_amount as amount, settled_usd_micros as usd, null as part_of,
    case processor when 'chain' then 'gathered' else arrival end as detail`,
  deposit: `reason, updated_at as since, asset, amount, usd_micros as usd, null as part_of,
    case when final and swept_at is not null then 'here' else 'there' end as detail`,
  payment_claim: `reason, updated_at as since, null as asset, null::numeric as amount, null::numeric as usd, null as part_of,
    null as detail`,
  deposit_sweep: `reason, updated_at as since, asset, amount, null::numeric as usd, null as part_of, null as detail`,
  conversion: `null as reason, updated_at as since, source_asset as asset, source_amount as amount, null::numeric as usd,
    null as part_of, null as detail`,
  swap: `coalesce(review_reason, waiting_reason) as reason, updated_at as since, source_asset as asset, source_amount as amount,
    null::numeric as usd, correlation_id as part_of, case when transfer_id is null then 'unfunded' else 'funded' end as detail`,
  transfer: `coalesce(review_reason, waiting_reason) as reason, updated_at as since, asset, amount, null::numeric as usd,
    correlation_id as part_of, null as detail`,
  payout: `review_reason as reason, updated_at as since, asset, amount, null::numeric as usd, null as part_of, null as detail`,
};

/** What a person owns, and whatever passed its deadline. */
async function findWaiting(
  { db, chains }: { db: Db; chains: Chains },
  kind: Watched,
  now: Date,
): Promise<Found[]> {
  const { rows } = await sql<WaitingRow>`
    select id::text, status, ${sql.raw(kind.deadline)} as deadline_at, ${sql.raw(columnsOf[kind.thing])}
    from ${sql.table(kind.table)}
    where status = any(${waitingStatuses(kind)}::text[]) and not (${sql.raw(kind.resting ?? "false")})
      and (status = any(${waitingStatuses(kind, "operator")}::text[]) or ${sql.raw(kind.deadline)} <= ${now})
    order by since limit ${mostOfAKind}`.execute(db);
  return rows.map((row) => {
    const wait = kind.waits[row.status];
    const owner: WaitOwner = wait?.owner ?? "operator";
    return {
      thing: kind.thing,
      id: row.id,
      status: row.status,
      reason: row.reason ?? (row.deadline_at <= now ? "deadline_passed" : row.status),
      since: row.since,
      owner,
      // A person's time counts from when it became theirs.
      deadlineAt:
        owner === "operator" ? new Date(row.since.getTime() + (wait?.deadlineMs ?? 0)) : row.deadline_at,
      money: moneyOf(row),
      usdMicros: row.usd,
      partOf: row.part_of,
      actions: actionsOf(kind.thing, row, chains),
    };
  });
}

const moneyOf = ({ asset, amount }: { asset: string | null; amount: bigint | null }): Money[] =>
  asset === null || amount === null ? [] : [{ asset, amount }];

function actionsOf(thing: Watched["thing"], row: WaitingRow, chains: Chains): ReviewAction[] {
  const inReview = row.status === "in_review";
  if (thing === "payment" && inReview && row.reason === "unknown_order")
    return row.detail === "seen" ? ["check", "assign", "refund"] : ["check", "assign"];
  // A direct payment's coins are at our own address already: they are gathered, and nothing of them is missing.
  if (thing === "payment" && row.status === "settled" && row.detail !== "gathered")
    return ["check", "accept_short"];
  if (thing === "deposit" && inReview) {
    const sends = row.asset !== null && chains.has(registry.get(row.asset).chain);
    return row.detail === "here" && sends ? ["check", "assign", "refund"] : ["check", "assign"];
  }
  if (thing === "payout" && inReview) return ["check", "retry", "give_back"];
  if (thing === "swap" && inReview)
    return row.detail === "funded"
      ? ["check", "accept_delivery", "accept_refund", "write_off"]
      : ["check", "abandon"];
  return ["check"];
}

async function findEvents(db: Db, now: Date): Promise<Found[]> {
  const late = new Date(now.getTime() - eventWaits.received.deadlineMs);
  const { rows } = await sql<{
    id: string;
    status: keyof typeof eventWaits;
    outcome: string | null;
    received_at: Date;
  }>`
    select e.id::text, e.status, e.outcome, e.received_at from processor_event e
    where (e.status = 'received' and e.received_at <= ${late})
      -- Where its payment is in review, that is the thing to decide about.
      or (e.status in ('unmatched', 'in_review')
        and not exists (select from payment p where p.id = e.payment_id and p.status = 'in_review'))
    order by e.id limit ${mostOfAKind}`.execute(db);
  return rows.map(({ id, status, outcome, received_at: since }) => ({
    thing: "event",
    id,
    status,
    reason: outcome ?? "not_processed",
    since,
    owner: eventWaits[status].owner,
    deadlineAt: new Date(since.getTime() + eventWaits[status].deadlineMs),
    money: [],
    partOf: null,
    actions: status === "received" ? ["replay"] : ["replay", "dismiss"],
  }));
}

async function findOrphanItems(db: Db, now: Date): Promise<Found[]> {
  return (await findOrphans(db, now)).map((orphan) => ({
    thing: "orphan",
    id: `${orphan.kind}:${orphan.id}`,
    status: orphan.thing,
    reason: orphan.kind,
    since: null,
    owner: "system",
    deadlineAt: null,
    money: moneyOf(orphan),
    partOf: null,
    actions: ["check"],
  }));
}

async function findLetters(db: Db): Promise<Found[]> {
  return (await listDeadLetters(db, mostOfAKind)).map(({ id, task, error, failed_at: since }) => ({
    thing: "dead_letter",
    id,
    status: task,
    reason: error.slice(0, 200),
    since,
    owner: "operator",
    deadlineAt: new Date(since.getTime() + days(1)),
    money: [],
    partOf: null,
    actions: ["retry", "dismiss"],
  }));
}

/** Money in suspense beyond what payments and deposits in review, dust and refunds under way explain. */
async function findSuspense(db: Db): Promise<Found[]> {
  const { rows } = await sql<{ path: string; asset: string; amount: bigint }>`
    select path, asset, amount from (
      select a.path, a.asset, ledger_balance(a.path, a.asset) - case a.path when 'suspense:unmatched' then coalesce((
        select sum(p.settled_amount) from payment p
        where p.status = 'in_review' and p.review_reason = 'unknown_order' and p.settled_asset = a.asset), 0)
      when 'suspense:deposits' then coalesce((
        select sum(d.amount) from deposit d left join transfer t on t.purpose = 'deposit_refund' and t.purpose_id = d.id
        where d.asset = a.asset and (d.status = 'in_review' or (d.status = 'ignored' and d.reason = 'dust')
          or (d.status = 'refunded' and t.status in ('planned', 'signed', 'broadcast', 'included', 'in_review')))), 0)
      else 0 end as amount
      from ledger_account a where a.path like 'suspense:%') as open
    where amount <> 0 order by path, asset`.execute(db);
  return rows.map(({ path, asset, amount }) => ({
    thing: "suspense",
    id: `${path.slice("suspense:".length)}:${asset}`,
    status: "unexplained",
    reason: path,
    since: null,
    owner: "operator",
    deadlineAt: null,
    money: [{ asset, amount }],
    partOf: null,
    actions: [],
  }));
}

/** Wallets that send nothing: paused, or without a key that opens. */
async function findWallets(db: Db): Promise<Found[]> {
  const { rows } = await sql<{ id: string; status: string; reason: string; since: Date | null }>`
    select w.id::text, 'paused' as status, w.paused_reason as reason, null::timestamptz as since
    from wallet w where w.paused_reason is not null
    union all
    select w.id::text, 'cannot_sign', s.problem, s.checked_at
    from signer_state s join wallet w on w.chain = s.chain and w.kind = 'hot' where s.problem is not null
      and w.used_at = (select max(used_at) from wallet where chain = s.chain and kind = 'hot')`.execute(db);
  return rows.map((row) => ({
    ...row,
    thing: "wallet",
    owner: "operator",
    deadlineAt: null,
    money: [],
    partOf: null,
    actions: row.status === "paused" ? ["resume"] : [],
  }));
}

async function findWalletDifferences(
  { db, chains, depositChains }: Parameters<typeof listReview>[0],
  signal: AbortSignal,
): Promise<Found[]> {
  const found: Found[] = [];
  const hot = (await walletOverview(db, chains, signal)).map((view) => ({
    ...view,
    notFinal: view.inFlight - view.arriving,
    canBeBooked: true,
  }));
  const others = depositChains ? await readDepositWallets({ db, depositChains }, signal) : [];
  for (const view of [...hot, ...others.map((one) => ({ ...one, canBeBooked: false }))]) {
    if (view.onChain === null) continue;
    const difference = view.onChain + view.notFinal - view.booked;
    if (difference === 0n) continue;
    found.push({
      thing: "wallet_difference",
      id: `${view.walletId}:${view.asset}`,
      status: difference > 0n ? "more_on_chain" : "less_on_chain",
      reason: "book_and_chain_differ",
      since: null,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset: view.asset, amount: difference }],
      partOf: null,
      actions: difference > 0n && view.canBeBooked ? ["top_up"] : [],
    });
  }
  return found;
}

/** The latest price ever observed of each asset: old, perhaps, and good enough to see what is at stake. */
async function latestPrices(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ asset: string; usd: string }>`
    select distinct on (asset) asset, usd from price_observation order by asset, fetched_at desc`.execute(db);
  return new Map(rows.map(({ asset, usd }) => [asset, usd]));
}

function valueOf(money: readonly Money[], prices: ReadonlyMap<string, string>): bigint | null {
  let sum = 0n;
  for (const { asset, amount } of money) {
    const usd = prices.get(asset);
    if (usd === undefined) return null;
    sum += valueInUsd(amount < 0n ? -amount : amount, registry.get(asset), usd, "down");
  }
  return money.length === 0 ? null : sum;
}
