-- Some payees have fee terms of their own. An order keeps those that held when it was made.

alter table payee add column fee_bps integer,
  add constraint fee_leaves_something check (fee_bps between 0 and 9000);
comment on column payee.fee_bps is 'Our fee of their part, in ten-thousandths; null: the order''s.';
comment on constraint fee_leaves_something on payee is 'As the setting platform_fee: a payee earns something.';

alter table pay_order_split add column fee_bps integer,
  add constraint split_fee_is_a_part check (fee_bps between 0 and 9000);
comment on column pay_order_split.fee_bps is 'Our fee of this part, in ten-thousandths, as it held when the order was made; null: the order''s.';
comment on constraint split_fee_is_a_part on pay_order_split is 'As the payee''s own.';

alter table payee_change drop constraint payee_change_field_check,
  add constraint payee_change_field_check
    check (field in ('name', 'contact', 'destination', 'payout_mode', 'payout_threshold', 'fee_bps'));
comment on constraint payee_change_field_check on payee_change is 'src/payees/change-payee.ts';
