-- An order may be withdrawn before anything was paid, an integrator keeps words of their own beside a thing, and a key ends.

alter table pay_order add column cancelled_at timestamptz;
comment on column pay_order.cancelled_at is 'When the seller withdrew it; null: nobody did. A payment later than this is a late one.';
alter table pay_order drop constraint pay_order_status_check;
alter table pay_order add constraint pay_order_status_check
  check (status in ('open', 'partially_paid', 'paid', 'expired', 'cancelled', 'refunded'));
alter table pay_order drop constraint watched_while_live;
alter table pay_order add constraint watched_while_live
  check (status in ('paid', 'expired', 'cancelled', 'refunded') or next_check_at is not null);
alter table pay_order add constraint cancelled_is_dated check (status <> 'cancelled' or cancelled_at is not null);
drop trigger keep_watch on pay_order;
create trigger keep_watch before insert or update on pay_order
  for each row when (new.status not in ('paid', 'expired', 'cancelled', 'refunded') and new.next_check_at is null)
  execute function keep_watch_of_order();
comment on trigger keep_watch on pay_order is 'An order that can still be paid is always looked at again.';

alter table pay_order add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object');
comment on column pay_order.metadata is 'The integrator''s own words, as given; no term of the order.';
alter table payee add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object');
comment on column payee.metadata is 'The integrator''s own words, as given.';
alter table payout add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object');
comment on column payout.metadata is 'The words of whoever asked for it; empty where nobody did.';

alter table api_key add column expires_at timestamptz;
comment on column api_key.expires_at is 'From then on it is refused like a revoked one; null: never.';
alter table api_key add column last_used_at timestamptz;
comment on column api_key.last_used_at is 'To the minute; null: not since this was kept.';
