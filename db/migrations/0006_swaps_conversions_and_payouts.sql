-- What becomes of earnings: exchanged at swap providers, converted in batches, paid out.

create table swap (
  id uuid primary key,
  purpose text not null check (purpose in ('conversion', 'payout_attempt')),
  purpose_id uuid not null,
  seq integer not null,
  done_task text not null,
  provider text,
  status text not null check (status in ('quoted', 'created', 'funding', 'funded', 'exchanging', 'delivered', 'expired',
                                         'on_hold', 'refunding', 'refunded', 'rejected', 'in_review', 'written_off')),
  waiting_reason text,
  review_reason text,
  flow text not null check (flow in ('standard', 'fixed-rate')),
  source_asset text not null,
  source_amount numeric(78, 0) not null check (source_amount > 0),
  source_usd_micros numeric(78, 0) not null,
  target_asset text not null,
  target_address text not null,
  target_memo text,
  source_account text not null,
  refund_address text not null,
  provider_id text,
  provider_status text,
  payin_address text,
  payin_memo text,
  rate_id text,
  valid_until timestamptz,
  least_target_amount numeric(78, 0) not null,
  quotes jsonb,
  quoted_target_amount numeric(78, 0),
  quoted_at timestamptz,
  provider_fees jsonb,
  transfer_id uuid references transfer,
  received_amount numeric(78, 0),
  told_amount numeric(78, 0),
  delivered_amount numeric(78, 0),
  payout_hash text,
  refund_hash text,
  refunded_amount numeric(78, 0),
  alerts text[] not null default '{}',
  correlation_id text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (provider, provider_id),
  unique (purpose, purpose_id, seq),
  constraint chosen_has_provider check (status in ('quoted', 'rejected', 'expired', 'in_review') or provider is not null),
  constraint created_has_provider_id check (status in ('quoted', 'rejected', 'expired', 'in_review') or provider_id is not null),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null),
  constraint watched_while_live check (
    status in ('delivered', 'refunded', 'expired', 'rejected', 'written_off') or (next_check_at is not null and deadline_at is not null))
);
comment on table swap is
  'One exchange at a swap provider, from quote to delivered or refunded. Providers are unreliable counterparties: there are '
  'several to choose from, a limit for each, and an end for every swap.';
comment on column swap.seq is 'Which try for its purpose, from 1.';
comment on column swap.done_task is 'The job told when the swap ends, with {"id": purpose_id}.';
comment on column swap.provider is 'Null: none is chosen yet.';
comment on column swap.status is
  'written_off: an operator gave up what was sent, after asking the provider and the chain.';
comment on column swap.source_usd_micros is 'Observed when it was planned; the exposure limit counts it.';
comment on column swap.source_account is 'The ledger account whose debt this swap turns: debited on delivery.';
comment on column swap.refund_address is 'Always ours.';
comment on column swap.rate_id is 'What holds the quoted rate at the provider, until valid_until.';
comment on column swap.least_target_amount is
  'A quote below this is not taken: prices observed less the slippage limit.';
comment on column swap.quotes is 'What each provider offered when last asked, and which was chosen.';
comment on column swap.provider_fees is 'As told, decimal text.';
comment on column swap.transfer_id is 'That funds it.';
comment on column swap.received_amount is 'Of the source, as the provider says; what we sent is source_amount.';
comment on column swap.told_amount is 'Of the target, as the provider says; what arrived is delivered_amount.';
comment on column swap.payout_hash is 'The provider''s transaction that brought the target.';
comment on column swap.alerts is 'What somebody was told about it, each once.';
create unique index swap_one_live on swap (purpose, purpose_id)
  where status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off');
comment on index swap_one_live is 'A purpose is never funded at two providers at once.';
create index swap_in_flight on swap (provider)
  where status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off');
comment on index swap_in_flight is 'The exposure at each provider.';
create index swap_updated on swap (updated_at);
comment on index swap_updated is 'Which addresses may still get coins of a swap, and which provider gave something back lately.';
create index swap_check on swap (next_check_at) where next_check_at is not null;
comment on index swap_check is 'What is due to be looked at.';
create index swap_deadline on swap (deadline_at) where deadline_at is not null;
comment on index swap_deadline is 'What appears on the recovery desk because its deadline passed.';
create trigger keep_watch before insert or update on swap
  for each row when (new.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on swap is 'A swap under way is always looked at again.';

create table swap_create_attempt (
  id uuid primary key,
  swap_id uuid not null references swap,
  provider text,
  requested_at timestamptz not null,
  outcome text not null check (outcome in ('asked', 'accepted', 'rejected', 'retryable', 'unknown')),
  provider_id text,
  message text
);
comment on table swap_create_attempt is
  'Written before each create call. After an unknown outcome the provider may hold an exchange that we do not know: it stays '
  'unfunded and expires there, and only the one that swap.provider_id names is ever funded.';
comment on column swap_create_attempt.provider is 'Whom we asked.';
comment on column swap_create_attempt.outcome is 'asked: no answer was recorded, as after a crash; it counts as unknown.';
create index swap_create_attempt_swap on swap_create_attempt (swap_id);
comment on index swap_create_attempt_swap is 'What was asked for one swap.';

create table swap_surplus_search (
  address text not null,
  asset text not null,
  searched_to numeric(78, 0) not null,
  searched_at timestamptz not null,
  primary key (address, asset)
);
comment on table swap_surplus_search is
  'How far an address of ours was searched for coins of swaps that had ended.';
comment on column swap_surplus_search.searched_to is 'A block.';

create table price_observation (
  id uuid primary key,
  asset text not null,
  usd text not null,
  source text not null,
  source_time timestamptz,
  fetched_at timestamptz not null
);
comment on table price_observation is 'Prices as observed when a decision needed one.';
comment on column price_observation.usd is 'Decimal text, USD for one whole coin.';
comment on column price_observation.source_time is 'What the source says it is of; null: it does not say.';

create table conversion (
  id uuid primary key,
  source_asset text not null,
  source_amount numeric(78, 0) not null check (source_amount > 0),
  released_amount numeric(78, 0) not null default 0,
  target_asset text not null,
  target_amount numeric(78, 0),
  weights text not null check (weights in ('source_amount', 'usd_value')),
  status text not null check (status in ('claimed', 'swapping', 'distributed', 'released')),
  trigger_reason text not null,
  settings_version integer not null,
  price_observation_id uuid references price_observation,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  distributed_at timestamptz,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint watched_while_live
    check (status in ('distributed', 'released') or (next_check_at is not null and deadline_at is not null))
);
comment on table conversion is 'A micro-batch of earnings of one asset turned into the settlement asset.';
comment on column conversion.source_amount is 'What was claimed; once a part was released, what was converted.';
comment on column conversion.released_amount is
  'What of a claim was never swapped and given back, when the conversion ended with the part that was.';
comment on column conversion.target_amount is 'What arrived, not what was quoted.';
comment on column conversion.weights is 'By what the target is shared out among its earnings.';
comment on column conversion.settings_version is 'Of the settings that it was decided by.';
create unique index conversion_one_live on conversion (source_asset) where status in ('claimed', 'swapping');
comment on index conversion_one_live is 'Two schedulers at once: the second one''s claim is refused here.';
create index conversion_live on conversion (next_check_at) where next_check_at is not null;
comment on index conversion_live is 'What is due to be looked at.';
create trigger keep_watch before insert or update on conversion
  for each row when (new.status not in ('distributed', 'released') and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on conversion is 'A conversion under way is always looked at again.';

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
comment on table conversion_check is
  'Why a check did or did not start a conversion: the latest word for each asset, and the history of words.';
comment on column conversion_check.oldest_at is 'When the oldest earning that waits was made.';
create index conversion_check_asset on conversion_check (asset, id desc);
comment on index conversion_check_asset is 'The latest word for each asset.';

create table payout (
  id uuid primary key,
  payee_id uuid not null references payee,
  kind text not null check (kind in ('threshold', 'instant', 'operator')),
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  destination_asset text not null,
  destination_address text not null,
  destination_memo text,
  route text not null check (route in ('direct', 'swap')),
  status text not null check (status in ('requested', 'approved', 'sending', 'sent', 'completed', 'failed', 'in_review')),
  review_reason text,
  requested_by text not null,
  delivered_amount numeric(78, 0),
  transaction_hash text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null),
  constraint watched_while_live
    check (status in ('completed', 'failed') or (next_check_at is not null and deadline_at is not null))
);
comment on table payout is 'What we send to a payee, by any route.';
comment on column payout.kind is 'What asked for it: the payee''s threshold, each payment at once, or an operator.';
comment on column payout.destination_asset is 'Fixed here with address and memo, whatever the payee changes later.';
comment on column payout.delivered_amount is 'Base units of destination_asset that reached the payee.';
comment on column payout.transaction_hash is 'That brought it to the payee.';
create index payout_payee on payout (payee_id, created_at);
comment on index payout_payee is 'What a payee was paid, in order.';
create index payout_check on payout (next_check_at) where next_check_at is not null;
comment on index payout_check is 'What is due to be looked at.';
create index payout_deadline on payout (deadline_at) where deadline_at is not null;
comment on index payout_deadline is 'What appears on the recovery desk because its deadline passed.';
create trigger keep_watch before insert or update on payout
  for each row when (new.status not in ('completed', 'failed') and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on payout is 'A payout under way is always looked at again.';

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
comment on table payout_attempt is 'Every try of a payout by one route.';
comment on column payout_attempt.outcome is 'What ended it, when it did not succeed.';
create unique index payout_attempt_one_live on payout_attempt (payout_id) where status = 'sending';
comment on index payout_attempt_one_live is 'A payout is never on its way twice.';

create table payout_wait (
  payee_id uuid not null references payee,
  asset text not null,
  reason text not null,
  since timestamptz not null,
  checked_at timestamptz not null,
  primary key (payee_id, asset)
);
comment on table payout_wait is 'Why a payee over the threshold is not paid yet.';
