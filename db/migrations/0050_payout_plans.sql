-- What a payout was planned by is kept with it, and what keeps a balance waiting for lower fees is told with an amount and a date.

create table payout_plan (
  id uuid primary key,
  payout_id uuid not null references payout (id),
  ways jsonb not null check (jsonb_typeof(ways) = 'array'),
  best smallint,
  limit_bps integer,
  made_at timestamptz not null,
  constraint best_is_one check (best between 0 and jsonb_array_length(ways) - 1)
);
comment on table payout_plan is 'The ways that were weighed for a payout before anything was done for it, each with all its fees.';
comment on column payout_plan.ways is 'src/payouts/weigh-ways.ts';
comment on column payout_plan.best is 'Which of the ways brings the payee most, from 0; null: none was to be had.';
comment on column payout_plan.limit_bps is 'The most that fees could take of its value; null: it had no limit, because somebody asked for it or none is set.';
comment on constraint best_is_one on payout_plan is 'It is one of the ways.';
create index payout_plan_payout on payout_plan (payout_id, made_at);
comment on index payout_plan_payout is 'The plans of a payout.';
create trigger keeps_plan before update or delete or truncate on payout_plan for each statement execute function refuse_loss();
comment on trigger keeps_plan on payout_plan is 'What was known when it was decided is never rewritten.';

alter table payout_wait
  add column fee_share_bps integer,
  add column limit_bps integer,
  add column pays_from numeric(78, 0),
  add column pays_by timestamptz;
comment on column payout_wait.fee_share_bps is 'What fees would take of the value; null: that is not why it waits.';
comment on column payout_wait.limit_bps is 'The most that they may take.';
comment on column payout_wait.pays_from is 'From which balance on they would be within it, base units; null: nobody can tell.';
comment on column payout_wait.pays_by is 'When it is paid whatever the fees; null: never by time alone.';
