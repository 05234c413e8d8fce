-- A refund may meet its earnings in a conversion or a payout.

alter table earning add column refunded_at timestamptz;
comment on column earning.refunded_at is
  'Its payment was refunded while a conversion or payout had it: whatever ends that takes it back in the same transaction.';

update earning e set refunded_at = p.updated_at from payment p
where p.id = e.payment_id and p.status = 'refunded' and e.status in ('converting', 'held');

create or replace function earning_divide(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql as $$
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
  insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id, created_at,
    refunded_at, part)
  select p_rest_id, v_whole.payment_id, v_whole.payee_id, v_whole.asset, v_whole.amount - p_kept, v_whole.route, v_whole.status,
    v_whole.usd_micros - v_kept_usd, v_whole.spendable, v_whole.conversion_id, v_whole.created_at, v_whole.refunded_at,
    (select max(part) + 1 from earning where payment_id = v_whole.payment_id and payee_id = v_whole.payee_id);
end $$;
