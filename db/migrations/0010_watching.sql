-- How the search for direct payments stands, so that one that stands still is seen.

create table watch_state (
  chain text primary key,
  looked_at timestamptz not null,
  searched_at timestamptz,
  behind_blocks numeric(78, 0),
  standing_since timestamptz,
  refusals bigint not null default 0,
  reason text,
  said text,
  check ((standing_since is null) = (reason is null))
);
comment on table watch_state is 'What came of the latest look for direct payments on each chain.';
comment on column watch_state.searched_at is 'When a look last did all of its work.';
comment on column watch_state.behind_blocks is
  'Blocks that were left to search then. Null: the head is not known, or the chain is searched by address.';
comment on column watch_state.standing_since is 'Since when no look has done all of its work. Null: the latest one did.';
comment on column watch_state.refusals is 'How many looks in a row did not.';
comment on column watch_state.reason is 'Our word for why.';
comment on column watch_state.said is 'The provider''s own words for it.';
