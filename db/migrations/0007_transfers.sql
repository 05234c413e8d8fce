-- src/transfers writes everything here.

-- The highest count of mined transactions any node told us: nonces below it are used, whatever a lagging node says later.
alter table wallet add column mined_nonce numeric(78, 0) not null default 0;

-- When an ended transfer was looked at once more, a while after its end.
alter table transfer add column rechecked_at timestamptz;
create index transfer_recheck on transfer (updated_at) where status in ('final', 'reverted') and rechecked_at is null;

-- What a chain is recognised by beyond its id: the first block, and one that was final when the chain was first seen.
create table chain_fingerprint (
  chain text primary key,
  genesis_hash text,
  checkpoint_number numeric(78, 0) not null,
  checkpoint_hash text not null,
  recorded_at timestamptz not null
);

-- Whether the key of a chain's wallet could be opened when a worker last started.
create table signer_state (
  chain text primary key,
  problem text,                                        -- a code; null: it signs
  message text,                                        -- what to do about it
  checked_at timestamptz not null,
  constraint problem_has_message check ((problem is null) = (message is null))
);
