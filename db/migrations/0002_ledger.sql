-- The book of record. Rows are added, never changed: a mistake is corrected by a reversing entry.

create table ledger_account (
  id bigint generated always as identity primary key,
  path text not null,
  asset text not null,
  normal_side text not null,
  sign smallint not null,
  folding boolean not null,
  lowest numeric(78, 0),
  balance numeric(78, 0) not null default 0,
  unique (path, asset),
  constraint not_overdrawn check (balance >= lowest)
) with (fillfactor = 70);
comment on table ledger_account is
  'One row is one account in one asset. Which side it may stand on follows from its path: see ledger_chart. A part of '
  'each page stays free, because the balance is rewritten by every booking and the new version fits beside the old one.';
comment on column ledger_account.path is 'payee:<uuid>:available and so on.';
comment on column ledger_account.asset is 'ethereum:USDT and so on.';
comment on column ledger_account.normal_side is 'debit, credit or either.';
comment on column ledger_account.sign is 'Of a balance on its normal side: -1 debit, 1 credit, 0 either.';
comment on column ledger_account.folding is
  'Posted to by everybody: bookings append to ledger_delta instead of updating this row.';
comment on column ledger_account.lowest is '0, or null for a folding account: ledger_post checks that one.';
comment on column ledger_account.balance is 'Base units, credits minus debits.';
comment on constraint not_overdrawn on ledger_account is 'The database itself refuses to give what is not there.';
create trigger keeps_identity before update of id, path, asset, normal_side, sign, folding, lowest or delete or truncate
  on ledger_account for each statement execute function refuse_change();
comment on trigger keeps_identity on ledger_account is
  'An account is never deleted and keeps its path, asset and side; only balances move. Not for each row: a row trigger '
  'before an update makes PostgreSQL lock the row first and so write it twice, in every booking.';

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
comment on function ledger_chart(text) is
  'The chart of accounts: which side an account may stand on, and whether everybody posts to it. Null: not on the chart.';

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
comment on function apply_chart() is
  'Every account stands on the chart: whoever inserts one gives its path and asset, the chart gives the rest.';
create trigger on_the_chart before insert on ledger_account for each row execute function apply_chart();
comment on trigger on_the_chart on ledger_account is 'A mistyped path makes an error, not an account.';

create table journal_entry (
  seq bigint generated always as identity unique,
  id uuid primary key,
  reason text not null,
  content_hash sha256_digest not null,
  happened_at timestamptz not null,
  posted_at timestamptz not null default clock_timestamp(),
  reverses_id uuid references journal_entry
);
comment on table journal_entry is 'One balanced movement; its lines are in posting.';
comment on column journal_entry.seq is 'Order of writing; may have gaps.';
comment on column journal_entry.id is 'Chosen by the caller: same id, same entry.';
comment on column journal_entry.reason is 'payment_settled, swap_funded and so on.';
comment on column journal_entry.content_hash is 'Tells the same entry again from another one under the same id.';
comment on column journal_entry.happened_at is 'In the world: the block, the provider''s event.';
comment on column journal_entry.posted_at is
  'In this book. The clock''s time and not the transaction''s start: an entry of a lower seq was written before it, '
  'however long its transaction stays open. The sealer''s watermark rests on this.';
create unique index journal_entry_reversed_once on journal_entry (reverses_id) where reverses_id is not null;
comment on index journal_entry_reversed_once is
  'An entry can be reversed once. Partial, or every entry would write a null into it.';
create trigger append_only before update or delete or truncate on journal_entry
  for each statement execute function refuse_change();
comment on trigger append_only on journal_entry is 'A book in which lines can be erased proves nothing.';

create table posting (
  entry_id uuid not null,
  line integer not null,
  debit_account_id bigint not null,
  credit_account_id bigint not null,
  amount base_units not null,
  primary key (entry_id, line)
);
comment on table posting is
  'One debit, one credit, one asset: a row cannot be unbalanced. Its references are held by a trigger: see check_postings.';
comment on column posting.line is 'From 1.';
comment on column posting.amount is 'Of the asset that both accounts hold.';
create index posting_debit on posting (debit_account_id);
comment on index posting_debit is 'Statements, and the balance at a past time.';
create index posting_credit on posting (credit_account_id);
comment on index posting_credit is 'Statements, and the balance at a past time.';
create trigger append_only before update or delete or truncate on posting
  for each statement execute function refuse_change();
comment on trigger append_only on posting is 'A book in which lines can be erased proves nothing.';

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
comment on function check_postings() is
  'Stands in for foreign keys and checks on posting: the same promise, kept once for all rows of a statement. It holds '
  'because entries and accounts can be neither deleted nor given another asset.';
create trigger references_hold after insert on posting referencing new table as added
  for each statement when (current_setting('ledger.posting', true) is distinct from 'on') execute function check_postings();
comment on trigger references_hold on posting is
  'ledger_post, which is the one way in, has just looked both accounts up by the posting''s own asset, and says so; '
  'whoever else inserts is checked.';

create table ledger_delta (
  id bigint generated always as identity primary key,
  account_id bigint not null,
  amount numeric(78, 0) not null
);
comment on table ledger_delta is
  'Movements of folding accounts not yet folded into ledger_account.balance: bookings that meet in one account append '
  'side by side instead of waiting for each other. No key on the account: it would lock what this table keeps free.';
comment on column ledger_delta.amount is 'Base units, credits minus debits.';
create index ledger_delta_account on ledger_delta (account_id);
comment on index ledger_delta_account is 'The balance of one account, and its folding.';

create table ledger_block (
  height bigint primary key check (height > 0),
  previous_hash sha256_digest not null,
  merkle_root sha256_digest not null,
  entry_count integer not null check (entry_count > 0),
  block_hash sha256_digest not null unique,
  sealed_at timestamptz not null,
  scan_from_seq bigint not null
);
comment on table ledger_block is
  'Committed entries sealed by a background job: a Merkle root over the leaves, chained to the block before.';
comment on column ledger_block.scan_from_seq is 'Every entry below this was sealed by then.';
create trigger append_only before update or delete or truncate on ledger_block
  for each statement execute function refuse_change();
comment on trigger append_only on ledger_block is 'A seal that can be replaced seals nothing.';

create table ledger_block_entry (
  entry_seq bigint primary key,
  height bigint not null references ledger_block,
  position integer not null,
  entry_id uuid not null,
  leaf sha256_digest not null,
  unique (height, position)
);
comment on table ledger_block_entry is 'Which entry stands where in which block: each in exactly one.';
comment on column ledger_block_entry.leaf is 'Hash over the entry and its postings as they were then.';
create trigger append_only before update or delete or truncate on ledger_block_entry
  for each statement execute function refuse_change();
comment on trigger append_only on ledger_block_entry is 'A seal that can be replaced seals nothing.';

create function ledger_post(
  p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamptz[], p_reverses uuid[],
  p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[]
) returns boolean[] language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
set enable_hashjoin = off set enable_mergejoin = off
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
  v_said text;
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

  -- Said around this one statement, not as a setting of the function's: only a superuser may attach a name of ours to it.
  v_said := set_config('ledger.posting', 'on', true);
  insert into posting (entry_id, line, debit_account_id, credit_account_id, amount)
  select * from unnest(v_ids, v_lines, v_debits, v_credits, v_amounts);
  v_said := set_config('ledger.posting', '', true);
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
comment on function ledger_post(uuid[], text[], bytea[], timestamptz[], uuid[], integer[], text[], text[], text[], numeric[]) is
  'Posts journal entries, all or none. Arrays of one length describe the entries; the posting arrays point at them by '
  'p_entry (1-based), the postings of an entry side by side. Returns for each entry whether this call wrote it (false: '
  'the same entry was there). No id may come twice in a call. Entries are written in id order and accounts locked in id '
  'order, so two calls never deadlock on each other. Plans are generic because planning took longer than running, and '
  'may not scan a table, because a plan made while the ledger was empty is kept by the session until statistics change.';

create function ledger_balance(p_path text, p_asset text) returns numeric language sql stable as $$
  select coalesce((
    select a.balance + coalesce((select sum(d.amount) from ledger_delta d where d.account_id = a.id), 0)
    from ledger_account a where a.path = p_path and a.asset = p_asset), 0)
$$;
comment on function ledger_balance(text, text) is
  'The balance of an account now, unfolded movements included; credits minus debits.';

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
comment on function ledger_fold(bigint) is
  'Folds one account''s waiting movements into its row, and says how many. Takes the same lock as postings that leave the '
  'account.';
