-- What is final does not change. A reading that says otherwise books nothing, and is kept beside what the books have.

create table reading_contradiction (
  chain text not null,
  transaction_hash text not null,
  booked jsonb not null,
  read jsonb not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  looked_at timestamptz,
  looked_by text,
  primary key (chain, transaction_hash),
  constraint looked_by_somebody check ((looked_at is null) = (looked_by is null))
);
comment on table reading_contradiction is
  'A transaction whose final transfers the books have otherwise than a later reading: nothing more was booked of it.';
comment on column reading_contradiction.booked is 'What the books have of it: index, asset, amount, to.';
comment on column reading_contradiction.read is 'What the newest reading that differs says of it.';
comment on column reading_contradiction.looked_at is 'When a person saw it; a reading that says something else again takes it back.';
comment on constraint looked_by_somebody on reading_contradiction is 'Who saw it is known.';
create index reading_contradiction_open on reading_contradiction (first_seen_at) where looked_at is null;
comment on index reading_contradiction_open is 'What a person has not seen yet.';
