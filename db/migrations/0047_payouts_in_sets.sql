-- Payouts are held by the set: what is asked for at one moment is admitted in one statement, in the order in which it came.

create function payout_hold(p_payees uuid[], p_wanted json, p_now timestamptz, p_next_check timestamptz, p_deadline timestamptz, p_collected boolean,
  p_task text, p_max_attempts integer)
returns table (n integer, amount numeric, refusal text, available numeric, below numeric, above numeric)
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  g record;
  v_group text := '';
  v_owes boolean;
  -- One payee's free earnings of one asset, in the order of their ids, and what is left of each.
  v_rows uuid[];
  v_worths numeric[];
  v_sources numeric[];
  v_usds numeric[];
  v_left numeric;
  v_at integer;
  v_open integer; -- Where the rest of the earning at v_at stands among the parts; 0: nothing was taken of it yet.
  v_end integer;
  v_sum numeric;
  v_amount numeric;
  v_refusal text;
  v_below numeric;
  v_above numeric;
  v_kept numeric;
  v_source numeric;
  v_usd numeric;
  -- What becomes of earnings: taken as they are; taken in part, which is the row's from now on; the further parts.
  v_whole uuid[] := '{}';
  v_whole_worths numeric[] := '{}';
  v_whole_payouts uuid[] := '{}';
  v_first uuid[] := '{}';
  v_first_befores numeric[] := '{}';
  v_first_source_befores numeric[] := '{}';
  v_first_worths numeric[] := '{}';
  v_first_sources numeric[] := '{}';
  v_first_usds numeric[] := '{}';
  v_first_payouts uuid[] := '{}';
  v_parts uuid[] := '{}';
  v_part_origins uuid[] := '{}';
  v_part_worths numeric[] := '{}';
  v_part_sources numeric[] := '{}';
  v_part_usds numeric[] := '{}';
  v_part_payouts uuid[] := '{}';
  v_part_froms text[] := '{}';
  -- What becomes of what was asked for, each at n + 1: a join would compare everybody with everybody.
  v_count integer := json_array_length(p_wanted);
  v_amounts numeric[] := array_fill(null::numeric, array[v_count]);
  v_refusals text[] := array_fill(null::text, array[v_count]);
  v_lefts numeric[] := array_fill(null::numeric, array[v_count]);
  v_belows numeric[] := array_fill(null::numeric, array[v_count]);
  v_aboves numeric[] := array_fill(null::numeric, array[v_count]);
  v_happened text := to_char(p_now at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
  v_said text;
  v_taken integer;
  v_taken_in_part integer;
  v_ids uuid[];
  v_debits text[];
  v_credits text[];
  v_assets text[];
  v_moved numeric[];
  v_jobs json[];
begin
  -- Whoever else holds something for one of these payees waits here, or is waited for.
  perform from payee where id = any (p_payees) order by id for update;

  for g in
    select w.*, case when w.kind = 'instant' then 'pending' else 'available' end as from_status,
      p.status as payee_status, p.destination_asset as payee_wants
    from json_to_recordset(p_wanted) as w(n integer, id uuid, rest_id uuid, payee_id uuid, kind text, asset text, least numeric,
        most numeric, exactly numeric, destination_asset text)
      left join payee p on p.id = w.payee_id
    order by w.payee_id, w.asset, from_status, w.n
  loop
    if v_group <> concat_ws(' ', g.payee_id, g.asset, g.from_status) then
      v_group := concat_ws(' ', g.payee_id, g.asset, g.from_status);
      select coalesce(array_agg(id), '{}'), array_agg(worth), array_agg(source), array_agg(usd), coalesce(sum(worth), 0)
      into v_rows, v_worths, v_sources, v_usds, v_left
      from (
        select e.id, coalesce(e.available_amount, e.amount) as worth, e.amount as source, e.usd_micros as usd
        from earning e
        where e.payee_id = g.payee_id and e.payout_id is null and e.refunded_at is null and e.status = g.from_status
          and case g.from_status when 'pending' then e.spendable and e.route = 'instant' and e.asset = g.asset
            else e.available_asset = g.asset end
        order by e.id
      ) as free;
      v_at := 1;
      v_open := 0;
      v_owes := not p_collected and v_left > 0 and exists (
        select from recoverable r where r.payee_id = g.payee_id and r.asset = g.asset and r.collected + r.forgiven < r.amount);
    end if;

    v_amount := null;
    v_below := null;
    v_above := null;
    v_end := v_at - 1;
    v_sum := 0;
    v_refusal := case
        when g.payee_status is null then 'unknown_payee'
        when g.payee_status <> 'active' then 'payee_paused'
        when g.payee_wants <> g.destination_asset then 'destination_changed'
        when v_owes then 'owes_back'
        when v_left = 0 and g.exactly is null then 'nothing'
        when g.exactly > v_left then 'too_much'
      end;
    if v_refusal is null and g.exactly is not null then
      while v_sum < g.exactly loop
        v_end := v_end + 1;
        v_sum := v_sum + v_worths[v_end];
      end loop;
      if v_sum > g.exactly and v_sources[v_end] < 2 then
        v_refusal := 'not_divisible'; -- a single base unit, as it came
        v_below := v_sum - v_worths[v_end];
        v_above := v_sum;
      else
        v_amount := g.exactly;
      end if;
    elsif v_refusal is null then
      while v_end < cardinality(v_rows) and (g.most is null or v_sum + v_worths[v_end + 1] <= g.most) loop
        v_end := v_end + 1;
        v_sum := v_sum + v_worths[v_end];
      end loop;
      if v_sum = 0 or v_sum < g.least then
        v_refusal := 'too_little';
      else
        v_amount := v_sum;
      end if;
    end if;
    v_amounts[g.n + 1] := v_amount;
    v_refusals[g.n + 1] := v_refusal;
    v_lefts[g.n + 1] := v_left;
    v_belows[g.n + 1] := v_below;
    v_aboves[g.n + 1] := v_above;
    continue when v_refusal is not null;

    v_left := v_left - v_amount;
    for i in v_at..v_end loop
      if i < v_end or v_sum = v_amount then
        if v_open > 0 then
          v_part_payouts[v_open] := g.id;
          v_open := 0;
        else
          v_whole := v_whole || v_rows[i];
          v_whole_worths := v_whole_worths || v_worths[i];
          v_whole_payouts := v_whole_payouts || g.id;
        end if;
      else
        -- Divided here as earning_divide does it: the rest is a part of its own.
        v_kept := v_worths[i] - (v_sum - v_amount);
        v_source := least(greatest(div(v_sources[i] * v_kept, v_worths[i]), 1), v_sources[i] - 1);
        v_usd := div(v_usds[i] * v_source, v_sources[i]);
        if v_open > 0 then
          v_part_worths[v_open] := v_kept;
          v_part_sources[v_open] := v_source;
          v_part_usds[v_open] := v_usd;
          v_part_payouts[v_open] := g.id;
        else
          v_first := v_first || v_rows[i];
          v_first_befores := v_first_befores || v_worths[i];
          v_first_source_befores := v_first_source_befores || v_sources[i];
          v_first_worths := v_first_worths || v_kept;
          v_first_sources := v_first_sources || v_source;
          v_first_usds := v_first_usds || v_usd;
          v_first_payouts := v_first_payouts || g.id;
        end if;
        v_worths[i] := v_worths[i] - v_kept;
        v_sources[i] := v_sources[i] - v_source;
        v_usds[i] := v_usds[i] - v_usd;
        v_parts := v_parts || g.rest_id;
        v_part_origins := v_part_origins || v_rows[i];
        v_part_worths := v_part_worths || v_worths[i];
        v_part_sources := v_part_sources || v_sources[i];
        v_part_usds := v_part_usds || v_usds[i];
        v_part_payouts := v_part_payouts || null::uuid;
        v_part_froms := v_part_froms || g.from_status;
        v_open := cardinality(v_parts);
      end if;
    end loop;
    v_at := case when v_open > 0 then v_end else v_end + 1 end;
  end loop;

  -- None of them is locked before: of a large balance few are taken. Said of the rows as they are now.
  if cardinality(v_whole) > 0 then
    update earning e set status = 'held', payout_id = t.payout_id,
      available_asset = coalesce(e.available_asset, e.asset), available_amount = coalesce(e.available_amount, e.amount)
    from unnest(v_whole, v_whole_worths, v_whole_payouts) as t(id, worth, payout_id)
    where e.id = t.id and e.payout_id is null and e.refunded_at is null and coalesce(e.available_amount, e.amount) = t.worth
      and (e.status = 'available' or (e.status = 'pending' and e.spendable));
    get diagnostics v_taken = row_count;
  end if;
  if cardinality(v_first) > 0 then
    -- Said around this one statement, not as a setting of the function's: only a superuser may attach a name of ours to it.
    v_said := set_config('earning.dividing', 'on', true);
    update earning e set status = 'held', payout_id = t.payout_id, amount = t.source, usd_micros = t.usd,
      available_asset = coalesce(e.available_asset, e.asset), available_amount = t.worth
    from unnest(v_first, v_first_befores, v_first_source_befores, v_first_worths, v_first_sources, v_first_usds, v_first_payouts)
      as t(id, before, source_before, worth, source, usd, payout_id)
    where e.id = t.id and e.payout_id is null and e.refunded_at is null and coalesce(e.available_amount, e.amount) = t.before
      and e.amount = t.source_before
      and (e.status = 'available' or (e.status = 'pending' and e.spendable));
    get diagnostics v_taken_in_part = row_count;
    v_said := set_config('earning.dividing', '', true);
  end if;
  if coalesce(v_taken, 0) + coalesce(v_taken_in_part, 0) <> cardinality(v_whole) + cardinality(v_first) then
    raise exception 'an earning was taken by somebody else at this moment' using errcode = 'serialization_failure';
  end if;
  if cardinality(v_parts) > 0 then
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id,
      available_asset, available_amount, payout_id, created_at, part)
    select t.id, o.payment_id, o.payee_id, o.asset, t.source, o.route, case when t.payout_id is null then t.from_status else 'held' end,
      t.usd, o.spendable, o.conversion_id,
      case when t.payout_id is not null or t.from_status <> 'pending' then o.available_asset end,
      case when t.payout_id is not null or t.from_status <> 'pending' then t.worth end,
      t.payout_id, o.created_at,
      o.last_part + row_number() over (partition by o.payment_id, o.payee_id order by t.place)
    from unnest(v_parts, v_part_origins, v_part_worths, v_part_sources, v_part_usds, v_part_payouts, v_part_froms) with ordinality
        as t(id, origin, worth, source, usd, payout_id, from_status, place)
      join (
        select e.*, (select max(m.part) from earning m where m.payment_id = e.payment_id and m.payee_id = e.payee_id) as last_part
        from unnest(v_first) as f(id) join earning e on e.id = f.id offset 0
      ) as o on o.id = t.origin;
  end if;

  with given as (
    select w.*, v_amounts[w.n + 1] as amount, case when w.kind = 'instant' then 'pending' else 'available' end as from_status
    from json_to_recordset(p_wanted) as w(n integer, id uuid, entry_id uuid, payee_id uuid, kind text, asset text, route text,
        usd_micros numeric, least_net numeric, greatest_fee_bps integer, requested_by text, metadata jsonb, cause jsonb, job json)
    where v_amounts[w.n + 1] is not null
  ), written as (
    insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, destination_memo, route,
      usd_micros, least_net, greatest_fee_bps, status, requested_by, metadata, created_at, updated_at, next_check_at, deadline_at)
    select g.id, g.payee_id, g.kind, g.asset, g.amount, p.destination_asset, p.destination_address, p.destination_memo, g.route,
      g.usd_micros, g.least_net, g.greatest_fee_bps, 'requested', g.requested_by, g.metadata, p_now, p_now, p_next_check, p_deadline
    from given g join payee p on p.id = g.payee_id
  ), history as (
    insert into status_change (thing, thing_id, from_status, to_status, cause, changed_at)
    select 'payout', g.id, null, 'requested', g.cause, p_now from given g
  ), paid as (
    delete from payout_wait w using (select distinct payee_id, asset from given) as g
    where w.payee_id = g.payee_id and w.asset = g.asset
  )
  select array_agg(entry_id order by n), array_agg('payee:' || payee_id || ':' || from_status order by n),
    array_agg('payee:' || payee_id || ':held' order by n), array_agg(asset order by n), array_agg(amount order by n),
    array_agg(job order by n)
  into v_ids, v_debits, v_credits, v_assets, v_moved, v_jobs
  from given;
  if v_ids is not null then
    perform ledger_post(v_ids, array_fill('payout_held'::text, array[cardinality(v_ids)]),
      (select array_agg(sha256(convert_to(format('["%s","payout_held","%s",null,[["%s","%s",%s,"%s"]]]',
          e.id, v_happened, e.debit, e.credit, to_json(e.asset), e.amount), 'UTF8')) order by e.place)
        from unnest(v_ids, v_debits, v_credits, v_assets, v_moved) with ordinality as e(id, debit, credit, asset, amount, place)),
      array_fill(p_now, array[cardinality(v_ids)]), array_fill(null::uuid, array[cardinality(v_ids)]),
      (select array_agg(place::integer) from generate_series(1, cardinality(v_ids)) as place),
      v_debits, v_credits, v_assets, v_moved);
    if p_task is not null then
      perform job_add(p_task, v_jobs, p_max_attempts);
    end if;
  end if;
  return query
    select (place - 1)::integer, t.amount, t.refusal, t.available, t.below, t.above
    from unnest(v_amounts, v_refusals, v_lefts, v_belows, v_aboves) with ordinality as t(amount, refusal, available, below, above, place);
end $$;
comment on function payout_hold(uuid[], json, timestamptz, timestamptz, timestamptz, boolean, text, integer) is
  'Holds payouts whole, in one round trip: the earnings, divided where an exact amount runs through one, the payout, its history, '
  'its journal entry and, unless p_task is null, the job that looks at it. Those of one payee are admitted in the order of n, each against what the ones '
  'before it left; one that is refused holds nothing and keeps nobody from theirs, and its row says why. Where a refund takes an '
  'earning at the same moment, all of it fails as a clash of transactions does, and is called again. p_wanted is an array of '
  'objects with the columns'' names, p_payees whom they are for; rest_id is for the part that an exact amount leaves of an earning. A payee who owes something '
  'back is held nothing unless p_collected. The entry''s hash is that of contentHash in src/ledger/entry.ts.';
