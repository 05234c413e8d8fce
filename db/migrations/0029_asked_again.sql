-- A node that has to look up what it is asked for answers with nothing at first: so the same blocks are asked for again.

alter table watch_cursor
  add column again_after numeric(78, 0),
  add column again_to numeric(78, 0),
  add column again_since timestamptz,
  add constraint again_is_whole check (num_nulls(again_after, again_to, again_since) in (0, 3)),
  add constraint again_is_a_range check (again_after <= again_to);
comment on column watch_cursor.again_after is 'The blocks after this one, as far as again_to, are searched again with every look for some seconds.';
comment on column watch_cursor.again_to is 'Their last; the next ones follow it without a gap.';
comment on column watch_cursor.again_since is 'When just these were asked for first.';
comment on constraint again_is_whole on watch_cursor is 'Blocks to be asked for again have a beginning, an end and a time.';
comment on constraint again_is_a_range on watch_cursor is 'It may have no block, and never less.';
