import { sql } from "../src/database/index.ts";

/** A row that breaks a promise. */
export interface Row {
  id: string;
  detail: string;
}

/**
 * SQL, a relation `g`: every signed transfer, with what it is for when that goes to others: the payout or refund, and where the
 * coins of it go in the end.
 */
const signed = sql`(
  select t.id, t.purpose, t.asset, t.amount, t.authorised_by, f.signed_at, a.route,
    case when a.id is not null then 'payout' when r.id is not null then 'refund' end as subject,
    coalesce(a.payout_id, r.refund_id) as subject_id,
    coalesce(s.target_asset, t.asset) as to_asset, coalesce(s.target_address, t.to_address) as to_address
  from transfer t
  join transfer_attempt f on f.transfer_id = t.id and f.seq = 1
  left join swap s on t.purpose = 'swap' and s.id = t.purpose_id
  left join payout_attempt a on (t.purpose = 'payout_attempt' and a.id = t.purpose_id)
    or (s.purpose = 'payout_attempt' and a.id = s.purpose_id)
  left join refund_attempt r on t.purpose = 'refund_attempt' and r.id = t.purpose_id) as g`;

/** SQL: how many people the policy of authorisation `w` asks for at least, as its version says. */
const needed = sql`(
  select case
    when (p.value ->> 'two_approvers_from_usd') is not null
      and coalesce(w.usd_micros >= (p.value ->> 'two_approvers_from_usd')::numeric * 1000000, true) then 2
    when coalesce(w.usd_micros >= (p.value -> 'without_approval' ->> (w.subject || '_usd'))::numeric * 1000000, true) then 1
    when w.subject = 'payout' and p.value -> 'routes_needing_approval' ? (w.terms ->> 'route') then 1
    else 0 end
  from setting p where p.key = 'payout_policy' and p.version = w.policy_version)`;

/** SQL: moments of our clock are this near each other within one transaction. */
const moment = sql`interval '1 minute'`;

/**
 * Nothing is signed but on a word that was valid then: a policy's for what comes back to us, and for everything else an
 * authorisation of that very payout or refund, of its amount and destination, granted by as many people as its policy asks for,
 * none of them who asked, neither expired nor void yet.
 */
export const signedWithoutValidWord = sql<Row>`
  select g.id::text as id, g.purpose || ' on the word of ' || coalesce(g.authorised_by, 'nobody') as detail
  from ${signed} left join authorisation w on g.authorised_by = 'authorisation:' || w.id
  where case when g.subject is null then coalesce(g.authorised_by !~ '^policy:[0-9]+$', true)
    else w.id is null or w.subject <> g.subject or w.subject_id <> g.subject_id
      or w.terms ->> 'asset' <> g.asset or w.terms ->> 'amount' <> g.amount::text
      or coalesce(w.terms ->> 'destination_asset', w.terms ->> 'asset') <> g.to_asset
      or lower(coalesce(w.terms ->> 'destination_address', w.terms ->> 'to_address')) <> lower(g.to_address)
      or w.expires_at + ${moment} < g.signed_at
      or not exists (select from status_change c where c.thing = 'authorisation' and c.thing_id = w.id
        and c.to_status = 'granted' and c.changed_at <= g.signed_at + ${moment})
      or exists (select from status_change c where c.thing = 'authorisation' and c.thing_id = w.id
        and c.from_status = 'granted' and c.changed_at + ${moment} < g.signed_at)
      or greatest(w.approvers, coalesce(${needed}, 2)) > (select count(distinct p.person) from approval p
        where p.authorisation_id = w.id and p.terms_hash = w.terms_hash and p.person <> w.requested_person
          and p.at <= g.signed_at + ${moment})
    end`;

/** Nothing is signed of what an operator had stopped minutes before. */
export const signedWhilePaused = sql<Row>`
  select g.id::text as id, g.purpose || ' while ' || p.scope || ' ' || p.value || ' was paused' as detail
  from ${signed} join pause p on p.paused_at + 5 * ${moment} < g.signed_at and coalesce(p.ended_at > g.signed_at, true)
  where p.scope = 'all' or (p.scope = 'chain' and p.value = split_part(g.asset, ':', 1))
    or (p.scope = 'rail' and p.value = g.route)`;
