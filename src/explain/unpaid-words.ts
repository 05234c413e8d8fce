interface Words {
  readonly sentence: string;
  readonly nextStep: string;
}

const codes: Readonly<Record<string, Words>> = {
  coins_not_arrived: {
    sentence: "The payment settled at its processor, and its coins have not reached a wallet of ours.",
    nextStep: "None: the wallet is looked at again. Past the deadline the payment is on the recovery desk.",
  },
  coins_not_gathered: {
    sentence: "The coins lie at the address that the payer sent them to, and are not in the hot wallet yet.",
    nextStep: "None while the cause passes by itself: they are gathered once the fee is worth it.",
  },
  coins_where_we_do_not_send: {
    sentence: "The coins lie on a chain on which there is no hot wallet of ours to send them.",
    nextStep: "Move and sell them by hand, and book the sale: `spillway conversions by-hand`.",
  },
  payment_in_review: {
    sentence: "The payment that this was earned by is in review.",
    nextStep: "Decide about the payment at the recovery desk: `spillway review list`.",
  },
  conversion_not_looked_at: {
    sentence: "The coins are here and wait for the next check of what has gathered.",
    nextStep: "None; `spillway conversions check` checks at once.",
  },
  conversion_not_worth_it: {
    sentence: "What has gathered of this asset is worth less than a conversion is made for.",
    nextStep: "None: it is converted once enough has gathered, or at the latest at the time named.",
  },
  cannot_be_converted_yet: {
    sentence: "A conversion is due and cannot be made now.",
    nextStep: "Remove the cause; the next check tries again.",
  },
  being_converted: {
    sentence: "It is part of a conversion under way.",
    nextStep: "None: its swap is followed. What calls for a person is on the recovery desk.",
  },
  refunded_meanwhile: {
    sentence: "Its payment was refunded while a conversion or payout had it.",
    nextStep: "None: whatever ends that takes it back.",
  },
  payee_paused: {
    sentence: "The payee is paused.",
    nextStep: "Resume the payee: `POST /v1/payees/{id}/resume`.",
  },
  below_threshold: {
    sentence: "The balance is below the payee's payout threshold.",
    nextStep: "None: it is paid when it has grown. An operator pays it now by `spillway payouts request`.",
  },
  destination_cooldown: {
    sentence: "Where the payee is paid was changed, and a changed destination is not paid to at once.",
    nextStep: "None: it is paid at the time named.",
  },
  payout_failed: {
    sentence: "The last payout failed for certain or was cancelled, and its balance came back.",
    nextStep: "None: another is planned at the time named.",
  },
  payout_rejected: {
    sentence: "The last payout was rejected.",
    nextStep: "It is not planned again by itself: ask for it anew by `spillway payouts request`.",
  },
  payout_paid_elsewhere: {
    sentence: "An operator pays this elsewhere; the engine sends nothing for it.",
    nextStep:
      "Pay it and record the payment, or give it back: `spillway payouts paid-outside`, `spillway payouts return-to-engine`.",
  },
  payout_awaiting_approval: {
    sentence: "Its payout waits for somebody's approval.",
    nextStep: "Approve or reject it: `spillway approvals list`.",
  },
  cannot_be_paid_yet: {
    sentence: "It is due, and there is no way to pay it now.",
    nextStep: "Remove the cause; each plan of payouts tries again.",
  },
  payout_due: {
    sentence: "It is due, and the next plan of payouts pays it.",
    nextStep: "None; `spillway payouts plan` plans at once.",
  },
  payout_under_way: {
    sentence: "It is part of a payout under way.",
    nextStep: "None: the payout is followed. What calls for a person is on the recovery desk.",
  },
  payout_at_provider: {
    sentence: "Our coins are at the swap provider, and the payee's have not been delivered.",
    nextStep: "None: the swap is followed until its deadline, then it is on the recovery desk.",
  },
  payout_in_review: {
    sentence: "Its payout is in review.",
    nextStep: "Decide about the payout at the recovery desk: `spillway review list`.",
  },
  owed_back: {
    sentence: "The payee owes this back: it was paid, and its payment was refunded, or it was paid twice.",
    nextStep: "None: it is kept of later earnings in the asset. `forgive` at the recovery desk gives it up.",
  },
};

/** What helps against a cause, where that is more than waiting. */
const causes: Readonly<Record<string, string>> = {
  below_threshold_by_value:
    "None: it is paid when it is worth the threshold, or name a threshold in the settlement asset.",
  no_price_for_threshold:
    "Name a threshold in the balance's asset, or add a price source that lists both assets.",
  no_price: "Add a price source that lists the asset: `spillway doctor` names those asked.",
  below_provider_minimum: "None: it goes when it has grown beyond the providers' minimum.",
  below_instant_minimum:
    "None: it goes when it has grown, or is gathered after a while; or lower the setting `instant_payouts`.",
  fee_share_too_high:
    "None: it goes at the amount or the time named, or when fees have fallen; or raise the limit in `payout_fees`.",
  no_wallet: "Make the hot wallet's key: `spillway keys create`.",
  no_wallet_for_settlement_asset: "Make the hot wallet's key on the settlement asset's chain.",
  no_swap_provider: "Configure a swap provider that brings the one asset to the other.",
  exposure_cap: "None: it goes when swaps in flight have ended, or raise the setting `swap_exposure`.",
  insufficient_asset: "Fund the hot wallet with the asset.",
  insufficient_gas: "Fund the hot wallet with the chain's native coin.",
  below_gas_reserve: "Fund the hot wallet with the chain's native coin.",
  fee_above_cap: "None: it goes when the chain's fees have fallen, or raise the cap.",
  rpc_unavailable: "Look why the chain's endpoints do not answer: `spillway doctor`.",
  wrong_network: "Give the chain an endpoint of its own network: `spillway doctor`.",
  signer_missing: "Start a process that has the chain's key.",
  keystore_missing: "Put the wallet's keystore where the configuration says: `spillway doctor`.",
  keystore_invalid: "Restore the wallet's keystore from its backup.",
  wrong_password: "Give the wallet's keystore its password.",
  too_many_in_flight: "None: it goes when transfers before it are final.",
  above_daily_limit: "None: it goes when the day's limit allows, or raise the limit.",
  above_transfer_limit:
    "Raise the limit for one transfer, or give the payout up: `spillway payouts resolve`.",
  transfer_would_revert:
    "Look whether the token or its receiver refuses; `spillway payouts resolve` gives it up.",
  invalid_destination: "Give the payout up and change the payee's destination: `spillway payouts resolve`.",
  not_authorised: "Authorise the transfer, or give the payout up: `spillway payouts resolve`.",
  awaiting_approval: "Approve or reject it: `spillway approvals list`.",
  paused_by_operator: "End the pause: `spillway pauses list`.",
  policy_missing: "Set the policy: `spillway settings set payout_policy`.",
  destination_cooldown: "None: a changed destination is paid to once its cooldown is over.",
  destination_changed: "None: it is planned anew, to the payee's new destination.",
  above_payout_limit: "Raise the policy's limit for one payout, or ask for less.",
  above_payee_day_limit: "None: it goes when the payee's day allows, or raise the policy's limit.",
  above_payee_month_limit: "None: it goes when the payee's 30 days allow, or raise the policy's limit.",
  above_day_limit: "None: it goes when the day allows, or raise the policy's limit.",
  above_month_limit: "None: it goes when the 30 days allow, or raise the policy's limit.",
  no_price_for_limits: "Add a price source that lists the asset: without a price no limit can be kept.",
  platform_equity_below_zero:
    "Fund the wallet: more is owed in this asset than is held. `spillway wallets top-up` books it.",
  no_rail: "Change the payee's destination to an asset that can be paid.",
  wallet_paused: "Resume the wallet: `spillway wallets resume`.",
};

/** The sentence and the next step for a code; its cause, where one is known, has the better next step. */
export function sayWhy({ code, cause }: { readonly code: string; readonly cause: string | null }): Words {
  const words = codes[code]!;
  const step = cause === null ? undefined : causes[cause];
  return {
    sentence: cause === null ? words.sentence : `${words.sentence.slice(0, -1)}: ${cause}.`,
    nextStep: step ?? words.nextStep,
  };
}
