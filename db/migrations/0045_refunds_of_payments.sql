-- What was paid for an order goes back to its payer, whole or in parts, and its payees' shares with it.

alter table payment add column refund_reserved numeric(78, 0) not null default 0;
alter table payment add column refund_fee numeric(78, 0) not null default 0;
comment on column payment.refund_reserved is 'Of what settled, base units: what our refunds of it are for, sent or on their way.';
comment on column payment.refund_fee is 'Of our fee: the part that those refunds are for, whether it goes back or is kept.';
alter table payment add constraint refunded_within_settled
  check (refund_reserved >= 0 and refund_reserved <= coalesce(settled_amount, 0));
comment on constraint refunded_within_settled on payment is 'However many refunds of a payment are asked for at once: never more than came.';
alter table payment add constraint refunded_fee_within_fee check (refund_fee >= 0 and refund_fee <= coalesce(fee_amount, 0));
comment on constraint refunded_fee_within_fee on payment is 'Of our fee no more goes back than there was.';

alter table refund add column order_id uuid references pay_order (id);
alter table refund add column to_address text;
alter table refund add column addressed_by text;
alter table refund add column why text;
alter table refund add column rate text not null default 'original';
alter table refund add column share_amount base_units;
alter table refund add column fee_amount numeric(78, 0) not null default 0;
alter table refund add column fee_kept boolean not null default false;
alter table refund add column transaction_hash text;
update refund r set transaction_hash = (select t.transaction_hash from refund_attempt a
  join transfer t on t.purpose = 'refund_attempt' and t.purpose_id = a.id and t.status = 'final'
  where a.refund_id = r.id order by a.seq desc limit 1) where status = 'sent';
comment on column refund.transaction_hash is 'That the payer has it by.';
update refund r set order_id = r.subject_id where subject = 'surplus';
update refund r set to_address = (select a.to_address from refund_attempt a where a.refund_id = r.id order by a.seq desc limit 1);
comment on column refund.subject_id is
  'A deposit, the order of a surplus, a payment that no order explains, or (settled_payment) one that was booked for its order.';
comment on column refund.order_id is 'Of what was paid for one.';
comment on column refund.to_address is 'Where it goes; null: its payer has not said.';
comment on column refund.addressed_by is
  'Who named that address, or made the link by which the payer did: they ask for it, and do not approve it. Null: whoever asked for the refund.';
comment on column refund.reason is 'Why it waits, is stopped, or was given back.';
comment on column refund.why is 'Why it is made, in the words of whoever asked for it.';
comment on column refund.rate is 'original: the units that came; current: what those were worth when they came, at the price of the day it was asked for.';
comment on column refund.share_amount is 'Of a settled payment, base units: the part of it that this refunds. amount is what goes back of that.';
comment on column refund.fee_amount is 'The part of our fee in that.';
comment on column refund.fee_kept is 'Whether that part stays with us.';
alter table refund drop constraint refund_subject_check;
alter table refund add constraint refund_subject_check check (subject in ('deposit', 'surplus', 'payment', 'settled_payment'));
alter table refund drop constraint refund_status_check;
alter table refund add constraint refund_status_check
  check (status in ('awaiting_address', 'waiting', 'sending', 'stopped', 'sent', 'given_back'));
alter table refund add constraint refund_rate_check check (rate in ('original', 'current'));
alter table refund add constraint addressed_once_it_goes check (status in ('awaiting_address', 'given_back') or to_address is not null);
comment on constraint addressed_once_it_goes on refund is 'Only what waits for its payer''s word has no address.';
alter table refund add constraint waiting_has_reason check (status <> 'waiting' or reason is not null);
comment on constraint waiting_has_reason on refund is 'Whoever asks is told what it waits for.';
alter table refund add constraint settled_payment_is_whole
  check ((subject = 'settled_payment') = (share_amount is not null) and (share_amount is null or order_id is not null));
comment on constraint settled_payment_is_whole on refund is 'A part of a payment of an order says which part.';
alter table refund add constraint refund_within_its_share check (share_amount is null or amount::numeric <= share_amount::numeric);
comment on constraint refund_within_its_share on refund is 'Whatever the price of the day, never more units than came.';

drop index refund_one_at_a_time;
create unique index refund_one_at_a_time on refund (subject, subject_id, asset)
  where status in ('sending', 'stopped') and subject <> 'settled_payment';
comment on index refund_one_at_a_time is 'The same coins are on their way back once. Parts of a payment are counted in payment.refund_reserved.';
create index refund_newest on refund (created_at, id);
comment on index refund_newest is 'Pages of refunds, newest first.';
create index refund_status on refund (status, created_at, id);
comment on index refund_status is 'Refunds in one status.';
create index refund_order on refund (order_id, created_at, id) where order_id is not null;
comment on index refund_order is 'What went back of an order.';
create index refund_hash on refund (transaction_hash) where transaction_hash is not null;
comment on index refund_hash is 'The refund that a transaction brought.';
create index refund_subject on refund (subject_id, created_at, id);
comment on index refund_subject is 'What went back of one payment or deposit.';

alter table earning add column refund_id uuid;
alter table earning add column refund_stage text;
comment on column earning.refund_id is 'Our refund that this is, or was, a part of.';
comment on column earning.refund_stage is
  'reserved: nobody else may have it, and nothing is booked; set_aside: the refund is on its way, and what the payee was not paid yet is taken back; sent: the payer has it, and so is what they were paid.';
alter table earning add constraint refund_has_stage check ((refund_id is null) = (refund_stage is null)
  and (refund_stage is null or refund_stage in ('reserved', 'set_aside', 'sent')) and (refund_id is null or refunded_at is not null));
comment on constraint refund_has_stage on earning is 'What is part of a refund is nobody else''s, and says how far it is.';
create index earning_refund on earning (refund_id) where refund_id is not null;
comment on index earning_refund is 'The parts of a refund.';

create function earning_cut(p_whole earning, p_rest_id uuid, p_amount numeric, p_available numeric) returns void language plpgsql as $$
declare
  v_usd numeric := div(p_whole.usd_micros * p_amount, p_whole.amount);
begin
  -- Said around this one statement, not as a setting of the function's: only a superuser may attach a name of ours to it.
  perform set_config('earning.dividing', 'on', true);
  update earning set amount = p_amount, usd_micros = v_usd,
    available_amount = case when available_amount is null then null else p_available end where id = p_whole.id;
  perform set_config('earning.dividing', '', true);
  insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id, payout_id,
    available_asset, available_amount, created_at, refunded_at, refund_id, refund_stage, collected_for, part)
  select p_rest_id, p_whole.payment_id, p_whole.payee_id, p_whole.asset, p_whole.amount - p_amount, p_whole.route, p_whole.status,
    p_whole.usd_micros - v_usd, p_whole.spendable, p_whole.conversion_id, p_whole.payout_id, p_whole.available_asset,
    p_whole.available_amount - p_available, p_whole.created_at, p_whole.refunded_at, p_whole.refund_id, p_whole.refund_stage,
    p_whole.collected_for,
    (select max(part) + 1 from earning where payment_id = p_whole.payment_id and payee_id = p_whole.payee_id);
end $$;
comment on function earning_cut(earning, uuid, numeric, numeric) is
  'Of an earning that is locked, so much of what came and so much of what became of it stays; the rest is a further part with the id given.';

create or replace function earning_divide(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql as $$
declare
  v_whole earning;
  v_kept numeric;
begin
  select * into strict v_whole from earning
  where id = p_id and status in ('pending', 'converting', 'available') for update;
  v_kept := case when v_whole.available_amount is null then p_kept
    else least(greatest(div(v_whole.amount * p_kept, v_whole.available_amount), 1), v_whole.amount - 1) end;
  if p_kept <= 0 or p_kept >= coalesce(v_whole.available_amount, v_whole.amount) or v_kept <= 0 then
    raise exception 'an earning of % cannot be divided at %', coalesce(v_whole.available_amount, v_whole.amount), p_kept;
  end if;
  perform earning_cut(v_whole, p_rest_id, v_kept, p_kept);
end $$;

create function earning_divide_source(p_id uuid, p_rest_id uuid, p_kept numeric) returns void language plpgsql as $$
declare
  v_whole earning;
begin
  select * into strict v_whole from earning where id = p_id and status <> 'reversed' for update;
  if p_kept <= 0 or p_kept >= v_whole.amount then
    raise exception 'an earning of % cannot be divided at %', v_whole.amount, p_kept;
  end if;
  -- The payee keeps the last base unit of what became of it.
  perform earning_cut(v_whole, p_rest_id, p_kept, v_whole.available_amount
    - div(v_whole.available_amount * (v_whole.amount - p_kept), v_whole.amount));
end $$;
comment on function earning_divide_source(uuid, uuid, numeric) is
  'Divides an earning wherever it is: p_kept of what came stays, the rest becomes a further part with the id given.';

create table refund_link (
  id uuid primary key,
  refund_id uuid not null references refund (id),
  token_hash sha256_digest not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  constraint refund_link_token unique (token_hash),
  constraint refund_link_ended_once check (used_at is null or revoked_at is null)
);
comment on table refund_link is 'A link by which the payer of a refund says where it goes, once.';
comment on column refund_link.token_hash is 'The link itself is shown once and stored nowhere.';
comment on column refund_link.used_at is 'When the address was confirmed by it.';
comment on constraint refund_link_token on refund_link is 'A link leads to one refund.';
comment on constraint refund_link_ended_once on refund_link is 'What was taken back says nothing any more.';
create unique index refund_link_open on refund_link (refund_id) where used_at is null and revoked_at is null;
comment on index refund_link_open is 'Of several links for one refund only the newest is good.';
create trigger keeps_terms before update of id, refund_id, token_hash, created_by, created_at, expires_at or delete or truncate
  on refund_link for each statement execute function refuse_loss();
comment on trigger keeps_terms on refund_link is 'Who was asked where to, and until when, stays known.';
