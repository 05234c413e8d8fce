-- Where a payee is paid can change: proposed first, and in force once a code that their contact was sent comes back.

alter table payee_change drop constraint payee_change_field_check,
  add constraint payee_change_field_check
    check (field in ('name', 'contact', 'destination', 'payout_mode', 'payout_threshold'));
comment on constraint payee_change_field_check on payee_change is 'src/payees/change-payee.ts';
create index payee_change_contact on payee_change (payee_id, changed_at) where field = 'contact';
comment on index payee_change_contact is 'How a payee was told a day ago: a code goes there.';

create table destination_change (
  id uuid primary key,
  payee_id uuid not null references payee (id),
  destination jsonb not null,
  code_hash sha256_digest,
  told_channel text check (told_channel in ('email', 'telegram')),
  told_address text,
  tries smallint not null default 0 check (tries between 0 and 5),
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  outcome text check (outcome in ('confirmed', 'withdrawn', 'replaced', 'refused')),
  ended_by text,
  ended_at timestamptz,
  constraint told_is_whole check ((code_hash is null) = (told_channel is null) and (told_channel is null) = (told_address is null)),
  constraint ended_is_whole check ((outcome is null) = (ended_by is null) and (outcome is null) = (ended_at is null)),
  constraint without_code_by_two check (code_hash is not null or outcome = 'confirmed')
);
comment on table destination_change is 'One change of where a payee is paid, as it was asked for.';
comment on column destination_change.destination is 'The one that is asked for, as the API shows it.';
comment on column destination_change.code_hash is 'Of the code with this very destination; the code itself is in the message alone. Null: two persons said so instead.';
comment on column destination_change.told_address is 'Personal: in no log. Where the code went.';
comment on column destination_change.tries is 'Wrong codes; the fifth ends it.';
comment on column destination_change.outcome is 'Null: it can be confirmed until it expires. refused: too many wrong codes; replaced: by a newer one.';
comment on constraint told_is_whole on destination_change is 'A code was sent somewhere.';
comment on constraint ended_is_whole on destination_change is 'What ended was ended by somebody.';
comment on constraint without_code_by_two on destination_change is 'Nothing waits for a code that nobody has.';
create unique index destination_change_open on destination_change (payee_id) where outcome is null;
comment on index destination_change_open is 'One change of a payee is open at a time: the newest.';
create index destination_change_of on destination_change (payee_id, requested_at, id);
comment on index destination_change_of is 'The changes of one payee, newest first.';
create trigger keeps_terms before update of id, payee_id, destination, code_hash, told_channel, told_address, requested_by, requested_at, expires_at
    or delete or truncate
  on destination_change for each statement execute function refuse_loss();
comment on trigger keeps_terms on destination_change is 'Another destination is another change.';
