-- Whose an arrival is, by which evidence, and whose it was before.

alter table wallet_receipt add column seq integer not null default 0, add column evidence text, add column credit_account text,
  add column attributed_by text, add column attributed_at timestamptz, add column reason text, add column proof text,
  add column lost numeric(78, 0) not null default 0, add column looked_at timestamptz;
update wallet_receipt r set attributed_by = 'migration', attributed_at = r.received_at,
  evidence = case
    when r.purpose = 'deposit' then case w.kind when 'deposit' then 'derived_address' else 'unique_amount' end
    when r.purpose = 'swap_surplus' then 'amount_and_time'
    when r.purpose in ('top_up', 'conversion_by_hand') then 'operator'
    else 'named_hash' end,
  credit_account = (select a.path from posting p join ledger_account a on a.id = p.credit_account_id
    where p.entry_id = r.entry_id order by p.line limit 1)
from wallet w where w.id = r.wallet_id;
alter table wallet_receipt alter column evidence set not null, alter column credit_account set not null,
  alter column attributed_by set not null, alter column attributed_at set not null,
  add constraint wallet_receipt_evidence_check check (evidence in ('own_transfer', 'reattributed', 'named_hash',
    'derived_address', 'unique_amount', 'amount_and_time', 'operator', 'none')),
  add constraint said_with_proof check (evidence <> 'reattributed' or (reason is not null and proof is not null));
comment on table wallet_receipt is
  'One arrival at a wallet of ours, and whose it is by the strongest evidence so far: a settlement, a swap''s delivery or '
  'refund, a deposit, a move between wallets of ours, an operator''s top-up.';
comment on column wallet_receipt.seq is 'How many had it before.';
comment on column wallet_receipt.purpose is 'With purpose_id, who has it.';
comment on column wallet_receipt.credit_account is 'Where it was booked to; what stands there can be taken back.';
comment on column wallet_receipt.attributed_by is 'Who said so: an API key, the command line, a provider, a job.';
comment on column wallet_receipt.reason is 'Of an operator''s re-attribution, with the proof for it.';
comment on column wallet_receipt.lost is 'What whoever had it before could not give back, base units: booked as variance.';
comment on column wallet_receipt.looked_at is 'When a person saw what was lost.';
comment on constraint said_with_proof on wallet_receipt is 'What an operator says against the books has a reason and a proof.';
create index wallet_receipt_lost on wallet_receipt (attributed_at) where lost > 0 and looked_at is null;
comment on index wallet_receipt_lost is 'What appears on the recovery desk because somebody had spent it already.';
create index wallet_receipt_newest on wallet_receipt (received_at, chain, transaction_hash, receipt_index);
comment on index wallet_receipt_newest is 'Pages of arrivals, newest first.';

create table arrival_attribution (
  chain text not null,
  transaction_hash text not null,
  receipt_index text not null,
  seq integer not null,
  purpose text not null,
  purpose_id uuid not null,
  evidence text not null,
  entry_id uuid not null references journal_entry,
  attributed_by text not null,
  attributed_at timestamptz not null,
  reason text,
  proof text,
  reversal_id uuid not null references journal_entry,
  lost numeric(78, 0) not null,
  ended_at timestamptz not null,
  primary key (chain, transaction_hash, receipt_index, seq)
);
comment on table arrival_attribution is 'Whose an arrival was before stronger evidence gave it to somebody else; only added to.';
comment on column arrival_attribution.reversal_id is 'The entry that took the coins back.';
comment on column arrival_attribution.lost is 'What it could not give back, base units.';
create trigger append_only before update or delete or truncate on arrival_attribution
  for each statement execute function refuse_change();
comment on trigger append_only on arrival_attribution is 'Whose something was is never rewritten.';

create index wallet_in_small_letters on wallet (chain, lower(address));
comment on index wallet_in_small_letters is 'Whether a sender, in whichever letters, is one of ours.';

alter table payment add column arrived_amount numeric(78, 0);
update payment set arrived_amount = settled_amount where arrival = 'seen' and processor <> 'chain';
comment on column payment.arrived_amount is
  'Base units of settled_asset: what it took of its processor''s transfer, which may bring the coins of several payments.';
