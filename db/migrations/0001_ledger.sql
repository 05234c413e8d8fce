-- The book of record. Rows are added, never changed: a mistake is corrected by a reversing entry.
-- Only src/ledger writes these tables.

-- Rules are domains and triggers where a booking passes: PostgreSQL parses a table's check constraints anew in every
-- statement, a domain's once a session. Measured on 18.4: two plain checks made a balance update four times as slow.
create domain sha256_digest as bytea check (length(value) = 32);
create domain base_units as numeric(78, 0) check (value > 0);

-- One row is one account in one asset. Which side it may stand on follows from its path: see ledger_chart.
create table ledger_account (
  id bigint generated always as identity primary key,
  path text not null,                                  -- 'payee:<uuid>:available'
  asset text not null,                                 -- 'ethereum:USDT'
  normal_side text not null,                           -- debit, credit or either
  sign smallint not null,                              -- of a balance on that side: -1, 1, or 0 for either
  -- A folding account is posted to by everybody: bookings append to ledger_delta instead of updating this row.
  folding boolean not null,
  lowest numeric(78, 0),                               -- 0, or null for a folding account: ledger_post checks it
  balance numeric(78, 0) not null default 0,           -- base units, credits minus debits
  unique (path, asset),
  constraint not_overdrawn check (balance >= lowest)
) with (fillfactor = 70);

create table journal_entry (
  seq bigint generated always as identity unique,      -- order of writing; may have gaps
  id uuid primary key,                                 -- chosen by the caller: same id, same entry
  reason text not null,                                -- 'payment_settled', 'swap_funded', …
  content_hash sha256_digest not null,
  happened_at timestamptz not null,                    -- in the world: the block, the provider's event
  -- In this book. The clock's time and not the transaction's start: an entry of a lower seq was written before it,
  -- however long its transaction stays open. The sealer's watermark rests on this.
  posted_at timestamptz not null default clock_timestamp(),
  reverses_id uuid references journal_entry
);
-- An entry can be reversed once. Partial, or every entry would write a null into it.
create unique index journal_entry_reversed_once on journal_entry (reverses_id) where reverses_id is not null;

-- One debit, one credit, one asset: a row cannot be unbalanced.
create table posting (
  entry_id uuid not null,
  line integer not null,                               -- from 1
  debit_account_id bigint not null,
  credit_account_id bigint not null,
  amount base_units not null,                          -- of the asset both accounts hold
  primary key (entry_id, line)
);
create index posting_debit on posting (debit_account_id);    -- statements, balance at a past time
create index posting_credit on posting (credit_account_id);

-- Movements of folding accounts not yet folded into ledger_account.balance.
create table ledger_delta (
  id bigint generated always as identity primary key,
  account_id bigint not null,
  amount numeric(78, 0) not null                       -- base units, credits minus debits
);
create index ledger_delta_account on ledger_delta (account_id);

-- Committed entries sealed by a background job: Merkle root over the leaves, chained to the block before.
create table ledger_block (
  height bigint primary key check (height > 0),
  previous_hash sha256_digest not null,
  merkle_root sha256_digest not null,
  entry_count integer not null check (entry_count > 0),
  block_hash sha256_digest not null unique,
  sealed_at timestamptz not null,
  scan_from_seq bigint not null                        -- every entry below this was sealed by then
);
create table ledger_block_entry (
  entry_seq bigint primary key,
  height bigint not null references ledger_block,
  position integer not null,
  entry_id uuid not null,
  leaf sha256_digest not null,                                -- hash over the entry and its postings as they were then
  unique (height, position)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: correct a mistake by a reversing entry', tg_table_name
    using errcode = 'raise_exception', hint = 'append_only';
end $$;
create trigger append_only before update or delete or truncate on journal_entry
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on posting
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on ledger_block
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on ledger_block_entry
  for each statement execute function refuse_change();

-- Stands in for foreign keys and checks on posting: the same promise, kept once for all rows of a statement.
-- It holds because entries and accounts can be neither deleted nor given another asset. ledger_post, which is the one
-- way in, has just looked both accounts up by the posting's own asset, and says so; whoever else inserts is checked.
create function check_postings() returns trigger language plpgsql as $$
begin
  if exists (
    select from added p
    left join journal_entry e on e.id = p.entry_id
    left join ledger_account d on d.id = p.debit_account_id
    left join ledger_account c on c.id = p.credit_account_id
    where e.id is null or d.id is null or c.id is null or d.asset <> c.asset or d.id = c.id
  ) then
    raise exception 'a posting names an entry or account that is not there, one account twice, or two assets'
      using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger references_hold after insert on posting referencing new table as added
  for each statement when (current_setting('ledger.posting', true) is distinct from 'on') execute function check_postings();

-- An account is never deleted and keeps its path, asset and side; only balances move. Not for each row: a row trigger
-- before an update makes PostgreSQL lock the row first and so write it twice, in every booking.
create trigger keeps_identity before update of id, path, asset, normal_side, sign, folding, lowest or delete or truncate
  on ledger_account for each statement execute function refuse_change();

-- The chart of accounts: which side an account may stand on, and whether everybody posts to it.
create function ledger_chart(path text, out normal_side text, out folding boolean)
language plpgsql immutable as $$
begin -- assignments and no query: it runs once for every new account, and a query took ten times as long
  normal_side := case
      when path ~ '^(wallet:[a-z0-9-]+:[^:]+|processor:[a-z0-9]+|swap:[a-z0-9]+|bank:[a-z0-9]+|payee:[^:]+:recoverable)$' then 'debit'
      when path ~ '^(payee:[^:]+:(pending|available|held)|conversion:[^:]+|order:[^:]+:surplus|suspense:[a-z_]+)$' then 'credit'
      when path ~ '^platform:(fees|network_costs|variance|fx|funding)$' then 'either'
    end;
  folding := path ~ '^(wallet|processor|swap|bank|suspense|platform):|:recoverable$';
end $$;

-- Every account stands on the chart: whoever inserts one gives its path and asset, the chart gives the rest.
create function apply_chart() returns trigger language plpgsql as $$
declare
  v_chart record := ledger_chart(new.path);
begin
  new.normal_side := v_chart.normal_side;
  new.folding := v_chart.folding;
  if new.normal_side is null then
    raise exception 'account path % is not in the chart of accounts', new.path using hint = 'unknown_account';
  end if;
  new.sign := case new.normal_side when 'credit' then 1 when 'debit' then -1 else 0 end;
  new.lowest := case when not new.folding then 0 end;
  return new;
end $$;
create trigger on_the_chart before insert on ledger_account for each row execute function apply_chart();

-- Posts journal entries, all or none. Arrays of one length describe the entries; the posting arrays point at them by
-- p_entry (1-based), the postings of an entry side by side. Returns for each entry whether this call wrote it (false:
-- the same entry was there). No id may come twice in a call.
-- Entries are written in id order and accounts locked in id order, so two calls never deadlock on each other.
-- Plans are generic because planning took longer than running, and may not scan a table, because a plan made while the
-- ledger was empty is kept by the session until statistics change.
create function ledger_post(
  p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamptz[], p_reverses uuid[],
  p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[]
) returns boolean[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
set enable_hashjoin = off set enable_mergejoin = off set ledger.posting = on
as $$
declare
  v_wrote boolean[];
  v_written uuid[];
  v_conflict uuid;
  v_last integer := 0;
  v_line integer := 0;
  v_at integer;
  v_numbers integer[];
  v_lines integer[];
  v_expected integer := 0;
  v_ids uuid[];
  v_debits bigint[];
  v_credits bigint[];
  v_amounts numeric[];
  v_debit_amounts numeric[];
  v_debit_signs smallint[];
  v_credit_signs smallint[];
  v_account bigint;
  v_sign smallint;
  v_net numeric;
  v_many boolean;
begin
  if cardinality(p_ids) = 1 then
    insert into journal_entry (id, reason, content_hash, happened_at, reverses_id)
    values (p_ids[1], p_reasons[1], p_hashes[1], p_happened[1], p_reverses[1])
    on conflict (id) do nothing;
    v_wrote := array[found];
  else
    with written as (
      insert into journal_entry (id, reason, content_hash, happened_at, reverses_id)
      select * from unnest(p_ids, p_reasons, p_hashes, p_happened, p_reverses) as w(id) order by w.id
      on conflict (id) do nothing
      returning id
    )
    select array_agg(id) into v_written from written;
    if cardinality(v_written) = cardinality(p_ids) then
      v_wrote := array_fill(true, array[cardinality(p_ids)]);
    else
      select array_agg(m.id is not null order by w.o) into v_wrote
      from unnest(p_ids) with ordinality as w(id, o) left join unnest(v_written) as m(id) on m.id = w.id;
    end if;
  end if;

  if false = any (v_wrote) then
    select w.id into v_conflict
    from unnest(p_ids, p_hashes) as w(id, hash) join journal_entry e on e.id = w.id
    where e.content_hash <> w.hash limit 1;
    if found then
      raise exception 'journal entry % already exists with other content', v_conflict using hint = 'entry_conflict';
    end if;
    if not true = any (v_wrote) then
      return v_wrote;
    end if;
  end if;

  foreach v_at in array p_entry loop
    v_line := case when v_at = v_last then v_line + 1 else 1 end;
    v_last := v_at;
    v_numbers := v_numbers || v_line;
    if v_wrote[v_at] then
      v_expected := v_expected + 1;
    end if;
  end loop;

  for attempt in 1..2 loop
    -- A sign marks a folding account: null means that the account's own row holds its balance.
    select array_agg(p_ids[p.entry]), array_agg(p.line), array_agg(d.id), array_agg(c.id), array_agg(p.amount), array_agg(-p.amount),
           array_agg(case when d.folding then d.sign end), array_agg(case when c.folding then c.sign end)
    into v_ids, v_lines, v_debits, v_credits, v_amounts, v_debit_amounts, v_debit_signs, v_credit_signs
    from unnest(p_entry, v_numbers, p_debit, p_credit, p_asset, p_amount) as p(entry, line, debit, credit, asset, amount),
      -- Each account by itself: joined by the asset they have in common, all pairs of accounts would meet before their paths do.
      lateral (select id, folding, sign from ledger_account where path = p.debit and asset = p.asset limit 1) as d,
      lateral (select id, folding, sign from ledger_account where path = p.credit and asset = p.asset limit 1) as c
    where v_wrote[p.entry] and p.debit <> p.credit;
    exit when cardinality(v_ids) = v_expected;
    if attempt = 2 then
      raise exception 'a posting has one account twice, or its accounts cannot be created here' using hint = 'unknown_account';
    end if;
    insert into ledger_account (path, asset)
    select path, asset
    from (select unnest(p_debit) as path, unnest(p_asset) as asset union select unnest(p_credit), unnest(p_asset)) as named
    order by path, asset
    on conflict do nothing;
  end loop;

  insert into posting (entry_id, line, debit_account_id, credit_account_id, amount)
  select * from unnest(v_ids, v_lines, v_debits, v_credits, v_amounts);
  v_many := v_expected > 12;

  if v_many then
    -- Locked in id order first, as the loop below does one by one; then all that hold their own balance move at once.
    perform from ledger_account
    where id in (
      select m.id
      from (select unnest(v_debits || v_credits) as id, unnest(v_debit_signs || v_credit_signs) as sign,
                   unnest(v_debit_amounts || v_amounts) as amount) as m
      group by m.id, m.sign having m.sign is null or sum(m.amount) * m.sign < 0)
    order by id for no key update;
    -- The constraint not_overdrawn refuses an overdraft here.
    update ledger_account a set balance = a.balance + m.net
    from (
      select id, sum(amount) as net
      from (select unnest(v_debits || v_credits) as id, unnest(v_debit_signs || v_credit_signs) as sign,
                   unnest(v_debit_amounts || v_amounts) as amount) as moved
      where sign is null group by id
    ) as m
    where a.id = m.id;
  end if;

  for v_account, v_sign, v_net in
    select m.id, m.sign, sum(m.amount)
    from (select unnest(v_debits || v_credits) as id, unnest(v_debit_signs || v_credit_signs) as sign,
                 unnest(v_debit_amounts || v_amounts) as amount) as m
    where m.sign is not null or not v_many
    group by m.id, m.sign order by m.id
  loop
    if v_sign is null then
      -- The constraint not_overdrawn refuses an overdraft here.
      update ledger_account set balance = balance + v_net where id = v_account;
    elsif v_net * v_sign < 0 then
      -- Something leaves the account: one at a time, because each must see what the others took.
      if current_setting('transaction_isolation') = 'repeatable read' then
        raise exception 'ledger_post needs read committed: an older snapshot hides what others took' using hint = 'isolation';
      end if;
      perform from ledger_account where id = v_account for no key update;
      insert into ledger_delta (account_id, amount) values (v_account, v_net);
      if exists (
        select from ledger_account a where a.id = v_account
          and (a.balance + (select sum(d.amount) from ledger_delta d where d.account_id = a.id)) * v_sign < 0
      ) then
        raise exception 'account % would be overdrawn', (select path from ledger_account where id = v_account)
          using hint = 'insufficient_funds';
      end if;
    elsif v_net <> 0 then
      insert into ledger_delta (account_id, amount) values (v_account, v_net);
    end if;
  end loop;
  return v_wrote;
end $$;

-- The balance of an account now, unfolded movements included; credits minus debits.
create function ledger_balance(p_path text, p_asset text) returns numeric language sql stable as $$
  select coalesce((
    select a.balance + coalesce((select sum(d.amount) from ledger_delta d where d.account_id = a.id), 0)
    from ledger_account a where a.path = p_path and a.asset = p_asset), 0)
$$;

-- Folds one account's waiting deltas into its row. Takes the same lock as postings that leave the account.
create function ledger_fold(p_account_id bigint) returns bigint language plpgsql as $$
declare
  v_sum numeric;
  v_count bigint;
begin
  perform from ledger_account where id = p_account_id for no key update;
  with folded as (delete from ledger_delta where account_id = p_account_id returning amount)
  select sum(amount), count(*) into v_sum, v_count from folded;
  if v_count > 0 then
    update ledger_account set balance = balance + v_sum where id = p_account_id;
  end if;
  return v_count;
end $$;
