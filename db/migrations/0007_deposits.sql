-- Payments straight to our addresses: what chains show, how far they were searched, and how the coins come together.

create table deposit_sweep (
  id uuid primary key,
  wallet_id uuid not null references wallet,
  asset text not null,
  amount base_units not null,
  to_wallet_id uuid references wallet,
  status text not null check (status in ('waiting', 'waiting_for_gas', 'sending', 'swept', 'failed')),
  gas_amount numeric(78, 0) not null default 0,
  fee_share_bps integer,
  reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint going_somewhere check (status in ('waiting', 'failed') or to_wallet_id is not null),
  constraint failure_has_reason check (status <> 'failed' or reason is not null),
  constraint watched_while_live check (
    status in ('swept', 'failed') or (next_check_at is not null and deadline_at is not null))
);
comment on table deposit_sweep is
  'One gathering of a derived address''s coins into the hot wallet: of everything final that lies there in one asset. It '
  'waits until the fee is worth it, sends native coin ahead where the address has none, and then the coins.';
comment on column deposit_sweep.wallet_id is 'Gathered from.';
comment on column deposit_sweep.amount is 'What lies there; from sending on, what is sent.';
comment on column deposit_sweep.gas_amount is 'Native coin sent ahead.';
comment on column deposit_sweep.fee_share_bps is 'The fee''s share of its value, as last estimated; null: not yet.';
comment on column deposit_sweep.reason is 'Why it still waits, or failed.';
create unique index deposit_sweep_one_live on deposit_sweep (wallet_id, asset)
  where status in ('waiting', 'waiting_for_gas', 'sending');
comment on index deposit_sweep_one_live is 'The same coins are never gathered twice.';
create unique index deposit_sweep_one_moving on deposit_sweep (wallet_id) where status in ('waiting_for_gas', 'sending');
comment on index deposit_sweep_one_moving is 'Two at once would count on the same native coin for their fees.';
create index deposit_sweep_ended on deposit_sweep (wallet_id, asset, updated_at) where status in ('swept', 'failed');
comment on index deposit_sweep_ended is 'How often gathering failed there since it last succeeded: each failure makes the next wait longer.';
create index deposit_sweep_check on deposit_sweep (next_check_at) where next_check_at is not null;
comment on index deposit_sweep_check is 'What is due to be looked at.';
create trigger keeps_identity before update of id, wallet_id, asset or delete or truncate on deposit_sweep
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on deposit_sweep is 'Deposits and transfers name it.';

create table deposit (
  id uuid primary key,
  chain text not null,
  transaction_hash text not null,
  transfer_index text not null,
  asset text not null,
  amount base_units not null,
  from_address text,
  address text not null,
  order_id uuid references pay_order,
  block_number numeric(78, 0) not null,
  block_hash text not null,
  block_time timestamptz not null,
  final boolean not null,
  generation smallint not null default 0,
  status text not null check (status in ('confirming', 'credited', 'in_review', 'ignored', 'reversed', 'refunded')),
  reason text,
  payment_id uuid,
  surplus_amount numeric(78, 0) not null default 0,
  usd_micros numeric(78, 0),
  refund_address text,
  swept_at timestamptz,
  sweep_id uuid references deposit_sweep,
  conversion_id uuid references conversion,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (chain, transaction_hash, transfer_index),
  constraint review_has_reason check (status <> 'in_review' or reason is not null),
  constraint gone_one_way check (conversion_id is null or (swept_at is not null and sweep_id is null)),
  constraint watched_while_live check (
    status in ('ignored', 'reversed', 'refunded') or (status = 'credited' and final)
    or (next_check_at is not null and deadline_at is not null))
);
comment on table deposit is 'One row is one transfer to an address of ours, as the chain showed it.';
comment on column deposit.transaction_hash is 'In the chain''s normal form, or one transfer would have two names.';
comment on column deposit.transfer_index is 'Which of the transaction''s transfers it was, in the chain''s own words.';
comment on column deposit.order_id is 'Whose it is; null: nobody''s.';
comment on column deposit.generation is 'How often a reorganisation took it away.';
comment on column deposit.payment_id is 'What was booked of it for its order.';
comment on column deposit.surplus_amount is 'What of it was beyond the order''s price.';
comment on column deposit.usd_micros is 'Its value as decided upon.';
comment on column deposit.swept_at is 'When its coins had left the address for good.';
comment on column deposit.sweep_id is 'The gathering that takes its coins, or took them.';
comment on column deposit.conversion_id is 'An operator sold its coins with their own wallet; swept_at is then set too.';
comment on constraint deposit_chain_transaction_hash_transfer_index_key on deposit is 'One transfer is one deposit, whoever reads the chain.';
create index deposit_check on deposit (next_check_at) where next_check_at is not null;
comment on index deposit_check is 'What is due to be looked at.';
create index deposit_confirming on deposit (chain, address) where status = 'confirming';
comment on index deposit_confirming is 'Whether something is still coming in at an address.';
create index deposit_order on deposit (order_id) where order_id is not null;
comment on index deposit_order is 'What came for an order.';
create index deposit_sweep_of on deposit (sweep_id) where sweep_id is not null;
comment on index deposit_sweep_of is 'What a gathering takes.';
create index deposit_sold_in on deposit (conversion_id) where conversion_id is not null;
comment on index deposit_sold_in is 'What an operator''s sale was of.';
create index deposit_unswept on deposit (chain, address, asset)
  where final and swept_at is null and sweep_id is null and status in ('credited', 'in_review', 'ignored');
comment on index deposit_unswept is 'What lies at our addresses and waits to be gathered or sold.';
create trigger keeps_identity before update of id, chain, transaction_hash, transfer_index, asset, amount, address or delete or truncate
  on deposit for each statement execute function refuse_loss();
comment on trigger keeps_identity on deposit is 'What a chain showed may be taken back by the chain, and is still what it showed.';

create table unlisted_arrival (
  chain text not null,
  transaction_hash text not null,
  transfer_index text not null,
  address text not null,
  contract text not null,
  amount numeric not null,
  seen_at timestamptz not null,
  primary key (chain, transaction_hash, transfer_index)
);
comment on table unlisted_arrival is
  'Transfers to our addresses of things that the registry lacks: listed for operators, never booked.';
comment on column unlisted_arrival.amount is 'Whole units, of whatever it is.';

create table payment_claim (
  id uuid primary key,
  order_id uuid not null references pay_order,
  chain text not null,
  transaction_hash text not null,
  status text not null check (status in ('waiting', 'accepted', 'in_review', 'rejected')),
  reason text not null,
  details jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (order_id, chain, transaction_hash),
  constraint watched_while_live check (
    status in ('accepted', 'rejected') or (next_check_at is not null and deadline_at is not null))
);
comment on table payment_claim is '"I paid, and this is the hash": what a payer told us, and what came of it.';
comment on column payment_claim.details is 'For operators only.';
create index payment_claim_check on payment_claim (next_check_at) where next_check_at is not null;
comment on index payment_claim_check is 'What is due to be looked at.';

create table watch_cursor (
  chain text primary key,
  next_block numeric(78, 0) not null,
  last_hash text not null,
  final_block numeric(78, 0) not null,
  moved_at timestamptz not null
);
comment on table watch_cursor is
  'How far each chain has been searched. Moved on only by whoever searched from where it stood.';
comment on column watch_cursor.next_block is 'Every block below was searched.';
comment on column watch_cursor.last_hash is 'Of the block before, as it was searched.';
comment on column watch_cursor.final_block is 'What was final then: no reorganisation reaches below it.';

create table watch_position (
  chain text not null,
  address text not null,
  position text,
  idle boolean not null default false,
  next_look_at timestamptz not null,
  primary key (chain, address)
);
comment on table watch_position is 'What watch_cursor is, for chains that are searched by address.';
comment on column watch_position.position is 'The chain''s own; null: from the beginning.';
comment on column watch_position.idle is 'Its order ended long ago.';
create index watch_position_due on watch_position (chain, idle, next_look_at);
comment on index watch_position_due is 'Which addresses to look at next, those of live orders first.';

create table surplus_refund (
  id uuid primary key,
  order_id uuid not null references pay_order,
  asset text not null,
  amount base_units not null,
  to_address text not null,
  refunded_by text not null,
  created_at timestamptz not null
);
comment on table surplus_refund is
  'What was paid beyond an order''s price, given back to the payer. Its transfer says what came of it.';
comment on column surplus_refund.to_address is 'Normal form of its chain.';
create index surplus_refund_order on surplus_refund (order_id, asset);
comment on index surplus_refund_order is 'What was given back of an order.';
create trigger keeps_identity before update or delete or truncate on surplus_refund
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on surplus_refund is 'What was given back is counted against what was kept for the payer.';
