-- What booking is held against, in a schema of its own.

create schema bench;

-- The limit: a payment, an entry, its postings, the payees' balances and a job, written by one function and nothing else.
create table bench.payment (
  id uuid primary key, external_id text not null, order_id uuid, status text not null, asset text not null,
  amount numeric not null, fee numeric not null, settled_at timestamptz not null
);
create table bench.entry (id uuid primary key, reason text not null, happened_at timestamptz not null);
create table bench.posting (
  entry_id uuid not null, line integer not null, debit text not null, credit text not null, amount numeric not null,
  primary key (entry_id, line)
);
create table bench.balance (payee_id uuid primary key, balance numeric not null) with (fillfactor = 70);
create table bench.job (
  id bigint generated always as identity primary key, task text not null, payload json not null,
  run_at timestamptz not null default now()
);
create function bench.book(
  p_payment uuid, p_external text, p_order uuid, p_asset text, p_amount numeric, p_fee numeric, p_entry uuid, p_now timestamptz,
  p_payee_1 uuid, p_share_1 numeric, p_payee_2 uuid, p_share_2 numeric, p_job json
) returns void language plpgsql as $$
begin
  insert into bench.payment values (p_payment, p_external, p_order, 'settled', p_asset, p_amount, p_fee, p_now);
  insert into bench.entry values (p_entry, 'payment_settled', p_now);
  insert into bench.posting values
    (p_entry, 1, 'processor', p_payee_1, p_share_1),
    (p_entry, 2, 'processor', p_payee_2, p_share_2),
    (p_entry, 3, 'processor', 'fees', p_fee);
  update bench.balance set balance = balance + p_share_1 where payee_id = p_payee_1;
  update bench.balance set balance = balance + p_share_2 where payee_id = p_payee_2;
  insert into bench.job (task, payload) values ('payments.follow', p_job);
end $$;

-- The same rows: every row and index that the real booking writes, without one constraint, trigger, lookup or question asked.
create schema bench_same;
create table bench_same.payment (like public.payment including indexes including defaults);
create table bench_same.status_change (like public.status_change including indexes including identity including defaults);
create table bench_same.earning (like public.earning including indexes including defaults);
create table bench_same.journal_entry (like public.journal_entry including indexes including identity including defaults);
create table bench_same.posting (like public.posting including indexes);
create table bench_same.ledger_delta (like public.ledger_delta including indexes including identity);
create table bench_same.balance (payee_id uuid primary key, balance numeric not null) with (fillfactor = 70);
create table bench_same.job (like graphile_worker._private_jobs including indexes including identity including defaults including generated);
create function bench_same.book(
  p_payment uuid, p_external text, p_order uuid, p_asset text, p_amount numeric, p_fee numeric, p_entry uuid, p_now timestamptz,
  p_payee_1 uuid, p_share_1 numeric, p_payee_2 uuid, p_share_2 numeric, p_job json
) returns void language plpgsql as $$
begin
  insert into bench_same.payment (id, processor, external_id, part, order_id, status, processor_status, price_amount, price_currency,
    paid_currency, asked_amount, paid_amount, paid_usd_micros, settled_asset, settled_amount, settled_at, fee_amount, arrival,
    created_at, updated_at, next_check_at, deadline_at)
  values (p_payment, 'nowpayments', p_external, 0, p_order, 'settled', 'finished', '25.00', 'usd', 'eth', '0.01', '0.01', 25000000,
    p_asset, p_amount, p_now, p_fee, 'expected', p_now, p_now, p_now, p_now);
  insert into bench_same.status_change (thing, thing_id, to_status, cause)
  values ('payment', p_payment, 'settled', '{"kind": "event", "ref": "processor_event:1"}');
  insert into bench_same.earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
  values (gen_random_uuid(), p_payment, p_payee_1, p_asset, p_share_1, 'threshold', 'pending', p_now),
         (gen_random_uuid(), p_payment, p_payee_2, p_asset, p_share_2, 'threshold', 'pending', p_now);
  insert into bench_same.journal_entry (id, reason, content_hash, happened_at)
  values (p_entry, 'payment_settled', '\x0000000000000000000000000000000000000000000000000000000000000000', p_now);
  insert into bench_same.posting values (p_entry, 1, 1, 2, p_share_1), (p_entry, 2, 1, 3, p_share_2), (p_entry, 3, 1, 4, p_fee);
  insert into bench_same.ledger_delta (account_id, amount) values (1, -p_amount), (4, p_fee);
  update bench_same.balance set balance = balance + p_share_1 where payee_id = p_payee_1;
  update bench_same.balance set balance = balance + p_share_2 where payee_id = p_payee_2;
  insert into bench_same.job (task_id, payload) values (1, p_job);
end $$;

-- pgbench's own transaction, for scale.
create table bench.branches (bid integer primary key, bbalance integer not null) with (fillfactor = 100);
create table bench.tellers (tid integer primary key, bid integer, tbalance integer not null) with (fillfactor = 100);
create table bench.accounts (aid integer primary key, bid integer, abalance integer not null, filler character(84)) with (fillfactor = 100);
create table bench.history (tid integer, bid integer, aid integer, delta integer, mtime timestamp, filler character(22));
insert into bench.branches select i, 0 from generate_series(1, 10) as i;
insert into bench.tellers select i, (i - 1) / 10 + 1, 0 from generate_series(1, 100) as i;
insert into bench.accounts select i, (i - 1) / 10000 + 1, 0, '' from generate_series(1, 100000) as i;
