-- Whom we owe, what a payer is asked to pay, and where to.

create table payee (
  id uuid primary key,
  external_id text unique,
  request_hash bytea not null,
  name text not null,
  payout_mode text not null check (payout_mode in ('instant', 'threshold')),
  destination_asset text not null,
  destination_address text not null,
  destination_memo text,
  threshold_asset text not null,
  threshold_amount numeric(78, 0) not null check (threshold_amount > 0),
  status text not null check (status in ('active', 'paused')),
  created_at timestamptz not null
);
comment on table payee is 'Somebody we owe, with one destination.';
comment on column payee.external_id is 'The integrator''s own id.';
comment on column payee.request_hash is 'Tells the same again from the same external id with other content.';
comment on column payee.payout_mode is
  'threshold waits for a conversion and for the balance to reach threshold_amount; instant does neither.';
comment on column payee.destination_address is 'Normal form of its chain.';
comment on column payee.status is 'paused: earns, and is not paid.';
create trigger keeps_identity before update of id or delete or truncate on payee
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on payee is 'Ledger paths and earnings name payees without a foreign key: see check_earnings.';

create table pay_order (
  id uuid primary key,
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
  paid_usd_micros numeric(78, 0) not null default 0,
  checkout_status text not null check (checkout_status in ('none', 'pending', 'ready', 'rejected')),
  checkout_url text,
  checkout_error text,
  processor text not null,
  processor_invoice_id text,
  next_check_at timestamptz,
  constraint watched_while_live check (status in ('paid', 'expired', 'refunded') or next_check_at is not null)
);
comment on table pay_order is 'What a payer is asked to pay: terms that never change, and what has come of them.';
comment on column pay_order.id is 'Opaque; also what the processor is told.';
comment on column pay_order.request_hash is 'Tells the same again from the same external id with other content.';
comment on column pay_order.fee_fixed_amount is 'Base units of fee_fixed_asset, beside fee_bps; both null: none.';
comment on column pay_order.tolerance_bps is 'How far below its price it still counts as paid.';
comment on column pay_order.paid_usd_micros is 'What customers paid, as valued; decides access.';
comment on column pay_order.checkout_status is 'Of the processor''s page; none: paid directly, without one.';
comment on column pay_order.next_check_at is 'The order has no deadline_at: its deadline is expires_at.';
create index pay_order_check on pay_order (next_check_at) where next_check_at is not null;
comment on index pay_order_check is 'What is due to be looked at.';
create trigger terms_never_change
  before update of id, external_id, request_hash, purpose, description, price_usd_micros, fee_bps, fee_fixed_asset,
    fee_fixed_amount, tolerance_bps, expires_at, created_at, processor on pay_order
  for each statement execute function refuse_snapshot_change();
comment on trigger terms_never_change on pay_order is 'A payer is charged what they were shown, whatever the settings say later.';

create function keep_watch_of_order() returns trigger language plpgsql as $$
begin
  new.next_check_at := new.expires_at;
  return new;
end $$;
comment on function keep_watch_of_order() is 'keep_watch for orders, whose deadline is their expiry.';
create trigger keep_watch before insert or update on pay_order
  for each row when (new.status not in ('paid', 'expired', 'refunded') and new.next_check_at is null)
  execute function keep_watch_of_order();
comment on trigger keep_watch on pay_order is 'An order that can still be paid is always looked at again.';

create table pay_order_split (
  order_id uuid not null references pay_order,
  payee_id uuid not null references payee,
  weight_bps integer not null check (weight_bps > 0),
  primary key (order_id, payee_id)
);
comment on table pay_order_split is 'Who shares in an order, and by how much.';
create trigger append_only before update or delete or truncate on pay_order_split
  for each statement execute function refuse_change();
comment on trigger append_only on pay_order_split is 'Shares are part of the terms: a payment that comes late is divided by the same.';

create table order_quote (
  order_id uuid not null references pay_order,
  asset text not null,
  amount base_units not null,
  address text not null,
  shared boolean not null,
  price jsonb not null,
  expires_at timestamptz not null,
  released_at timestamptz,
  primary key (order_id, asset)
);
comment on table order_quote is 'What one order costs in one asset, fixed when it was asked and never changed.';
comment on column order_quote.shared is 'The address serves many orders: only the exact amount tells whose payment it is.';
comment on column order_quote.price is 'The observation it rests on: usd, source, times, what each source said.';
comment on column order_quote.released_at is 'From then on another order may ask for the same shared amount.';
create unique index order_quote_shared_amount on order_quote (asset, address, amount) where shared and released_at is null;
comment on index order_quote_shared_amount is 'At a shared address no two orders ask for the same amount at the same time.';
create index order_quote_address on order_quote (address);
comment on index order_quote_address is 'Whose an arriving transfer is.';
create trigger quote_never_changes before update of order_id, asset, amount, address, shared, price, expires_at or delete or truncate
  on order_quote for each statement execute function refuse_snapshot_change();
comment on trigger quote_never_changes on order_quote is 'The payer may be sending this amount right now.';

create table deposit_address (
  id uuid primary key,
  family text not null check (family in ('evm', 'solana', 'tron', 'aptos')),
  address text not null,
  derivation_index integer,
  order_id uuid references pay_order,
  created_at timestamptz not null,
  assigned_at timestamptz,
  unique (family, address),
  unique (family, derivation_index),
  unique (family, order_id),
  constraint assigned_is_whole check ((order_id is null) = (assigned_at is null)),
  constraint shared_is_nobodys check (derivation_index is not null or order_id is null)
);
comment on table deposit_address is
  'Addresses that payers send to. Derived ones wait here, made ahead by whoever holds the seed, until an order takes one; '
  'the operator''s shared ones serve every order.';
comment on column deposit_address.address is 'Normal form of its family.';
comment on column deposit_address.derivation_index is 'Which of the seed''s keys it is of; null: shared, given by the operator.';
create index deposit_address_free on deposit_address (family, derivation_index) where order_id is null and derivation_index is not null;
comment on index deposit_address_free is 'The next address for an order, and how many are left.';
