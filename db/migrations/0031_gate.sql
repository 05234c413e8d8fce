-- Nothing leaves before somebody who may say so wants exactly that: persons, or a version of the policy.

insert into setting (key, version, value, changed_by, changed_at) values ('payout_policy', 1, '{
  "without_approval": {"payout_usd": "1000", "day_usd": "5000", "refund_usd": "1000"},
  "two_approvers_from_usd": null,
  "new_payee_days": 0,
  "first_payout_needs_approval": false,
  "routes_needing_approval": [],
  "destination_cooldown_hours": 24,
  "limits": {"payout_usd": null, "payee_day_usd": null, "payee_month_usd": null, "day_usd": null, "month_usd": null},
  "approval_hours": 72,
  "quote_tolerance_bps": 200
}', 'shipped', now());

create table authorisation (
  id uuid primary key,
  subject text not null,
  subject_id uuid not null,
  payee_id uuid,
  terms jsonb not null,
  terms_hash sha256_digest not null,
  usd_micros numeric(78, 0),
  policy_version integer,
  approvers smallint not null,
  because text[] not null,
  requested_by text not null,
  requested_person text not null,
  status text not null,
  reason text,
  done_task text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint authorisation_subject check (subject in ('payout', 'refund')),
  constraint authorisation_status check (status in ('waiting', 'granted', 'rejected', 'void', 'expired')),
  constraint two_at_most check (approvers between 0 and 2),
  constraint rejected_with_a_reason check ((status = 'rejected') = (reason is not null)),
  constraint unread_policy_asks_two check (policy_version is not null or approvers = 2),
  constraint watched_while_live check (status in ('granted', 'rejected', 'void', 'expired')
    or (next_check_at is not null and deadline_at is not null))
);
comment on table authorisation is 'That something may leave: what exactly, by which policy, how many people it takes, and until when.';
comment on column authorisation.subject_id is 'Of the payout or refund.';
comment on column authorisation.terms is 'What is bound; whoever approves reads exactly this.';
comment on column authorisation.terms_hash is 'Of the terms. The signer computes it anew from the subject''s own rows.';
comment on column authorisation.usd_micros is 'What it was worth when it was asked for; null: it had no price.';
comment on column authorisation.policy_version is 'Of payout_policy; null: none could be read.';
comment on column authorisation.approvers is 'How many people must approve it; none: the policy let it go.';
comment on column authorisation.because is 'Why so many, in stable words.';
comment on column authorisation.requested_person is 'Who that is; never one of those who approve.';
comment on column authorisation.reason is 'Of a rejection; the payee reads it.';
comment on column authorisation.done_task is 'The job that is told, with the subject''s id.';
comment on column authorisation.expires_at is 'Nothing is signed by it from then on.';
comment on constraint authorisation_subject on authorisation is 'What goes to others; what goes to ourselves is the policy''s alone.';
comment on constraint authorisation_status on authorisation is 'src/policy/authorisation.ts';
comment on constraint two_at_most on authorisation is 'More than two is never asked for.';
comment on constraint rejected_with_a_reason on authorisation is 'Whoever is refused is told why.';
comment on constraint watched_while_live on authorisation is 'What waits is looked at again, and shown once it takes too long.';
comment on constraint unread_policy_asks_two on authorisation is 'Without a policy nothing is let go by it.';
create unique index authorisation_live on authorisation (subject, subject_id) where status in ('waiting', 'granted');
comment on index authorisation_live is 'One thing is authorised once at a time.';
create index authorisation_of on authorisation (subject, subject_id, created_at);
comment on index authorisation_of is 'What became of one thing''s authorisations.';
create index authorisation_status_newest on authorisation (status, id);
comment on index authorisation_status_newest is 'The queue of those that wait.';
create index authorisation_payee on authorisation (payee_id, id) where payee_id is not null;
comment on index authorisation_payee is 'Those of one payee.';
create index authorisation_spent on authorisation (created_at) include (payee_id, approvers, usd_micros)
  where subject = 'payout' and status in ('waiting', 'granted');
comment on index authorisation_spent is 'What was let go in a day and a month.';
create index authorisation_due on authorisation (next_check_at) where next_check_at is not null;
comment on index authorisation_due is 'What the sweeper looks for.';
create trigger keeps_terms before update of id, subject, subject_id, payee_id, terms, terms_hash, usd_micros, policy_version,
  approvers, because, requested_by, requested_person, done_task, expires_at, created_at or delete or truncate
  on authorisation for each statement execute function refuse_change();
comment on trigger keeps_terms on authorisation is 'Other terms are another authorisation.';

create table approval (
  authorisation_id uuid not null references authorisation,
  person text not null,
  by text not null,
  terms_hash sha256_digest not null,
  at timestamptz not null,
  primary key (authorisation_id, person)
);
comment on table approval is 'One person''s word for one authorisation.';
comment on column approval.person is 'Whose key it is, or the command line: two keys of one owner are one person.';
comment on column approval.by is 'By which key, or which user of the machine.';
comment on column approval.terms_hash is 'Of the terms that this person read.';
create trigger append_only before delete or update or truncate on approval
  for each statement execute function refuse_change();
comment on trigger append_only on approval is 'A word that was given stays given; it counts for nothing once its authorisation has ended.';

create table pause (
  id uuid primary key,
  scope text not null,
  value text not null,
  reason text not null,
  paused_by text not null,
  paused_at timestamptz not null,
  ended_by text,
  ended_at timestamptz,
  constraint pause_scope check (scope in ('all', 'chain', 'rail')),
  constraint all_names_nothing check ((scope = 'all') = (value = '')),
  constraint ended_by_somebody check ((ended_at is null) = (ended_by is null))
);
comment on table pause is 'What an operator stopped: nothing of it is signed until it ends.';
comment on column pause.value is 'Which chain or rail; empty: everything.';
comment on constraint pause_scope on pause is 'src/policy/pause.ts';
comment on constraint all_names_nothing on pause is 'Everything has no name.';
comment on constraint ended_by_somebody on pause is 'A pause ends by a person''s word alone.';
create unique index pause_in_force on pause (scope, value) where ended_at is null;
comment on index pause_in_force is 'One thing is paused once at a time.';

alter table transfer add column authorised_by text;
comment on column transfer.authorised_by is
  'On whose word it was signed: policy:<version> or authorisation:<id>. Null: it is not signed.';
update transfer set authorised_by = 'before the gate' where slot is not null;

alter table payout add column usd_micros numeric(78, 0), add column least_net numeric(78, 0),
  add column greatest_fee_bps integer, add column end_reason text;
comment on column payout.usd_micros is 'What it was worth when its way was planned; null: not planned, or no price.';
comment on column payout.least_net is 'Of the destination asset, base units: no way that brings less is taken without a new approval. Null: not planned.';
comment on column payout.greatest_fee_bps is 'The most that its way may cost, of its value; null: not planned.';
comment on column payout.end_reason is 'Of one that was rejected, cancelled or failed: why, for the payee and the operator.';

alter table payee add column destination_changed_at timestamptz;
comment on column payee.destination_changed_at is 'When the destination was last changed; null: it is the first one. A changed one waits before it is paid to.';
alter table payout drop constraint payout_status_check, drop constraint watched_while_live,
  add constraint payout_status_check check (status in ('requested', 'awaiting_approval', 'approved', 'sending', 'sent',
    'completed', 'failed', 'rejected', 'cancelled', 'in_review')),
  add constraint watched_while_live check (status in ('completed', 'failed', 'rejected', 'cancelled')
    or (next_check_at is not null and deadline_at is not null));
comment on constraint payout_status_check on payout is 'src/payouts/payout.ts';
comment on constraint watched_while_live on payout is 'Whatever has not ended is looked at again, and shown once it takes too long.';
