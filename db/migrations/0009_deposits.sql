-- Payments straight to our addresses.

-- An order may be paid directly, without a page of the processor's.
alter table pay_order drop constraint pay_order_checkout_status_check;
alter table pay_order add constraint pay_order_checkout_status_check
  check (checkout_status in ('none', 'pending', 'ready', 'rejected'));

-- Addresses that payers send to. Derived ones wait here, made ahead by whoever holds the seed, until an order takes one; the
-- operator's shared ones serve every order. src/orders writes this and order_quote.
create table deposit_address (
  id uuid primary key,
  family text not null check (family in ('evm', 'solana', 'tron', 'aptos')),
  address text not null,                               -- normal form of its family
  derivation_index integer,                            -- null: shared, given by the operator
  order_id uuid references pay_order,
  created_at timestamptz not null,
  assigned_at timestamptz,
  unique (family, address),
  unique (family, derivation_index),
  unique (family, order_id),
  constraint assigned_is_whole check ((order_id is null) = (assigned_at is null)),
  constraint shared_is_nobodys check (derivation_index is not null or order_id is null)
);
create index deposit_address_free on deposit_address (family, derivation_index) where order_id is null and derivation_index is not null;

-- What one order costs in one asset, fixed when it was asked and never changed.
create table order_quote (
  order_id uuid not null references pay_order,
  asset text not null,
  amount base_units not null,
  address text not null,
  shared boolean not null,                             -- only the exact amount tells whose payment it is
  price jsonb not null,                                -- the observation: usd, source, times, what each source said
  expires_at timestamptz not null,
  released_at timestamptz,                             -- from then on another order may ask for the same shared amount
  primary key (order_id, asset)
);
create unique index order_quote_shared_amount on order_quote (asset, address, amount) where shared and released_at is null;
create index order_quote_address on order_quote (address);
create trigger quote_never_changes before update of order_id, asset, amount, address, shared, price, expires_at or delete or truncate
  on order_quote for each statement execute function refuse_snapshot_change();

-- Our addresses as wallets: coins of derived ones are gathered from there.
alter table wallet
  add column kind text not null default 'hot' check (kind in ('hot', 'deposit', 'watched')),
  add column derivation_index integer;                 -- of a deposit wallet: which of the seed's keys signs for it

alter table payment drop constraint payment_status_check;
alter table payment add constraint payment_status_check
  check (status in ('waiting', 'confirming', 'confirmed', 'settled', 'in_review', 'rejected', 'expired', 'refunded', 'reversed'));
alter table payment drop constraint watched_while_live;
alter table payment add constraint watched_while_live check (
  status in ('expired', 'rejected', 'refunded', 'reversed') or (status = 'settled' and arrival in ('none', 'seen'))
  or (next_check_at is not null and deadline_at is not null));
drop trigger keep_watch on payment;
create trigger keep_watch before insert or update on payment
  for each row when (
    not (new.status in ('expired', 'rejected', 'refunded', 'reversed') or (new.status = 'settled' and new.arrival in ('none', 'seen')))
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();

-- One row is one transfer to an address of ours, as the chain showed it. src/payments writes all tables below.
create table deposit (
  id uuid primary key,
  chain text not null,
  transaction_hash text not null,                      -- canonical
  transfer_index text not null,
  asset text not null,
  amount base_units not null,
  from_address text,
  address text not null,
  order_id uuid references pay_order,                  -- whose it is; null: nobody's
  block_number numeric(78, 0) not null,
  block_hash text not null,
  block_time timestamptz not null,
  final boolean not null,
  generation smallint not null default 0,              -- how often a reorganisation took it away
  status text not null check (status in ('confirming', 'credited', 'in_review', 'ignored', 'reversed', 'refunded')),
  reason text,
  payment_id uuid,                                     -- what was booked for the order of it
  surplus_amount numeric(78, 0) not null default 0,
  usd_micros numeric(78, 0),                           -- its value as decided upon
  refund_address text,
  swept_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (chain, transaction_hash, transfer_index),
  constraint review_has_reason check (status <> 'in_review' or reason is not null),
  constraint watched_while_live check (
    status in ('ignored', 'reversed', 'refunded') or (status = 'credited' and final)
    or (next_check_at is not null and deadline_at is not null))
);
create index deposit_check on deposit (next_check_at) where next_check_at is not null;
create index deposit_confirming on deposit (chain, address) where status = 'confirming';
create index deposit_order on deposit (order_id) where order_id is not null;
create trigger keeps_identity before update of id, chain, transaction_hash, transfer_index, asset, amount, address or delete or truncate
  on deposit for each statement execute function refuse_loss();

-- Transfers to our addresses of things that the registry lacks: listed for operators, never booked.
create table unlisted_arrival (
  chain text not null,
  transaction_hash text not null,
  transfer_index text not null,
  address text not null,
  contract text not null,
  amount numeric not null,                             -- whole units, of whatever it is
  seen_at timestamptz not null,
  primary key (chain, transaction_hash, transfer_index)
);

-- "I paid, and this is the hash": what a payer told us, and what came of it.
create table payment_claim (
  id uuid primary key,
  order_id uuid not null references pay_order,
  chain text not null,
  transaction_hash text not null,
  status text not null check (status in ('waiting', 'accepted', 'in_review', 'rejected')),
  reason text not null,
  details jsonb not null default '{}',                 -- for operators only
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (order_id, chain, transaction_hash),
  constraint watched_while_live check (
    status in ('accepted', 'rejected') or (next_check_at is not null and deadline_at is not null))
);
create index payment_claim_check on payment_claim (next_check_at) where next_check_at is not null;

-- How far each chain has been searched. Moved on only by whoever searched from where it stood.
create table watch_cursor (
  chain text primary key,
  next_block numeric(78, 0) not null,                  -- every block below was searched
  last_hash text not null,                             -- of the block before, as it was searched
  final_block numeric(78, 0) not null,                 -- what was final then: no reorganisation reaches below it
  moved_at timestamptz not null
);
-- The same for chains that are searched by address.
create table watch_position (
  chain text not null,
  address text not null,
  position text,                                       -- the chain's own; null: from the beginning
  idle boolean not null default false,                 -- its order ended long ago
  next_look_at timestamptz not null,
  primary key (chain, address)
);
create index watch_position_due on watch_position (chain, idle, next_look_at);

-- One gathering of a derived address's coins into the hot wallet: of everything final that lies there in one asset. It waits
-- until the fee is worth it, sends native coin ahead where the address has none, and then the coins.
create table deposit_sweep (
  id uuid primary key,
  wallet_id uuid not null references wallet,
  asset text not null,
  amount base_units not null,                          -- what lies there; from "sending" on, what is sent
  to_wallet_id uuid references wallet,
  status text not null check (status in ('waiting', 'waiting_for_gas', 'sending', 'swept', 'failed')),
  gas_amount numeric(78, 0) not null default 0,        -- native coin sent ahead
  fee_share_bps integer,                               -- of its value, as last estimated; null: not yet
  reason text,                                         -- why it still waits, or failed
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint going_somewhere check (status in ('waiting', 'failed') or to_wallet_id is not null),
  constraint failure_has_reason check (status <> 'failed' or reason is not null),
  constraint watched_while_live check (
    status in ('swept', 'failed') or (next_check_at is not null and deadline_at is not null))
);
create unique index deposit_sweep_one_live on deposit_sweep (wallet_id, asset)
  where status in ('waiting', 'waiting_for_gas', 'sending');
-- Two at once would count on the same native coin for their fees.
create unique index deposit_sweep_one_moving on deposit_sweep (wallet_id) where status in ('waiting_for_gas', 'sending');
create index deposit_sweep_ended on deposit_sweep (wallet_id, asset, updated_at) where status in ('swept', 'failed');
create index deposit_sweep_check on deposit_sweep (next_check_at) where next_check_at is not null;
create trigger keeps_identity before update of id, wallet_id, asset or delete or truncate on deposit_sweep
  for each statement execute function refuse_loss();
alter table deposit
  add column sweep_id uuid references deposit_sweep,
  -- An operator sold its coins with their own wallet: src/conversions says so, and sets swept_at.
  add column conversion_id uuid references conversion,
  add constraint gone_one_way check (conversion_id is null or (swept_at is not null and sweep_id is null));
create index deposit_sweep_of on deposit (sweep_id) where sweep_id is not null;
create index deposit_sold_in on deposit (conversion_id) where conversion_id is not null;
create index deposit_unswept on deposit (chain, address, asset)
  where final and swept_at is null and sweep_id is null and status in ('credited', 'in_review', 'ignored');

-- What was paid beyond an order's price, given back to the payer. Its transfer says what came of it.
create table surplus_refund (
  id uuid primary key,
  order_id uuid not null references pay_order,
  asset text not null,
  amount base_units not null,
  to_address text not null,                            -- normal form of its chain
  refunded_by text not null,
  created_at timestamptz not null
);
create index surplus_refund_order on surplus_refund (order_id, asset);
create trigger keeps_identity before update or delete or truncate on surplus_refund
  for each statement execute function refuse_loss();
