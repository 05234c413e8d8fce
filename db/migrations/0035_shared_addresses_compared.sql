-- A shared address holds what its owner had there before us and moves as they like, so what came is compared, not what lies there.

create table shared_balance (
  chain text not null,
  address text not null,
  asset text not null,
  on_chain numeric(78, 0) not null,
  came numeric(78, 0) not null,
  explained numeric(78, 0) not null,
  looked_at timestamptz not null,
  primary key (chain, address, asset)
);
comment on table shared_balance is
  'What came to addresses that all orders share, by their chain and by the deposits we know, since each was first looked at. Base units.';
comment on column shared_balance.on_chain is 'What lay there at the last look.';
comment on column shared_balance.came is
  'What the deposits were at the first look, and by how much the chain has shown more from look to look since.';
comment on column shared_balance.explained is
  'All deposits at the last look, each as often as it came. What came until the look before and is more is a payment not found.';

update balance_check c set next_look_at = 'epoch'
where exists (select from deposit_address a where a.address = c.address and a.derivation_index is null);
comment on column balance_check.next_look_at is
  'Rarer with age; null: for good. An address that all orders share is looked at as long as it is shared.';
