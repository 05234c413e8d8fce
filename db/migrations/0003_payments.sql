-- People we owe. src/payees writes it.
create table payee (
  id uuid primary key,
  external_id text unique,                             -- the integrator's own id
  request_hash bytea not null,                         -- tells "the same again" from "the same id, other content"
  name text not null,
  payout_mode text not null check (payout_mode in ('instant', 'threshold')),
  destination_asset text not null,
  destination_address text not null,                   -- normal form of its chain
  destination_memo text,
  threshold_asset text not null,
  threshold_amount numeric(78, 0) not null check (threshold_amount > 0),
  status text not null check (status in ('active', 'paused')),
  created_at timestamptz not null
);

-- What a payer is asked to pay: an immutable snapshot, and what has come of it. src/orders writes both tables.
create table pay_order (
  id uuid primary key,                                 -- opaque; also what the processor is told
  external_id text unique,
  request_hash bytea not null,
  purpose text not null,
  description text not null,
  price_usd_micros numeric(78, 0) not null check (price_usd_micros > 0),
  fee_bps integer not null check (fee_bps between 0 and 10000),
  fee_fixed_asset text,
  fee_fixed_amount numeric(78, 0),
  tolerance_bps integer not null check (tolerance_bps between 0 and 10000),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  status text not null check (status in ('open', 'partially_paid', 'paid', 'expired', 'refunded')),
  paid_usd_micros numeric(78, 0) not null default 0,   -- what customers paid, as valued; decides access
  checkout_status text not null check (checkout_status in ('pending', 'ready', 'rejected')),
  checkout_url text,
  checkout_error text,
  processor text not null,
  processor_invoice_id text,
  next_check_at timestamptz
);
create index pay_order_check on pay_order (next_check_at) where next_check_at is not null;
create table pay_order_split (
  order_id uuid not null references pay_order,
  payee_id uuid not null references payee,
  weight_bps integer not null check (weight_bps > 0),
  primary key (order_id, payee_id)
);
create trigger append_only before update or delete or truncate on pay_order_split
  for each statement execute function refuse_change();
create function refuse_snapshot_change() returns trigger language plpgsql as $$
begin
  raise exception 'the terms of an order never change' using hint = 'append_only';
end $$;
create trigger terms_never_change
  before update of id, external_id, request_hash, purpose, description, price_usd_micros, fee_bps, fee_fixed_asset,
    fee_fixed_amount, tolerance_bps, expires_at, created_at, processor on pay_order
  for each statement execute function refuse_snapshot_change();

-- Every verified event as it came, before it was acknowledged. src/payments writes all tables below.
create table processor_event (
  id bigint generated always as identity primary key,
  processor text not null,
  source text not null check (source in ('webhook', 'backfill', 'poll')),
  content_hash bytea not null,                         -- sha256 of the body
  body bytea not null,
  received_at timestamptz not null,
  deliveries integer not null default 1,
  status text not null default 'received' check (status in ('received', 'processed', 'ignored', 'unmatched', 'in_review')),
  outcome text,                                        -- what processing came to, in our words
  payment_id uuid,
  attempts integer not null default 0,
  next_check_at timestamptz,
  unique (processor, content_hash)
);
create index processor_event_waiting on processor_event (id) where status = 'received';

-- A fact about money that arrived at a processor. Invoiced, paid by the customer and settled to us are kept apart.
create table payment (
  id uuid primary key,
  processor text not null,
  external_id text not null,
  parent_external_id text,
  order_id uuid references pay_order,
  status text not null check (status in ('waiting', 'confirming', 'confirmed', 'settled', 'in_review', 'rejected',
                                         'expired', 'refunded')),
  review_reason text,
  processor_status text not null,
  price_amount text,                                   -- as asked, the processor's decimal text
  price_currency text,
  paid_currency text not null,
  paid_asset text,                                     -- null: a coin the registry lacks
  asked_amount text not null,                          -- in paid_currency, decimal text
  paid_amount text not null,
  paid_usd_micros numeric(78, 0) not null default 0,   -- what the customer paid, as valued
  settled_asset text,
  settled_amount numeric(78, 0) check (settled_amount > 0),
  settled_at timestamptz,
  fee_amount numeric(78, 0),
  settled_usd_micros numeric(78, 0),                   -- observation, filled in later
  -- Where the settled coins are: at the processor, seen in our wallet, or kept in its custody.
  arrival text not null default 'none' check (arrival in ('none', 'expected', 'seen', 'custody')),
  settlement_hash text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (processor, external_id),
  constraint settled_is_whole check (status <> 'settled' or (settled_asset is not null and settled_amount is not null and settled_at is not null)),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null)
);
create index payment_order on payment (order_id);
create index payment_check on payment (next_check_at) where next_check_at is not null;

-- One payee's part of one payment. Exactly one of: pending, converting, available, held, paid, reversed.
create table earning (
  id uuid primary key,
  payment_id uuid not null references payment,
  payee_id uuid not null references payee,
  asset text not null,                                 -- as received
  amount numeric(78, 0) not null check (amount > 0),
  route text not null check (route in ('instant', 'threshold')),
  status text not null check (status in ('pending', 'converting', 'available', 'held', 'paid', 'reversed')),
  usd_micros numeric(78, 0),                           -- its value when it settled, once observed
  spendable boolean not null default false,            -- its coins are in a wallet of ours
  conversion_id uuid,
  available_asset text,
  available_amount numeric(78, 0),
  payout_id uuid,
  created_at timestamptz not null,
  unique (payment_id, payee_id),
  constraint available_is_whole check (
    (status in ('pending', 'converting') and available_amount is null)
    or (status in ('available', 'held', 'paid') and available_amount is not null and available_asset is not null)
    or status = 'reversed')
) with (fillfactor = 80);
create index earning_pending on earning (asset, created_at) where status = 'pending' and spendable;
create index earning_available on earning (payee_id) where status = 'available';
create index earning_conversion on earning (conversion_id) where conversion_id is not null;
create index earning_payout on earning (payout_id) where payout_id is not null;

-- Books settled payments whole, in one round trip: the payment's facts and status, its history, its earnings, its journal
-- entry and the job that follows it up. A payment that is already settled is left alone; its entry id is the same, so
-- nothing is booked twice. p_payments and p_earnings are arrays of objects with the columns' names.
create function payment_settle(
  p_payments jsonb, p_earnings jsonb, p_now timestamptz, p_follow_task text, p_follow_payloads json[], p_max_attempts integer,
  p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamptz[], p_reverses uuid[],
  p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[]
) returns integer language plpgsql as $$
declare
  v_settled uuid[];
begin
  with given as (
    select * from jsonb_to_recordset(p_payments) as g(
      id uuid, processor text, external_id text, parent_external_id text, order_id uuid, processor_status text,
      price_amount text, price_currency text, paid_currency text, paid_asset text, asked_amount text, paid_amount text,
      paid_usd_micros numeric, settled_asset text, settled_amount numeric, settled_at timestamptz, fee_amount numeric,
      arrival text, settlement_hash text, next_check_at timestamptz, deadline_at timestamptz)
  ), settled as (
    insert into payment as p (id, processor, external_id, parent_external_id, order_id, status, processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, created_at, updated_at,
      next_check_at, deadline_at)
    select id, processor, external_id, parent_external_id, order_id, 'settled', processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, p_now, p_now,
      next_check_at, deadline_at
    from given
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
  )
  select array_agg(id) into v_settled from settled;
  if v_settled is null then
    return 0;
  end if;

  insert into status_change (thing, thing_id, from_status, to_status, cause)
  select 'payment', g.id, g.from_status, 'settled', g.cause
  from jsonb_to_recordset(p_payments) as g(id uuid, from_status text, cause jsonb)
  where g.id = any (v_settled);

  insert into earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
  select id, payment_id, payee_id, asset, amount, route, 'pending', p_now
  from jsonb_to_recordset(p_earnings) as g(id uuid, payment_id uuid, payee_id uuid, asset text, amount numeric, route text)
  where g.payment_id = any (v_settled)
  on conflict (payment_id, payee_id) do nothing;

  perform ledger_post(p_ids, p_reasons, p_hashes, p_happened, p_reverses, p_entry, p_debit, p_credit, p_asset, p_amount);

  if p_follow_task is not null then
    perform graphile_worker.add_job(p_follow_task, payload, max_attempts => p_max_attempts) from unnest(p_follow_payloads) as payload;
  end if;
  return cardinality(v_settled);
end $$;
