import { sql, type Db } from "../database/index.ts";

/** Something under way whose reason has ended or is not there. */
export interface Orphan {
  readonly kind: string;
  /** What the id names: of earnings, the conversion, payout or payment that left them behind. */
  readonly thing: "swap" | "transfer" | "conversion" | "payout" | "payout_attempt" | "payment";
  readonly id: string;
  readonly asset: string | null;
  readonly amount: bigint | null;
}

/** One kind of orphan: how it is found, and the job of the room that owns its rows and may release it. */
interface OrphanKind {
  readonly thing: Orphan["thing"];
  /** Selects id, asset and amount; $now stands for the moment. */
  readonly query: string;
  readonly task: string;
  readonly payload: (id: string) => object;
}

const byId = (id: string): object => ({ id });

/** A conversion between two swaps waits this long for the next one, and then some. */
const betweenSwaps = "interval '45 minutes'";

export const orphanKinds: Readonly<Record<string, OrphanKind>> = {
  swap_without_owner: {
    thing: "swap",
    query: `
      select s.id, s.source_asset as asset, s.source_amount as amount from swap s
      left join conversion c on s.purpose = 'conversion' and c.id = s.purpose_id
      left join payout_attempt a on s.purpose = 'payout_attempt' and a.id = s.purpose_id
      where s.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
        and coalesce(c.status, a.status, 'gone') not in ('claimed', 'swapping', 'sending')`,
    task: "swaps.release_orphan",
    payload: byId,
  },
  transfer_without_owner: {
    thing: "transfer",
    query: `
      select t.id, t.asset, t.amount from transfer t
      left join swap s on t.purpose = 'swap' and s.id = t.purpose_id
      left join payout_attempt a on t.purpose = 'payout_attempt' and a.id = t.purpose_id
      left join payment p on t.purpose = 'payment_refund' and p.id = t.purpose_id
      left join deposit_sweep g on t.purpose in ('sweep_gas', 'sweep') and g.id = t.purpose_id
      left join deposit d on t.purpose = 'deposit_refund' and d.id = t.purpose_id
      left join surplus_refund r on t.purpose = 'surplus_refund' and r.id = t.purpose_id
      where t.status not in ('final', 'reverted', 'displaced', 'cancelled')
        and t.purpose in ('swap', 'payout_attempt', 'payment_refund', 'sweep_gas', 'sweep', 'deposit_refund', 'surplus_refund')
        and coalesce(s.status, a.status, p.status || ' payment', g.status, d.status || ' deposit', r.asset, 'gone') in
          ('delivered', 'refunded', 'expired', 'rejected', 'written_off', 'succeeded', 'failed', 'swept', 'gone')`,
    task: "transfers.release_orphan",
    payload: byId,
  },
  attempt_without_send: {
    thing: "payout_attempt",
    query: `
      select a.id, o.asset, o.amount from payout_attempt a join payout o on o.id = a.payout_id
      where a.status = 'sending' and (o.status in ('completed', 'failed')
        or not exists (select from transfer t where t.purpose = 'payout_attempt' and t.purpose_id = a.id)
          and not exists (select from swap s where s.purpose = 'payout_attempt' and s.purpose_id = a.id))`,
    task: "payouts.attempt_ended",
    payload: byId,
  },
  conversion_without_swap: {
    thing: "conversion",
    query: `
      select c.id, c.source_asset as asset, c.source_amount as amount from conversion c
      where c.status in ('claimed', 'swapping') and greatest(c.updated_at, (select max(s.updated_at) from swap s
          where s.purpose = 'conversion' and s.purpose_id = c.id)) < $now - ${betweenSwaps}
        and not exists (select from swap s where s.purpose = 'conversion' and s.purpose_id = c.id
          and s.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off'))`,
    task: "conversions.advance",
    payload: byId,
  },
  earning_of_dead_conversion: {
    thing: "conversion",
    query: `
      select e.conversion_id as id, e.asset, sum(e.amount) as amount
      from earning e left join conversion c on c.id = e.conversion_id
      where e.status = 'converting' and coalesce(c.status, 'gone') not in ('claimed', 'swapping')
      group by e.conversion_id, e.asset`,
    task: "conversions.release_orphans",
    payload: byId,
  },
  earning_of_ended_payout: {
    thing: "payout",
    query: `
      select e.payout_id as id, e.available_asset as asset, sum(e.available_amount) as amount
      from earning e left join payout o on o.id = e.payout_id
      where e.status = 'held' and coalesce(o.status, 'gone') in ('completed', 'failed', 'gone')
      group by e.payout_id, e.available_asset`,
    task: "payouts.release_orphans",
    payload: byId,
  },
  earning_of_refunded_payment: {
    thing: "payment",
    query: `
      select p.id, e.asset, sum(e.amount) as amount from payment p join earning e on e.payment_id = p.id
      where p.status = 'refunded' and e.status in ('pending', 'available', 'paid') group by p.id, e.asset`,
    task: "payments.reverse_earnings",
    payload: (paymentId) => ({ paymentId }),
  },
};

/** Everything under way that nobody is under way for, in one snapshot. */
export async function findOrphans(db: Db, now: Date): Promise<Orphan[]> {
  const parts = Object.entries(orphanKinds).map(([kind, { thing, query }]) => {
    const [before = "", after] = query.split("$now");
    const found =
      after === undefined ? sql.raw(before) : sql`${sql.raw(before)}${now}::timestamptz${sql.raw(after)}`;
    return sql`select ${kind}::text as kind, ${thing}::text as thing, o.id, o.asset, o.amount from (${found}) as o`;
  });
  const { rows } = await sql<Orphan>`${sql.join(parts, sql` union all `)} limit 1000`.execute(db);
  return rows;
}
