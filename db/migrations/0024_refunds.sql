-- Whatever goes back to a payer is a refund, with a row for each try of sending it: one that cannot be sent was stuck for ever.

create table refund (
  id uuid primary key,
  subject text not null check (subject in ('deposit', 'surplus', 'payment')),
  subject_id uuid not null,
  wallet_id uuid not null references wallet (id),
  asset text not null,
  amount base_units not null check (amount > 0),
  debit_account text not null,
  status text not null check (status in ('sending', 'stopped', 'sent', 'given_back')),
  reason text,
  requested_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint stopped_has_reason check (status <> 'stopped' or reason is not null),
  constraint watched_while_live check (status in ('sent', 'given_back') or (next_check_at is not null and deadline_at is not null))
);
comment on table refund is 'Coins on their way back to a payer, or that could not be sent back.';
comment on column refund.subject_id is 'A deposit, the order of a surplus, or a payment that no order explains.';
comment on column refund.wallet_id is 'That sends it: its coins are there.';
comment on column refund.debit_account is 'Where the book holds it until its transfer is final.';
comment on column refund.reason is 'Why it is stopped.';
comment on constraint stopped_has_reason on refund is 'A person must know what went wrong.';
comment on constraint watched_while_live on refund is 'What is not at its end is looked at again, and late at some moment.';
create unique index refund_one_at_a_time on refund (subject, subject_id, asset) where status in ('sending', 'stopped');
comment on index refund_one_at_a_time is 'The same coins are on their way back once.';
create index refund_check on refund (next_check_at) where next_check_at is not null;
comment on index refund_check is 'What is due to be looked at.';

create table refund_attempt (
  id uuid primary key,
  refund_id uuid not null references refund (id),
  seq integer not null,
  to_address text not null,
  outcome text,
  asked_by text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  constraint refund_attempt_seq unique (refund_id, seq),
  constraint ended_with_outcome check ((outcome is null) = (ended_at is null))
);
comment on table refund_attempt is 'One try of sending a refund: one transfer, whose purpose_id is this id.';
comment on column refund_attempt.seq is 'Which try, from 1.';
comment on column refund_attempt.outcome is 'How it ended; null: it is under way.';
comment on column refund_attempt.asked_by is 'Who asked for it: an API key, the command line, or a job.';
comment on constraint refund_attempt_seq on refund_attempt is 'Tries are counted.';
comment on constraint ended_with_outcome on refund_attempt is 'What ended says how.';
create unique index refund_attempt_live on refund_attempt (refund_id) where outcome is null;
comment on index refund_attempt_live is 'One transfer of a refund at a time, so that it arrives once.';

create trigger keeps_identity before update of id, subject, subject_id, wallet_id, asset, amount, debit_account or delete or truncate
  on refund for each statement execute function refuse_loss();
comment on trigger keeps_identity on refund is 'What goes back is counted against what is held for the payer.';
create trigger keeps_identity before update of id, refund_id, seq, to_address or delete or truncate
  on refund_attempt for each statement execute function refuse_loss();
comment on trigger keeps_identity on refund_attempt is 'Where each try went stays known.';

-- Until now a refund was its transfer. The attempt takes the place of what the transfer named.
insert into refund (id, subject, subject_id, wallet_id, asset, amount, debit_account, status, reason, requested_by, created_at,
  updated_at, next_check_at, deadline_at)
select t.id,
  case t.purpose when 'deposit_refund' then 'deposit' when 'surplus_refund' then 'surplus' else 'payment' end,
  coalesce(s.order_id, t.purpose_id), t.wallet_id, t.asset, t.amount, t.debit_account,
  case t.status when 'final' then 'sent' when 'reverted' then 'stopped' when 'displaced' then 'stopped'
    when 'cancelled' then 'stopped' else 'sending' end,
  case when t.status in ('reverted', 'displaced', 'cancelled') then t.status end,
  coalesce(s.refunded_by, 'unknown'), t.created_at, t.updated_at,
  case when t.status <> 'final' then t.updated_at end, case when t.status <> 'final' then t.updated_at + interval '12 hours' end
from transfer t left join surplus_refund s on t.purpose = 'surplus_refund' and s.id = t.purpose_id
where t.purpose in ('deposit_refund', 'surplus_refund', 'payment_refund');
insert into refund_attempt (id, refund_id, seq, to_address, outcome, asked_by, created_at, ended_at)
select t.purpose_id, t.id, 1, t.to_address,
  case t.status when 'final' then 'sent' when 'reverted' then t.status when 'displaced' then t.status
    when 'cancelled' then t.status end,
  r.requested_by, t.created_at, case when t.status in ('final', 'reverted', 'displaced', 'cancelled') then t.updated_at end
from transfer t join refund r on r.id = t.id;
update transfer set purpose = 'refund_attempt', done_task = 'refunds.attempt_ended'
where purpose in ('deposit_refund', 'surplus_refund', 'payment_refund');
drop table surplus_refund;
alter table deposit drop column refund_address;
alter table payment drop column refund_address;
