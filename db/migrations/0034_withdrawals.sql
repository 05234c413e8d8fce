-- Payees ask for their own money, by a key that can do nothing else; and a key says who made it.

alter table payout drop constraint payout_kind_check,
  add constraint payout_kind_check check (kind in ('threshold', 'instant', 'operator', 'withdrawal'));
comment on column payout.kind is
  'What asked for it: the payee''s threshold, each payment at once, an operator, or the payee.';

alter table api_key add column payee_id uuid references payee, add column created_by text, add column created_person text;
comment on column api_key.payee_id is 'Whose own withdrawals it asks for, and nothing else; null: it is an operator''s.';
comment on column api_key.created_by is 'Who made it; null: that was not kept yet.';
comment on column api_key.created_person is
  'Who that is: where a decision needs two people, whoever made the key and whoever has it are one. Null: the command line, or not kept.';
create index api_key_payee on api_key (payee_id) where payee_id is not null;
comment on index api_key_payee is 'The keys of a payee, to end them all.';
