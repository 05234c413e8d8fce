-- Swap providers as unreliable counterparties: several to choose from, a limit for each, and an end for every swap.

alter table swap
  alter column provider drop not null,                 -- null: none is chosen yet
  add column source_usd_micros numeric(78, 0) not null default 0, -- observed when it was planned; the exposure limit counts it
  add column quotes jsonb,                             -- what each provider offered when last asked, and which was chosen
  add column received_amount numeric(78, 0),           -- of the source, as the provider says; what we sent is source_amount
  add column told_amount numeric(78, 0),               -- of the target, as the provider says; what arrived is delivered_amount
  add column alerts text[] not null default '{}',      -- what somebody was told about it, each once
  add constraint chosen_has_provider check (status in ('quoted', 'rejected', 'expired', 'in_review') or provider is not null);
alter table swap alter column source_usd_micros drop default;

-- written_off: an operator gave up what was sent, after asking the provider and the chain.
alter table swap drop constraint swap_status_check;
alter table swap add constraint swap_status_check
  check (status in ('quoted', 'created', 'funding', 'funded', 'exchanging', 'delivered', 'expired',
                    'on_hold', 'refunding', 'refunded', 'rejected', 'in_review', 'written_off'));
drop index swap_one_live;
create unique index swap_one_live on swap (purpose, purpose_id)
  where status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off');
create index swap_in_flight on swap (provider)
  where status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off');
-- Which addresses may still get coins of a swap, and which provider gave money back lately.
create index swap_updated on swap (updated_at);

-- How far an address of ours was searched for coins of swaps that had ended. src/swaps writes it.
create table swap_surplus_search (
  address text not null,
  asset text not null,
  searched_to numeric(78, 0) not null,                 -- block
  searched_at timestamptz not null,
  primary key (address, asset)
);

alter table swap_create_attempt add column provider text; -- whom we asked; null: before there was a choice

-- What of a claim was never swapped and given back, when the conversion ended with the part that was.
-- source_amount is then what was converted.
alter table conversion add column released_amount numeric(78, 0) not null default 0;

-- A conversion that ends with a part of its claim may have to divide one earning. The parts are one payee's part of one
-- payment as before: their amounts sum to what it was.
alter table earning add column part smallint not null default 0;
alter table earning drop constraint earning_payment_id_payee_id_key;
alter table earning add constraint earning_payment_id_payee_id_part_key unique (payment_id, payee_id, part);
-- The function that books settlements names the old key; nothing else in it changes.
do $$
begin
  execute replace(
    pg_get_functiondef('payment_settle'::regproc),
    'on conflict (payment_id, payee_id) do nothing', 'on conflict (payment_id, payee_id, part) do nothing');
end $$;
drop trigger keeps_identity on earning;
create trigger keeps_identity before update of id, payment_id, payee_id, asset or delete or truncate on earning
  for each statement execute function refuse_loss();
create trigger keeps_amount before update of amount on earning
  for each statement when (current_setting('earning.dividing', true) is distinct from 'on') execute function refuse_loss();

-- Divides an earning that is in a conversion: p_kept stays, the rest becomes a further part with the id given.
create function earning_divide(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql
set earning.dividing = on as $$
declare
  v_whole earning;
  v_kept_usd numeric;
begin
  select * into strict v_whole from earning where id = p_id and status = 'converting' for update;
  if p_kept <= 0 or p_kept >= v_whole.amount then
    raise exception 'an earning of % cannot be divided at %', v_whole.amount, p_kept;
  end if;
  v_kept_usd := div(v_whole.usd_micros * p_kept, v_whole.amount);
  update earning set amount = p_kept, usd_micros = v_kept_usd where id = p_id;
  insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id, created_at, part)
  select p_rest_id, v_whole.payment_id, v_whole.payee_id, v_whole.asset, v_whole.amount - p_kept, v_whole.route, v_whole.status,
    v_whole.usd_micros - v_kept_usd, v_whole.spendable, v_whole.conversion_id, v_whole.created_at,
    (select max(part) + 1 from earning where payment_id = v_whole.payment_id and payee_id = v_whole.payee_id);
end $$;
