-- What people are told of, and how payees are reached.

create table notice (
  id uuid primary key,
  kind text not null,
  subject text not null,
  channel text not null check (channel in ('email', 'telegram')),
  address text not null,
  title text not null,
  body text not null,
  told_with uuid references notice (id),
  status text not null check (status in ('waiting', 'sending', 'in_doubt', 'failed', 'sent', 'dropped', 'bundled')),
  attempts integer not null default 0,
  failures integer not null default 0,
  reason text,
  reference text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  constraint notice_once unique (kind, subject, channel, address),
  constraint undecided_has_reason check (status not in ('in_doubt', 'failed') or reason is not null),
  constraint watched_while_live check (status in ('sent', 'dropped', 'bundled') or (next_check_at is not null and deadline_at is not null))
);
comment on table notice is 'What one person is told of one happening, written in the transaction of the happening.';
comment on column notice.kind is 'Our word for what happened.';
comment on column notice.subject is 'What tells this happening from every other of its kind.';
comment on column notice.address is 'Personal: in no log. An e-mail address, or the id of a Telegram chat.';
comment on column notice.told_with is 'Whose message tells of it; null: its own.';
comment on column notice.attempts is 'How often sending it was begun. What is recorded of an older try than the last is not written.';
comment on column notice.failures is 'How many tries in a row were refused since it was to be sent.';
comment on column notice.reason is 'Why it was not sent, or nobody knows.';
comment on column notice.reference is 'What the mail server or Telegram called the message.';
comment on constraint notice_once on notice is 'Nobody is told of the same happening twice, whoever writes it down however often.';
comment on constraint undecided_has_reason on notice is 'A person must know what went wrong.';
comment on constraint watched_while_live on notice is 'What is not at its end is looked at again, and late at some moment.';
create index notice_check on notice (next_check_at) where next_check_at is not null;
comment on index notice_check is 'What is due to be looked at.';
create index notice_told_with on notice (told_with) where told_with is not null;
comment on index notice_told_with is 'What a message told beside its own happening.';
create trigger keep_watch before insert or update on notice for each row
  when (new.status not in ('sent', 'dropped', 'bundled') and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on notice is 'A notice is written in the transaction of money: it is never refused for want of a check time.';
create trigger keeps_identity before update of id, kind, subject, channel, address or delete or truncate
  on notice for each statement execute function refuse_loss();
comment on trigger keeps_identity on notice is 'That nobody is told twice rests on what was told.';

alter table payee
  add column contact_channel text check (contact_channel in ('email', 'telegram')),
  add column contact_address text,
  add constraint contact_is_whole check ((contact_channel is null) = (contact_address is null));
comment on column payee.contact_channel is 'How they are told what concerns them; null: they are not.';
comment on column payee.contact_address is 'Personal: in no log.';
comment on constraint contact_is_whole on payee is 'A channel reaches nobody without an address.';
