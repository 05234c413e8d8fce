-- A block is searched twice: as soon as it is there, and once more when its logs are listed for certain.

alter table watch_cursor add column certain_block numeric(78, 0);
update watch_cursor set certain_block = least(final_block, next_block - 1);
alter table watch_cursor alter column certain_block set not null,
  add constraint certain_is_behind check (certain_block < next_block);
comment on column watch_cursor.certain_block is
  'Up to this one, every block was searched again when it was final and older than its network''s lag.';
comment on constraint certain_is_behind on watch_cursor is 'What is searched again was searched before.';
comment on column watch_cursor.next_block is 'Every block below was searched once.';

create table balance_check (
  chain text not null,
  address text not null,
  next_look_at timestamptz,
  looked_at timestamptz,
  asset text,
  unexplained numeric(78, 0),
  since timestamptz,
  primary key (chain, address),
  constraint unexplained_is_whole check ((asset is null) = (unexplained is null) and (asset is null) = (since is null)),
  constraint unexplained_is_more check (unexplained > 0)
);
comment on table balance_check is
  'Addresses that payers were given, compared with what the books have of them: a payment that no search shows is more coins than that.';
comment on column balance_check.next_look_at is 'Rarer with age; null: for good.';
comment on column balance_check.unexplained is 'Of asset, base units: there at the last look, and in no deposit.';
comment on column balance_check.since is 'When it was first seen; searched for since then.';
comment on constraint unexplained_is_whole on balance_check is 'An amount has its asset and its time.';
comment on constraint unexplained_is_more on balance_check is 'Less than booked is a difference of the wallet, not a payment.';
create index balance_check_due on balance_check (chain, next_look_at) where next_look_at is not null;
comment on index balance_check_due is 'What is due to be looked at.';
create index balance_check_unexplained on balance_check (since) where unexplained is not null;
comment on index balance_check_unexplained is 'What the recovery desk shows.';
