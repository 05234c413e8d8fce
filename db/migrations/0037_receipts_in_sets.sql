-- Arrivals are written by the hundred: what they name is looked up once for all of a statement, and two indexes of deposits are one.

create trigger keeps_identity before update of id, chain, address or delete or truncate on wallet
  for each statement execute function refuse_loss();
comment on trigger keeps_identity on wallet is 'Receipts and ledger paths name wallets without a foreign key: see check_receipts.';

create function check_receipts() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  -- Row by row through the keys: as joins, a plan made while the tables were small reads them whole ever after.
  if exists (
    select from added r
    where (select id from wallet where id = r.wallet_id) is null or (select id from journal_entry where id = r.entry_id) is null
  ) then
    raise exception 'a receipt names a wallet or journal entry that is not there' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
comment on function check_receipts() is
  'Stands in for foreign keys on wallet_receipt: the same promise, kept once for all rows of a statement, because a key checks '
  'and locks row by row. It holds because wallets and journal entries are never deleted.';
alter table wallet_receipt drop constraint wallet_receipt_wallet_id_fkey, drop constraint wallet_receipt_entry_id_fkey;
create trigger references_hold after insert on wallet_receipt referencing new table as added
  for each statement execute function check_receipts();
comment on trigger references_hold on wallet_receipt is 'In a wallet and by an entry that are there.';
create trigger references_still_hold after update on wallet_receipt referencing new table as added
  for each statement execute function check_receipts();
comment on trigger references_still_hold on wallet_receipt is 'By an entry that is there, also when it is somebody else''s now.';

alter table deposit drop constraint deposit_chain_transaction_hash_transfer_index_key,
  add constraint deposit_transaction_hash_chain_transfer_index_key unique (transaction_hash, chain, transfer_index);
comment on constraint deposit_transaction_hash_chain_transfer_index_key on deposit is
  'One transfer is one deposit, whoever reads the chain; what a transaction brought, whatever its chain.';
drop index deposit_hash;
