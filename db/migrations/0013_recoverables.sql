-- What payees owe back after a refund, and how it is collected.

create table recoverable (
  id uuid primary key,
  payee_id uuid not null references payee,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  collected numeric(78, 0) not null default 0 check (collected >= 0),
  forgiven numeric(78, 0) not null default 0 check (forgiven >= 0),
  created_at timestamptz not null,
  constraint never_more_than_owed check (collected + forgiven <= amount)
);
comment on table recoverable is
  'What a payee owes back: one row an earning that was paid before its payment was refunded. Base units.';
comment on column recoverable.id is 'The earning''s own.';
comment on column recoverable.collected is 'Kept of the payee''s later earnings in the asset.';
comment on column recoverable.forgiven is 'Given up by an operator.';
create index recoverable_open on recoverable (payee_id, created_at) where collected + forgiven < amount;
comment on index recoverable_open is 'What is still to be collected, oldest first.';

-- Of a released hold nothing names the payout any more, so what does was paid.
insert into recoverable (id, payee_id, asset, amount, created_at)
select id, payee_id, available_asset, available_amount, created_at from earning
where status = 'reversed' and payout_id is not null and available_amount > 0;

alter table earning add column collected_for uuid references recoverable;
comment on column earning.collected_for is 'What the payee owed back and this was kept for: paid, and by no payout.';

drop function earning_divide(uuid, uuid, numeric);
create function earning_divide(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql as $$
declare
  v_whole earning;
  v_kept numeric;
  v_kept_usd numeric;
begin
  select * into strict v_whole from earning
  where id = p_id and status in ('pending', 'converting', 'available') for update;
  v_kept := case when v_whole.available_amount is null then p_kept
    else least(greatest(div(v_whole.amount * p_kept, v_whole.available_amount), 1), v_whole.amount - 1) end;
  if p_kept <= 0 or p_kept >= coalesce(v_whole.available_amount, v_whole.amount) or v_kept <= 0 then
    raise exception 'an earning of % cannot be divided at %', coalesce(v_whole.available_amount, v_whole.amount), p_kept;
  end if;
  v_kept_usd := div(v_whole.usd_micros * v_kept, v_whole.amount);
  -- Said around this one statement, not as a setting of the function's: only a superuser may attach a name of ours to it.
  perform set_config('earning.dividing', 'on', true);
  update earning set amount = v_kept, usd_micros = v_kept_usd,
    available_amount = case when available_amount is null then null else p_kept end where id = p_id;
  perform set_config('earning.dividing', '', true);
  insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id,
    available_asset, available_amount, created_at, refunded_at, part)
  select p_rest_id, v_whole.payment_id, v_whole.payee_id, v_whole.asset, v_whole.amount - v_kept, v_whole.route, v_whole.status,
    v_whole.usd_micros - v_kept_usd, v_whole.spendable, v_whole.conversion_id, v_whole.available_asset,
    v_whole.available_amount - p_kept, v_whole.created_at, v_whole.refunded_at,
    (select max(part) + 1 from earning where payment_id = v_whole.payment_id and payee_id = v_whole.payee_id);
end $$;
comment on function earning_divide(uuid, uuid, numeric) is
  'Divides an earning: p_kept of what it can be converted or paid as stays, the rest becomes a further part with the id given.';
