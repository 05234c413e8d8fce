-- What was found when a swap was given up, and which delivery ended which payout.

alter table two_person_decision add column because text;
comment on column two_person_decision.because is 'What was found when the first person asked.';

alter table swap add column loss_finding text check (loss_finding in ('absent', 'cannot_tell', 'vouched'));
comment on column swap.loss_finding is
  'Of a swap that was written off. absent: the provider and the chain showed that nothing reached the target. cannot_tell: '
  'nothing showed it, and two persons booked the loss; vouched: two persons then said that nothing reached it.';
update swap set loss_finding = 'absent' where status = 'written_off';
alter table swap add constraint written_off_has_finding check (status <> 'written_off' or loss_finding is not null);

alter table swap add column funded_at_target_block numeric(78, 0);
comment on column swap.funded_at_target_block is
  'The head of the target''s chain just before it was funded: its delivery is in no older block. Null: we do not read that chain.';

create table swap_delivery (
  chain text not null,
  transaction_hash text not null,
  receipt_index text not null,
  swap_id uuid not null references swap,
  recorded_at timestamptz not null,
  primary key (chain, transaction_hash, receipt_index)
);
comment on table swap_delivery is
  'Which transfer to a payee ended which swap. What one transfer brought pays one payout, whatever a provider says.';
comment on column swap_delivery.receipt_index is
  'Of the transfer within its transaction; empty where we do not read the chain: the whole transaction then.';
create index swap_delivery_swap on swap_delivery (swap_id);
comment on index swap_delivery_swap is 'What one swap brought.';
insert into swap_delivery (chain, transaction_hash, receipt_index, swap_id, recorded_at)
select split_part(target_asset, ':', 1), payout_hash, '', id, updated_at from swap
where purpose = 'payout_attempt' and status = 'delivered' and payout_hash is not null
on conflict do nothing;
