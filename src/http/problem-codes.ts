export interface ProblemKind {
  readonly status: number;
  /** Sent as Retry-After where waiting may be all it takes; then the refusal is not kept under the Idempotency-Key. */
  readonly retryAfterSeconds?: number;
  /** The same for every occurrence; what is particular stands in `detail`. */
  readonly title: string;
  /** What the caller does next, where `detail` does not say it already. */
  readonly nextStep?: string;
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
  idempotency_key_required: { status: 400, title: "An Idempotency-Key is needed" },
  unauthenticated: {
    status: 401,
    title: "No valid API key",
    nextStep: "Send `Authorization: Bearer <API key>` with a key that is not revoked.",
  },
  invalid_signature: { status: 401, title: "The signature does not match" },
  forbidden: { status: 403, title: "The API key lacks the scope" },
  not_found: { status: 404, title: "There is nothing here" },
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
  payload_too_large: { status: 413, title: "The body is too large" },
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
  invalid_amount: { status: 422, title: "The amount is not valid" },
  unknown_asset: { status: 422, title: "The asset is not known" },
  memo_not_carried: {
    status: 422,
    title: "The memo would not be carried",
    nextStep: "Leave the memo out, or name an address that needs none.",
  },
  unknown_chain: { status: 422, title: "The chain is not known" },
  unsupported_chain: { status: 422, title: "The chain is not supported" },
  no_way_to_pay: { status: 422, title: "Nothing is left to pay with" },
  asset_not_accepted: { status: 422, title: "The asset cannot be paid directly here" },
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
  },
  too_many_claims: {
    status: 429,
    retryAfterSeconds: 60,
    title: "Too many transactions of the order wait to be verified",
  },
  chain_not_accepted: { status: 422, title: "The order is not paid on this chain" },
  wrong_network: { status: 422, title: "The transaction is of another network" },
  asset_not_offered: { status: 422, title: "The asset is not offered" },
  invalid_address: { status: 422, title: "The address is not valid" },
  invalid_threshold_asset: { status: 422, title: "The threshold is in another asset" },
  invalid_price: { status: 422, title: "The price is not one that is taken" },
  invalid_fee: { status: 422, title: "The fee would leave the payees nothing" },
  invalid_splits: { status: 422, title: "The splits are not valid" },
  unknown_payee: { status: 422, title: "A payee is not known" },
  payee_paused: { status: 409, title: "The payee is paused" },
  nothing_to_pay: { status: 422, title: "There is nothing to pay" },
  no_route: { status: 409, retryAfterSeconds: 60, title: "There is no way to pay this now" },
  unknown_payout: { status: 404, title: "There is no such payout" },
  payout_not_in_review: { status: 409, title: "The payout is not in review" },
  payout_in_doubt: { status: 409, title: "The payee may have been paid already" },
  payout_not_in_doubt: { status: 409, title: "Nothing of the payout is in doubt" },
  payout_under_way: { status: 409, retryAfterSeconds: 60, title: "Money of the payout is on its way" },
  unknown_payment: { status: 404, title: "There is no such payment" },
  unknown_earning: { status: 404, title: "There is no such earning" },
  unknown_id: { status: 404, title: "The id names nothing we know" },
  unknown_order: { status: 404, title: "There is no such order" },
  payment_not_unmatched: { status: 409, title: "The payment is not money without an order" },
  unknown_deposit: { status: 404, title: "There is no such deposit" },
  deposit_not_in_review: { status: 409, title: "The deposit is not in review" },
  nothing_owed_back: { status: 409, title: "Nothing of it is owed any more" },
  no_surplus: { status: 409, title: "There is nothing to give back" },
  payment_not_awaited: { status: 409, title: "Nothing of the payment is awaited" },
  settlement_changed: { status: 409, title: "The processor says something else now" },
  settlement_not_seen: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The chain shows no coins for the payment",
  },
  coins_not_here: { status: 409, title: "The coins are not in a wallet of ours" },
  event_not_in_review: { status: 409, title: "The event is not in review" },
  unknown_dead_letter: { status: 404, title: "There is no such dead letter" },
  wallet_not_paused: { status: 409, title: "The wallet is not paused" },
  unknown_review_item: { status: 404, title: "The recovery desk has no such item" },
  unknown_review_action: { status: 422, title: "The item has no such action" },
  review_input_missing: { status: 422, title: "The action needs something more" },
  proceeds_not_found: { status: 422, title: "The transaction brought no proceeds" },
  proceeds_not_final: { status: 409, retryAfterSeconds: 60, title: "The transaction is not final yet" },
  nothing_to_convert: { status: 422, title: "There is nothing to convert" },
  coins_still_there: { status: 409, title: "The coins have not left their addresses" },
  deposits_in_review: { status: 409, title: "Coins that are not settled left with the others" },
  too_many_addresses: { status: 422, title: "The coins lay at too many addresses" },
  conversion_under_way: {
    status: 409,
    retryAfterSeconds: 60,
    title: "A conversion of the asset is under way",
  },
  unknown_swap: { status: 404, title: "There is no such swap" },
  swap_not_in_review: { status: 409, title: "The swap is not in review" },
  swap_not_funded: { status: 409, title: "Nothing was sent for the swap" },
  swap_under_way: { status: 409, retryAfterSeconds: 60, title: "Money of the swap is on its way" },
  swap_arriving: { status: 409, retryAfterSeconds: 60, title: "Coins of the swap are arriving" },
  nothing_arrived: { status: 409, title: "Nothing of the swap arrived" },
  swap_not_dead: { status: 409, title: "The swap may still deliver" },
  delivery_already_used: { status: 409, title: "The transaction paid another payout" },
  delivery_older_than_funding: { status: 409, title: "The transaction is older than the swap" },
  swap_arrived: { status: 409, title: "Coins of the swap arrived" },
  wrong_chain: { status: 422, title: "The asset is on another chain" },
  top_up_not_found: { status: 422, title: "The chain does not know the transaction" },
  top_up_brings_nothing: { status: 422, title: "The transaction brought nothing to a wallet of ours" },
  top_up_not_final: { status: 409, retryAfterSeconds: 60, title: "The transaction is not final yet" },
  moved_before_booked: { status: 409, retryAfterSeconds: 60, title: "What was moved is not booked yet" },
  arrival_expected_elsewhere: { status: 409, title: "Somebody else still waits for such coins" },
  arrival_kept: { status: 409, title: "These coins cannot be given to that, or not now" },
  unknown_arrival: { status: 404, title: "There is no such arrival" },
  arrival_contradicted: { status: 409, title: "The chain says something else of the arrival" },
  receipt_already_attributed: { status: 409, title: "The coins belong to something else" },
  wrong_recipient: { status: 422, title: "The coins went to another address" },
  already_reversed: { status: 409, title: "It was taken back before" },
  entry_conflict: {
    status: 409,
    title: "It was booked before with other amounts",
    nextStep: "Read what was booked. If it stays so, tell the operator the `error_id`.",
  },
  fee_above_cap: {
    status: 409,
    retryAfterSeconds: 60,
    title: "The network costs more now than the cap allows",
  },
  transfer_would_revert: { status: 409, title: "The chain would refuse the transfer" },
  invalid_transaction_hash: { status: 422, title: "The transaction hash is not valid" },
  unknown_processor: { status: 404, title: "The processor is not configured" },
  unknown_event: { status: 404, title: "There is no such event" },
  malformed_event: { status: 400, title: "The event cannot be read" },
  payee_exists: { status: 409, title: "The external id names a payee with other terms" },
  order_not_underpaid: { status: 409, title: "Nothing was paid of the order" },
  order_not_cancellable: { status: 409, title: "The order cannot be cancelled any more" },
  order_refunded: { status: 409, title: "The order was refunded" },
  order_exists: { status: 409, title: "The external id names an order with other terms" },
  insufficient_funds: { status: 422, title: "There is not enough money" },
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
  invalid_expiry: { status: 422, title: "The key would have expired already" },
  api_key_not_found: { status: 404, title: "There is no such API key" },
  unknown_setting: { status: 404, title: "There is no such setting" },
  invalid_setting: { status: 422, title: "The setting's value is not valid" },
  setting_changed_meanwhile: { status: 409, title: "The setting was changed meanwhile" },
} as const satisfies Record<string, ProblemKind>;

export type PublicCode = keyof typeof problemKinds;

export const publicCodes = Object.keys(problemKinds) as readonly PublicCode[];

/** A refusal without a row here was not meant for a caller: only an id of it goes out. */
export const isPublicCode = (code: string): code is PublicCode => Object.hasOwn(problemKinds, code);

/** What to do about a refusal of this code; null: its sentence says it. */
export function nextStepOf(code: string): string | null {
  const kind: ProblemKind | null = isPublicCode(code) ? problemKinds[code] : null;
  return kind?.nextStep ?? null;
}
