-- What every room leans on: the history of statuses, settings, keys, workers.

-- Who or what moved a thing from one status to the next. Written by database/advance-status.ts, with the move itself.
create table status_change (
  id bigint generated always as identity primary key,
  thing text not null,                                 -- 'payment', 'swap', …
  thing_id uuid not null,
  from_status text,                                    -- null: the thing was created
  to_status text not null,
  cause jsonb not null,                                -- what made it happen: an event, a block, an operator
  changed_at timestamptz not null default now()
);
create index status_change_thing on status_change (thing, thing_id, id);

-- Settings that change at run time. A change adds a version; the highest one is in force. src/operators writes it.
create table setting (
  key text not null,
  version integer not null check (version > 0),
  value jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (key, version)
);
create trigger append_only before update or delete or truncate on setting
  for each statement execute function refuse_change();

-- One row is one key an integrator or operator holds. The key itself is shown once and never stored.
create table api_key (
  id uuid primary key,
  name text not null,
  hint text not null,                                  -- its first characters, to recognise it by
  hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- The first answer to a request that named an Idempotency-Key; a replay gets it again. src/http writes it.
create table idempotency_record (
  principal text not null,
  key text not null,
  request_hash bytea not null,
  status_code integer,                                 -- null: the first request is still running, or died
  response jsonb,
  created_at timestamptz not null,
  primary key (principal, key)
);

-- A worker that is alive says so; the jobs of one that is not are unlocked by whoever notices. src/jobs writes both.
create table worker_heartbeat (
  worker_id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);
-- Adds jobs by writing the queue's own table, for statements that book or store: the queue's function is ten times as dear and
-- notifies, and of transactions that notify PostgreSQL lets one commit at a time. Whoever wants the workers awake at once
-- says so itself, once for many jobs (wakeWorkers in src/jobs); they look by themselves every second.
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
-- Jobs that used up their attempts: kept until somebody looks.
create table job_dead_letter (
  id bigint generated always as identity primary key,
  task text not null,
  payload jsonb not null,
  attempts integer not null,
  error text not null,
  failed_at timestamptz not null
);
-- When each schedule last ran to its end: missed runs show.
create table schedule_run (
  task text primary key,
  succeeded_at timestamptz not null
);
