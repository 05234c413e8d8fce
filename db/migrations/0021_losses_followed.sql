-- A payout's swap is followed after it was written off, and a payee who was paid twice by it owes that back.

alter table swap drop constraint swap_loss_finding_check,
  add constraint swap_loss_finding_check check (loss_finding in ('absent', 'cannot_tell', 'vouched', 'delivered'));
alter table swap add column loss_checked_at timestamptz;
comment on column swap.loss_finding is
  'Of a swap that was written off. absent: the provider and the chain showed that nothing reached the target, then or later. '
  'cannot_tell: nothing showed it, and two persons booked the loss; vouched: two persons then said that nothing reached it; '
  'delivered: it reached the payee after all.';
comment on column swap.loss_checked_at is 'Of a payout''s that was written off: when its provider was last asked what became of it.';
create index swap_losses on swap (loss_checked_at)
  where status = 'written_off' and purpose = 'payout_attempt' and loss_finding <> 'delivered';
comment on index swap_losses is 'What may have reached its payee after all.';

alter table recoverable add column reason text not null default 'refunded' check (reason in ('refunded', 'paid_twice'));
comment on column recoverable.reason is
  'refunded: an earning was paid, then its payment was refunded. paid_twice: a swap that was written off delivered after all.';
comment on column recoverable.id is 'The earning''s own; of what was paid twice, the payout attempt''s.';
comment on table recoverable is
  'What a payee owes back: one row an earning that was paid before its payment was refunded, or a payout attempt that paid them '
  'a second time. Base units.';
