-- An operator may pay a payout elsewhere and record the proof.

alter table payout drop constraint payout_status_check,
  add constraint payout_status_check check (status in ('requested', 'awaiting_approval', 'approved', 'outside', 'sending', 'sent',
    'completed', 'failed', 'rejected', 'cancelled', 'in_review'));
comment on constraint payout_status_check on payout is 'src/payouts/payout.ts';

alter table payout_attempt drop constraint payout_attempt_route_check,
  add constraint payout_attempt_route_check check (route in ('direct', 'swap', 'outside'));

create table payout_proof (
  id uuid primary key,
  attempt_id uuid not null references payout_attempt (id),
  chain text,
  reference text not null,
  amount text,
  currency text,
  recorded_by text not null,
  confirmed_by text,
  created_at timestamptz not null,
  looked_at timestamptz,
  waits_for text,
  brought base_units,
  proved_at timestamptz,
  refused_at timestamptz,
  refused_because text,
  constraint seen_or_said check ((chain is null) = (amount is not null and currency is not null)),
  constraint refused_with_reason check ((refused_at is null) = (refused_because is null)),
  constraint one_verdict check (proved_at is null or refused_at is null)
);
comment on table payout_proof is 'What an operator names as the payment of a payout that they paid elsewhere. Neither proved nor refused: it may have reached the payee.';
comment on column payout_proof.chain is 'On which its transaction is looked for; null: nobody can look, and two persons say so.';
comment on column payout_proof.reference is 'The transaction''s hash in its chain''s normal form, or whatever names the payment elsewhere.';
comment on column payout_proof.amount is 'As two persons say it, with its currency; null: the chain says it.';
comment on column payout_proof.confirmed_by is 'The second person; null: the chain proves it, or nobody confirmed yet.';
comment on column payout_proof.waits_for is 'Why the chain could not tell when it was last asked.';
comment on column payout_proof.brought is 'What reached the payee by it, base units of the destination asset; null: not seen.';
comment on constraint seen_or_said on payout_proof is 'A chain tells the amount itself.';
comment on constraint refused_with_reason on payout_proof is 'Whoever recorded it must learn what was wrong.';
comment on constraint one_verdict on payout_proof is 'What the payee has is not refused.';
create unique index payout_proof_once on payout_proof (coalesce(chain, ''), lower(reference)) where refused_at is null;
comment on index payout_proof_once is 'One payment pays one payout.';
create index payout_proof_attempt on payout_proof (attempt_id);
comment on index payout_proof_attempt is 'What was recorded for an attempt.';
create trigger keeps_words before update of id, attempt_id, chain, reference, amount, currency, recorded_by, created_at
    or delete or truncate
  on payout_proof for each statement execute function refuse_loss();
comment on trigger keeps_words on payout_proof is 'Who said what is never rewritten.';

alter table swap_delivery alter column swap_id drop not null;
comment on column swap_delivery.swap_id is 'Which swap it ended; null: an operator paid a payout by it, and it is no swap''s.';
