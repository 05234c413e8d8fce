-- The ledger's calls are larger: what brings coins and what they settle are posted together.

create or replace function ledger_post(
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
    -- Those that are there would be put on the chart before the key refuses them.
    where not exists (select from ledger_account a where a.path = named.path and a.asset = named.asset)
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
    -- What nothing leaves waits for nobody.
    insert into ledger_delta (account_id, amount)
    select m.id, sum(m.amount)
    from (select unnest(v_debits || v_credits) as id, unnest(v_debit_signs || v_credit_signs) as sign,
                 unnest(v_debit_amounts || v_amounts) as amount) as m
    where m.sign is not null
    group by m.id, m.sign having sum(m.amount) <> 0 and sum(m.amount) * m.sign >= 0;
  end if;

  for v_account, v_sign, v_net in
    select m.id, m.sign, sum(m.amount)
    from (select unnest(v_debits || v_credits) as id, unnest(v_debit_signs || v_credit_signs) as sign,
                 unnest(v_debit_amounts || v_amounts) as amount) as m
    where m.sign is not null or not v_many
    group by m.id, m.sign having not v_many or sum(m.amount) * m.sign < 0 order by m.id
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

create or replace function payment_settle(p_payments json, p_earnings json, p_now timestamp with time zone, p_next_check timestamp with time zone, p_deadline timestamp with time zone, p_follow_task text, p_max_attempts integer, p_ids uuid[], p_reasons text[], p_hashes bytea[], p_happened timestamp with time zone[], p_reverses uuid[], p_entry integer[], p_debit text[], p_credit text[], p_asset text[], p_amount numeric[])
returns uuid[] language plpgsql set plan_cache_mode to 'force_generic_plan'
as $$
declare
  v_settled uuid[];
  v_jobs json[];
  v_kept boolean[];
begin
  with given as materialized (
    select * from json_to_recordset(p_payments) as g(
      id uuid, processor text, external_id text, part integer, parent_external_id text, order_id uuid, from_status text, cause jsonb,
      processor_status text, price_amount text, price_currency text, paid_currency text, paid_asset text, asked_amount text,
      paid_amount text, paid_usd_micros numeric, settled_asset text, settled_amount numeric, settled_at timestamptz,
      fee_amount numeric, arrival text, settlement_hash text, job text)
  ), settled as (
    insert into payment as p (id, processor, external_id, part, parent_external_id, order_id, status, processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, created_at, updated_at,
      next_check_at, deadline_at)
    select id, processor, external_id, part, parent_external_id, order_id, 'settled', processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, settlement_hash, p_now, p_now,
      p_next_check, p_deadline
    from given order by id
    on conflict (processor, external_id, part) do update set
      order_id = excluded.order_id, status = 'settled', review_reason = null, processor_status = excluded.processor_status,
      price_amount = excluded.price_amount, price_currency = excluded.price_currency,
      paid_currency = excluded.paid_currency, paid_asset = excluded.paid_asset, asked_amount = excluded.asked_amount,
      paid_amount = excluded.paid_amount, paid_usd_micros = greatest(p.paid_usd_micros, excluded.paid_usd_micros),
      settled_asset = excluded.settled_asset, settled_amount = excluded.settled_amount, settled_at = excluded.settled_at,
      fee_amount = excluded.fee_amount, arrival = excluded.arrival, settlement_hash = excluded.settlement_hash,
      updated_at = p_now, next_check_at = excluded.next_check_at, deadline_at = excluded.deadline_at
    where p.status not in ('settled', 'refunded')
    returning p.id
  ), history as (
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select 'payment', g.id, g.from_status, 'settled', g.cause, p_now from given g join settled s on s.id = g.id
  ), earned as (
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
    select g.id, g.payment_id, g.payee_id, g.asset, g.amount, g.route, 'pending', p_now
    from json_to_recordset(p_earnings) as g(id uuid, payment_id uuid, payee_id uuid, asset text, amount numeric, route text)
    join settled s on s.id = g.payment_id
    on conflict (payment_id, payee_id, part) do nothing
  )
  select array_agg(s.id), array_agg(g.job::json) into v_settled, v_jobs from settled s join given g on g.id = s.id;
  v_settled := coalesce(v_settled, '{}');
  if v_jobs is not null then
    perform job_add(p_follow_task, v_jobs, p_max_attempts);
  end if;

  if cardinality(v_settled) = json_array_length(p_payments) then
    perform ledger_post(p_ids, p_reasons, p_hashes, p_happened, p_reverses, p_entry, p_debit, p_credit, p_asset, p_amount);
    return v_settled;
  end if;

  -- Some were settled or refunded before: their entries are not posted. Entries beyond the payments' own always are.
  select array_agg((g.payment ->> 'id')::uuid = any (v_settled) order by g.n) into v_kept
  from json_array_elements(p_payments) with ordinality as g(payment, n);
  perform ledger_post(e.ids, e.reasons, e.hashes, e.happened, e.reverses, p.entry, p.debit, p.credit, p.asset, p.amount)
  from (
    select array_agg(id order by n) as ids, array_agg(reason order by n) as reasons, array_agg(hash order by n) as hashes,
      array_agg(happened order by n) as happened, array_agg(reverses order by n) as reverses
    from unnest(p_ids, p_reasons, p_hashes, p_happened, p_reverses) with ordinality as e(id, reason, hash, happened, reverses, n)
    where coalesce(v_kept[n], true)
  ) as e, (
    select array_agg(place::integer order by n) as entry, array_agg(debit order by n) as debit,
      array_agg(credit order by n) as credit, array_agg(asset order by n) as asset, array_agg(amount order by n) as amount
    from (
      select dense_rank() over (order by entry) as place, debit, credit, asset, amount, n
      from unnest(p_entry, p_debit, p_credit, p_asset, p_amount) with ordinality as p(entry, debit, credit, asset, amount, n)
      where coalesce(v_kept[entry], true)
    ) as kept
  ) as p
  where e.ids is not null;
  return v_settled;
end $$;
comment on function payment_settle(json, json, timestamptz, timestamptz, timestamptz, text, integer, uuid[], text[], bytea[],
  timestamptz[], uuid[], integer[], text[], text[], text[], numeric[]) is
  'Books settled payments whole, in one round trip: the payment''s facts and status, its history, its earnings, its journal '
  'entry and the job that follows it up. A payment that is already settled is left alone; its entry id is the same, so '
  'nothing is booked twice. p_payments and p_earnings are arrays of objects with the columns'' names; the n-th payment''s '
  'entry is the n-th entry, and entries beyond those are posted whatever became of the payments. Returns the ids of the payments this call settled. The plan is generic because planning took '
  'longer than running.';
