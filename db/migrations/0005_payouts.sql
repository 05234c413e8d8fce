-- One exchange at a swap provider, from quote to delivered or refunded. src/swaps writes both tables.
create table swap (
  id uuid primary key,
  purpose text not null check (purpose in ('conversion', 'payout_attempt')),
  purpose_id uuid not null,
  seq integer not null,
  done_task text not null,                             -- the job told when the swap ends, with {"id": purpose_id}
  provider text not null,
  status text not null check (status in ('quoted', 'created', 'funding', 'funded', 'exchanging', 'delivered', 'expired',
                                         'on_hold', 'refunding', 'refunded', 'rejected', 'in_review')),
  waiting_reason text,
  review_reason text,
  flow text not null check (flow in ('standard', 'fixed-rate')),
  source_asset text not null,
  source_amount numeric(78, 0) not null check (source_amount > 0),
  target_asset text not null,
  target_address text not null,
  target_memo text,
  source_account text not null,                        -- the ledger account whose debt this swap turns: debited on delivery
  refund_address text not null,                        -- always ours
  provider_id text,
  provider_status text,
  payin_address text,
  payin_memo text,
  rate_id text,
  valid_until timestamptz,
  least_target_amount numeric(78, 0) not null,         -- a quote below this is not taken: prices observed less the slippage limit
  quoted_target_amount numeric(78, 0),
  quoted_at timestamptz,
  provider_fees jsonb,                                 -- as told, decimal text
  transfer_id uuid references transfer,
  delivered_amount numeric(78, 0),
  payout_hash text,
  refund_hash text,
  refunded_amount numeric(78, 0),
  correlation_id text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (provider, provider_id),
  unique (purpose, purpose_id, seq),
  constraint created_has_provider_id check (status in ('quoted', 'rejected', 'expired', 'in_review') or provider_id is not null),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null)
);
create unique index swap_one_live on swap (purpose, purpose_id)
  where status not in ('delivered', 'refunded', 'expired', 'rejected');
create index swap_check on swap (next_check_at) where next_check_at is not null;

-- Written before each create call. After an unknown outcome the provider may hold an exchange we do not know: it stays
-- unfunded and expires there, and only the one that swap.provider_id names is ever funded.
create table swap_create_attempt (
  id uuid primary key,
  swap_id uuid not null references swap,
  requested_at timestamptz not null,
  outcome text not null check (outcome in ('asked', 'accepted', 'rejected', 'retryable', 'unknown')),
  provider_id text,
  message text
);
create index swap_create_attempt_swap on swap_create_attempt (swap_id);

-- Prices as observed when a decision needed one. src/conversions writes the three tables below.
create table price_observation (
  id uuid primary key,
  asset text not null,
  usd text not null,                                   -- decimal text, USD for one whole coin
  source text not null,
  source_time timestamptz,
  fetched_at timestamptz not null
);
-- Why a check did or did not start a conversion: the latest word for each asset, and the history of words.
create table conversion_check (
  id bigint generated always as identity primary key,
  asset text not null,
  checked_at timestamptz not null,
  pending_amount numeric(78, 0) not null,
  pending_usd_micros numeric(78, 0),
  oldest_at timestamptz,
  decision text not null check (decision in ('converted', 'waiting')),
  reason text not null,
  price_observation_id uuid references price_observation,
  conversion_id uuid
);
create index conversion_check_asset on conversion_check (asset, id desc);
-- A micro-batch of earnings turned into the settlement asset.
create table conversion (
  id uuid primary key,
  source_asset text not null,
  source_amount numeric(78, 0) not null check (source_amount > 0),
  target_asset text not null,
  target_amount numeric(78, 0),                        -- what really arrived
  weights text not null check (weights in ('source_amount', 'usd_value')),
  status text not null check (status in ('claimed', 'swapping', 'distributed', 'released')),
  trigger_reason text not null,
  settings_version integer not null,
  price_observation_id uuid references price_observation,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  distributed_at timestamptz,
  next_check_at timestamptz,
  deadline_at timestamptz
);
-- Two schedulers at once: the second one's claim is refused here.
create unique index conversion_one_live on conversion (source_asset) where status in ('claimed', 'swapping');
create index conversion_live on conversion (next_check_at) where next_check_at is not null;

-- Money we send to a payee, by any route. src/payouts writes both tables.
create table payout (
  id uuid primary key,
  payee_id uuid not null references payee,
  kind text not null check (kind in ('threshold', 'instant', 'operator')),
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  destination_asset text not null,                     -- fixed here, whatever the payee changes later
  destination_address text not null,
  destination_memo text,
  route text not null check (route in ('direct', 'swap')),
  status text not null check (status in ('requested', 'approved', 'sending', 'sent', 'completed', 'failed', 'in_review')),
  review_reason text,
  requested_by text not null,
  delivered_amount numeric(78, 0),
  transaction_hash text,                               -- that brought it to the payee
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null)
);
create index payout_payee on payout (payee_id, created_at);
create index payout_check on payout (next_check_at) where next_check_at is not null;
-- Every try of a payout by one route.
create table payout_attempt (
  id uuid primary key,
  payout_id uuid not null references payout,
  seq integer not null,
  route text not null check (route in ('direct', 'swap')),
  status text not null check (status in ('sending', 'succeeded', 'failed')),
  outcome text,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (payout_id, seq)
);
create unique index payout_attempt_one_live on payout_attempt (payout_id) where status = 'sending';
-- Why a payee over the threshold is not paid yet.
create table payout_wait (
  payee_id uuid not null references payee,
  asset text not null,
  reason text not null,
  since timestamptz not null,
  checked_at timestamptz not null,
  primary key (payee_id, asset)
);
