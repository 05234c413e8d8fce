-- What the chain showed of an arrival stays as it was written down; only whose it is may change.

create trigger keeps_identity
  before update of chain, transaction_hash, receipt_index, wallet_id, asset, amount, from_address, received_at or truncate
  on wallet_receipt for each statement execute function refuse_loss();
comment on trigger keeps_identity on wallet_receipt is
  'What came, where, from whom and in which transaction is the chain''s word: no later reading makes it more, less or another.';
create trigger stays_in_the_books before delete on wallet_receipt
  for each row when (old.purpose <> 'deposit') execute function refuse_loss();
comment on trigger stays_in_the_books on wallet_receipt is
  'Only a deposit is booked before it is final, so only a deposit can be taken back by a reorganisation.';
