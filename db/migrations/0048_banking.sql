-- Payments to banks out of a float at a provider, and what each float is beside the book.

create table bank_transfer (
  id uuid primary key,
  purpose text not null,
  purpose_id uuid not null,
  provider text not null,
  asset text not null,
  amount base_units not null,
  fee_expected numeric(78,0) not null,
  bank_code text not null,
  account_number text not null,
  branch_code text,
  holder text not null,
  source_asset text not null,
  source_amount base_units not null,
  debit_account text not null,
  done_task text not null,
  correlation_id text not null,
  status text not null,
  waiting_reason text,
  review_reason text,
  external_id text,
  fee_paid numeric(78,0),
  said text,
  told_at timestamptz,
  tellings integer not null default 0,
  contradicted_at timestamptz,
  authorised_by text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (purpose, purpose_id),
  unique (provider, external_id),
  constraint bank_transfer_fee_expected_check check (fee_expected >= 0),
  constraint bank_transfer_fee_paid_check check (fee_paid >= 0),
  constraint bank_transfer_status_check check (status in
    ('planned', 'submitting', 'pending', 'in_review', 'succeeded', 'failed', 'cancelled')),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null),
  constraint told_on_a_word check (told_at is null or authorised_by is not null),
  constraint known_has_external_id check (status <> 'pending' or external_id is not null),
  constraint succeeded_has_fee check (status <> 'succeeded' or fee_paid is not null),
  constraint watched_while_live check (status in ('succeeded', 'failed', 'cancelled')
    or next_check_at is not null and deadline_at is not null)
);
comment on table bank_transfer is 'One payment to a bank out of a float of ours, from its plan to its end.';
comment on column bank_transfer.id is 'Also the reference that the provider knows it by, for ever: telling it twice sends once.';
comment on column bank_transfer.purpose is 'payout_attempt.';
comment on column bank_transfer.amount is 'Base units of asset: what the bank is to get.';
comment on column bank_transfer.fee_expected is 'The most that the provider takes on top, as told before; so much of the float is kept for it.';
comment on column bank_transfer.holder is 'Whose account it is, as the payee said and, where the bank tells, as it confirmed.';
comment on column bank_transfer.source_amount is 'Base units of source_asset: what is owed for it.';
comment on column bank_transfer.debit_account is 'What the ledger debits once it succeeded.';
comment on column bank_transfer.done_task is 'The job told when it ends, with {"id": purpose_id}.';
comment on column bank_transfer.waiting_reason is 'Why it does not go on now.';
comment on column bank_transfer.external_id is 'The provider''s own id; null: it is not known to have it.';
comment on column bank_transfer.fee_paid is 'As the provider told at the end.';
comment on column bank_transfer.said is 'The provider''s words, for people.';
comment on column bank_transfer.told_at is 'When the provider was told last; null: never, for certain.';
comment on column bank_transfer.tellings is 'How often it was told: only a refusal of the first is certain.';
comment on column bank_transfer.contradicted_at is
  'When the provider first told of one that had failed as if it had not; null: never, or two persons said that it did not arrive.';
comment on column bank_transfer.authorised_by is 'On whose word it was told: policy:<version> or authorisation:<id>.';
comment on constraint bank_transfer_purpose_purpose_id_key on bank_transfer is 'One cause sends once, however often it is worked on.';
comment on constraint bank_transfer_provider_external_id_key on bank_transfer is 'What a provider has under one id is one payment of ours.';
create index bank_transfer_due on bank_transfer (next_check_at) where next_check_at is not null;
comment on index bank_transfer_due is 'What passed its check time.';
create index bank_transfer_float on bank_transfer (provider, asset) where status in ('planned', 'submitting', 'pending', 'in_review');
comment on index bank_transfer_float is 'What has a claim on a float.';

create table bank_float (
  provider text not null,
  asset text not null,
  told numeric(78,0) not null,
  booked numeric(78,0) not null,
  in_flight numeric(78,0) not null,
  looked_at timestamptz not null,
  differs_since timestamptz,
  primary key (provider, asset)
);
comment on table bank_float is 'Each float as it was looked at last. Amounts are base units.';
comment on column bank_float.told is 'What the provider says can be paid out.';
comment on column bank_float.booked is 'What the book said then.';
comment on column bank_float.in_flight is 'What was under way then, and may have left it already.';
comment on column bank_float.differs_since is 'Since when both differ by more than what is under way; null: they agree.';

alter table payout drop constraint payout_route_check,
  add constraint payout_route_check check (route in ('direct', 'swap', 'bank'));
alter table payout_attempt drop constraint payout_attempt_route_check,
  add constraint payout_attempt_route_check check (route in ('direct', 'swap', 'bank', 'outside'));
