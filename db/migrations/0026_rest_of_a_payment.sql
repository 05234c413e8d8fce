-- A payment that its processor later calls finished for more than it had settles the rest: booked beside it, once.

alter table payment add column part integer not null default 0 check (part >= 0);
comment on column payment.part is
  '0: as it first settled. 1 and on: the rests, each what its processor told of the same payment beyond the parts before.';
alter table payment add constraint payment_processor_external_id_part_key unique (processor, external_id, part);
comment on constraint payment_processor_external_id_part_key on payment is
  'One arrival is booked once, however often it is told; so is each rest of it.';
alter table payment drop constraint payment_processor_external_id_key;

create or replace function payment_settle(p_payments json, p_earnings json, p_now timestamp with time zone, p_next_check timestamp with time zone, p_deadline timestamp with time zone, p_follow_task text, p_max_attempts integer, p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamp with time zone[], p_reverses uuid[], p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[])
returns uuid[] language plpgsql set plan_cache_mode to 'force_generic_plan'
as $$
declare
  v_settled uuid[];
  v_jobs json[];
  v_kept boolean[];
begin
  with given as materialized (
    select * from json_to_recordset(p_payments) as g(
      id uuid, processor text, external_id text, part integer, parent_external_id text, order_id uuid, from_status text, cause jsonb,
      processor_status text, price_amount text, price_currency text, paid_currency text, paid_asset text, asked_amount text,
      paid_amount text, paid_usd_micros numeric, settled_asset text, settled_amount numeric, settled_at timestamptz,
      fee_amount numeric, arrival text, settlement_hash text, job text)
  ), settled as (
    insert into payment as p (id, processor, external_id, part, parent_external_id, order_id, status, processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, created_at, updated_at,
      next_check_at, deadline_at)
    select id, processor, external_id, part, parent_external_id, order_id, 'settled', processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, p_now, p_now,
      p_next_check, p_deadline
    from given order by id
    on conflict (processor, external_id, part) do update set
      order_id = excluded.order_id, status = 'settled', review_reason = null, processor_status = excluded.processor_status,
      price_amount = excluded.price_amount, price_currency = excluded.price_currency,
      paid_currency = excluded.paid_currency, paid_asset = excluded.paid_asset, asked_amount = excluded.asked_amount,
      paid_amount = excluded.paid_amount, paid_usd_micros = greatest(p.paid_usd_micros, excluded.paid_usd_micros),
      settled_asset = excluded.settled_asset, settled_amount = excluded.settled_amount, settled_at = excluded.settled_at,
      fee_amount = excluded.fee_amount, arrival = excluded.arrival, settlement_hash = excluded.settlement_hash,
      updated_at = p_now, next_check_at = excluded.next_check_at, deadline_at = excluded.deadline_at
    where p.status not in ('settled', 'refunded')
    returning p.id
  ), history as (
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select 'payment', g.id, g.from_status, 'settled', g.cause, p_now from given g join settled s on s.id = g.id
  ), earned as (
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
    select g.id, g.payment_id, g.payee_id, g.asset, g.amount, g.route, 'pending', p_now
    from json_to_recordset(p_earnings) as g(id uuid, payment_id uuid, payee_id uuid, asset text, amount numeric, route text)
    join settled s on s.id = g.payment_id
    on conflict (payment_id, payee_id, part) do nothing
  )
  select array_agg(s.id), array_agg(g.job::json) into v_settled, v_jobs from settled s join given g on g.id = s.id;
  if v_settled is null then
    return '{}';
  end if;
  perform job_add(p_follow_task, v_jobs, p_max_attempts);

  if cardinality(v_settled) = cardinality(p_ids) then
    perform ledger_post(p_ids, p_reasons, p_hashes, p_happened, p_reverses, p_entry, p_debit, p_credit, p_asset, p_amount);
    return v_settled;
  end if;

  -- Some were settled or refunded before: their entries are not posted.
  select array_agg((g.payment ->> 'id')::uuid = any (v_settled) order by g.n) into v_kept
  from json_array_elements(p_payments) with ordinality as g(payment, n);
  perform ledger_post(e.ids, e.reasons, e.hashes, e.happened, e.reverses, p.entry, p.debit, p.credit, p.asset, p.amount)
  from (
    select array_agg(id order by n) as ids, array_agg(reason order by n) as reasons, array_agg(hash order by n) as hashes,
      array_agg(happened order by n) as happened, array_agg(reverses order by n) as reverses
    from unnest(p_ids, p_reasons, p_hashes, p_happened, p_reverses) with ordinality as e(id, reason, hash, happened, reverses, n)
    where v_kept[n]
  ) as e, (
    select array_agg(place::integer order by n) as entry, array_agg(debit order by n) as debit,
      array_agg(credit order by n) as credit, array_agg(asset order by n) as asset, array_agg(amount order by n) as amount
    from (
      select dense_rank() over (order by entry) as place, debit, credit, asset, amount, n
      from unnest(p_entry, p_debit, p_credit, p_asset, p_amount) with ordinality as p(entry, debit, credit, asset, amount, n)
      where v_kept[entry]
    ) as kept
  ) as p;
  return v_settled;
end $$;
