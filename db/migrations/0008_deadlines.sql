-- Nothing that is under way is ever without a next check and a deadline. The rooms set both, by the table of waits beside
-- their steps; what they forget is filled in here rather than refused, because a refusal would stop money in the middle of a
-- step, and being looked at early harms nobody. The constraints say what holds afterwards.

create function keep_watch() returns trigger language plpgsql as $$
begin
  new.next_check_at := coalesce(new.next_check_at, new.updated_at + interval '5 minutes');
  new.deadline_at := coalesce(new.deadline_at, new.updated_at + interval '1 day');
  return new;
end $$;

-- An order's deadline is its expiry.
create function keep_watch_of_order() returns trigger language plpgsql as $$
begin
  new.next_check_at := new.expires_at;
  return new;
end $$;
create trigger keep_watch before insert or update on pay_order
  for each row when (new.status not in ('paid', 'expired', 'refunded') and new.next_check_at is null)
  execute function keep_watch_of_order();
update pay_order set next_check_at = expires_at where status not in ('paid', 'expired', 'refunded') and next_check_at is null;
alter table pay_order add constraint watched_while_live
  check (status in ('paid', 'expired', 'refunded') or next_check_at is not null);

-- A settled payment is at rest once its coins are in our wallet; until then its earnings cannot be spent.
create trigger keep_watch before insert or update on payment
  for each row when (
    not (new.status in ('expired', 'rejected', 'refunded') or (new.status = 'settled' and new.arrival in ('none', 'seen')))
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
update payment set updated_at = updated_at where next_check_at is null or deadline_at is null;
alter table payment add constraint watched_while_live check (
  status in ('expired', 'rejected', 'refunded') or (status = 'settled' and arrival in ('none', 'seen'))
  or (next_check_at is not null and deadline_at is not null));

create trigger keep_watch before insert or update on conversion
  for each row when (new.status not in ('distributed', 'released') and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
update conversion set updated_at = updated_at where next_check_at is null or deadline_at is null;
alter table conversion add constraint watched_while_live
  check (status in ('distributed', 'released') or (next_check_at is not null and deadline_at is not null));

create trigger keep_watch before insert or update on swap
  for each row when (new.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
update swap set updated_at = updated_at where next_check_at is null or deadline_at is null;
alter table swap add constraint watched_while_live check (
  status in ('delivered', 'refunded', 'expired', 'rejected', 'written_off') or (next_check_at is not null and deadline_at is not null));

create trigger keep_watch before insert or update on transfer
  for each row when (new.status not in ('final', 'reverted', 'displaced', 'cancelled')
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
update transfer set updated_at = updated_at where next_check_at is null or deadline_at is null;
alter table transfer add constraint watched_while_live check (
  status in ('final', 'reverted', 'displaced', 'cancelled') or (next_check_at is not null and deadline_at is not null));

create trigger keep_watch before insert or update on payout
  for each row when (new.status not in ('completed', 'failed') and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
update payout set updated_at = updated_at where next_check_at is null or deadline_at is null;
alter table payout add constraint watched_while_live
  check (status in ('completed', 'failed') or (next_check_at is not null and deadline_at is not null));

-- What appears on the recovery desk because its deadline passed.
create index payment_deadline on payment (deadline_at) where deadline_at is not null;
create index swap_deadline on swap (deadline_at) where deadline_at is not null;
create index transfer_deadline on transfer (deadline_at) where deadline_at is not null;
create index payout_deadline on payout (deadline_at) where deadline_at is not null;
create index processor_event_review on processor_event (id) where status in ('received', 'unmatched', 'in_review');

-- An earning under way names who has it, and that one's check and deadline are its own.
alter table earning add constraint owned_while_under_way check (
  case status when 'converting' then conversion_id is not null when 'held' then payout_id is not null else true end);

-- Where an operator had money sent back that no order explained.
alter table payment add column refund_address text;

-- What people did at the recovery desk. src/reconciliation writes it: before the act, and again with what came of it.
create table review_action (
  id uuid primary key,
  thing text not null,
  thing_id text not null,
  action text not null,
  input jsonb not null,
  taken_by text not null,
  taken_at timestamptz not null,
  outcome text                                         -- 'done', or the code of the refusal; null: never learned
);
create index review_action_thing on review_action (thing, thing_id, taken_at);
