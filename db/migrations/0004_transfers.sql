-- src/transfers writes everything here.

-- An address of ours that sends. The key is in a keystore file, never here.
create table wallet (
  id uuid primary key,
  chain text not null,
  address text not null,
  next_nonce numeric(78, 0),                           -- the one nonce authority; null until first read from the chain
  paused_reason text,                                  -- set: nothing is signed; existing bytes are still followed
  created_at timestamptz not null,
  used_at timestamptz not null,                        -- when a process last opened its key: the latest one is in use
  opened_at timestamptz,                               -- when its opening balance was settled, whatever it was
  unique (chain, address)
);

-- One send on a chain. Its row is planned in the transaction of its cause, and its bytes are stored before broadcast.
create table transfer (
  id uuid primary key,
  wallet_id uuid not null references wallet,
  purpose text not null,                               -- 'payout_attempt', 'swap'
  purpose_id uuid not null,
  asset text not null,
  amount numeric(78, 0) not null check (amount > 0),
  to_address text not null,
  debit_account text not null,                         -- what the ledger debits once the transfer is final
  done_task text not null,                             -- the job told when the transfer ends, with {"id": purpose_id}
  status text not null check (status in ('planned', 'signed', 'broadcast', 'included', 'final', 'reverted', 'displaced', 'cancelled', 'in_review')),
  waiting_reason text,                                 -- why a planned transfer is not signed yet
  review_reason text,
  nonce numeric(78, 0),
  fee_reserved numeric(78, 0) not null default 0,      -- most the fee can come to, native base units
  transaction_hash text,                               -- of the attempt that was included
  block_number numeric(78, 0),
  block_hash text,
  fee_paid numeric(78, 0),
  correlation_id text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  next_check_at timestamptz,
  deadline_at timestamptz,
  unique (purpose, purpose_id),
  unique (wallet_id, nonce),
  constraint signed_has_nonce check (status in ('planned', 'cancelled', 'in_review') or nonce is not null),
  constraint review_has_reason check (status <> 'in_review' or review_reason is not null)
);
create index transfer_live on transfer (wallet_id) where status in ('planned', 'signed', 'broadcast', 'included');
create index transfer_check on transfer (next_check_at) where next_check_at is not null;

-- One signing: the same nonce, destination and amount with higher fees makes a further attempt. Any of them may land.
create table transfer_attempt (
  transfer_id uuid not null references transfer,
  seq integer not null,
  transaction_hash text not null unique,
  raw text not null,                                   -- the signed bytes, 0x-hex
  max_fee_per_gas numeric(78, 0) not null,
  max_priority_fee_per_gas numeric(78, 0) not null,
  gas_limit numeric(78, 0) not null,
  signed_at timestamptz not null,
  last_broadcast_at timestamptz,
  broadcasts integer not null default 0,
  last_answer text,
  primary key (transfer_id, seq)
);

-- One arrival at a wallet of ours, attributed once: a settlement, a swap's delivery or refund, an operator's top-up.
create table wallet_receipt (
  chain text not null,
  transaction_hash text not null,                      -- in the chain's normal form, or one arrival would have two names
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
