-- What of a payee was changed, by whom, and what it was before.

create table payee_change (
  id uuid primary key,
  payee_id uuid not null references payee (id),
  field text not null check (field in ('name', 'contact')),
  before jsonb not null,
  after jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null
);
comment on table payee_change is 'One change of one thing of a payee: what they were called and how they were told can be followed back.';
comment on column payee_change.before is 'As the API shows the field. Of a contact it is personal: in no log.';
comment on column payee_change.changed_by is 'Who changed it: an API key, or the command line.';
create index payee_change_of on payee_change (payee_id, changed_at, id);
comment on index payee_change_of is 'The changes of one payee, newest first.';
create trigger append_only before update or delete or truncate
  on payee_change for each statement execute function refuse_change();
comment on trigger append_only on payee_change is 'What was before stays known.';
