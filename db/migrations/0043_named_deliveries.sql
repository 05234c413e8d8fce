-- Of two payouts for which one transaction is named, neither is believed on that word alone: so what each provider names is kept.

alter table swap
  add column told_hash text,
  add column told_hash_at timestamptz,
  add column told_at timestamptz;
comment on column swap.told_hash is
  'The transaction by which its provider says now that it delivered; what is believed of it is payout_hash. Null: it names none.';
comment on column swap.told_hash_at is 'When its provider was first heard to name it.';
comment on column swap.told_at is 'When its provider was last asked and answered.';
create index swap_told_hash on swap (told_hash) where told_hash is not null;
comment on index swap_told_hash is 'Whoever is said to have been paid by one transaction.';
comment on column swap_delivery.receipt_index is
  'Of the transfer within its transaction; empty where only a word says so: the whole transaction then. word:<swap id>: two '
  'persons said that it paid this payout, whoever else it is named for.';
comment on column reading_contradiction.looked_at is
  'When a person saw it, or the chain denied nothing any more; a reading that says something else again takes it back.';
comment on column reading_contradiction.looked_by is 'Who saw it; chain: a later reading denies nothing.';
