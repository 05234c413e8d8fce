import { readConversionTrigger } from "../conversions/index.ts";
import { sql, type Db } from "../database/index.ts";
import { available, payableAtOnce } from "../earnings/index.ts";
import type { WaitOwner } from "../desk-port/index.ts";
import { lastSuccessOf } from "../jobs/index.ts";
import { findPayee, type Payee } from "../payees/index.ts";
import { payoutTasks } from "../payouts/index.ts";
import { cooldownOf, readPolicy } from "../policy/index.ts";
import { sayWhy } from "./unpaid-words.ts";

/** Why a part of what a payee has in one asset is not paid, and what ends that. */
export interface UnpaidReason {
  readonly state: "pending" | "available" | "held" | "recoverable";
  readonly asset: string;
  /** Base units. Those of one state and asset sum to the payee's balance there. */
  readonly amount: bigint;
  /** Our stable word for it. */
  readonly code: string;
  /** The word that whoever waits has for the cause, such as `insufficient_asset`; null: there is no closer one. */
  readonly cause: string | null;
  readonly sentence: string;
  readonly nextStep: string;
  /** Who has to move next. `system`: it goes on by itself. */
  readonly owner: WaitOwner;
  readonly since: Date;
  /** When it was last looked at; null: not yet. */
  readonly lookedAt: Date | null;
  /** When it is looked at again; null: at the next run of the schedule, or when somebody acts. */
  readonly nextLookAt: Date | null;
  /** From which amount on it is paid, base units; null: no amount changes it, or nobody can tell. */
  readonly paysFrom: bigint | null;
  /** When it ends by itself or a person is asked, at the latest; null: there is no such time. */
  readonly endsBy: Date | null;
}

/** What decides about a part of a payee's earnings; all rows of one asset, status and cause in one. */
interface Part {
  readonly status: "pending" | "converting" | "available" | "held";
  readonly asset: string;
  readonly amount: bigint;
  readonly since: Date;
  readonly refunded: boolean;
  readonly spendable: boolean;
  readonly route: "instant" | "threshold";
  readonly processor: string;
  readonly payment_review: string | null;
  /** Whether there is a hot wallet on its chain. */
  readonly sent_from: boolean;
  readonly sweep_status: string | null;
  readonly sweep_reason: string | null;
  /** Of whoever has the part: its payment, sweep, conversion or payout. */
  readonly holder_status: string | null;
  readonly cause: string | null;
  readonly review: string | null;
  readonly looked_at: Date | null;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

const partColumns =
  "status, asset, route, spendable, refunded, processor, payment_review, sent_from, sweep_status, sweep_reason, holder_status, cause, review, looked_at, next_check_at, deadline_at";

async function partsOf(db: Db, payeeId: string): Promise<Part[]> {
  const { rows } = await sql<Part>`
    with part as (
    select e.status, coalesce(e.available_asset, e.asset) as asset, e.route, e.spendable, e.refunded_at is not null as refunded,
      coalesce(e.available_amount, e.amount) as amount, e.created_at, p.processor,
      case when not e.spendable and e.status = 'pending' then p.review_reason end as payment_review,
      exists (select from wallet h where h.kind = 'hot' and h.chain = split_part(coalesce(e.available_asset, e.asset), ':', 1)) as sent_from,
      g.status as sweep_status, g.reason as sweep_reason,
      coalesce(c.status, o.status) as holder_status,
      coalesce(s.review_reason, t.review_reason, s.waiting_reason, t.waiting_reason, s.status, t.status) as cause, o.review_reason as review,
      coalesce(o.updated_at, c.updated_at, g.updated_at, case when not e.spendable then p.updated_at end) as looked_at,
      coalesce(o.next_check_at, c.next_check_at, g.next_check_at, case when not e.spendable then p.next_check_at end) as next_check_at,
      coalesce(o.deadline_at, c.deadline_at, g.deadline_at, case when not e.spendable then p.deadline_at end) as deadline_at
    from earning e join payment p on p.id = e.payment_id
    left join conversion c on c.id = e.conversion_id and e.status = 'converting'
    left join payout o on o.id = e.payout_id and e.status = 'held'
    left join lateral (
      select w.status, w.reason, w.updated_at, w.next_check_at, w.deadline_at
      from deposit d join deposit_sweep w on w.id = d.sweep_id
      where d.payment_id = p.id and e.status = 'pending' and not e.spendable limit 1) as g on true
    left join lateral (select a.id from payout_attempt a where a.payout_id = o.id order by a.seq desc limit 1) as a on true
    left join lateral (
      select w.status, w.waiting_reason, w.review_reason from swap w
      where (w.purpose = 'conversion' and w.purpose_id = c.id) or (w.purpose = 'payout_attempt' and w.purpose_id = a.id)
      order by w.seq desc limit 1) as s on true
    left join lateral (
      select w.status, w.waiting_reason, w.review_reason from transfer w
      where w.purpose = 'payout_attempt' and w.purpose_id = a.id limit 1) as t on true
    where e.payee_id = ${payeeId} and e.status in ('pending', 'converting', 'available', 'held')
    )
    select ${sql.raw(partColumns)}, sum(amount) as amount, min(created_at) as since from part group by ${sql.raw(partColumns)} order by since`.execute(
    db,
  );
  return rows;
}

interface Standing {
  readonly payee: Payee;
  readonly now: Date;
  /** Until when the payee's destination, which was changed, is not paid to; null: it is. */
  readonly heldUntil: Date | null;
  /** When payouts were last planned. */
  readonly plannedAt: Date | null;
  /** How the balance in an asset stands towards being paid. */
  readonly due: ReadonlyMap<string, Due>;
  readonly checks: ReadonlyMap<string, Check>;
  readonly intervalMs: number;
  readonly maximumAgeMs: number;
}

interface Due {
  readonly key: string;
  readonly amount: bigint;
  readonly wait: string | null;
  readonly pays_from: bigint | null;
  readonly pays_by: Date | null;
  readonly checked_at: Date | null;
  readonly failed_at: Date | null;
  readonly failures: number;
  /** Of the last payout, where somebody rejected it: why. */
  readonly rejected: string | null;
}

interface Check {
  readonly asset: string;
  readonly reason: string;
  readonly decision: string;
  readonly checked_at: Date;
}

/** What was found, before it has words. */
type Found = Pick<UnpaidReason, "code" | "cause" | "owner" | "lookedAt" | "nextLookAt" | "endsBy"> &
  Partial<Pick<UnpaidReason, "paysFrom">>;

async function standingOf(db: Db, payee: Payee, now: Date): Promise<Standing> {
  const { rows: due } = await sql<Due>`
    select due.kind || ' ' || due.asset as key, due.amount, w.reason as wait, w.pays_from, w.pays_by, w.checked_at, f.failed_at, coalesce(f.failures, 0)::int as failures,
      case when last.status = 'rejected' then last.end_reason end as rejected
    from (
      select 'threshold' as kind, e.asset, sum(e.amount) as amount from ${available} where e.payee_id = ${payee.id} group by e.asset
      union all
      select 'instant', e.asset, sum(e.amount) from ${payableAtOnce} where e.payee_id = ${payee.id} group by e.asset) as due
    left join payout_wait w on w.payee_id = ${payee.id} and w.asset = due.asset
    left join lateral (
      select max(o.updated_at) as failed_at, count(*) as failures from payout o
      where o.payee_id = ${payee.id} and o.asset = due.asset and o.status in ('failed', 'cancelled')
        and o.end_reason is distinct from 'earnings_refunded' and o.created_at > coalesce(
        (select max(c.created_at) from payout c where c.payee_id = ${payee.id} and c.status = 'completed'), '-infinity')
    ) as f on true
    left join lateral (
      select o.status, o.end_reason from payout o where o.payee_id = ${payee.id} and o.asset = due.asset
      order by o.created_at desc, o.id desc limit 1) as last on true`.execute(db);
  const { rows: checks } = await sql<Check>`
    select distinct on (asset) asset, reason, decision, checked_at from conversion_check
    where asset in (select asset from earning where payee_id = ${payee.id} and status = 'pending')
    order by asset, checked_at desc, id desc`.execute(db);
  const { intervalMs, maximumAgeMs } = await readConversionTrigger(db);
  return {
    payee,
    now,
    heldUntil: cooldownOf((await readPolicy(db)).policy, payee.destinationChangedAt, now),
    plannedAt: await lastSuccessOf(db, payoutTasks.plan.name),
    due: new Map(due.map((one) => [one.key, one])),
    checks: new Map(checks.map((one) => [one.asset, one])),
    intervalMs,
    maximumAgeMs,
  };
}

/** What keeps money from being paid that could be paid now. */
function whyNotPlanned(part: Part, kind: "threshold" | "instant", at: Standing): Found {
  const { payee, plannedAt } = at;
  const due = at.due.get(`${kind} ${part.asset}`);
  const plain = {
    cause: null,
    owner: "system",
    lookedAt: plannedAt,
    nextLookAt: null,
    endsBy: null,
  } as const;
  if (payee.status === "paused") return { ...plain, code: "payee_paused", owner: "operator" };
  if (due === undefined) return { ...plain, code: "payout_due" };
  const { asset, amount } = payee.payoutThreshold;
  if (kind === "threshold" && part.asset === asset && due.amount < amount)
    return { ...plain, code: "below_threshold", owner: "payer" };
  if (at.heldUntil !== null)
    return { ...plain, code: "destination_cooldown", nextLookAt: at.heldUntil, endsBy: at.heldUntil };
  if (due.rejected !== null)
    return { ...plain, code: "payout_rejected", cause: due.rejected, owner: "operator" };
  if (due.failed_at !== null && due.failures > 0) {
    const again = new Date(due.failed_at.getTime() + Math.min(2 ** (due.failures - 1), 24) * 3_600_000);
    if (again > at.now)
      return { ...plain, code: "payout_failed", nextLookAt: again, lookedAt: due.failed_at };
  }
  if (due.wait !== null)
    return {
      ...plain,
      code: "cannot_be_paid_yet",
      cause: due.wait,
      lookedAt: due.checked_at,
      endsBy: due.pays_by,
      paysFrom: due.pays_from,
    };
  return { ...plain, code: "payout_due" };
}

function whyNotHere(part: Part): Found {
  const plain = {
    cause: part.sweep_reason,
    owner: "system",
    lookedAt: part.looked_at,
    nextLookAt: part.next_check_at,
    endsBy: part.deadline_at,
  } as const;
  if (part.payment_review !== null)
    return { ...plain, code: "payment_in_review", cause: part.payment_review, owner: "operator" };
  if (part.processor !== "chain") return { ...plain, code: "coins_not_arrived", owner: "provider" };
  if (!part.sent_from) return { ...plain, code: "coins_where_we_do_not_send", owner: "operator" };
  return { ...plain, code: "coins_not_gathered", cause: part.sweep_reason ?? part.sweep_status };
}

function whyNotConverted(part: Part, at: Standing): Found {
  const check = at.checks.get(part.asset);
  const next = new Date((Math.floor(at.now.getTime() / at.intervalMs) + 1) * at.intervalMs);
  const plain = {
    cause: null,
    owner: "system",
    lookedAt: check?.checked_at ?? null,
    nextLookAt: next,
    endsBy: null,
  } as const;
  if (check === undefined || check.decision !== "waiting" || check.checked_at < part.since)
    return { ...plain, code: "conversion_not_looked_at" };
  if (check.reason === "below_trigger")
    return {
      ...plain,
      code: "conversion_not_worth_it",
      endsBy: new Date(part.since.getTime() + at.maximumAgeMs),
    };
  return { ...plain, code: "cannot_be_converted_yet", cause: check.reason };
}

const followed = (part: Part, code: string, owner: WaitOwner = "system", cause = part.cause): Found => ({
  code,
  cause,
  owner,
  lookedAt: part.looked_at,
  nextLookAt: part.next_check_at,
  endsBy: part.deadline_at,
});

function findWhy(part: Part, at: Standing): Found {
  if (part.refunded) return followed(part, "refunded_meanwhile", "system", part.holder_status);
  switch (part.status) {
    case "pending":
      if (!part.spendable) return whyNotHere(part);
      return part.route === "instant" ? whyNotPlanned(part, "instant", at) : whyNotConverted(part, at);
    case "converting":
      return followed(part, "being_converted");
    case "available":
      return whyNotPlanned(part, "threshold", at);
    case "held":
      if (part.holder_status === "in_review")
        return followed(part, "payout_in_review", "operator", part.review ?? part.cause);
      if (part.holder_status === "awaiting_approval")
        return followed(part, "payout_awaiting_approval", "operator");
      if (part.holder_status === "outside")
        return followed(part, "payout_paid_elsewhere", "operator", part.review);
      // An approved payout of a paused payee starts no attempt.
      if (part.holder_status === "approved" && at.payee.status === "paused")
        return followed(part, "payee_paused", "operator");
      return followed(
        part,
        part.holder_status === "sent" ? "payout_at_provider" : "payout_under_way",
        part.holder_status === "sent" ? "provider" : "system",
      );
  }
}

/**
 * Why each part of what a payee has is not paid yet, in the order in which it came. Of every state and asset the amounts
 * sum to the payee's balance: nothing is without a reason. What they owe back is named too.
 */
export async function whyUnpaid(db: Db, payeeId: string, now: Date): Promise<UnpaidReason[]> {
  const payee = await findPayee(db, payeeId);
  if (payee === null) return [];
  const standing = await standingOf(db, payee, now);
  const reasons = (await partsOf(db, payeeId)).map((part): UnpaidReason => {
    const found = findWhy(part, standing);
    const state = part.status === "converting" ? "pending" : part.status;
    return {
      state,
      asset: part.asset,
      amount: part.amount,
      since: part.since,
      paysFrom: null,
      ...found,
      ...sayWhy(found),
    };
  });
  return [...reasons, ...(await owedBack(db, payeeId))];
}

async function owedBack(db: Db, payeeId: string): Promise<UnpaidReason[]> {
  const { rows } = await sql<{ asset: string; amount: bigint; since: Date; cause: string }>`
    select asset, sum(amount - collected - forgiven) as amount, min(created_at) as since, reason as cause from recoverable
    where payee_id = ${payeeId} and collected + forgiven < amount group by asset, reason`.execute(db);
  return rows.map((debt) => {
    const found = {
      code: "owed_back",
      cause: debt.cause,
      owner: "payer",
      lookedAt: null,
      nextLookAt: null,
      endsBy: null,
    } as const;
    return { ...debt, state: "recoverable", paysFrom: null, ...found, ...sayWhy(found) };
  });
}
