-- Addresses of ours, and what leaves them and comes to them on a chain.

create table wallet (
  id uuid primary key,
  chain text not null,
  address text not null,
  kind text not null default 'hot' check (kind in ('hot', 'deposit', 'watched')),
  derivation_index integer,
  next_slot_number numeric(78, 0),
  used_slot_numbers numeric(78, 0) not null default 0,
  paused_reason text,
  created_at timestamptz not null,
  used_at timestamptz not null,
  opened_at timestamptz,
  unique (chain, address)
);
comment on table wallet is 'An address of ours. Its key is in a keystore file or follows from the seed, and is never here.';
comment on column wallet.kind is
  'hot: pays out. deposit: coins are gathered from there. watched: we hold no key, its owner moves the coins.';
comment on column wallet.derivation_index is 'Of a deposit wallet: which of the seed''s keys signs for it.';
comment on column wallet.next_slot_number is
  'The one authority on numbers (nonces, sequence numbers); null until first read from the chain, and where slots are windows.';
comment on column wallet.used_slot_numbers is
  'The highest count of its transactions any node told us: numbers below it are used, whatever a lagging node says later.';
comment on column wallet.paused_reason is 'Set: nothing is signed; existing bytes are still followed.';
comment on column wallet.used_at is 'When a process last opened its key: the latest one is in use.';
comment on column wallet.opened_at is 'When its opening balance was settled, whatever it was.';

create table transfer (
  id uuid primary key,
  wallet_id uuid not null references wallet,
  purpose text not null,
  purpose_id uuid not null,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  to_address text not null,
  debit_account text not null,
  done_task text not null,
  status text not null check (status in ('planned', 'signed', 'broadcast', 'included', 'final', 'reverted', 'displaced', 'cancelled', 'in_review')),
  waiting_reason text,
  review_reason text,
  slot jsonb,
  slot_number numeric(78, 0) generated always as ((slot ->> 'number')::numeric) stored,
  fee_reserved numeric(78, 0) not null default 0,
  transaction_hash text,
  block_number numeric(78, 0),
  block_hash text,
  fee_paid numeric(78, 0),
  correlation_id text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  rechecked_at timestamptz,
  unique (purpose, purpose_id),
  unique (wallet_id, slot_number),
  constraint signed_has_slot check (status in ('planned', 'cancelled', 'in_review') or slot is not null),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null),
  constraint watched_while_live check (
    status in ('final', 'reverted', 'displaced', 'cancelled') or (next_check_at is not null and deadline_at is not null))
);
comment on table transfer is
  'One send on a chain. Its row is planned in the transaction of its cause, and its bytes are stored before broadcast.';
comment on column transfer.purpose is 'payout_attempt, swap and so on.';
comment on column transfer.debit_account is 'What the ledger debits once the transfer is final.';
comment on column transfer.done_task is 'The job told when the transfer ends, with {"id": purpose_id}.';
comment on column transfer.waiting_reason is 'Why a planned transfer is not signed yet.';
comment on column transfer.slot is
  'What all its signings have in them, so that one lands at most: {"kind": "number"} in the wallet''s order, or the {"kind": "window"} of time it lands in or never does.';
comment on column transfer.fee_reserved is 'Most that the fee can come to, native base units.';
comment on column transfer.transaction_hash is 'Of the attempt that was included.';
comment on column transfer.rechecked_at is 'When an ended transfer was looked at once more, a while after its end.';
comment on constraint transfer_purpose_purpose_id_key on transfer is 'One cause sends once, however often it is worked on.';
comment on constraint transfer_wallet_id_slot_number_key on transfer is 'One slot on the chain holds one transfer: of all its attempts one lands.';
create index transfer_live on transfer (wallet_id) where status in ('planned', 'signed', 'broadcast', 'included');
comment on index transfer_live is 'What a wallet still owes to the chain: its queue, its fees reserved, its coins spoken for.';
create index transfer_check on transfer (next_check_at) where next_check_at is not null;
comment on index transfer_check is 'What is due to be looked at.';
create index transfer_deadline on transfer (deadline_at) where deadline_at is not null;
comment on index transfer_deadline is 'What appears on the recovery desk because its deadline passed.';
create index transfer_recheck on transfer (updated_at) where status in ('final', 'reverted') and rechecked_at is null;
comment on index transfer_recheck is 'Ended transfers that wait for their second look.';
create trigger keep_watch before insert or update on transfer
  for each row when (new.status not in ('final', 'reverted', 'displaced', 'cancelled')
    and (new.next_check_at is null or new.deadline_at is null))
  execute function keep_watch();
comment on trigger keep_watch on transfer is 'A transfer under way is always looked at again.';

create table transfer_attempt (
  transfer_id uuid not null references transfer,
  seq integer not null,
  transaction_hash text not null unique,
  raw text not null,
  fee_most numeric(78, 0) not null,
  fee_terms jsonb not null,
  signed_at timestamptz not null,
  last_broadcast_at timestamptz,
  broadcasts integer not null default 0,
  last_answer text,
  primary key (transfer_id, seq)
);
comment on table transfer_attempt is
  'One signing: the same slot, destination and amount with a higher fee makes a further attempt. Any of them may land.';
comment on column transfer_attempt.fee_most is 'Most that it can cost, native base units.';
comment on column transfer_attempt.fee_terms is 'The chain family''s own numbers, such as a gas limit: only its code reads them.';
comment on column transfer_attempt.raw is 'The signed bytes, as its chain''s nodes take them: what is broadcast again after a crash is what was signed.';
comment on column transfer_attempt.last_answer is 'What a node said to the last broadcast; it decides nothing.';

create table wallet_receipt (
  chain text not null,
  transaction_hash text not null,
  receipt_index text not null,
  wallet_id uuid not null references wallet,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  from_address text not null,
  purpose text not null,
  purpose_id uuid not null,
  entry_id uuid not null references journal_entry,
  received_at timestamptz not null,
  primary key (chain, transaction_hash, receipt_index)
);
comment on table wallet_receipt is
  'One arrival at a wallet of ours, attributed once: a settlement, a swap''s delivery or refund, an operator''s top-up.';
comment on column wallet_receipt.transaction_hash is 'In the chain''s normal form, or one arrival would have two names.';
comment on column wallet_receipt.receipt_index is 'Which of the transaction''s transfers it was, in the chain''s own words.';

create table chain_fingerprint (
  chain text primary key,
  genesis_hash text,
  checkpoint_number numeric(78, 0) not null,
  checkpoint_hash text not null,
  recorded_at timestamptz not null
);
comment on table chain_fingerprint is
  'What a chain is recognised by beyond its id: the first block, and one that was final when the chain was first seen.';
comment on column chain_fingerprint.genesis_hash is 'Null: the node could not tell.';

create table signer_state (
  chain text primary key,
  problem text,
  message text,
  checked_at timestamptz not null,
  constraint problem_has_message check ((problem is null) = (message is null))
);
comment on table signer_state is 'Whether the key of a chain''s wallet could be opened when a worker last started.';
comment on column signer_state.problem is 'A code; null: it signs.';
comment on column signer_state.message is 'What to do about it.';
