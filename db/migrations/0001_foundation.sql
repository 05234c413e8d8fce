-- What every room leans on: words for amounts and digests, triggers that guard, the history of statuses, settings, keys,
-- jobs. Nothing here knows an order or a coin.
--
-- Comments that belong to a table, column, index, trigger or function are SQL, so that the database keeps them and
-- db/schema.sql shows them. Only what is about the order of statements stands in comments like this one.

comment on table schema_migration is
  'Which of these files this database has had, in the engine''s own hand: it applies them in order, each once.';
comment on column schema_migration.checksum is 'Of the file as it was applied: a file is never changed afterwards.';

-- Rules are domains and triggers where a booking passes: PostgreSQL parses a table's check constraints anew in every
-- statement, a domain's once a session. Measured on 18.4: two plain checks made a balance update four times as slow.
create domain sha256_digest as bytea check (length(value) = 32);
comment on domain sha256_digest is 'A SHA-256 digest, raw.';
create domain base_units as numeric(78, 0) check (value > 0);
comment on domain base_units is 'An amount above zero in the smallest part of its asset; 78 digits hold what 256 bits can say.';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: correct a mistake by a reversing entry', tg_table_name
    using errcode = 'raise_exception', hint = 'append_only';
end $$;
comment on function refuse_change() is 'For triggers: this table is only ever added to.';

create function refuse_loss() returns trigger language plpgsql as $$
begin
  raise exception 'a % is never deleted or given another identity', tg_table_name using hint = 'append_only';
end $$;
comment on function refuse_loss() is 'For triggers: this row may move on, but stays, and stays the same thing.';

create function refuse_snapshot_change() returns trigger language plpgsql as $$
begin
  raise exception 'the terms of an order never change' using hint = 'append_only';
end $$;
comment on function refuse_snapshot_change() is 'For triggers: what was agreed with a payer stays as it was agreed.';

create function keep_watch() returns trigger language plpgsql as $$
begin
  new.next_check_at := coalesce(new.next_check_at, new.updated_at + interval '5 minutes');
  new.deadline_at := coalesce(new.deadline_at, new.updated_at + interval '1 day');
  return new;
end $$;
comment on function keep_watch() is
  'Nothing that is under way is ever without a next check and a deadline. The rooms set both, by the waits beside their '
  'steps; what they forget is filled in here rather than refused, because a refusal would stop money in the middle of a '
  'step, and being looked at early harms nobody. The constraints watched_while_live say what holds afterwards.';

create table status_change (
  id bigint generated always as identity primary key,
  thing text not null,
  thing_id uuid not null,
  from_status text,
  to_status text not null,
  cause jsonb not null,
  changed_at timestamptz not null default now()
);
comment on table status_change is
  'Who or what moved a thing from one status to the next: one row a step, written with the step itself.';
comment on column status_change.thing is 'payment, swap, payout and so on.';
comment on column status_change.from_status is 'Null: the thing was created.';
comment on column status_change.cause is 'What made it happen: an event, a block, a job, an operator.';
create index status_change_thing on status_change (thing, thing_id, id);
comment on index status_change_thing is 'The history of one thing, in order: what explain tells.';

create table setting (
  key text not null,
  version integer not null check (version > 0),
  value jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (key, version)
);
comment on table setting is 'Settings that change at run time. A change adds a version; the highest one is in force.';
create trigger append_only before update or delete or truncate on setting
  for each statement execute function refuse_change();
comment on trigger append_only on setting is 'Decisions name the version they were taken by, so that version must stay.';

create table api_key (
  id uuid primary key,
  name text not null,
  hint text not null,
  hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
comment on table api_key is
  'One row is one key that an integrator or operator holds. The key itself is shown once and never stored.';
comment on column api_key.hint is 'Its first characters, to recognise it by.';

create table idempotency_record (
  principal text not null,
  key text not null,
  request_hash bytea not null,
  status_code integer,
  response jsonb,
  created_at timestamptz not null,
  primary key (principal, key)
);
comment on table idempotency_record is
  'The first answer to a request that named an Idempotency-Key; a replay gets it again.';
comment on column idempotency_record.principal is 'Who asked: the same key from somebody else is another request.';
comment on column idempotency_record.request_hash is 'Tells the same request again from another one under the same key.';
comment on column idempotency_record.status_code is 'Null: the first request is still running, or died.';

create table worker_heartbeat (
  worker_id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);
comment on table worker_heartbeat is
  'A worker that is alive says so; the jobs of one that is not are unlocked by whoever notices.';

create function job_add(p_task text, p_payloads json[], p_max_attempts integer) returns void
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_task integer;
begin
  select id into v_task from graphile_worker._private_tasks where identifier = p_task;
  if v_task is null then
    insert into graphile_worker._private_tasks (identifier) values (p_task)
    on conflict (identifier) do update set identifier = excluded.identifier returning id into v_task;
  end if;
  insert into graphile_worker._private_jobs (task_id, payload, max_attempts)
  select v_task, payload, p_max_attempts from unnest(p_payloads) as payload;
end $$;
comment on function job_add(text, json[], integer) is
  'Adds jobs by writing the queue''s own table, for statements that book or store: the queue''s function is ten times as '
  'dear and notifies, and of transactions that notify PostgreSQL lets one commit at a time. Whoever wants the workers '
  'awake at once says so itself, once for many jobs; they look by themselves every second.';

create table job_dead_letter (
  id bigint generated always as identity primary key,
  task text not null,
  payload jsonb not null,
  attempts integer not null,
  error text not null,
  failed_at timestamptz not null
);
comment on table job_dead_letter is 'Jobs that used up their attempts: kept until somebody looks.';
comment on column job_dead_letter.error is 'Of the last attempt.';

create table schedule_run (
  task text primary key,
  succeeded_at timestamptz not null
);
comment on table schedule_run is 'When each schedule last ran to its end: missed runs show.';

create table review_action (
  id uuid primary key,
  thing text not null,
  thing_id text not null,
  action text not null,
  input jsonb not null,
  taken_by text not null,
  taken_at timestamptz not null,
  outcome text
);
comment on table review_action is
  'What people did at the recovery desk, written before the act, and again with what came of it.';
comment on column review_action.thing_id is 'Text: not everything on the desk is a row with a uuid.';
comment on column review_action.outcome is 'done, or the code of the refusal; null: never learned.';
create index review_action_thing on review_action (thing, thing_id, taken_at);
comment on index review_action_thing is 'What was tried on one thing before.';
