-- Lists are filtered and searched, so each thing that one may ask by has an index that begins with it.

create index payee_newest on payee (created_at, id);
comment on index payee_newest is 'Pages of payees, newest first.';
create index payee_status on payee (status, created_at, id);
comment on index payee_status is 'Who is paused.';
create index payee_asset on payee (destination_asset, created_at, id);
comment on index payee_asset is 'Who is paid in an asset.';
create index payee_address on payee (destination_address);
comment on index payee_address is 'Whose an address is, in a search.';

create index pay_order_newest on pay_order (created_at, id);
comment on index pay_order_newest is 'Pages of orders, newest first.';
create index pay_order_status on pay_order (status, created_at, id);
comment on index pay_order_status is 'Orders in one status.';
create index pay_order_split_payee on pay_order_split (payee_id, order_id);
comment on index pay_order_split_payee is 'Orders that a payee shares in.';
create index order_quote_asset on order_quote (asset, order_id);
comment on index order_quote_asset is 'Orders that accept an asset on its chain.';

create index payment_newest on payment (created_at, id);
comment on index payment_newest is 'Pages of payments, newest first.';
create index payment_status on payment (status, created_at, id);
comment on index payment_status is 'Payments in one status.';
create index payment_external on payment (external_id);
comment on index payment_external is 'A payment by its id at the processor, whichever processor it is.';
create index payment_asset on payment (settled_asset, created_at, id);
comment on index payment_asset is 'Payments that settled in an asset.';
create index payment_hash on payment (settlement_hash) where settlement_hash is not null;
comment on index payment_hash is 'What a transaction settled.';
create index earning_payee on earning (payee_id, payment_id);
comment on index earning_payee is 'Payments that a payee earned a share of. It names nothing that changes: see the table.';

create index deposit_newest on deposit (created_at, id);
comment on index deposit_newest is 'Pages of deposits, newest first.';
create index deposit_status on deposit (status, created_at, id);
comment on index deposit_status is 'Deposits in one status.';
create index deposit_chain on deposit (chain, created_at, id);
comment on index deposit_chain is 'Deposits of one chain.';
create index deposit_asset on deposit (asset, created_at, id);
comment on index deposit_asset is 'Deposits of one asset.';
create index deposit_hash on deposit (transaction_hash);
comment on index deposit_hash is 'What a transaction brought, whatever its chain.';
create index deposit_address_of on deposit (address);
comment on index deposit_address_of is 'What came to an address of ours.';

create index processor_event_newest on processor_event (received_at, id);
comment on index processor_event_newest is 'Pages of events, newest first.';
create index processor_event_status on processor_event (status, received_at, id);
comment on index processor_event_status is 'Events in one status.';
create index processor_event_payment on processor_event (payment_id) where payment_id is not null;
comment on index processor_event_payment is 'What was told of one payment.';

create index conversion_newest on conversion (created_at, id);
comment on index conversion_newest is 'Pages of conversions, newest first.';
create index conversion_status on conversion (status, created_at, id);
comment on index conversion_status is 'Conversions in one status.';
create index conversion_asset on conversion (source_asset, created_at, id);
comment on index conversion_asset is 'Conversions of one asset.';

create index payout_newest on payout (created_at, id);
comment on index payout_newest is 'Pages of payouts, newest first.';
create index payout_status on payout (status, created_at, id);
comment on index payout_status is 'Payouts in one status.';
create index payout_asset on payout (asset, created_at, id);
comment on index payout_asset is 'Payouts of one asset.';
create index payout_hash on payout (transaction_hash) where transaction_hash is not null;
comment on index payout_hash is 'Which payout a transaction delivered.';
create index payout_address on payout (destination_address);
comment on index payout_address is 'What went to an address, in a search.';

create index wallet_receipt_hash on wallet_receipt (transaction_hash);
comment on index wallet_receipt_hash is 'What a transaction brought to a wallet of ours, whatever its chain.';
create index wallet_receipt_asset on wallet_receipt (asset, received_at);
comment on index wallet_receipt_asset is 'Arrivals of one asset.';
create index wallet_receipt_claimant on wallet_receipt (purpose, received_at);
comment on index wallet_receipt_claimant is 'Arrivals that one kind of claimant has.';
