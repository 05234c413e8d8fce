export interface ProblemKind {
  readonly status: number;
  /** Sent as Retry-After where waiting may be all it takes; then the refusal is not kept under the Idempotency-Key. */
  readonly retryAfterSeconds?: number;
  /** The same for every occurrence; what is particular stands in `detail`. */
  readonly title: string;
  /** What the caller does next. */
  readonly nextStep: string;
}

/** Every code the API answers with. A published code is never renamed and never changes its meaning. */
export const problemKinds = {
  // the request itself
  invalid_request: {
    status: 400,
    title: "The request is not valid",
    nextStep: "Correct what `problems` lists.",
  },
  malformed_json: { status: 400, title: "The body is not JSON", nextStep: "Send a complete JSON document." },
  idempotency_key_required: {
    status: 400,
    title: "An Idempotency-Key is needed",
    nextStep: "Send the header Idempotency-Key with a value of your own, a new one for each new request.",
  },
  unauthenticated: {
    status: 401,
    title: "No valid API key",
    nextStep: "Send `Authorization: Bearer <API key>` with a key that is neither revoked nor expired.",
  },
  invalid_signature: {
    status: 401,
    title: "The signature does not match",
    nextStep:
      "Sign the very bytes of the body with the shared secret, as the processor's documentation says; check that both sides have the same secret.",
  },
  too_many_failed_signatures: {
    status: 429,
    retryAfterSeconds: 60,
    title: "Too many signatures from this address did not match",
    nextStep:
      "Wait a minute, and check that both sides have the same secret. A signature that matches is always taken.",
  },
  rate_limited: {
    status: 429,
    retryAfterSeconds: 60,
    title: "Too many requests",
    nextStep: "Wait as many seconds as the header Retry-After says, then go on more slowly.",
  },
  forbidden: {
    status: 403,
    title: "The API key lacks the scope",
    nextStep: "Use a key that has the scope, or have the operator make one: `spillway api-keys create`.",
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
    nextStep: "Check the id, or the path against /docs. Lists and `/v1/search` find ids.",
  },
  method_not_allowed: {
    status: 405,
    title: "The path has no such method",
    nextStep: "Use a method that the header Allow lists.",
  },
  request_in_progress: {
    status: 409,
    retryAfterSeconds: 2,
    title: "The first request with this key is still running",
    nextStep: "Send the same request again in a few seconds.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    nextStep: "Send less: split what you send into several requests.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body is of an unsupported type",
    nextStep: "Send JSON with `content-type: application/json`.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key belongs to another request",
    nextStep: "Use a new key for a new request.",
  },
  internal_error: {
    status: 500,
    title: "Something went wrong on our side",
    nextStep: "Try again. If it stays so, tell the operator the `error_id`.",
  },
  database_unavailable: {
    status: 503,
    retryAfterSeconds: 5,
    title: "The engine's database does not answer",
    nextStep:
      "Send the same request again in a few seconds, with the same Idempotency-Key. If it stays so, tell the operator the `error_id`.",
  },
  provider_unavailable: {
    status: 503,
    retryAfterSeconds: 30,
    title: "A provider did not answer as it should",
    nextStep: "Try again later.",
  },
  // refusals
  invalid_amount: {
    status: 422,
    title: "The amount is not valid",
    nextStep:
      'Write the amount as a decimal string, such as "12.50", with no more digits than the asset has.',
  },
  unknown_asset: {
    status: 422,
    title: "The asset is not known",
    nextStep: "Take the id of an asset from `GET /v1/assets`.",
  },
  memo_not_carried: {
    status: 422,
    title: "The memo would not be carried",
    nextStep: "Leave the memo out, or name an address that needs none.",
  },
  no_wallet_for_asset: {
    status: 422,
    title: "No wallet of ours holds the asset",
    nextStep: "Choose an asset on another chain, or name the nodes of this one.",
  },
  unknown_chain: {
    status: 422,
    title: "The chain is not known",
    nextStep: "Take the name of a chain from `GET /v1/assets`.",
  },
  unsupported_chain: {
    status: 422,
    title: "The chain is not supported",
    nextStep: "Name a chain that `detail` lists.",
  },
  no_way_to_pay: {
    status: 422,
    title: "Nothing is left to pay with",
    nextStep: "Accept an asset (`accept_assets`), or leave `checkout` out or true.",
  },
  asset_not_accepted: {
    status: 422,
    title: "The asset cannot be paid directly here",
    nextStep: "Accept an asset for which `GET /v1/assets` says `accept.offered`.",
  },
  price_unavailable: {
    status: 503,
    retryAfterSeconds: 60,
    title: "There is no trustworthy price now",
    nextStep: "Try again in a minute.",
  },
  no_deposit_address: {
    status: 503,
    retryAfterSeconds: 30,
    title: "No deposit address lies ready",
    nextStep: "Start a worker that has the deposit seed, then try again.",
  },
  no_deposit_amount: {
    status: 409,
    retryAfterSeconds: 600,
    title: "Too many orders ask for this amount at the shared address",
    nextStep:
      "Try again later, accept another asset, or give the chain addresses of its own (a deposit seed).",
  },
  too_many_claims: {
    status: 429,
    retryAfterSeconds: 60,
    title: "Too many transactions of the order wait to be verified",
    nextStep: "Wait until some are decided: `GET /v1/payments/verify/{id}` says where each stands.",
  },
  chain_not_accepted: {
    status: 422,
    title: "The order is not paid on this chain",
    nextStep: "Name a chain of `direct_payment` of the order, or pay at its `checkout_url`.",
  },
  wrong_network: {
    status: 422,
    title: "The transaction is of another network",
    nextStep: "Name the network that the payment was made on.",
  },
  asset_not_offered: {
    status: 422,
    title: "The asset is not offered",
    nextStep: "Choose an asset for which `GET /v1/assets` says `pay_out.offered`.",
  },
  invalid_address: {
    status: 422,
    title: "The address is not valid",
    nextStep: "Copy the address again from the payee's wallet, for the chain of the asset.",
  },
  secret_pasted: {
    status: 422,
    title: "This looks like a private key or a seed phrase",
    nextStep: "Give nobody your key: name the address of a wallet whose key nobody else has seen.",
  },
  destination_unchanged: {
    status: 409,
    title: "The payee is paid there already",
    nextStep: "Nothing is left to do. Compare the address if another one was meant.",
  },
  destination_cooldown: {
    status: 409,
    title: "The destination was changed a short time ago",
    nextStep: "Ask again at the time that `detail` names.",
  },
  too_many_destination_changes: {
    status: 429,
    retryAfterSeconds: 86_400,
    title: "Too many changes of the destination were asked for",
    nextStep: "Wait a day. Look who asked: `GET /v1/payees/{id}/destination-changes`.",
  },
  no_contact_for_code: {
    status: 409,
    title: "There is no contact that a code could be sent to",
    nextStep: "Ask the operator: two persons can change the destination.",
  },
  destination_change_ended: {
    status: 409,
    title: "The change of destination is not open",
    nextStep: "Ask for the change again: `POST /v1/payees/{id}/destination-changes`.",
  },
  wrong_code: {
    status: 422,
    title: "The code is not the one that was sent",
    nextStep: "Copy the code from the newest message. After five wrong ones ask for the change again.",
  },
  invalid_threshold_asset: {
    status: 422,
    title: "The threshold is in another asset",
    nextStep: "Give the threshold in the settlement asset: `GET /v1/assets` names it.",
  },
  invalid_threshold: {
    status: 422,
    title: "The threshold is too small or too large",
    nextStep: "Take one between the bounds that `detail` names.",
  },
  invalid_price: {
    status: 422,
    title: "The price is not one that is taken",
    nextStep: "Give the price in dollars, not in cents or in coins.",
  },
  invalid_fee: {
    status: 422,
    title: "The fee would leave the payees nothing",
    nextStep: "Lower the fixed fee, or leave `fee` out.",
  },
  invalid_splits: {
    status: 422,
    title: "The splits are not valid",
    nextStep: "Name each payee once, with `share_bps` that sum to 10000.",
  },
  bank_transfer_under_way: {
    status: 409,
    title: "The payment to a bank is under way",
    nextStep: "Wait for its provider, or for its deadline: the recovery desk shows both.",
  },
  period_invalid: {
    status: 422,
    title: "The period is none",
    nextStep: "Give `from` before `to`, and `to` not later than now.",
  },
  unknown_payee: {
    status: 422,
    title: "A payee is not known",
    nextStep:
      "Create the payee first (`POST /v1/payees`), or look for their id: `GET /v1/payees?external_id=`.",
  },
  payee_paused: {
    status: 409,
    title: "The payee is paused",
    nextStep: "Resume the payee first: `POST /v1/payees/{id}/resume`.",
  },
  nothing_to_pay: {
    status: 422,
    title: "There is nothing to pay",
    nextStep: "Wait until earnings are available: `GET /v1/payees/{id}` shows the balances.",
  },
  unknown_payout: {
    status: 404,
    title: "There is no such payout",
    nextStep: "Look for the id: `GET /v1/payouts`, or `GET /v1/search?q=`.",
  },
  payout_not_in_review: {
    status: 409,
    title: "The payout is not in review",
    nextStep: "Read the payout again: nobody has to decide about it now.",
  },
  payout_in_doubt: {
    status: 409,
    title: "The payee may have been paid already",
    nextStep:
      "Find out whether the payee was paid. Two persons may say that they were not: action `pay_again` on the recovery desk.",
  },
  payout_not_approved: {
    status: 409,
    title: "The payout is not approved",
    nextStep: "Have it approved as it stands, then send the same request again.",
  },
  payout_not_outside: {
    status: 409,
    title: "Nobody has taken the payout to pay it elsewhere",
    nextStep: "Take it first: `POST /v1/payouts/{id}/pay-outside`.",
  },
  chain_not_read: {
    status: 422,
    title: "Nobody here reads that chain",
    nextStep:
      "Send `reference`, `amount` and `currency` in place of `transaction_hash`, and have a second person send the same.",
  },
  payment_already_used: {
    status: 409,
    title: "The payment was recorded for another payout",
    nextStep: "Name the payment that paid this payout.",
  },
  payment_refused: {
    status: 422,
    title: "The payment does not pay the payout",
    nextStep: "Name the payment that did, or give the payout back: `POST /v1/payouts/{id}/return-to-engine`.",
  },
  paused_by_operator: {
    status: 409,
    title: "Everything is paused",
    nextStep: "End the pause first: `POST /v1/pauses/{id}/end`.",
  },
  payout_not_in_doubt: {
    status: 409,
    title: "Nothing of the payout is in doubt",
    nextStep: "Use `retry` or `give_back` instead.",
  },
  payout_under_way: {
    status: 409,
    retryAfterSeconds: 60,
    title: "Money of the payout is on its way",
    nextStep: "Wait until it has ended: `GET /v1/payouts/{id}` shows its attempts.",
  },
  insufficient_balance: {
    status: 409,
    title: "More was asked for than is available",
    nextStep: "Ask for no more than the balance `available`, or leave the amount out for all of it.",
  },
  below_minimum: {
    status: 422,
    title: "Less was asked for than can be withdrawn",
    nextStep: "Ask for at least the minimum that `detail` names, or wait until the balance has grown.",
  },
  amount_not_divisible: {
    status: 422,
    title: "This exact amount cannot be taken from the balance",
    nextStep: "Ask for one of the amounts that `detail` names.",
  },
  payees_key_needed: {
    status: 403,
    title: "This is for a payee's own key",
    nextStep: "Use a key made by `POST /v1/payees/{id}/withdrawal-keys`, or `/v1/payouts` as an operator.",
  },
  invalid_scope: {
    status: 422,
    title: "The scopes do not go together",
    nextStep:
      "Make a payee's own key by `POST /v1/payees/{id}/withdrawal-keys`, and leave withdrawals:own out here.",
  },
  payout_ended: {
    status: 409,
    title: "The payout has ended",
    nextStep: "Nothing is left to do for it. Ask for a new one: `POST /v1/payouts`.",
  },
  unknown_authorisation: {
    status: 404,
    title: "There is no such authorisation",
    nextStep: "Look for it in `GET /v1/authorisations` or `GET /v1/approval-queue`.",
  },
  authorisation_changed: {
    status: 409,
    title: "The terms are not those that were read",
    nextStep: "Read the authorisation again, and decide about the terms that it has now.",
  },
  authorisation_ended: {
    status: 409,
    title: "There is nothing to decide any more",
    nextStep: "Read what waits now: `GET /v1/approval-queue`.",
  },
  approval_list_changed: {
    status: 409,
    title: "The queue is not the one that was read",
    nextStep: "Read `GET /v1/approval-queue` again, and decide about its `list_hash`.",
  },
  approval_by_requester: {
    status: 403,
    title: "Whoever asked does not approve",
    nextStep: "Have another person approve it: an API key of another owner, or the command line.",
  },
  approved_already: {
    status: 409,
    title: "This person approved it already",
    nextStep: "Have another person approve it: `GET /v1/authorisations/{id}` shows who did.",
  },
  unknown_pause: {
    status: 404,
    title: "There is no such pause",
    nextStep: "List the pauses in force: `GET /v1/pauses`.",
  },
  unknown_refund: {
    status: 404,
    title: "There is no such refund",
    nextStep: "Look for the id: `GET /v1/refunds`, or `GET /v1/search?q=`.",
  },
  nothing_to_refund: {
    status: 409,
    title: "Nothing is left to refund",
    nextStep:
      "Read the order's payments and refunds: `GET /v1/payments?order_id=`, `GET /v1/refunds?order_id=`.",
  },
  payment_ambiguous: {
    status: 422,
    title: "The order was paid by several payments",
    nextStep: "Name one of the payments that `detail` lists as `payment_id`.",
  },
  refund_above_paid: {
    status: 409,
    title: "More than is left of what was paid",
    nextStep:
      "Refund less, or leave `share` out for all that is left: `GET /v1/refunds?order_id=` shows the others.",
  },
  refund_not_sendable: {
    status: 409,
    title: "Nothing is sent from here on that chain",
    nextStep: "Send it from where its coins are, by hand.",
  },
  refund_without_address: {
    status: 409,
    title: "Nobody has said where the refund goes",
    nextStep:
      "Name an address (action `refund`), or make the payer a new link: `POST /v1/refunds/{id}/link`.",
  },
  refund_not_set_out: {
    status: 409,
    title: "Nothing of the refund was sent yet",
    nextStep: "Wait for what `waiting_reason` says, name another address, or take it back.",
  },
  refund_has_address: {
    status: 409,
    title: "The refund has an address",
    nextStep: "Read the refund: `GET /v1/refunds/{id}` says where it goes.",
  },
  refund_ended: {
    status: 409,
    title: "The refund has ended",
    nextStep: "Read the refund: `GET /v1/refunds/{id}` says how it ended.",
  },
  refund_under_way: {
    status: 409,
    retryAfterSeconds: 60,
    title: "A transfer of the refund was signed",
    nextStep:
      "Wait until the chain has ended it: its transfer stands in `GET /v1/review` where it takes long.",
  },
  unknown_payment: {
    status: 404,
    title: "There is no such payment",
    nextStep: "Look for the id: `GET /v1/payments`, or `GET /v1/search?q=`.",
  },
  unknown_earning: {
    status: 404,
    title: "There is no such earning",
    nextStep: "Take an earning's id from `GET /v1/payments/{id}`.",
  },
  unknown_id: {
    status: 404,
    title: "The id names nothing we know",
    nextStep: "Check that the id is whole: `GET /v1/search?q=` finds what it names.",
  },
  unknown_order: {
    status: 404,
    title: "There is no such order",
    nextStep: "Look for the id: `GET /v1/orders?external_id=`, or `GET /v1/search?q=`.",
  },
  payment_not_unmatched: {
    status: 409,
    title: "The payment is not money without an order",
    nextStep: "Read the payment again: it has an order, or was refunded.",
  },
  unknown_deposit: {
    status: 404,
    title: "There is no such deposit",
    nextStep: "Look for the id: `GET /v1/deposits`, or `GET /v1/search?q=`.",
  },
  deposit_not_in_review: {
    status: 409,
    title: "The deposit is not in review",
    nextStep: "Read the deposit again: nobody has to decide about it now.",
  },
  nothing_owed_back: {
    status: 409,
    title: "Nothing of it is owed any more",
    nextStep: "Read the payee again: what they owed was collected or forgiven.",
  },
  no_surplus: {
    status: 409,
    title: "There is nothing to give back",
    nextStep:
      "Read the order again: `overpaid` shows what came too much, and the recovery desk what can be given back.",
  },
  payment_not_awaited: {
    status: 409,
    title: "Nothing of the payment is awaited",
    nextStep: "Read the payment again: its coins are here, or it was refunded.",
  },
  settlement_changed: {
    status: 409,
    title: "The processor says something else now",
    nextStep: "Read the payment again, then decide by what the processor says now.",
  },
  settlement_not_seen: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The chain shows no coins for the payment",
    nextStep: "Wait until the coins are final on the chain, then try again.",
  },
  coins_not_here: {
    status: 409,
    title: "The coins are not in a wallet of ours",
    nextStep: "Gather them first, or send them back by hand from where they lie.",
  },
  event_not_in_review: {
    status: 409,
    title: "The event is not in review",
    nextStep: "Read the recovery desk again: the event was processed or dismissed.",
  },
  unknown_dead_letter: {
    status: 404,
    title: "There is no such dead letter",
    nextStep: "Read the recovery desk again: somebody may have retried it.",
  },
  wallet_not_paused: {
    status: 409,
    title: "The wallet is not paused",
    nextStep: "Read the wallets again: it sends.",
  },
  invalid_csv: {
    status: 422,
    title: "The file cannot be read as rows",
    nextStep:
      "Correct the line that `detail` names: comma-separated values, the first line naming the columns.",
  },
  invalid_row: {
    status: 422,
    title: "A row of the file is not valid",
    nextStep: "Correct the row and import the file again.",
  },
  import_refused: {
    status: 422,
    title: "Some rows are refused, and nothing was written",
    nextStep:
      "Run the import with `dry_run: true`: it says of each row what is wrong. Correct them and import the file again.",
  },
  no_public_url: {
    status: 409,
    title: "Nobody could open the link",
    nextStep: "Set PUBLIC_URL to where the world reaches this engine, and restart it.",
  },
  invitation_used: {
    status: 409,
    title: "The invitation was used",
    nextStep: "Read its payee; pause the payee if that was not meant.",
  },
  notice_not_undecided: {
    status: 409,
    title: "Nothing of this notice is to be decided",
    nextStep: "Read the recovery desk again: it was sent, dropped, or is tried again by itself.",
  },
  unknown_review_item: {
    status: 404,
    title: "The recovery desk has no such item",
    nextStep: "Read the recovery desk again: `GET /v1/review` lists what is there.",
  },
  unknown_review_action: {
    status: 422,
    title: "The item has no such action",
    nextStep: "Use one of the item's `actions`.",
  },
  review_item_changed: {
    status: 409,
    title: "The item says something else by now",
    nextStep: "Read the item again, and decide about what it says now, with its `version` as `seen`.",
  },
  review_input_missing: {
    status: 422,
    title: "The action needs something more",
    nextStep: "Send what `detail` names in the body.",
  },
  proceeds_not_found: {
    status: 422,
    title: "The transaction brought no proceeds",
    nextStep: "Name the transactions that brought the settlement asset to the hot wallet.",
  },
  proceeds_not_final: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The transaction is not final yet",
    nextStep: "Wait until it is final, then send the same request again.",
  },
  nothing_to_convert: {
    status: 422,
    title: "There is nothing to convert",
    nextStep: "Check the asset and `deposits_until`: nothing settled of it is left to convert.",
  },
  coins_still_there: {
    status: 409,
    title: "The coins have not left their addresses",
    nextStep: "Move them first, or name an earlier `deposits_until`.",
  },
  deposits_in_review: {
    status: 409,
    title: "Coins that are not settled left with the others",
    nextStep: "Decide about those deposits on the recovery desk first.",
  },
  too_many_addresses: {
    status: 422,
    title: "The coins lay at too many addresses",
    nextStep: "Sell in parts: name an earlier `deposits_until`.",
  },
  conversion_under_way: {
    status: 409,
    retryAfterSeconds: 60,
    title: "A conversion of the asset is under way",
    nextStep: "Wait until it has ended: `GET /v1/conversions?status=swapping`.",
  },
  unknown_swap: {
    status: 404,
    title: "There is no such swap",
    nextStep: "Take a swap's id from the recovery desk, or from `explain`.",
  },
  swap_not_in_review: {
    status: 409,
    title: "The swap is not in review",
    nextStep: "Read the recovery desk again: nobody has to decide about it now.",
  },
  swap_not_funded: {
    status: 409,
    title: "Nothing was sent for the swap",
    nextStep: "Abandon or retry it: nothing is lost.",
  },
  swap_under_way: {
    status: 409,
    retryAfterSeconds: 60,
    title: "Money of the swap is on its way",
    nextStep: "Wait until it has ended.",
  },
  swap_arriving: {
    status: 409,
    retryAfterSeconds: 60,
    title: "Coins of the swap are arriving",
    nextStep: "Wait until they are final; then they are booked.",
  },
  nothing_arrived: {
    status: 409,
    title: "Nothing of the swap arrived",
    nextStep: "Check the transaction hash, or wait until the coins are final.",
  },
  swap_not_dead: {
    status: 409,
    title: "The swap may still deliver",
    nextStep: "Ask the provider for their last word, or wait until its deadline has passed.",
  },
  delivery_already_used: {
    status: 409,
    title: "The transaction paid another payout",
    nextStep: "Name the transaction that paid this payout.",
  },
  delivery_older_than_funding: {
    status: 409,
    title: "The transaction is older than the swap",
    nextStep: "Name the transaction that came after the swap was funded.",
  },
  swap_arrived: {
    status: 409,
    title: "Coins of the swap arrived",
    nextStep: "Accept what arrived: `accept_delivery` or `accept_refund`.",
  },
  wrong_chain: {
    status: 422,
    title: "The asset is on another chain",
    nextStep: "Name a transaction, or a thing, on the chain of the asset.",
  },
  top_up_not_found: {
    status: 422,
    title: "The chain does not know the transaction",
    nextStep: "Check the hash and the chain, and wait until the transaction is in a block.",
  },
  top_up_brings_nothing: {
    status: 422,
    title: "The transaction brought nothing to a wallet of ours",
    nextStep: "Name a transaction that pays a wallet of ours an asset that the registry has.",
  },
  top_up_not_final: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The transaction is not final yet",
    nextStep: "Wait until it is final, then send the same request again.",
  },
  moved_before_booked: {
    status: 409,
    retryAfterSeconds: 60,
    title: "What was moved is not booked yet",
    nextStep: "Wait until the deposit is booked, then send the same request again.",
  },
  arrival_expected_elsewhere: {
    status: 409,
    title: "Somebody else still waits for such coins",
    nextStep:
      "Wait until it has come or is given up, or prove whose the coins are: `POST /v1/arrivals/…/reattribute`.",
  },
  arrival_kept: {
    status: 409,
    title: "These coins cannot be given to that, or not now",
    nextStep: "Use the actions that the recovery desk offers for the coins.",
  },
  unknown_arrival: {
    status: 404,
    title: "There is no such arrival",
    nextStep: "List arrivals by their transaction: `GET /v1/arrivals?transaction_hash=`.",
  },
  arrival_contradicted: {
    status: 409,
    title: "The chain says something else of the arrival",
    nextStep: "Check the transaction at an explorer. If the chain is right, decide by what it shows.",
  },
  receipt_already_attributed: {
    status: 409,
    title: "The coins belong to something else",
    nextStep:
      "See whose they are: `GET /v1/arrivals?transaction_hash=`. Two persons may give them to somebody else.",
  },
  wrong_recipient: {
    status: 422,
    title: "The coins went to another address",
    nextStep: "Name a transaction that pays a wallet of ours.",
  },
  already_reversed: {
    status: 409,
    title: "It was taken back before",
    nextStep: "Read the history: there is nothing left to take back.",
  },
  entry_conflict: {
    status: 409,
    title: "It was booked before with other amounts",
    nextStep: "Read what was booked. If it stays so, tell the operator the `error_id`.",
  },
  fee_above_cap: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The network costs more now than the cap allows",
    nextStep: "Wait until the network is cheaper, or raise the chain's `…_MAX_FEE_GWEI`.",
  },
  transfer_would_revert: {
    status: 409,
    title: "The chain would refuse the transfer",
    nextStep:
      "Check the destination and the balance of the wallet: the chain says in `detail` what it would refuse.",
  },
  invalid_transaction_hash: {
    status: 422,
    title: "The transaction hash is not valid",
    nextStep: "Copy the whole hash from the wallet, or paste an explorer's link to it.",
  },
  unknown_processor: {
    status: 404,
    title: "The processor is not configured",
    nextStep: "Check the path that the processor was told to call: /webhooks/ and its name.",
  },
  unknown_event: {
    status: 404,
    title: "There is no such event",
    nextStep: "List events with their ids: `GET /v1/provider-events`.",
  },
  malformed_event: {
    status: 400,
    title: "The event cannot be read",
    nextStep: "Send the notice as the processor words it: one JSON object.",
  },
  payee_exists: {
    status: 409,
    title: "The external id names a payee with other terms",
    nextStep: "Use another `external_id`, or send the terms of the first request.",
  },
  order_not_underpaid: {
    status: 409,
    title: "Nothing was paid of the order",
    nextStep: "Wait for the payer, or cancel the order.",
  },
  order_not_cancellable: {
    status: 409,
    title: "The order cannot be cancelled any more",
    nextStep: "Do as `detail` says.",
  },
  order_refunded: { status: 409, title: "The order was refunded", nextStep: "Create a new order." },
  order_exists: {
    status: 409,
    title: "The external id names an order with other terms",
    nextStep: "Use another `external_id`, or send the terms of the first request.",
  },
  insufficient_funds: {
    status: 422,
    title: "There is not enough money",
    nextStep: "Read the balance again, and ask for no more than is there.",
  },
  stale_status: {
    status: 409,
    retryAfterSeconds: 1,
    title: "Somebody moved it first",
    nextStep: "Read it again, then decide again.",
  },
  // operators
  second_person_needed: {
    status: 409,
    title: "The decision needs a second person",
    nextStep: "Somebody else sends the very same request.",
  },
  invalid_expiry: {
    status: 422,
    title: "The key would have expired already",
    nextStep: "Name a moment that is still to come, or leave `expires_at` out.",
  },
  unknown_operator: {
    status: 404,
    title: "There is no such operator",
    nextStep: "List the operators to find the id: `GET /v1/operators`.",
  },
  operator_exists: {
    status: 409,
    title: "Somebody has that name or address already",
    nextStep: "Make another key for them, or choose another name: `GET /v1/operators` lists who is there.",
  },
  operator_retired: {
    status: 409,
    title: "Whoever is named was retired",
    nextStep: "Name another owner: nobody who was retired gets a key again.",
  },
  api_key_not_found: {
    status: 404,
    title: "There is no such API key",
    nextStep: "List the keys to find its id: `GET /v1/api-keys`.",
  },
  unknown_setting: {
    status: 404,
    title: "There is no such setting",
    nextStep: "Take a key that `detail` lists.",
  },
  invalid_setting: {
    status: 422,
    title: "The setting's value is not valid",
    nextStep: "Read the setting as it stands, correct what `detail` names, and send the whole value.",
  },
  setting_changed_meanwhile: {
    status: 409,
    title: "The setting was changed meanwhile",
    nextStep: "Read the setting again, then decide again.",
  },
} as const satisfies Record<string, ProblemKind>;

/** What stands in `problems` of an invalid_request, one code for each thing that is wrong; codes of refusals stand there too. */
export const requestProblemCodes = {
  missing: "It must be sent and was not.",
  wrong_type: "It is of another type, such as a number where a text is asked for.",
  wrong_form: "It is written in another form, such as a date without its zone.",
  not_one_of: "It is none of the values that there are.",
  too_small: "It is less, or shorter, than it may be.",
  too_large: "It is more, or longer, than it may be.",
  unknown_field: "The body has no such field; the nearest is named.",
  unknown_parameter: "The query has no such parameter; the nearest is named.",
  invalid_header: "A header is written as it may not be.",
  unstorable_text: "A text has characters that no database keeps.",
  invalid_cursor: "The cursor is none of ours.",
  cursor_of_other_list: "The cursor is of a page of another list.",
  cursor_of_other_filters: "The cursor is of a page with other filters.",
  invalid_amount: "An amount is not a decimal, or has more digits than its asset.",
  unknown_asset: "There is no such asset; the nearest is named.",
  unknown_chain: "There is no such chain; the nearest is named.",
  not_valid: "It is wrong in a way that `message` says.",
} as const;

export type PublicCode = keyof typeof problemKinds;

export const publicCodes = Object.keys(problemKinds) as readonly PublicCode[];

/** A refusal without a row here was not meant for a caller: only an id of it goes out. */
export const isPublicCode = (code: string): code is PublicCode => Object.hasOwn(problemKinds, code);

/** What to do about a refusal of this code; null: its sentence says it. */
export function nextStepOf(code: string): string | null {
  const kind: ProblemKind | null = isPublicCode(code) ? problemKinds[code] : null;
  return kind?.nextStep ?? null;
}
