-- What arrived, and whose it is.

create table processor_event (
  id bigint generated always as identity primary key,
  processor text not null,
  source text not null check (source in ('webhook', 'backfill', 'poll')),
  content_hash bytea not null,
  body bytea not null,
  received_at timestamptz not null,
  deliveries integer not null default 1,
  status text not null default 'received' check (status in ('received', 'processed', 'ignored', 'unmatched', 'in_review')),
  outcome text,
  payment_id uuid,
  attempts integer not null default 0,
  next_check_at timestamptz,
  unique (processor, content_hash)
);
comment on table processor_event is 'Every verified event as it came, before it was acknowledged.';
comment on column processor_event.content_hash is 'SHA-256 of the body: the same delivery again is counted, not stored.';
comment on column processor_event.body is 'The bytes that the signature was over.';
comment on column processor_event.outcome is 'What processing came to, in our words.';
create index processor_event_waiting on processor_event (id) where status = 'received';
comment on index processor_event_waiting is 'What is to be processed, in the order it came.';
create index processor_event_review on processor_event (id) where status in ('received', 'unmatched', 'in_review');
comment on index processor_event_review is 'What may stand on the recovery desk.';

create table payment (
  id uuid primary key,
  processor text not null,
  external_id text not null,
  parent_external_id text,
  order_id uuid references pay_order,
  status text not null check (status in ('waiting', 'confirming', 'confirmed', 'settled', 'in_review', 'rejected',
                                         'expired', 'refunded', 'reversed')),
  review_reason text,
  processor_status text not null,
  price_amount text,
  price_currency text,
  paid_currency text not null,
  paid_asset text,
  asked_amount text not null,
  paid_amount text not null,
  paid_usd_micros numeric(78, 0) not null default 0,
  settled_asset text,
  settled_amount numeric(78, 0) check (settled_amount > 0),
  settled_at timestamptz,
  fee_amount numeric(78, 0),
  settled_usd_micros numeric(78, 0),
  arrival text not null default 'none' check (arrival in ('none', 'expected', 'seen', 'custody')),
  settlement_hash text,
  refund_address text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (processor, external_id),
  constraint settled_is_whole check (status <> 'settled' or (settled_asset is not null and settled_amount is not null and settled_at is not null)),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null),
  constraint watched_while_live check (
    status in ('expired', 'rejected', 'refunded', 'reversed') or (status = 'settled' and arrival in ('none', 'seen'))
    or (next_check_at is not null and deadline_at is not null))
);
comment on table payment is
  'What one arrival was booked as: at a processor, or straight on a chain. Invoiced, paid by the customer and settled to '
  'us are kept apart.';
comment on column payment.external_id is 'Of the processor; of a deposit: its own id.';
comment on column payment.parent_external_id is 'The payment that this one completes, as the processor tells it.';
comment on column payment.order_id is 'Null: nobody''s order; its coins are in suspense.';
comment on column payment.price_amount is 'As asked, the processor''s decimal text.';
comment on column payment.paid_asset is 'Null: a coin that the registry lacks.';
comment on column payment.asked_amount is 'In paid_currency, decimal text.';
comment on column payment.paid_amount is 'In paid_currency, decimal text.';
comment on column payment.paid_usd_micros is 'What the customer paid, as valued.';
comment on column payment.settled_amount is 'Base units of settled_asset: what came to us.';
comment on column payment.settled_usd_micros is 'An observation, filled in later.';
comment on column payment.arrival is
  'Where the settled coins are: expected from the processor, seen in our wallet, or kept in its custody.';
comment on column payment.refund_address is 'Where an operator had sent back what no order explained.';
comment on constraint payment_processor_external_id_key on payment is 'One arrival is booked once, however often it is told.';
create index payment_order on payment (order_id);
comment on index payment_order is 'What came for an order.';
create index payment_check on payment (next_check_at) where next_check_at is not null;
comment on index payment_check is 'What is due to be looked at.';
create index payment_deadline on payment (deadline_at) where deadline_at is not null;
comment on index payment_deadline is 'What appears on the recovery desk because its deadline passed.';
create trigger keeps_identity before update of id, processor, external_id or delete or truncate on payment
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on payment is 'Earnings and journal entries name payments without a foreign key.';
create trigger keep_watch before insert or update on payment
  for each row when (
    not (new.status in ('expired', 'rejected', 'refunded', 'reversed') or (new.status = 'settled' and new.arrival in ('none', 'seen')))
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on payment is
  'A settled payment is at rest once its coins are in our wallet; until then its earnings cannot be spent.';

create table earning (
  id uuid primary key,
  payment_id uuid not null,
  payee_id uuid not null,
  part smallint not null default 0,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  route text not null check (route in ('instant', 'threshold')),
  status text not null check (status in ('pending', 'converting', 'available', 'held', 'paid', 'reversed')),
  usd_micros numeric(78, 0),
  spendable boolean not null default false,
  conversion_id uuid,
  available_asset text,
  available_amount numeric(78, 0),
  payout_id uuid,
  created_at timestamptz not null,
  unique (payment_id, payee_id, part),
  constraint available_is_whole check (
    (status in ('pending', 'converting') and available_amount is null)
    or (status in ('available', 'held', 'paid') and available_amount is not null and available_asset is not null)
    or status = 'reversed'),
  constraint free_while_waiting check (
    case status when 'pending' then conversion_id is null and payout_id is null when 'available' then payout_id is null else true end),
  constraint owned_while_under_way check (
    case status when 'converting' then conversion_id is not null when 'held' then payout_id is not null else true end)
) with (fillfactor = 50);
comment on table earning is
  'One payee''s part of one payment: exactly one of pending, converting, available, held, paid, reversed. No index names '
  'the status: a distribution then changes no index, and with half of each page free a row''s new version lies beside the '
  'old one. Measured on 18.4: 100,000 earnings in 0.6 s instead of 2.1 s.';
comment on column earning.part is
  'A conversion that ends with a part of its claim may have to divide one earning. The parts are one payee''s part of one '
  'payment as before: their amounts sum to what it was.';
comment on column earning.asset is 'As received.';
comment on column earning.route is 'The payee''s payout mode when the payment settled.';
comment on column earning.usd_micros is 'Its value when it settled, once observed.';
comment on column earning.spendable is 'Its coins are in a wallet of ours.';
comment on column earning.conversion_id is 'That has it, or had it.';
comment on column earning.available_amount is 'Base units of available_asset: what its conversion made of it, or itself.';
comment on column earning.payout_id is 'That has it, or paid it.';
comment on constraint free_while_waiting on earning is 'What the indexes rest on, which name no status.';
comment on constraint owned_while_under_way on earning is
  'An earning under way names who has it, and that one''s check and deadline are its own.';
comment on constraint earning_payment_id_payee_id_part_key on earning is 'A payment is divided once.';
create index earning_unclaimed on earning (asset, created_at) where spendable and conversion_id is null and payout_id is null;
comment on index earning_unclaimed is 'What the next conversion of an asset can take, oldest first.';
create index earning_unpaid on earning (payee_id) where payout_id is null;
comment on index earning_unpaid is 'What a payee is still owed.';
create index earning_conversion on earning (conversion_id) where conversion_id is not null;
comment on index earning_conversion is 'Whom a conversion is for.';
create index earning_payout on earning (payout_id) where payout_id is not null;
comment on index earning_payout is 'What a payout pays.';

create function check_earnings() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  -- Row by row through the keys: as joins, a plan made while the tables were small reads them whole ever after.
  if exists (
    select from added e
    where (select id from payment where id = e.payment_id) is null or (select id from payee where id = e.payee_id) is null
  ) then
    raise exception 'an earning names a payment or payee that is not there' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
comment on function check_earnings() is
  'Stands in for foreign keys on earning: the same promise, kept once for all rows of a statement, because a key checks and '
  'locks row by row. It holds because payments and payees are never deleted and an earning never changes hands.';
create trigger references_hold after insert on earning referencing new table as added
  for each statement execute function check_earnings();
comment on trigger references_hold on earning is 'Of a payment and of a payee that are there.';
create trigger keeps_identity before update of id, payment_id, payee_id, asset or delete or truncate on earning
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on earning is 'Nobody''s share goes to another, or away.';
create trigger keeps_amount before update of amount on earning
  for each statement when (current_setting('earning.dividing', true) is distinct from 'on') execute function refuse_loss();
comment on trigger keeps_amount on earning is 'Only earning_divide changes an amount, and says so: what it takes here it puts there.';

create function earning_divide(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql as $$
declare
  v_whole earning;
  v_kept_usd numeric;
begin
  select * into strict v_whole from earning where id = p_id and status = 'converting' for update;
  if p_kept <= 0 or p_kept >= v_whole.amount then
    raise exception 'an earning of % cannot be divided at %', v_whole.amount, p_kept;
  end if;
  v_kept_usd := div(v_whole.usd_micros * p_kept, v_whole.amount);
  -- Said around this one statement, not as a setting of the function's: only a superuser may attach a name of ours to it.
  perform set_config('earning.dividing', 'on', true);
  update earning set amount = p_kept, usd_micros = v_kept_usd where id = p_id;
  perform set_config('earning.dividing', '', true);
  insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id, created_at, part)
  select p_rest_id, v_whole.payment_id, v_whole.payee_id, v_whole.asset, v_whole.amount - p_kept, v_whole.route, v_whole.status,
    v_whole.usd_micros - v_kept_usd, v_whole.spendable, v_whole.conversion_id, v_whole.created_at,
    (select max(part) + 1 from earning where payment_id = v_whole.payment_id and payee_id = v_whole.payee_id);
end $$;
comment on function earning_divide(uuid, uuid, numeric) is
  'Divides an earning that is in a conversion: p_kept stays, the rest becomes a further part with the id given.';

create function payment_settle(
  p_payments json, p_earnings json, p_now timestamptz, p_next_check timestamptz, p_deadline timestamptz,
  p_follow_task text, p_max_attempts integer,
  p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamptz[], p_reverses uuid[],
  p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[]
) returns uuid[] language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_settled uuid[];
  v_jobs json[];
  v_kept boolean[];
begin
  with given as materialized (
    select * from json_to_recordset(p_payments) as g(
      id uuid, processor text, external_id text, parent_external_id text, order_id uuid, from_status text, cause jsonb,
      processor_status text, price_amount text, price_currency text, paid_currency text, paid_asset text, asked_amount text,
      paid_amount text, paid_usd_micros numeric, settled_asset text, settled_amount numeric, settled_at timestamptz,
      fee_amount numeric, arrival text, settlement_hash text, job text)
  ), settled as (
    insert into payment as p (id, processor, external_id, parent_external_id, order_id, status, processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, created_at, updated_at,
      next_check_at, deadline_at)
    select id, processor, external_id, parent_external_id, order_id, 'settled', processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, p_now, p_now,
      p_next_check, p_deadline
    from given order by id
    on conflict (processor, external_id) do update set
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
comment on function payment_settle(json, json, timestamptz, timestamptz, timestamptz, text, integer, uuid[], text[], bytea[],
  timestamptz[], uuid[], integer[], text[], text[], text[], numeric[]) is
  'Books settled payments whole, in one round trip: the payment''s facts and status, its history, its earnings, its journal '
  'entry and the job that follows it up. A payment that is already settled is left alone; its entry id is the same, so '
  'nothing is booked twice. p_payments and p_earnings are arrays of objects with the columns'' names; the n-th payment''s '
  'entry is the n-th entry. Returns the ids of the payments this call settled. The plan is generic because planning took '
  'longer than running.';
