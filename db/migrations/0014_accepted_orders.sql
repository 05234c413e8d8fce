-- A seller may take an order that is a little short as paid.

alter table pay_order add column accepted_usd_micros numeric(78, 0) check (accepted_usd_micros > 0);
comment on column pay_order.accepted_usd_micros is
  'What the seller takes as the whole price, less than it; null: nobody said so. Who and when is in status_change.';
