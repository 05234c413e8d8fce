// Written by scripts/generate-client.ts from openapi.json; changed nowhere else.

export interface paths {
  "/webhooks/nowpayments": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Events of nowpayments */
    post: operations["receiveNowpayments"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List payees, newest first */
    get: operations["listPayees"];
    put?: never;
    /** Create a payee: somebody who is owed a share, and where they want it */
    post: operations["createPayee"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a payee with their balances */
    get: operations["getPayee"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/payout-threshold": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Set from which balance on a payee is paid */
    put: operations["setPayoutThreshold"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/payout-mode": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Set whether a payee is paid as money settles, or from a threshold on */
    put: operations["setPayoutMode"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/name": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Change what a payee is called */
    put: operations["renamePayee"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/fee": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Set our fee of a payee's part of the orders made from now on; orders that are there keep theirs
     * @description An order that names a `fee` takes that of every payee.
     */
    put: operations["setPayeeFee"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/contact": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Set how a payee is told what concerns them; the former contact is told that it is no longer used */
    put: operations["setPayeeContact"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/changes": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List what of a payee was changed, newest first */
    get: operations["listPayeeChanges"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/pause": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Pause a payee: they go on earning and are not paid */
    post: operations["pausePayee"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/resume": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Resume a payee */
    post: operations["resumePayee"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/destination-changes": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the changes of a payee's destination that were asked for, newest first */
    get: operations["listDestinationChanges"];
    put?: never;
    /**
     * Ask that a payee be paid elsewhere: it is in force once the code that their contact gets is sent back
     * @description The code goes to how the payee was told a day ago, holds for a day, and is for exactly this destination. A newer change takes the place of an open one. Where no code can be sent, two persons must send the very same request, and it is in force at once.
     */
    post: operations["changeDestination"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/destination-changes/{change_id}/confirm": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Put a change of destination in force, by the code that was sent for it */
    post: operations["confirmDestination"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/destination-changes/{change_id}/withdraw": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take back a change of destination that is not in force: its code is good no more */
    post: operations["withdrawDestinationChange"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own/destination-changes": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ask that a payee be paid elsewhere: it is in force once the code that their contact gets is sent back
     * @description The code goes to how you were told a day ago, holds for a day, and is for exactly this destination. A newer change takes the place of an open one.
     */
    post: operations["changeOwnDestination"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own/destination-changes/{change_id}/confirm": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Put a change of destination in force, by the code that was sent for it */
    post: operations["confirmOwnDestination"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own/destination-changes/{change_id}/withdraw": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take back a change of destination that is not in force: its code is good no more */
    post: operations["withdrawOwnDestinationChange"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the payee whose key asks, with their balances and why what is unpaid is unpaid */
    get: operations["getOwn"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own/payout-mode": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Set whether the payee whose key asks is paid as money settles, or from a threshold on */
    put: operations["setOwnPayoutMode"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/own/payout-threshold": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Set from which balance on the payee whose key asks is paid */
    put: operations["setOwnPayoutThreshold"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/statement": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What was booked for a payee in a period: earnings, conversions and payouts, from balance to balance
     * @description JSON, or a table (`Accept: text/csv`) or a page to be printed (`Accept: text/html`). The closing balance is the ledger's own, at any cut.
     */
    get: operations["getStatement"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payee-imports": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Create the payees of a file of comma-separated values, all of them or none; or see what would become of each
     * @description The first line names the columns, out of external_id, name, asset, address, payout_mode, payout_threshold, contact_email, contact_telegram, memo; the first four are needed. Amounts are in the settlement asset. A file may be imported again: of one external id there is one payee.
     */
    post: operations["importPayees"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payee-invitations": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List invitations, newest first */
    get: operations["listPayeeInvitations"];
    put?: never;
    /**
     * Make a link by which somebody enters where they are paid; they are a payee from then on
     * @description The link is good once. A newer one for the same external id takes the place of one that was not used.
     */
    post: operations["invitePayee"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payee-invitations/{id}/revoke": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take an invitation back: its link is good no more */
    post: operations["revokePayeeInvitation"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/orders": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List orders, newest first */
    get: operations["listOrders"];
    put?: never;
    /** Create an order and its checkout page */
    post: operations["createOrder"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/orders/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an order */
    get: operations["getOrder"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/orders/{id}/accept": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take what was paid of an order as its whole price: the order is paid, the shares stay as they are */
    post: operations["acceptOrder"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/orders/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Withdraw an order of which nothing was paid; what comes all the same is a late payment */
    post: operations["cancelOrder"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/public/orders": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Create an order from a web page, by a publishable key
     * @description Whoever visits the page can send what they like: before you deliver, read the order by a secret key and compare its price and splits with your own.
     */
    post: operations["createPublicOrder"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/public/orders/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read from a web page how an order stands, by a publishable key */
    get: operations["getPublicOrder"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payments": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List payments, newest first */
    get: operations["listPayments"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payments/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a payment with its earnings */
    get: operations["getPayment"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payments/{id}/explain": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What became of a payment: fee, shares, conversions */
    get: operations["explainPayment"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/provider-events": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List what payment processors told us, newest first */
    get: operations["listProviderEvents"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/provider-events/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read what a payment processor told us once */
    get: operations["getProviderEvent"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/provider-events/backfill": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ask the processors now for what no notice told us; a worker does it */
    post: operations["backfillProviderEvents"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/provider-events/{id}/replay": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Process a stored event again; harmless if it was processed before */
    post: operations["replayProviderEvent"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/events": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List what payment processors told us, newest first
     * @deprecated
     * @description The former name of /v1/provider-events; it answers alike.
     */
    get: operations["listEvents"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/events/{id}/replay": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Process a stored event again; harmless if it was processed before
     * @deprecated
     * @description The former name of /v1/provider-events; it answers alike.
     */
    post: operations["replayEvent"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payments/verify": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Tell us the hash of a payment made on a chain; answers where it stands */
    post: operations["verifyPayment"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payments/verify/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read where a payment that was told by its hash stands */
    get: operations["getPaymentClaim"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/deposits": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List transfers to our addresses, newest first */
    get: operations["listDeposits"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/deposits/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a transfer to an address of ours */
    get: operations["getDeposit"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/deposits/unlisted": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the newest transfers to our addresses of things that the registry lacks */
    get: operations["listUnlistedTransfers"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/orders/{id}/refunds": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give a payment of an order back to its payer, whole or a part of it
     * @description In the asset that came to us, to an address that you name or that its payer confirms by a link. The shares of its payees go back in proportion. Whether somebody must approve it first is the policy's to say.
     */
    post: operations["refundOrder"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/refunds": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List refunds to payers, newest first */
    get: operations["listRefunds"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/refunds/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a refund, with every try of sending it and every step it took */
    get: operations["getRefund"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/refunds/{id}/link": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make a new link for the payer of a refund that has no address; an earlier one is good no more */
    post: operations["renewRefundLink"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/refunds/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send nothing: what was to be refunded is where it was. Not once a transfer of it was signed */
    post: operations["cancelRefund"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/conversions": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List conversions, newest first */
    get: operations["listConversions"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/conversions/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a conversion with its shares, rate and swaps */
    get: operations["getConversion"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/conversion-checks": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Why each asset was or was not converted when last checked */
    get: operations["listConversionChecks"];
    put?: never;
    /** Check the conversion trigger now */
    post: operations["checkConversions"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/conversions/by-hand": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Book coins that you sold with your own wallet, and divide what they brought among their payees
     * @description For coins of direct payments at addresses that the engine cannot gather from. Move and sell them, send the proceeds to the hot wallet in the settlement asset, and name those transactions. The same transactions again answer the same conversion.
     */
    post: operations["convertByHand"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List payouts, newest first */
    get: operations["listPayouts"];
    put?: never;
    /** Ask for what a payee has available, or an exact part of it, below the threshold too */
    post: operations["requestPayout"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a payout with its attempts */
    get: operations["getPayout"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/explain": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Walk a payout back to its payments, with rates, fees and hashes */
    get: operations["explainPayout"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payout-waits": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Why balances that are due are not paid yet */
    get: operations["listPayoutWaits"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payout-plans": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Plan payouts now, instead of at the next scheduled check */
    post: operations["planPayouts"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take back a payout of which nothing was done outside yet: the balance is the payee's again */
    post: operations["cancelPayout"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/resolve": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Decide about a payout in review: another attempt, or the balance back to the payee */
    post: operations["resolvePayout"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/preview": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** See which ways a payout has, what reaches the payee, and whether it needs approval; nothing is held */
    post: operations["previewPayout"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/policy/preview": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** See what the policy, or one that you try, says of a payout */
    post: operations["previewPolicy"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/banks": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The banks that a currency is paid to, with the code that a destination begins with */
    get: operations["listBanks"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/bank-accounts/{account}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whose a bank account is, as its bank says: to be confirmed before a payee is paid there */
    get: operations["getBankAccount"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/pay-outside": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take an approved payout to pay it elsewhere: the engine sends nothing for it any more */
    post: operations["payPayoutOutside"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/paid-outside": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Record the payment of a payout that was paid elsewhere; its chain, or a second person, proves it */
    post: operations["recordPaidOutside"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payouts/{id}/return-to-engine": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Give a payout back that was to be paid elsewhere: the engine pays it */
    post: operations["returnPayoutToEngine"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/payees/{id}/withdrawal-keys": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Create a key by which a payee withdraws their own balance; it is shown in this answer only */
    post: operations["createWithdrawalKey"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/withdrawals": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List what was and is paid to the payee whose key asks, newest first */
    get: operations["listWithdrawals"];
    put?: never;
    /** Ask for the payee's own balance, or an exact part of it: held at once, paid when it may leave */
    post: operations["withdraw"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/withdrawals/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a withdrawal of the payee whose key asks */
    get: operations["getWithdrawal"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/withdrawals/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take back a withdrawal of which nothing was done outside yet */
    post: operations["cancelWithdrawal"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/authorisations": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List authorisations, newest first */
    get: operations["listAuthorisations"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/authorisations/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an authorisation and who approved it */
    get: operations["getAuthorisation"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/approval-queue": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read all that waits for approval as one list, with the hash of exactly that list */
    get: operations["getApprovalQueue"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/approval-decisions": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Approve or reject exactly what was read: single authorisations, or the whole queue */
    post: operations["decideApprovals"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/pauses": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the pauses in force */
    get: operations["listPauses"];
    put?: never;
    /** Stop everything, a chain or a rail before its next signature; what is signed already is told */
    post: operations["pause"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/pauses/{id}/end": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End a pause: what waited is signed again, as far as its approval still holds */
    post: operations["endPause"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/reconciliation": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Check every promise of the books and whether what is owed is there, and compare wallets with their chains */
    get: operations["reconcile"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/review": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The recovery desk: everything a person should look at, the longest waiting first */
    get: operations["listReview"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/review/{thing}/{id}/{action}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Do one of an item's safe actions; who did it is recorded */
    post: operations["actOnReview"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/wallets": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Every wallet of ours, asset by asset: balances, gas left, and why it does not send */
    get: operations["listWallets"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/arrivals": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List what reached our wallets and whose it is, newest first */
    get: operations["listArrivals"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/arrivals/{chain}/{transaction_hash}/{index}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an arrival with everybody who had it before */
    get: operations["getArrival"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/arrivals/{chain}/{transaction_hash}/{index}/reattribute": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give an arrival to somebody else, with a proof, by two persons
     * @description The chain is read first. Whoever had it is booked back, an order's payees and our fee too; what they had spent is a loss of the platform's, against which stands what payees owe back, and appears on the recovery desk. `unclaimed` frees it for whoever shows more: then use the desk's own actions.
     */
    post: operations["reattributeArrival"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/search": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Find what an id, transaction hash, address or external id names, among what the key may read */
    get: operations["search"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/assets": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What is offered for payments and payouts, from which value on, and why not */
    get: operations["listAssets"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/settings/{key}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a setting as it stands */
    get: operations["getSetting"];
    /** Change a setting; it holds at once, without a restart, or when as many people agree as the policy asks for */
    put: operations["changeSetting"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/settings/{key}/history": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the versions of a setting, newest first */
    get: operations["listSettingVersions"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/operators": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List operators, newest first, the retired ones too */
    get: operations["listOperators"];
    put?: never;
    /** Add somebody who may use the API; what they may do is said by their keys */
    post: operations["addOperator"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/operators/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read who somebody is */
    get: operations["getOperator"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/operators/{id}/retire": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Retire somebody for ever: all their keys are refused at once. What they decided stays decided */
    post: operations["retireOperator"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/api-keys": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List API keys, newest first */
    get: operations["listApiKeys"];
    put?: never;
    /** Create an API key; it is shown in this answer only */
    post: operations["createApiKey"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/api-keys/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read what an API key may do; the key itself is not kept */
    get: operations["getApiKey"];
    put?: never;
    post?: never;
    /** Revoke an API key, at once and for ever */
    delete: operations["revokeApiKey"];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    ActOnReview: {
      /**
       * Format: uuid
       * @description assign: the order that the money is for
       */
      order_id?: string;
      /** @description refund: where the payer wants the coins */
      address?: string;
      /** @description top_up, accept_delivery, accept_refund, paid_outside: what brought the coins */
      transaction_hash?: string;
      /** @description acknowledge: the version that you read; with any action: refused if it changed since */
      seen?: string;
    };
    AddOperator: {
      /** @description As others call them; one name is one person */
      name: string;
      /** Format: email */
      email?: string;
    };
    /** @description Who may use the API, and for what */
    ApiKey: {
      /** Format: uuid */
      id: string;
      name: string;
      /** @description Whose it is: keys of one owner are one person where a decision needs two */
      owner: string;
      /**
       * Format: uuid
       * @description Of its owner; null: a payee's own key
       */
      operator_id: string | null;
      /** @description Its first characters */
      hint: string;
      /**
       * @description What the key says of itself; keys that say nothing are live
       * @enum {string}
       */
      mode: "live" | "test";
      scopes: components["schemas"]["Scope"][];
      /**
       * Format: uuid
       * @description Whose own withdrawals it asks for; null: an operator's key
       */
      payee_id: string | null;
      /** @description null: that was not kept */
      created_by: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description From then on it is refused; null: never
       */
      expires_at: string | null;
      /**
       * Format: date-time
       * @description To the minute; null: never
       */
      last_used_at: string | null;
      /**
       * Format: date-time
       * @description null: it was not revoked
       */
      revoked_at: string | null;
    };
    /** @description One page of a list */
    ApiKeyPage: {
      data: components["schemas"]["ApiKey"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description One person's word */
    Approval: {
      person: string;
      by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      at: string;
    };
    /** @description What waits for approval */
    ApprovalQueue: {
      data: components["schemas"]["Authorisation"][];
      /** @description Of these and no others: say it to decide about all of them */
      list_hash: string;
      /** @description Of those that have a price */
      usd: string;
      /** @description Whether more than 10000 wait */
      more: boolean;
    };
    /** @description What reached a wallet of ours, and whose it is */
    Arrival: {
      chain: string;
      transaction_hash: string;
      /** @description Which of the transaction's transfers */
      index: string;
      /** @description As the chain names it; empty: it names none */
      from_address: string;
      amount: components["schemas"]["Money"];
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      received_at: string;
      /** @description Who has it: settlement, swap, deposit, move, top_up, unclaimed and so on */
      claimant: string;
      /** Format: uuid */
      claimant_id: string;
      /** @description By what, strongest first: own_transfer, reattributed, named_hash, …, operator */
      evidence: string;
      /** @description Who said so: a provider, a job, an API key, the command line */
      attributed_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      attributed_at: string;
      /** @description Of a re-attribution; null: it is none */
      reason: string | null;
      /** @description What showed it; null: it is no re-attribution */
      proof: string | null;
      /** @description Of that, what whoever had it before had spent already */
      lost: components["schemas"]["Money"];
    };
    /** @description One page of a list */
    ArrivalPage: {
      data: components["schemas"]["Arrival"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description For how many hours coins that a processor or swap provider owes us are kept for it: an operator's word and the search for surplus do not claim coins like them. After that, two persons may. */
    ArrivalWindowValue: {
      expected_hours: number;
    };
    /** @description An arrival with everybody who had it before, oldest first */
    ArrivalWithHistory: {
      chain: string;
      transaction_hash: string;
      /** @description Which of the transaction's transfers */
      index: string;
      /** @description As the chain names it; empty: it names none */
      from_address: string;
      amount: components["schemas"]["Money"];
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      received_at: string;
      /** @description Who has it: settlement, swap, deposit, move, top_up, unclaimed and so on */
      claimant: string;
      /** Format: uuid */
      claimant_id: string;
      /** @description By what, strongest first: own_transfer, reattributed, named_hash, …, operator */
      evidence: string;
      /** @description Who said so: a provider, a job, an API key, the command line */
      attributed_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      attributed_at: string;
      /** @description Of a re-attribution; null: it is none */
      reason: string | null;
      /** @description What showed it; null: it is no re-attribution */
      proof: string | null;
      /** @description Of that, what whoever had it before had spent already */
      lost: components["schemas"]["Money"];
      history: {
        /** @description Who has it: settlement, swap, deposit, move, top_up, unclaimed and so on */
        claimant: string;
        /** Format: uuid */
        claimant_id: string;
        /** @description By what, strongest first: own_transfer, reattributed, named_hash, …, operator */
        evidence: string;
        /** @description Who said so: a provider, a job, an API key, the command line */
        attributed_by: string;
        /**
         * Format: date-time
         * @description ISO 8601, UTC
         */
        attributed_at: string;
        /** @description Of a re-attribution; null: it is none */
        reason: string | null;
        /** @description What showed it; null: it is no re-attribution */
        proof: string | null;
        /**
         * Format: date-time
         * @description ISO 8601, UTC
         */
        until: string;
        lost: string;
      }[];
    };
    /** @description One asset, what it is offered for here, and why not */
    Asset: {
      id: string;
      chain: string;
      symbol: string;
      decimals: number;
      /** @description null: the chain's own coin */
      contract: string | null;
      /** @description Payments straight on its chain */
      accept: {
        /** @description Whether an order may name it in accept_assets */
        offered: boolean;
        /** @description One address for all orders: only exact amounts are told apart */
        shared_address: boolean;
        /**
         * @description Why it is not offered, to branch on; null: it is
         * @enum {string|null}
         */
        reason: "not_offered" | "no_chain" | "no_wallet" | "no_price" | "no_provider" | null;
        /** @description The same in words; null: it is offered */
        because: string | null;
      };
      /** @description Balances in the settlement asset, to a payee who wants this one */
      pay_out: {
        /** @description Whether a payee's balance can reach them in it */
        offered: boolean;
        /**
         * @description null: it is not offered
         * @enum {string|null}
         */
        route: "direct" | "swap" | "bank" | null;
        /**
         * @description Why it is not offered, to branch on; null: it is
         * @enum {string|null}
         */
        reason: "not_offered" | "no_chain" | "no_wallet" | "no_price" | "no_provider" | null;
        /** @description The same in words; null: it is offered */
        because: string | null;
      };
    };
    Assets: {
      /** @description What earnings are converted into, and balances wait in */
      settlement_asset: string;
      minimums: components["schemas"]["Minimums"];
      data: components["schemas"]["Asset"][];
    };
    /** @description That something may leave, or be changed: what exactly, and on whose word */
    Authorisation: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      subject: "payout" | "refund" | "change";
      /**
       * Format: uuid
       * @description Of the payout or refund, or of the change itself
       */
      subject_id: string;
      /**
       * Format: uuid
       * @description null: it is for no payee
       */
      payee_id: string | null;
      /** @description All that is bound, amounts in base units: other terms are another authorisation */
      terms: {
        [key: string]: string | number | null;
      };
      /** @description SHA-256 of the terms: say it to approve or reject exactly them */
      terms_hash: string;
      /** @description Worth when it was asked for; null: it had no price */
      usd: string | null;
      /** @description Of payout_policy; null: none could be read */
      policy_version: number | null;
      /** @description How many people must approve it; 0: the policy let it go */
      approvers: number;
      /** @description Why so many, in stable words */
      because: string[];
      requested_by: string;
      /** @enum {string} */
      status: "waiting" | "granted" | "applied" | "rejected" | "void" | "expired";
      /** @description Of a rejection; the payee reads it. null: it was not rejected */
      reason: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    /** @description One page of a list */
    AuthorisationPage: {
      data: components["schemas"]["Authorisation"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description An authorisation and who approved it */
    AuthorisationWithApprovals: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      subject: "payout" | "refund" | "change";
      /**
       * Format: uuid
       * @description Of the payout or refund, or of the change itself
       */
      subject_id: string;
      /**
       * Format: uuid
       * @description null: it is for no payee
       */
      payee_id: string | null;
      /** @description All that is bound, amounts in base units: other terms are another authorisation */
      terms: {
        [key: string]: string | number | null;
      };
      /** @description SHA-256 of the terms: say it to approve or reject exactly them */
      terms_hash: string;
      /** @description Worth when it was asked for; null: it had no price */
      usd: string | null;
      /** @description Of payout_policy; null: none could be read */
      policy_version: number | null;
      /** @description How many people must approve it; 0: the policy let it go */
      approvers: number;
      /** @description Why so many, in stable words */
      because: string[];
      requested_by: string;
      /** @enum {string} */
      status: "waiting" | "granted" | "applied" | "rejected" | "void" | "expired";
      /** @description Of a rejection; the payee reads it. null: it was not rejected */
      reason: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      approvals: components["schemas"]["Approval"][];
    };
    /** @description What a payee has, one amount an asset */
    Balances: {
      /** @description Earned, not converted yet */
      pending: components["schemas"]["Money"][];
      /** @description Can be paid out */
      available: components["schemas"]["Money"][];
      /** @description In a payout under way */
      held: components["schemas"]["Money"][];
      paid: components["schemas"]["Money"][];
      /** @description Owed back, because what was paid was refunded: kept of later earnings in the same asset */
      recoverable: components["schemas"]["Money"][];
    };
    Bank: {
      code: string;
      name: string;
    };
    BankAccount: {
      account: string;
      holder: string;
    };
    /** @description What is kept of a payout to a bank, in basis points, for what the float's currency may lose until it is bought again. */
    BankPayoutsValue: {
      spread_bps: number;
    };
    ChangeSetting: {
      /** @description The whole new value, of the shape that the key has */
      value:
        | components["schemas"]["ConversionTriggerValue"]
        | components["schemas"]["SettlementAssetValue"]
        | components["schemas"]["PlatformFeeValue"]
        | components["schemas"]["OrderDefaultsValue"]
        | components["schemas"]["DirectPaymentsValue"]
        | components["schemas"]["InstantPayoutsValue"]
        | components["schemas"]["PayoutFeesValue"]
        | components["schemas"]["PlatformEquityValue"]
        | components["schemas"]["WithdrawalsValue"]
        | components["schemas"]["PayoutPolicyValue"]
        | components["schemas"]["RefundTermsValue"]
        | components["schemas"]["SwapExposureValue"]
        | components["schemas"]["SwapVarianceValue"]
        | components["schemas"]["BankPayoutsValue"]
        | components["schemas"]["TransferLimitsValue"]
        | components["schemas"]["SecondPersonValue"]
        | components["schemas"]["ArrivalWindowValue"]
        | components["schemas"]["OperatorContactsValue"];
      /** @description Refuse if somebody changed it since this version */
      expected_version?: number;
    };
    CheckConversions: {
      /**
       * @description Convert whatever the provider's minimum allows, below the trigger too
       * @default false
       */
      force?: boolean;
    };
    /** @description What the transaction brought us */
    ClaimedTransfer: {
      /**
       * Format: uuid
       * @description The booked payment; null while it is not booked
       */
      id: string | null;
      /** @description Which of the transaction's transfers */
      transfer_index: string;
      /** @enum {string} */
      status: "confirming" | "credited" | "in_review" | "ignored" | "reversed" | "refunded";
      amount: components["schemas"]["Money"];
      /** @description Of that, beyond the price: kept for the payer */
      surplus: components["schemas"]["Money"];
      /** @description The chain can no longer take it back */
      final: boolean;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      block_time: string;
    };
    /** @description One asset of one wallet, booked and on its chain */
    ComparedWallet: {
      chain: string;
      address: string;
      asset: string;
      booked: string;
      on_chain: string;
      /** @description Sent on chain, booked once final */
      not_final: string;
      /** @description Zero where books and chain agree */
      difference: string;
    };
    /** @description How a person is told */
    Contact: {
      /** @enum {string} */
      channel: "email" | "telegram";
      /** @description An e-mail address; the id of a Telegram chat */
      address: string;
    };
    /**
     * @description A small batch of earnings of one asset turned into the settlement asset
     * @example {
     *       "id": "019e6f48-b5c0-7e55-9d26-4f0a1b9c8d05",
     *       "source": {
     *         "asset": "ethereum:ETH",
     *         "amount": "0.5"
     *       },
     *       "target_asset": "ethereum:USDT",
     *       "target": {
     *         "asset": "ethereum:USDT",
     *         "amount": "1512.204311"
     *       },
     *       "weights": "source_amount",
     *       "status": "distributed",
     *       "trigger": "minimum_value",
     *       "settings_version": 0,
     *       "created_at": "2026-11-21T11:00:00.000Z",
     *       "distributed_at": "2026-11-21T11:14:00.000Z"
     *     }
     */
    Conversion: {
      /** Format: uuid */
      id: string;
      source: components["schemas"]["Money"];
      target_asset: string;
      /** @description What really arrived; null: nothing yet */
      target: components["schemas"]["Money"] | null;
      /** @enum {string} */
      weights: "source_amount" | "usd_value";
      /** @enum {string} */
      status: "claimed" | "swapping" | "distributed" | "released";
      /** @description Why it began */
      trigger: string;
      /** @description Version of conversion_trigger that it follows */
      settings_version: number;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description null: not distributed
       */
      distributed_at: string | null;
    };
    /** @description Why an asset was, or was not, converted */
    ConversionCheck: {
      pending: components["schemas"]["Money"];
      /** @description null: there was no price */
      pending_usd: string | null;
      /** @enum {string} */
      decision: "converted" | "waiting";
      reason: string;
      /**
       * Format: uuid
       * @description The conversion that began; null: none
       */
      conversion_id: string | null;
    };
    /** @description One page of a list */
    ConversionPage: {
      data: components["schemas"]["Conversion"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description One payee's part of a conversion */
    ConversionShare: {
      /** Format: uuid */
      payee_id: string;
      source: components["schemas"]["Money"];
      /** @description null: not distributed yet */
      target: components["schemas"]["Money"] | null;
      /** @description How many of the payee's are in it */
      earnings: number;
    };
    /** @description When pending earnings are converted, and how. */
    ConversionTriggerValue: {
      minimum_usd: string;
      maximum_age_hours: number;
      interval_minutes: number;
      /** @enum {string} */
      weights: "source_amount" | "usd_value";
      /** @enum {string} */
      flow: "standard" | "fixed-rate";
      maximum_slippage_bps: number;
    };
    /** @description A conversion, everybody's part of it, and its swaps */
    ConversionWithShares: {
      /** Format: uuid */
      id: string;
      source: components["schemas"]["Money"];
      target_asset: string;
      /** @description What really arrived; null: nothing yet */
      target: components["schemas"]["Money"] | null;
      /** @enum {string} */
      weights: "source_amount" | "usd_value";
      /** @enum {string} */
      status: "claimed" | "swapping" | "distributed" | "released";
      /** @description Why it began */
      trigger: string;
      /** @description Version of conversion_trigger that it follows */
      settings_version: number;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description null: not distributed
       */
      distributed_at: string | null;
      shares: components["schemas"]["ConversionShare"][];
      /** @description Whole target coins for one whole source coin; null: nothing arrived yet */
      rate: string | null;
      swaps: components["schemas"]["ExplainedSwap"][];
    };
    ConvertByHand: {
      /** @description What was sold: solana:USDC */
      source_asset: string;
      /** @description On the settlement asset's chain: what brought the proceeds to the hot wallet */
      transaction_hashes: string[];
      /**
       * Format: date-time
       * @description Deposits mined later were not sold. Left out: up to the last of these transactions
       */
      deposits_until?: string;
    };
    CreateApiKey: {
      name: string;
      /** @description Whose the key is; an owner called like the key, if left out */
      owner?: string;
      scopes?: components["schemas"]["Scope"][];
      /**
       * @description Instead of scopes: those of a viewer, an operator, an approver or an administrator
       * @enum {string}
       */
      role?: "viewer" | "operator" | "approver" | "admin";
      /**
       * Format: date-time
       * @description From then on it is refused; never, if left out
       */
      expires_at?: string;
      /**
       * @description What the key says of itself: spw_live_… or spw_test_…; that of the key that asks, if left out
       * @enum {string}
       */
      mode?: "live" | "test";
    };
    /**
     * @example {
     *       "external_id": "cart-1042",
     *       "description": "Course for beginners",
     *       "price_usd": "25",
     *       "splits": [
     *         {
     *           "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *           "share_bps": 10000
     *         }
     *       ]
     *     }
     */
    CreateOrder: {
      /** @description Yours. The same id with the same terms returns the first order. */
      external_id?: string;
      /** @default payment */
      purpose?: string;
      /** @default Payment */
      description?: string;
      /** @description US dollars, 0.01 to 10000000 */
      price_usd: string;
      /** @description Who gets which part of what remains after the fee; sums to 10000 */
      splits: {
        /** Format: uuid */
        payee_id: string;
        share_bps: number;
      }[];
      /** @description For every payee; the platform_fee setting, and a payee's own terms for their part, if left out */
      fee?: {
        bps: number;
        /** @description On top of that; null: nothing */
        fixed?: components["schemas"]["PositiveMoney"] | null;
      };
      /** @description How much less than the price still counts as paid */
      tolerance_bps?: number;
      /** @description The order_defaults setting if left out */
      expires_in_minutes?: number;
      /**
       * @description Assets that may be paid straight on their chains, such as bnb-smart-chain:USDT
       * @default []
       */
      accept_assets?: string[];
      /** @description Whether the processor's checkout page is offered too; if left out, only where no asset is accepted directly */
      checkout?: boolean;
      /**
       * @description Yours: at most 20 names, each with a text of at most 500 characters. No secrets
       * @default {}
       */
      metadata?: {
        [key: string]: string;
      };
    };
    /**
     * @example {
     *       "external_id": "author-7",
     *       "name": "Ada",
     *       "destination": {
     *         "asset": "ethereum:USDT",
     *         "address": "0x52908400098527886E0F7030069857D2E4169EE7"
     *       },
     *       "payout_threshold": {
     *         "asset": "ethereum:USDT",
     *         "amount": "50"
     *       },
     *       "contact": {
     *         "channel": "email",
     *         "address": "ada@author.example"
     *       }
     *     }
     */
    CreatePayee: {
      /** @description Yours. The same id with the same terms returns the first payee. */
      external_id?: string;
      name: string;
      /**
       * @default threshold
       * @enum {string}
       */
      payout_mode?: "instant" | "threshold";
      destination: components["schemas"]["NewDestination"];
      /** @description In the settlement asset; 50 of it if left out */
      payout_threshold?: components["schemas"]["PositiveMoney"];
      /** @description How they are told what concerns them; left out: they are not */
      contact?: components["schemas"]["NewContact"];
      /**
       * @description Yours: at most 20 names, each with a text of at most 500 characters. No secrets
       * @default {}
       */
      metadata?: {
        [key: string]: string;
      };
    };
    CreatePublicOrder: {
      /** @default Payment */
      description?: string;
      /** @description US dollars, 0.01 to 10000000 */
      price_usd: string;
      /** @description Who gets which part of what remains after the fee; sums to 10000 */
      splits: {
        /** Format: uuid */
        payee_id: string;
        share_bps: number;
      }[];
      /**
       * @description Assets that may be paid straight on their chains, such as bnb-smart-chain:USDT
       * @default []
       */
      accept_assets?: string[];
      /** @description Whether the processor's checkout page is offered too; if left out, only where no asset is accepted directly */
      checkout?: boolean;
    };
    CreateWithdrawalKey: {
      /**
       * Format: date-time
       * @description From then on it is refused; a year at most
       */
      expires_at: string;
    };
    DecideApprovals: {
      /** @enum {string} */
      decision: "approve" | "reject";
      items?: {
        /** Format: uuid */
        id: string;
        terms_hash: string;
      }[];
      /** @description Instead of items: of the queue as it was read */
      list_hash?: string;
      /** @description For a rejection; the payee reads it */
      reason?: string;
    };
    DecidedApprovals: {
      data: components["schemas"]["Authorisation"][];
    };
    /**
     * @description One transfer to an address of ours, as its chain shows it
     * @example {
     *       "id": "019e6f3a-8f00-7177-8f48-6b2c3d1e0f07",
     *       "chain": "ethereum",
     *       "transaction_hash": "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b",
     *       "transfer_index": "0",
     *       "address": "0x52908400098527886E0F7030069857D2E4169EE7",
     *       "from_address": null,
     *       "order_id": "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
     *       "payment_id": "019e6f3a-9d40-7c22-9f01-6b2a7d3c5e02",
     *       "status": "credited",
     *       "reason": null,
     *       "amount": {
     *         "asset": "ethereum:USDT",
     *         "amount": "26"
     *       },
     *       "surplus": {
     *         "asset": "ethereum:USDT",
     *         "amount": "1"
     *       },
     *       "final": true,
     *       "block_time": "2026-11-21T10:01:00.000Z",
     *       "gathered_at": null,
     *       "created_at": "2026-11-21T10:01:12.000Z"
     *     }
     */
    Deposit: {
      /** Format: uuid */
      id: string;
      chain: string;
      transaction_hash: string;
      /** @description Which of the transaction's transfers */
      transfer_index: string;
      /** @description Ours */
      address: string;
      /** @description As the chain names it, and no proof of who paid; null: it names none */
      from_address: string | null;
      /**
       * Format: uuid
       * @description The order it pays; null: none is known
       */
      order_id: string | null;
      /**
       * Format: uuid
       * @description What it was booked as; null: it is not booked
       */
      payment_id: string | null;
      /** @enum {string} */
      status: "confirming" | "credited" | "in_review" | "ignored" | "reversed" | "refunded";
      /** @description Why it is in review, ignored or reversed; null: it is not */
      reason: string | null;
      amount: components["schemas"]["Money"];
      /** @description Of that, beyond the price: kept for the payer */
      surplus: components["schemas"]["Money"];
      /** @description The chain can no longer take it back */
      final: boolean;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      block_time: string;
      /**
       * Format: date-time
       * @description When its coins reached the hot wallet; null: they have not
       */
      gathered_at: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    /** @description One page of a list */
    DepositPage: {
      data: components["schemas"]["Deposit"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description Where a payee wants their money, and in what */
    Destination: {
      /** @description What they are paid in: its id */
      asset: string;
      address: string;
      /** @description Tag of an address that many share; null: the address needs none */
      memo: string | null;
    };
    /** @description A change of where a payee is paid, as it was asked for */
    DestinationChange: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      payee_id: string;
      destination: components["schemas"]["Destination"];
      /**
       * @description open: it waits for its code; refused: too many wrong codes; replaced: by a newer change
       * @enum {string}
       */
      state: "open" | "confirmed" | "withdrawn" | "replaced" | "refused" | "expired";
      /** @description Where the code went, most of it hidden; null: two persons said so, and no code was sent */
      told: string | null;
      tries_left: number;
      requested_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      requested_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /** @description null: nobody */
      ended_by: string | null;
      /**
       * Format: date-time
       * @description null: it is open, or nobody confirmed it in time
       */
      ended_at: string | null;
    };
    /** @description One page of a list */
    DestinationChangePage: {
      data: components["schemas"]["DestinationChange"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description A promise of the books that does not hold, or more owed than held */
    Difference: {
      check: string;
      id: string;
      detail: string;
    };
    /** @description Payments straight to our addresses: how long an amount holds, how many confirmations they need by chain and value (finality where no line says otherwise), what counts as overpaid, as dust and as late, and when coins are gathered. */
    DirectPaymentsValue: {
      quote_minutes: number;
      confirmations: {
        chain: string;
        below_usd: string;
        confirmations: number;
      }[];
      /** @description null: one endpoint is enough */
      two_endpoints_from_usd: string | null;
      overpaid_bps: number;
      minimum_usd: string;
      late_payments: {
        /** @enum {string} */
        policy: "credit" | "review";
        within_hours: number;
      };
      sweep_maximum_fee_bps: number;
    };
    /**
     * @description One payee's part of one payment
     * @example {
     *       "id": "019e6f3b-2280-7d44-8c15-3e9f0a8b7c04",
     *       "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *       "status": "available",
     *       "route": "threshold",
     *       "share": {
     *         "asset": "ethereum:USDT",
     *         "amount": "23.765"
     *       },
     *       "available": {
     *         "asset": "ethereum:USDT",
     *         "amount": "23.765"
     *       },
     *       "conversion_id": null,
     *       "payout_id": null
     *     }
     */
    Earning: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      payee_id: string;
      /** @enum {string} */
      status: "pending" | "converting" | "available" | "held" | "paid" | "reversed";
      /** @enum {string} */
      route: "instant" | "threshold";
      /** @description As received */
      share: components["schemas"]["Money"];
      /** @description After the conversion; null: not converted yet */
      available: components["schemas"]["Money"] | null;
      /**
       * Format: uuid
       * @description null: in no conversion
       */
      conversion_id: string | null;
      /**
       * Format: uuid
       * @description null: in no payout
       */
      payout_id: string | null;
    };
    /** @description One try of sending a payout */
    ExplainedAttempt: {
      seq: number;
      route: string;
      status: string;
      /** @description What ended it; null: it succeeded, or goes on */
      outcome: string | null;
      /** @description Our transfer; null: not sent */
      transfer_hash: string | null;
      /** @description null: not known yet */
      network_fee: components["schemas"]["Money"] | null;
      /** @description null: it needs none */
      swap: components["schemas"]["ExplainedSwap"] | null;
    };
    /** @description A conversion with its rate and swaps */
    ExplainedConversion: {
      /** Format: uuid */
      conversion_id: string;
      source: components["schemas"]["Money"];
      /** @description What really arrived; null: nothing yet */
      target: components["schemas"]["Money"] | null;
      /** @description Whole target coins for one whole source coin, cut after 12 digits; null: nothing arrived yet */
      rate: string | null;
      /** @description What the shares are in proportion to */
      weights: string;
      /** @description Who gets the last units */
      remainder_rule: string;
      /** @description Why it began */
      trigger: string;
      swaps: components["schemas"]["ExplainedSwap"][];
    };
    /** @description One payee's part of a payment, and where it is */
    ExplainedEarning: {
      /** Format: uuid */
      earning_id: string;
      /** Format: uuid */
      payee_id: string;
      status: string;
      route: string;
      /** @description As received */
      share: components["schemas"]["Money"];
      /** @description After the conversion; null: not converted yet */
      available: components["schemas"]["Money"] | null;
      /**
       * Format: uuid
       * @description null: in no conversion
       */
      conversion_id: string | null;
      /**
       * Format: uuid
       * @description null: in no payout
       */
      payout_id: string | null;
      /**
       * Format: uuid
       * @description The earning whose refund it was kept for; null: none
       */
      collected_for: string | null;
      /** @description Of what was paid and then refunded; null: it was not */
      recoverable: {
        owed: components["schemas"]["Money"];
        collected: components["schemas"]["Money"];
        forgiven: components["schemas"]["Money"];
      } | null;
    };
    /** @description One earning inside a payout, walked back to its payment */
    ExplainedPart: {
      /** Format: uuid */
      earning_id: string;
      /** Format: uuid */
      payment_id: string;
      /**
       * Format: uuid
       * @description null: the payment has none
       */
      order_id: string | null;
      /** @description What the payment settled to us */
      settled: components["schemas"]["Money"];
      platform_fee: components["schemas"]["Money"];
      /** @description This payee's, as received */
      share: components["schemas"]["Money"];
      /**
       * Format: uuid
       * @description null: it needed no conversion
       */
      conversion_id: string | null;
      /** @description After the conversion */
      amount: components["schemas"]["Money"];
    };
    /** @description A payment: asked, paid and settled */
    ExplainedPayment: {
      /** Format: uuid */
      payment_id: string;
      /**
       * Format: uuid
       * @description null: no order explains the money yet
       */
      order_id: string | null;
      processor: string;
      /** @description The processor's own */
      external_id: string;
      /** @description 0: as it first settled; 1 and on: what its processor told of it later */
      part: number;
      status: string;
      invoiced: {
        /** @description null: it was not said */
        currency: string | null;
        /** @description null: it was not said */
        amount: string | null;
      };
      paid_by_customer: {
        currency: string;
        amount: string;
      };
      /** @description null: not settled */
      settled: components["schemas"]["Money"] | null;
      /** @description null: not settled, or there was no price */
      settled_usd: string | null;
      /** @description What brought it to us; null: not known yet */
      settlement_hash: string | null;
    };
    /** @description One exchange at a swap provider, with its hashes */
    ExplainedSwap: {
      /** @description null: none is chosen yet */
      provider: string | null;
      /** @description The exchange's id there; null: not opened yet */
      provider_id: string | null;
      status: string;
      source: components["schemas"]["Money"];
      /** @description null: nothing was quoted yet */
      quoted: components["schemas"]["Money"] | null;
      /** @description null: nothing was delivered yet */
      delivered: components["schemas"]["Money"] | null;
      /** @description The offers compared */
      quotes: {
        provider: string;
        /** @description null: it offered nothing */
        target: components["schemas"]["Money"] | null;
        /** @description In coins of the target; null: it named none */
        withdrawal_fee: string | null;
        /** @description Why it was not taken; null: it was */
        problem: string | null;
      }[];
      /** @description What somebody was told about it */
      alerts: string[];
      /** @description null: the provider named none */
      provider_fees: {
        deposit: string;
        withdrawal: string;
      } | null;
      /** @description Our transfer to the provider; null: not sent yet */
      funding_hash: string | null;
      /** @description What it sent for it; null: nothing yet */
      delivery_hash: string | null;
      /** @description What it sent back; null: nothing */
      refund_hash: string | null;
    };
    /** @description What the platform keeps */
    Fee: {
      /** @description Ten-thousandths of what settles */
      bps: number;
      /** @description On top of that; null: nothing */
      fixed: components["schemas"]["Money"] | null;
    };
    ImportPayees: {
      /** @description The file's text, with at most 1000 rows */
      csv: string;
      /** @description true: nothing is written, and each row says what would become of it */
      dry_run: boolean;
    };
    /** @description What became of one row of a file, or would become of it */
    ImportedRow: {
      /** @description In the file, from 1: the line that names the columns */
      line: number;
      /** @description null: it has none */
      external_id: string | null;
      /**
       * @description unchanged: there is a payee of this external id with these terms
       * @enum {string}
       */
      outcome: "created" | "unchanged" | "refused";
      /**
       * Format: uuid
       * @description null: it is refused, or the run is dry
       */
      payee_id: string | null;
      /** @description Why it is refused; null: it is not */
      problem: {
        code: string;
        message: string;
        /** @description null: the message says it */
        next_step: string | null;
      } | null;
    };
    /** @description From which value on instant payees are paid at once; below it their earnings gather. What could not be paid at once for `gather_after_hours` is converted with everybody's and paid from the threshold on; null: it waits. */
    InstantPayoutsValue: {
      minimum_usd: string;
      /**
       * @description null: it waits
       * @default 168
       */
      gather_after_hours: number | null;
    };
    InvitePayee: {
      /** @description Yours: the payee is found by it afterwards */
      external_id: string;
      name: string;
      /**
       * @default threshold
       * @enum {string}
       */
      payout_mode?: "instant" | "threshold";
      /** @description In the settlement asset; 50 of it if left out */
      payout_threshold?: components["schemas"]["PositiveMoney"];
      /** @default 168 */
      good_for_hours?: number;
    };
    /** @description A swap provider's own minimum may be higher; it is asked when it matters */
    Minimums: {
      /** @description What comes straight on a chain and is worth less is not credited */
      payment_usd: string;
      /** @description Earnings wait until so much of an asset is pending */
      conversion_usd: string;
      /** @description Earnings of instant payees gather until they are worth this */
      instant_payout_usd: string;
    };
    /**
     * @description An amount of whole coins beside its asset
     * @example {
     *       "asset": "ethereum:USDT",
     *       "amount": "12.50"
     *     }
     */
    Money: {
      /** @description Its id: chain and symbol */
      asset: string;
      /** @description Decimal, in whole coins */
      amount: string;
    };
    MovementSource:
      | {
          /** @constant */
          kind: "earning";
          /** Format: uuid */
          earning_id: string;
          /** Format: uuid */
          payment_id: string;
          /**
           * Format: uuid
           * @description null: no order asked for it
           */
          order_id: string | null;
          /** @description What the payment settled to us */
          settled: components["schemas"]["Money"];
          /** @description Our fee of it */
          platform_fee: components["schemas"]["Money"];
          /** @description The earning's value when it settled; null: nobody told a price then */
          usd: string | null;
        }
      | {
          /** @constant */
          kind: "conversion";
          /** Format: uuid */
          conversion_id: string;
          /** @description Of all who were in it */
          source: components["schemas"]["Money"];
          /** @description What arrived; null: not yet */
          target: components["schemas"]["Money"] | null;
          /** @description Whole coins for one whole coin, cut after 12 digits */
          rate: string | null;
          delivery_hashes: string[];
          /** @description The payee's part when its payments settled; null: not all were observed */
          usd: string | null;
        }
      | {
          /** @constant */
          kind: "payout";
          /** Format: uuid */
          payout_id: string;
          status: string;
          route: string;
          amount: components["schemas"]["Money"];
          destination: {
            asset: string;
            address: string;
          };
          /** @description What reached the payee; null: not yet, or not told */
          delivered: components["schemas"]["Money"] | null;
          /** @description Whole coins for one whole coin, cut after 12 digits */
          rate: string | null;
          /** @description That brought it; null: nothing yet */
          transaction_hash: string | null;
          /** @description When its way was planned; null: nobody told a price then */
          usd: string | null;
        };
    /** @description An API key; this answer alone shows the key itself */
    NewApiKey: {
      /** Format: uuid */
      id: string;
      name: string;
      /** @description Whose it is: keys of one owner are one person where a decision needs two */
      owner: string;
      /**
       * Format: uuid
       * @description Of its owner; null: a payee's own key
       */
      operator_id: string | null;
      /** @description Its first characters */
      hint: string;
      /**
       * @description What the key says of itself; keys that say nothing are live
       * @enum {string}
       */
      mode: "live" | "test";
      scopes: components["schemas"]["Scope"][];
      /**
       * Format: uuid
       * @description Whose own withdrawals it asks for; null: an operator's key
       */
      payee_id: string | null;
      /** @description null: that was not kept */
      created_by: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description From then on it is refused; null: never
       */
      expires_at: string | null;
      /**
       * Format: date-time
       * @description To the minute; null: never
       */
      last_used_at: string | null;
      /**
       * Format: date-time
       * @description null: it was not revoked
       */
      revoked_at: string | null;
      /** @description The key. null in a replay: it is not stored */
      key: string | null;
    };
    NewContact: {
      /** @enum {string} */
      channel: "email" | "telegram";
      /** @description An e-mail address; for telegram the id of a chat with the bot, a number */
      address: string;
    };
    NewDestination: {
      asset: string;
      address: string;
      /**
       * @description Tag of an address that many share; null: the address needs none
       * @default null
       */
      memo?: string | null;
    };
    /** @description An invitation; this answer alone shows its link */
    NewPayeeInvitation: {
      /** Format: uuid */
      id: string;
      external_id: string;
      name: string;
      /** @enum {string} */
      payout_mode: "instant" | "threshold";
      payout_threshold: components["schemas"]["Money"];
      created_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description null: nobody has entered a destination by it
       */
      used_at: string | null;
      /**
       * Format: uuid
       * @description Who was made of it; null: it was not used
       */
      payee_id: string | null;
      /**
       * Format: date-time
       * @description null: it was not taken back, by a newer one or by an operator
       */
      revoked_at: string | null;
      /** @description The link. null in a replay: it is not stored */
      url: string | null;
    };
    /** @description A refund that was just asked for */
    NewRefund: {
      /** Format: uuid */
      id: string;
      /**
       * @description payment: of an order, or a part of it; unmatched_payment: of money that no order explains; surplus: what was paid beyond a price
       * @enum {string}
       */
      kind: "payment" | "unmatched_payment" | "deposit" | "surplus";
      /**
       * Format: uuid
       * @description Of the payment or deposit, or of the order of a surplus
       */
      subject_id: string;
      /**
       * Format: uuid
       * @description null: no order is known
       */
      order_id: string | null;
      /** @description What goes back. The network's fee is ours */
      amount: components["schemas"]["Money"];
      /** @description Of a payment: the part of it that this refunds. null: it is no payment */
      share: components["schemas"]["Money"] | null;
      /** @description Our fee's part of that; null: it is no payment */
      fee: components["schemas"]["Money"] | null;
      /** @description Whether that part stays with us, by `refund_terms` when it was asked for */
      fee_kept: boolean;
      /**
       * @description original: the units that came; current: what they were worth then, at the price of when it was asked for
       * @enum {string}
       */
      rate: "original" | "current";
      /** @description null: its payer has not said */
      to_address: string | null;
      /** @enum {string} */
      status: "awaiting_address" | "waiting" | "sending" | "stopped" | "sent" | "given_back";
      /** @description Why it waits, is stopped, or was given back, in our stable word; null: nothing is to be said */
      waiting_reason: string | null;
      /** @description Why it is made, as given; null: nobody said */
      reason: string | null;
      /** @description That the payer has it by; null: not yet */
      transaction_hash: string | null;
      requested_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
      /** @description For its payer; null: an address was given */
      link: components["schemas"]["RefundLink"] | null;
    };
    /** @description Whoever may use the API: all keys of one are one person where a decision needs two */
    Operator: {
      /** Format: uuid */
      id: string;
      /** @description It never changes: past decisions are kept under it */
      name: string;
      /** @description null: not told */
      email: string | null;
      created_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /** @description null: they are with us */
      retired_by: string | null;
      /**
       * Format: date-time
       * @description Their keys are refused from then on; null: they are with us
       */
      retired_at: string | null;
    };
    /** @description Who is told of what needs a person: e-mail addresses and Telegram chats of operators. */
    OperatorContactsValue: {
      contacts: unknown[];
    };
    /** @description One page of a list */
    OperatorPage: {
      data: components["schemas"]["Operator"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /**
     * @description What a payer is asked to pay. Its terms never change.
     * @example {
     *       "id": "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
     *       "external_id": "cart-1042",
     *       "purpose": "payment",
     *       "description": "Course for beginners",
     *       "price_usd": "25",
     *       "paid_usd": "25",
     *       "remaining_usd": "0",
     *       "accepted_short_usd": null,
     *       "status": "paid",
     *       "splits": [
     *         {
     *           "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *           "share_bps": 10000,
     *           "fee_bps": null
     *         }
     *       ],
     *       "fee": {
     *         "bps": 300,
     *         "fixed": null
     *       },
     *       "tolerance_bps": 100,
     *       "processor": "nowpayments",
     *       "checkout_status": "ready",
     *       "checkout_url": "https://nowpayments.io/payment/?iid=5077125051",
     *       "checkout_error": null,
     *       "metadata": {
     *         "cart": "1042"
     *       },
     *       "expires_at": "2026-11-22T10:00:00.000Z",
     *       "cancelled_at": null,
     *       "created_at": "2026-11-21T10:00:00.000Z"
     *     }
     */
    Order: {
      /** Format: uuid */
      id: string;
      /** @description Yours; null: none was given */
      external_id: string | null;
      purpose: string;
      /** @description What the payer reads */
      description: string;
      /** @description US dollars, decimal */
      price_usd: string;
      /** @description What customers paid so far, as valued; decides access */
      paid_usd: string;
      /** @description What lacks to the price; 0: it is paid, or nobody need pay it any more */
      remaining_usd: string;
      /** @description How much less than the price the seller accepted; null: nobody did */
      accepted_short_usd: string | null;
      /** @enum {string} */
      status: "open" | "partially_paid" | "paid" | "expired" | "cancelled" | "refunded";
      /** @description Who gets which part of what remains after the fee, in ten-thousandths */
      splits: components["schemas"]["Split"][];
      fee: components["schemas"]["Fee"];
      /** @description How much less than the price still counts as paid, in ten-thousandths */
      tolerance_bps: number;
      processor: string;
      /**
       * @description none: the order is paid straight on a chain
       * @enum {string}
       */
      checkout_status: "none" | "pending" | "ready" | "rejected";
      /** @description Where to send the payer; null while the processor has not answered, and once the order is cancelled */
      checkout_url: string | null;
      /** @description Why the processor refused; null: it did not */
      checkout_error: string | null;
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description null: it was not cancelled
       */
      cancelled_at: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    /** @description What holds for an order that does not say otherwise. */
    OrderDefaultsValue: {
      tolerance_bps: number;
      expires_minutes: number;
    };
    /** @description One page of a list */
    OrderPage: {
      data: components["schemas"]["Order"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /**
     * @description An order, and what it costs where it may be paid directly
     * @example {
     *       "id": "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
     *       "external_id": "cart-1042",
     *       "purpose": "payment",
     *       "description": "Course for beginners",
     *       "price_usd": "25",
     *       "paid_usd": "0",
     *       "remaining_usd": "25",
     *       "accepted_short_usd": null,
     *       "status": "open",
     *       "splits": [
     *         {
     *           "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *           "share_bps": 10000,
     *           "fee_bps": null
     *         }
     *       ],
     *       "fee": {
     *         "bps": 300,
     *         "fixed": null
     *       },
     *       "tolerance_bps": 100,
     *       "processor": "nowpayments",
     *       "checkout_status": "ready",
     *       "checkout_url": "https://nowpayments.io/payment/?iid=5077125051",
     *       "checkout_error": null,
     *       "metadata": {
     *         "cart": "1042"
     *       },
     *       "expires_at": "2026-11-22T10:00:00.000Z",
     *       "cancelled_at": null,
     *       "created_at": "2026-11-21T10:00:00.000Z",
     *       "overpaid": [],
     *       "refund_status": "none",
     *       "refunded_usd": "0",
     *       "overpaid_usd": "0",
     *       "direct_payment": [
     *         {
     *           "asset": "ethereum:USDT",
     *           "amount": "25.010005",
     *           "chain": "ethereum",
     *           "address": "0x52908400098527886E0F7030069857D2E4169EE7",
     *           "exact_amount": false,
     *           "remaining": "25.010005",
     *           "expires_at": "2026-11-21T11:00:00.000Z"
     *         }
     *       ]
     *     }
     */
    OrderWithQuotes: {
      /** Format: uuid */
      id: string;
      /** @description Yours; null: none was given */
      external_id: string | null;
      purpose: string;
      /** @description What the payer reads */
      description: string;
      /** @description US dollars, decimal */
      price_usd: string;
      /** @description What customers paid so far, as valued; decides access */
      paid_usd: string;
      /** @description What lacks to the price; 0: it is paid, or nobody need pay it any more */
      remaining_usd: string;
      /** @description How much less than the price the seller accepted; null: nobody did */
      accepted_short_usd: string | null;
      /** @enum {string} */
      status: "open" | "partially_paid" | "paid" | "expired" | "cancelled" | "refunded";
      /** @description Who gets which part of what remains after the fee, in ten-thousandths */
      splits: components["schemas"]["Split"][];
      fee: components["schemas"]["Fee"];
      /** @description How much less than the price still counts as paid, in ten-thousandths */
      tolerance_bps: number;
      processor: string;
      /**
       * @description none: the order is paid straight on a chain
       * @enum {string}
       */
      checkout_status: "none" | "pending" | "ready" | "rejected";
      /** @description Where to send the payer; null while the processor has not answered, and once the order is cancelled */
      checkout_url: string | null;
      /** @description Why the processor refused; null: it did not */
      checkout_error: string | null;
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description null: it was not cancelled
       */
      cancelled_at: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /** @description What came beyond the price straight on a chain: kept for the payer, who may have it back */
      overpaid: components["schemas"]["Money"][];
      /**
       * @description What went back to the payer of what was paid; what is on its way does not count yet. An order of which a part was refunded stays paid
       * @enum {string}
       */
      refund_status: "none" | "partly_refunded" | "refunded";
      /** @description Of `paid_usd`, or of what it was before: what went back, as valued when it was paid */
      refunded_usd: string;
      /** @description What came beyond the price by whichever way, as valued when it came. At a processor it settles with the rest and is shared like it */
      overpaid_usd: string;
      /** @description What the order costs on each chain where it may be paid directly */
      direct_payment: components["schemas"]["Quote"][];
    };
    PaidByTransaction: {
      /** @description On the destination's chain, or a link to it */
      transaction_hash: string;
    };
    /** @description A payment that nobody here can look up: two persons must say it */
    PaidByWord: {
      /** @description What names the payment: a bank's reference, a hash */
      reference: string;
      /** @description What was paid, in whole units of the currency */
      amount: string;
      /** @description A currency's code, or an asset's id */
      currency: string;
    };
    /** @description The latest check of an asset */
    PastConversionCheck: {
      pending: components["schemas"]["Money"];
      /** @description null: there was no price */
      pending_usd: string | null;
      /** @enum {string} */
      decision: "converted" | "waiting";
      reason: string;
      /**
       * Format: uuid
       * @description The conversion that began; null: none
       */
      conversion_id: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      checked_at: string;
    };
    /** @description What an operator stopped: nothing of it is signed until it ends */
    Pause: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      scope: "all" | "chain" | "rail";
      /** @description Which chain or rail; empty: everything */
      value: string;
      reason: string;
      paused_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      paused_at: string;
      /** @description null: it is in force */
      ended_by: string | null;
      /**
       * Format: date-time
       * @description null: it is in force
       */
      ended_at: string | null;
    };
    PauseRequest:
      | {
          /** @constant */
          scope: "all";
          reason: string;
        }
      | {
          /** @constant */
          scope: "chain";
          /** @enum {string} */
          value:
            | "ethereum"
            | "bnb-smart-chain"
            | "polygon-pos"
            | "base"
            | "arbitrum-one"
            | "solana"
            | "tron"
            | "aptos";
          reason: string;
        }
      | {
          /** @constant */
          scope: "rail";
          /** @enum {string} */
          value: "direct" | "swap" | "bank";
          reason: string;
        };
    /** @description A pause, and what it came too late for */
    PauseWithFlight: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      scope: "all" | "chain" | "rail";
      /** @description Which chain or rail; empty: everything */
      value: string;
      reason: string;
      paused_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      paused_at: string;
      /** @description null: it is in force */
      ended_by: string | null;
      /**
       * Format: date-time
       * @description null: it is in force
       */
      ended_at: string | null;
      /** @description Signed already: only the chain ends these */
      in_flight: {
        /** Format: uuid */
        transfer_id: string;
        purpose: string;
        status: string;
        /** @description null: not signed yet */
        transaction_hash: string | null;
      }[];
    };
    Pauses: {
      data: components["schemas"]["Pause"][];
    };
    /**
     * @description Somebody we owe a share
     * @example {
     *       "id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *       "external_id": "author-7",
     *       "name": "Ada",
     *       "payout_mode": "threshold",
     *       "destination": {
     *         "asset": "ethereum:USDT",
     *         "address": "0x52908400098527886E0F7030069857D2E4169EE7",
     *         "memo": null
     *       },
     *       "destination_changed_at": null,
     *       "fee_bps": null,
     *       "payout_threshold": {
     *         "asset": "ethereum:USDT",
     *         "amount": "50"
     *       },
     *       "contact": {
     *         "channel": "email",
     *         "address": "ada@author.example"
     *       },
     *       "status": "active",
     *       "metadata": {},
     *       "created_at": "2026-11-20T09:00:00.000Z"
     *     }
     */
    Payee: {
      /** Format: uuid */
      id: string;
      /** @description Yours; null: none was given */
      external_id: string | null;
      name: string;
      /**
       * @description instant: paid as money settles; threshold: waits for a conversion and for the threshold
       * @enum {string}
       */
      payout_mode: "instant" | "threshold";
      destination: components["schemas"]["Destination"];
      /**
       * Format: date-time
       * @description null: it is the first one. A changed one is paid to after the policy's cooldown
       */
      destination_changed_at: string | null;
      /** @description The balance from which on they are paid */
      payout_threshold: components["schemas"]["Money"];
      /** @description Our fee of their part of orders made from now on, in ten-thousandths; null: the orders' own */
      fee_bps: number | null;
      /** @description How they are told what concerns them; null: they are not */
      contact: components["schemas"]["Contact"] | null;
      /**
       * @description paused: they go on earning and are not paid
       * @enum {string}
       */
      status: "active" | "paused";
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    /** @description One change of one thing of a payee */
    PayeeChange: {
      /** Format: uuid */
      id: string;
      /** @enum {string} */
      field: "name" | "contact" | "payout_mode" | "payout_threshold" | "fee_bps" | "destination";
      /** @description As the field is; null: there was none */
      before: unknown;
      after: unknown;
      /** @description An API key, or the command line */
      changed_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      changed_at: string;
    };
    /** @description One page of a list */
    PayeeChangePage: {
      data: components["schemas"]["PayeeChange"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    PayeeImport: {
      /** @description false: it was a dry run */
      written: boolean;
      created: number;
      unchanged: number;
      refused: number;
      /** @description In the order of the file */
      rows: components["schemas"]["ImportedRow"][];
    };
    /** @description A link by which somebody enters where they are paid, once */
    PayeeInvitation: {
      /** Format: uuid */
      id: string;
      external_id: string;
      name: string;
      /** @enum {string} */
      payout_mode: "instant" | "threshold";
      payout_threshold: components["schemas"]["Money"];
      created_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description null: nobody has entered a destination by it
       */
      used_at: string | null;
      /**
       * Format: uuid
       * @description Who was made of it; null: it was not used
       */
      payee_id: string | null;
      /**
       * Format: date-time
       * @description null: it was not taken back, by a newer one or by an operator
       */
      revoked_at: string | null;
    };
    /** @description One page of a list */
    PayeeInvitationPage: {
      data: components["schemas"]["PayeeInvitation"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description One page of a list */
    PayeePage: {
      data: components["schemas"]["Payee"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description A payee and what they have */
    PayeeWithBalances: {
      /** Format: uuid */
      id: string;
      /** @description Yours; null: none was given */
      external_id: string | null;
      name: string;
      /**
       * @description instant: paid as money settles; threshold: waits for a conversion and for the threshold
       * @enum {string}
       */
      payout_mode: "instant" | "threshold";
      destination: components["schemas"]["Destination"];
      /**
       * Format: date-time
       * @description null: it is the first one. A changed one is paid to after the policy's cooldown
       */
      destination_changed_at: string | null;
      /** @description The balance from which on they are paid */
      payout_threshold: components["schemas"]["Money"];
      /** @description Our fee of their part of orders made from now on, in ten-thousandths; null: the orders' own */
      fee_bps: number | null;
      /** @description How they are told what concerns them; null: they are not */
      contact: components["schemas"]["Contact"] | null;
      /**
       * @description paused: they go on earning and are not paid
       * @enum {string}
       */
      status: "active" | "paused";
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      balances: components["schemas"]["Balances"];
      /** @description What of it is owed for which earning, oldest first */
      recoverables: {
        /**
         * Format: uuid
         * @description As the recovery desk names it: `forgive` gives it up
         */
        id: string;
        owed: components["schemas"]["Money"];
        collected: components["schemas"]["Money"];
        /**
         * Format: date-time
         * @description ISO 8601, UTC
         */
        since: string;
      }[];
      /** @description Why what they have is not paid yet, oldest first: of each state and asset the amounts sum to the balance */
      unpaid: components["schemas"]["Unpaid"][];
    };
    /**
     * @description What one arrival of money was booked as
     * @example {
     *       "id": "019e6f3a-9d40-7c22-9f01-6b2a7d3c5e02",
     *       "processor": "nowpayments",
     *       "external_id": "5745459419",
     *       "part": 0,
     *       "parent_external_id": null,
     *       "order_id": "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
     *       "status": "settled",
     *       "review_reason": null,
     *       "processor_status": "finished",
     *       "invoiced": {
     *         "currency": "usd",
     *         "amount": "25"
     *       },
     *       "paid": {
     *         "currency": "usdterc20",
     *         "amount": "25"
     *       },
     *       "paid_usd": "25",
     *       "settled": {
     *         "asset": "ethereum:USDT",
     *         "amount": "24.5"
     *       },
     *       "platform_fee": {
     *         "asset": "ethereum:USDT",
     *         "amount": "0.735"
     *       },
     *       "settled_usd": "24.5",
     *       "settled_at": "2026-11-21T10:06:00.000Z",
     *       "arrival": "seen",
     *       "settlement_hash": "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b",
     *       "created_at": "2026-11-21T10:01:00.000Z",
     *       "updated_at": "2026-11-21T10:06:00.000Z"
     *     }
     */
    Payment: {
      /** Format: uuid */
      id: string;
      processor: string;
      /** @description Its id at the processor, or of the deposit */
      external_id: string;
      /** @description 0: as it first settled; 1 and on: what its processor later told of it beyond the parts before */
      part: number;
      /** @description Of the payment that this one completes; null: none */
      parent_external_id: string | null;
      /**
       * Format: uuid
       * @description null: no order explains the money yet
       */
      order_id: string | null;
      /** @enum {string} */
      status:
        | "waiting"
        | "confirming"
        | "confirmed"
        | "settled"
        | "in_review"
        | "rejected"
        | "expired"
        | "refunded"
        | "reversed";
      /** @description Why a person must decide; null: nobody must */
      review_reason: string | null;
      /** @description The processor's own word */
      processor_status: string;
      /** @description What was asked, in the processor's words */
      invoiced: {
        /** @description null: the processor does not say */
        currency: string | null;
        /** @description null: the processor does not say */
        amount: string | null;
      };
      /** @description What the customer paid, in the processor's words */
      paid: {
        currency: string;
        amount: string;
      };
      /** @description US dollars, decimal */
      paid_usd: string;
      /** @description What came to us; null: not settled yet */
      settled: components["schemas"]["Money"] | null;
      /** @description Of that, ours; null: not settled yet */
      platform_fee: components["schemas"]["Money"] | null;
      /** @description As observed when it settled; null: not settled, or no price was there */
      settled_usd: string | null;
      /**
       * Format: date-time
       * @description null: not settled yet
       */
      settled_at: string | null;
      /**
       * @description Whether its coins are in a wallet of ours
       * @enum {string}
       */
      arrival: "none" | "expected" | "seen" | "custody";
      /** @description The transaction that brought the coins; null: not seen yet */
      settlement_hash: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
    };
    /** @description A payer's word that they paid, and how far it is true */
    PaymentClaim: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      order_id: string;
      chain: string;
      transaction_hash: string;
      /** @enum {string} */
      status: "waiting" | "accepted" | "in_review" | "rejected";
      /**
       * @description Stable: branch on this
       * @enum {string}
       */
      reason:
        | "not_found"
        | "pending"
        | "checking"
        | "confirming"
        | "provider_unavailable"
        | "credited"
        | "underpaid"
        | "overpaid"
        | "failed_on_chain"
        | "wrong_recipient"
        | "wrong_asset"
        | "wrong_network"
        | "wrong_chain"
        | "already_used"
        | "too_old"
        | "late"
        | "too_little"
        | "refunded"
        | "needs_review";
      /** @description One sentence for the payer */
      message: string;
      payments: components["schemas"]["ClaimedTransfer"][];
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
    };
    /** @description What became of a payment */
    PaymentExplanation: {
      payment: components["schemas"]["ExplainedPayment"];
      /** @description Fee and shares sum to what settled; null: not settled */
      platform_fee: components["schemas"]["Money"] | null;
      earnings: components["schemas"]["ExplainedEarning"][];
      conversions: components["schemas"]["ExplainedConversion"][];
    };
    /** @description One page of a list */
    PaymentPage: {
      data: components["schemas"]["Payment"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /**
     * @description A payment and everybody's part of it
     * @example {
     *       "id": "019e6f3a-9d40-7c22-9f01-6b2a7d3c5e02",
     *       "processor": "nowpayments",
     *       "external_id": "5745459419",
     *       "part": 0,
     *       "parent_external_id": null,
     *       "order_id": "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
     *       "status": "settled",
     *       "review_reason": null,
     *       "processor_status": "finished",
     *       "invoiced": {
     *         "currency": "usd",
     *         "amount": "25"
     *       },
     *       "paid": {
     *         "currency": "usdterc20",
     *         "amount": "25"
     *       },
     *       "paid_usd": "25",
     *       "settled": {
     *         "asset": "ethereum:USDT",
     *         "amount": "24.5"
     *       },
     *       "platform_fee": {
     *         "asset": "ethereum:USDT",
     *         "amount": "0.735"
     *       },
     *       "settled_usd": "24.5",
     *       "settled_at": "2026-11-21T10:06:00.000Z",
     *       "arrival": "seen",
     *       "settlement_hash": "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b",
     *       "created_at": "2026-11-21T10:01:00.000Z",
     *       "updated_at": "2026-11-21T10:06:00.000Z",
     *       "earnings": [
     *         {
     *           "id": "019e6f3b-2280-7d44-8c15-3e9f0a8b7c04",
     *           "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *           "status": "available",
     *           "route": "threshold",
     *           "share": {
     *             "asset": "ethereum:USDT",
     *             "amount": "23.765"
     *           },
     *           "available": {
     *             "asset": "ethereum:USDT",
     *             "amount": "23.765"
     *           },
     *           "conversion_id": null,
     *           "payout_id": null
     *         }
     *       ]
     *     }
     */
    PaymentWithEarnings: {
      /** Format: uuid */
      id: string;
      processor: string;
      /** @description Its id at the processor, or of the deposit */
      external_id: string;
      /** @description 0: as it first settled; 1 and on: what its processor later told of it beyond the parts before */
      part: number;
      /** @description Of the payment that this one completes; null: none */
      parent_external_id: string | null;
      /**
       * Format: uuid
       * @description null: no order explains the money yet
       */
      order_id: string | null;
      /** @enum {string} */
      status:
        | "waiting"
        | "confirming"
        | "confirmed"
        | "settled"
        | "in_review"
        | "rejected"
        | "expired"
        | "refunded"
        | "reversed";
      /** @description Why a person must decide; null: nobody must */
      review_reason: string | null;
      /** @description The processor's own word */
      processor_status: string;
      /** @description What was asked, in the processor's words */
      invoiced: {
        /** @description null: the processor does not say */
        currency: string | null;
        /** @description null: the processor does not say */
        amount: string | null;
      };
      /** @description What the customer paid, in the processor's words */
      paid: {
        currency: string;
        amount: string;
      };
      /** @description US dollars, decimal */
      paid_usd: string;
      /** @description What came to us; null: not settled yet */
      settled: components["schemas"]["Money"] | null;
      /** @description Of that, ours; null: not settled yet */
      platform_fee: components["schemas"]["Money"] | null;
      /** @description As observed when it settled; null: not settled, or no price was there */
      settled_usd: string | null;
      /**
       * Format: date-time
       * @description null: not settled yet
       */
      settled_at: string | null;
      /**
       * @description Whether its coins are in a wallet of ours
       * @enum {string}
       */
      arrival: "none" | "expected" | "seen" | "custody";
      /** @description The transaction that brought the coins; null: not seen yet */
      settlement_hash: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
      earnings: components["schemas"]["Earning"][];
    };
    /**
     * @description Money we send to a payee, by any route
     * @example {
     *       "id": "019e6f4c-1f80-7f66-ae37-5a1b2c0d9e06",
     *       "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03",
     *       "kind": "threshold",
     *       "amount": {
     *         "asset": "ethereum:USDT",
     *         "amount": "50.25"
     *       },
     *       "destination": {
     *         "asset": "ethereum:USDT",
     *         "address": "0x52908400098527886E0F7030069857D2E4169EE7",
     *         "memo": null
     *       },
     *       "route": "direct",
     *       "status": "completed",
     *       "review_reason": null,
     *       "end_reason": null,
     *       "usd": "50.25",
     *       "least_net": {
     *         "asset": "ethereum:USDT",
     *         "amount": "49.99"
     *       },
     *       "delivered": {
     *         "asset": "ethereum:USDT",
     *         "amount": "50.25"
     *       },
     *       "transaction_hash": "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b",
     *       "requested_by": "system",
     *       "metadata": {},
     *       "created_at": "2026-11-21T12:00:00.000Z",
     *       "completed_at": "2026-11-21T12:04:00.000Z"
     *     }
     */
    Payout: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      payee_id: string;
      /**
       * @description Who asked: the threshold, each payment, an operator, or the payee
       * @enum {string}
       */
      kind: "threshold" | "instant" | "operator" | "withdrawal";
      amount: components["schemas"]["Money"];
      destination: components["schemas"]["Destination"];
      /** @enum {string} */
      route: "direct" | "swap" | "bank";
      /** @enum {string} */
      status:
        | "requested"
        | "awaiting_approval"
        | "approved"
        | "outside"
        | "sending"
        | "sent"
        | "in_review"
        | "completed"
        | "failed"
        | "rejected"
        | "cancelled";
      /** @description Why a person must decide; null: nobody must */
      review_reason: string | null;
      /** @description Of one that was rejected, cancelled or failed: why; null: it was not */
      end_reason: string | null;
      /** @description Worth when its way was planned; null: not planned, or no price */
      usd: string | null;
      /** @description No way that brings less is taken; null: not planned */
      least_net: components["schemas"]["Money"] | null;
      /** @description What reached the payee; null: not delivered yet */
      delivered: components["schemas"]["Money"] | null;
      /** @description Of the delivery; null: not delivered yet */
      transaction_hash: string | null;
      requested_by: string;
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description null: not completed
       */
      completed_at: string | null;
    };
    /** @description One try of a payout by one route */
    PayoutAttempt: {
      seq: number;
      route: string;
      status: string;
      /** @description How it ended; null: it is under way */
      outcome: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    /** @description A payout walked back to the payments it pays for */
    PayoutExplanation: {
      /** Format: uuid */
      payout_id: string;
      /** Format: uuid */
      payee_id: string;
      status: string;
      route: string;
      amount: components["schemas"]["Money"];
      destination: {
        asset: string;
        address: string;
      };
      /** @description null: not delivered yet */
      delivered: components["schemas"]["Money"] | null;
      /** @description What reached the payee; null: nothing yet */
      transaction_hash: string | null;
      attempts: components["schemas"]["ExplainedAttempt"][];
      parts: components["schemas"]["ExplainedPart"][];
      /** @description Sum of the parts: always equal to `amount` */
      parts_total: components["schemas"]["Money"];
      conversions: components["schemas"]["ExplainedConversion"][];
      payments: components["schemas"]["ExplainedPayment"][];
    };
    /** @description The most that all fees of a payout (network, provider, rate) may take of its value before it is paid by itself, `of_payees` their own; it waits for more, at most `longest_wait_days`. What somebody asks for is not held to it. null: no limit. */
    PayoutFeesValue: {
      /** @description null: no limit */
      maximum_share_bps: number | null;
      /** @description null: as long as it takes */
      longest_wait_days: number | null;
      of_payees: {
        /** Format: uuid */
        payee_id: string;
        /** @description null: no limit */
        maximum_share_bps: number | null;
      }[];
    };
    /** @description One page of a list */
    PayoutPage: {
      data: components["schemas"]["Payout"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description What was weighed before anything was done for a payout */
    PayoutPlan: {
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      made_at: string;
      ways: components["schemas"]["WeighedWay"][];
      /** @description Which of the ways brings the payee most, from 0; null: none was to be had */
      best: number | null;
      /** @description The most that fees could take of its value; null: no limit held */
      limit_bps: number | null;
    };
    /** @description Who must approve a payout or a refund, by its value and what is known of its payee; the most that may leave in 24 hours and 30 days; how long a changed destination waits, how long an approval holds, and who must agree to changes of limits and to losses. One that is missing or cannot be read asks two approvers for everything. */
    PayoutPolicyValue: {
      without_approval: {
        payout_usd: string;
        day_usd: string;
        refund_usd: string;
      };
      /** @description null: never two */
      two_approvers_from_usd: string | null;
      new_payee_days: number;
      first_payout_needs_approval: boolean;
      routes_needing_approval: ("direct" | "swap" | "bank")[];
      destination_cooldown_hours: number;
      limits: {
        /** @description null: no limit */
        payout_usd: string | null;
        /** @description null: no limit */
        payee_day_usd: string | null;
        /** @description null: no limit */
        payee_month_usd: string | null;
        /** @description null: no limit */
        day_usd: string | null;
        /** @description null: no limit */
        month_usd: string | null;
      };
      /** @description How many people beside whoever asks must agree: to a limit, to whose coins something is, to a loss */
      changes: {
        limits: number;
        claims: number;
        losses: number;
      };
      approval_hours: number;
      quote_tolerance_bps: number;
    };
    /** @description What would happen to a payout, and why. Nothing is held */
    PayoutPreview: {
      amount: components["schemas"]["Money"];
      available: components["schemas"]["Money"];
      ways: {
        /** @enum {string} */
        route: "direct" | "swap" | "bank";
        /** @description null: it would go this way */
        refused_because: string | null;
        /** @description null: there is no price */
        usd: string | null;
        /** @description The least that reaches the payee; null: not offered */
        least_net: components["schemas"]["Money"] | null;
        /** @description The most that the way may cost the payee, of the value; null: not offered */
        greatest_fee_bps: number | null;
      }[];
      /** @description Each way that there is now, with all its fees */
      weighed: components["schemas"]["WeighedWay"][];
      /** @description null: there is no way, so the policy is not asked */
      policy: components["schemas"]["PolicyVerdict"] | null;
    };
    /** @description What an operator names as a payment made elsewhere */
    PayoutProof: {
      /** @description Which shows the transaction; null: two persons say it */
      chain: string | null;
      /** @description The transaction's hash, or what names the payment elsewhere */
      reference: string;
      /** @description As it was said; null: the chain says it */
      amount: string | null;
      /** @description Of that amount; null: the chain says it */
      currency: string | null;
      /**
       * @description unknown: it is looked at again, or needs a second person
       * @enum {string}
       */
      verdict: "unknown" | "proved" | "refused";
      /** @description Why it is unknown or refused; null: it is neither, or nobody looked yet */
      reason: string | null;
      recorded_by: string;
      /** @description The second person; null: there is none */
      confirmed_by: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    PayoutWait: {
      /** Format: uuid */
      payee_id: string;
      asset: string;
      reason: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      since: string;
      /** @description What fees would take of the value; null: that is not why */
      fee_share_bps: number | null;
      /** @description The most that they may take; null: that is not why */
      limit_bps: number | null;
      /** @description From which balance on it is paid; null: no amount changes it */
      pays_from: components["schemas"]["Money"] | null;
      /**
       * Format: date-time
       * @description When it is paid whatever the fees; null: never by time alone
       */
      pays_by: string | null;
    };
    /** @description A payout and every try of it */
    PayoutWithAttempts: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      payee_id: string;
      /**
       * @description Who asked: the threshold, each payment, an operator, or the payee
       * @enum {string}
       */
      kind: "threshold" | "instant" | "operator" | "withdrawal";
      amount: components["schemas"]["Money"];
      destination: components["schemas"]["Destination"];
      /** @enum {string} */
      route: "direct" | "swap" | "bank";
      /** @enum {string} */
      status:
        | "requested"
        | "awaiting_approval"
        | "approved"
        | "outside"
        | "sending"
        | "sent"
        | "in_review"
        | "completed"
        | "failed"
        | "rejected"
        | "cancelled";
      /** @description Why a person must decide; null: nobody must */
      review_reason: string | null;
      /** @description Of one that was rejected, cancelled or failed: why; null: it was not */
      end_reason: string | null;
      /** @description Worth when its way was planned; null: not planned, or no price */
      usd: string | null;
      /** @description No way that brings less is taken; null: not planned */
      least_net: components["schemas"]["Money"] | null;
      /** @description What reached the payee; null: not delivered yet */
      delivered: components["schemas"]["Money"] | null;
      /** @description Of the delivery; null: not delivered yet */
      transaction_hash: string | null;
      requested_by: string;
      /** @description Yours, as given */
      metadata: {
        [key: string]: string;
      };
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description null: not completed
       */
      completed_at: string | null;
      /** @description What was weighed before it went, the oldest first */
      plans: components["schemas"]["PayoutPlan"][];
      attempts: components["schemas"]["PayoutAttempt"][];
      /** @description What was recorded as paid elsewhere */
      outside_payments: components["schemas"]["PayoutProof"][];
    };
    PlannedPayouts: {
      payout_ids: string[];
    };
    /** @description What happens to payouts in an asset in which more is owed than is held: alarm: nothing but the alarm; stop: no new one is planned. */
    PlatformEquityValue: {
      /** @enum {string} */
      below_zero: "alarm" | "stop";
    };
    /** @description What the platform keeps of a payment. */
    PlatformFeeValue: {
      bps: number;
      /** @description null: none */
      fixed: {
        asset: string;
        amount: string;
      } | null;
    };
    /** @description What the policy says of a payout */
    PolicyVerdict: {
      /** @description Of payout_policy; null: none can be read, or a draft was tried */
      policy_version: number | null;
      /** @enum {string} */
      outcome: "leaves" | "needs_approval" | "refused";
      /** @description How many people must approve; null: it is refused */
      approvers: number | null;
      /** @description Our stable words for why */
      because: string[];
      /**
       * Format: date-time
       * @description Until when it is refused; null: no date changes that
       */
      until: string | null;
    };
    /** @description An amount of whole coins beside its asset; more digits than the asset has are refused */
    PositiveMoney: {
      asset: string;
      amount: string;
    };
    PreviewPayout: {
      /** Format: uuid */
      payee_id: string;
      /** @description The settlement asset if left out */
      asset?: string;
      /** @description In whole coins; all that is available if left out */
      amount?: string;
    };
    PreviewPolicy: {
      /** Format: uuid */
      payee_id: string;
      /** @description The settlement asset if left out */
      asset?: string;
      /** @description In whole coins; all that is available if left out */
      amount?: string;
      /** @description A whole payout_policy to try; the one in force if left out */
      policy: unknown;
    };
    /**
     * @description RFC 9457 problem
     * @example {
     *       "type": "urn:spillway:problem:invalid_splits",
     *       "title": "The splits are not valid",
     *       "status": 422,
     *       "code": "invalid_splits",
     *       "detail": "The shares sum to 9000 and must sum to 10000.",
     *       "next_step": "Name each payee once, with `share_bps` that sum to 10000.",
     *       "request_id": "5f1c2c3e-7f0a-4a53-9a55-0b3f6f6f7d11"
     *     }
     */
    Problem: {
      /** @description urn:spillway:problem: and the code */
      type: string;
      /** @description The same for every occurrence */
      title: string;
      status: number;
      code: components["schemas"]["ProblemCode"];
      /** @description What is particular of this occurrence */
      detail: string;
      /** @description What to do next */
      next_step: string;
      /** @description As in the answer's x-request-id */
      request_id: string;
      /** @description Names the log line that has the details */
      error_id?: string;
      /** @description With invalid_request: everything that is wrong */
      problems?: {
        in: string;
        path: string;
        code: string;
        message: string;
      }[];
    };
    /**
     * @description Stable: branch on this
     * @enum {string}
     */
    ProblemCode:
      | "invalid_request"
      | "malformed_json"
      | "idempotency_key_required"
      | "unauthenticated"
      | "invalid_signature"
      | "too_many_failed_signatures"
      | "rate_limited"
      | "forbidden"
      | "not_found"
      | "method_not_allowed"
      | "request_in_progress"
      | "payload_too_large"
      | "unsupported_media_type"
      | "idempotency_key_reused"
      | "internal_error"
      | "database_unavailable"
      | "provider_unavailable"
      | "invalid_amount"
      | "unknown_asset"
      | "memo_not_carried"
      | "no_wallet_for_asset"
      | "unknown_chain"
      | "unsupported_chain"
      | "no_way_to_pay"
      | "asset_not_accepted"
      | "price_unavailable"
      | "no_deposit_address"
      | "no_deposit_amount"
      | "too_many_claims"
      | "chain_not_accepted"
      | "wrong_network"
      | "asset_not_offered"
      | "invalid_address"
      | "secret_pasted"
      | "destination_unchanged"
      | "destination_cooldown"
      | "too_many_destination_changes"
      | "no_contact_for_code"
      | "destination_change_ended"
      | "wrong_code"
      | "invalid_threshold_asset"
      | "invalid_threshold"
      | "invalid_price"
      | "invalid_fee"
      | "invalid_splits"
      | "bank_transfer_under_way"
      | "period_invalid"
      | "unknown_payee"
      | "payee_paused"
      | "nothing_to_pay"
      | "unknown_payout"
      | "payout_not_in_review"
      | "payout_in_doubt"
      | "payout_not_approved"
      | "payout_not_outside"
      | "chain_not_read"
      | "payment_already_used"
      | "payment_refused"
      | "paused_by_operator"
      | "payout_not_in_doubt"
      | "payout_under_way"
      | "insufficient_balance"
      | "below_minimum"
      | "amount_not_divisible"
      | "payees_key_needed"
      | "invalid_scope"
      | "payout_ended"
      | "unknown_authorisation"
      | "authorisation_changed"
      | "authorisation_ended"
      | "approval_list_changed"
      | "approval_by_requester"
      | "approved_already"
      | "unknown_pause"
      | "unknown_refund"
      | "nothing_to_refund"
      | "payment_ambiguous"
      | "refund_above_paid"
      | "refund_not_sendable"
      | "refund_without_address"
      | "refund_not_set_out"
      | "refund_has_address"
      | "refund_ended"
      | "refund_under_way"
      | "unknown_payment"
      | "unknown_earning"
      | "unknown_id"
      | "unknown_order"
      | "payment_not_unmatched"
      | "unknown_deposit"
      | "deposit_not_in_review"
      | "nothing_owed_back"
      | "no_surplus"
      | "payment_not_awaited"
      | "settlement_changed"
      | "settlement_not_seen"
      | "coins_not_here"
      | "event_not_in_review"
      | "unknown_dead_letter"
      | "wallet_not_paused"
      | "invalid_csv"
      | "invalid_row"
      | "import_refused"
      | "no_public_url"
      | "invitation_used"
      | "notice_not_undecided"
      | "unknown_review_item"
      | "unknown_review_action"
      | "review_item_changed"
      | "review_input_missing"
      | "proceeds_not_found"
      | "proceeds_not_final"
      | "nothing_to_convert"
      | "coins_still_there"
      | "deposits_in_review"
      | "too_many_addresses"
      | "conversion_under_way"
      | "unknown_swap"
      | "swap_not_in_review"
      | "swap_not_funded"
      | "swap_under_way"
      | "swap_arriving"
      | "nothing_arrived"
      | "swap_not_dead"
      | "delivery_already_used"
      | "delivery_older_than_funding"
      | "swap_arrived"
      | "wrong_chain"
      | "top_up_not_found"
      | "top_up_brings_nothing"
      | "top_up_not_final"
      | "moved_before_booked"
      | "arrival_expected_elsewhere"
      | "arrival_kept"
      | "unknown_arrival"
      | "arrival_contradicted"
      | "receipt_already_attributed"
      | "wrong_recipient"
      | "already_reversed"
      | "entry_conflict"
      | "fee_above_cap"
      | "transfer_would_revert"
      | "invalid_transaction_hash"
      | "unknown_processor"
      | "unknown_event"
      | "malformed_event"
      | "payee_exists"
      | "order_not_underpaid"
      | "order_not_cancellable"
      | "order_refunded"
      | "order_exists"
      | "insufficient_funds"
      | "stale_status"
      | "second_person_needed"
      | "invalid_expiry"
      | "unknown_operator"
      | "operator_exists"
      | "operator_retired"
      | "api_key_not_found"
      | "unknown_setting"
      | "invalid_setting"
      | "setting_changed_meanwhile";
    /** @description What a payment processor told us, stored as it came */
    ProviderEvent: {
      id: number;
      processor: string;
      /**
       * @description How it came: told to us, found in a list, or asked for
       * @enum {string}
       */
      source: "webhook" | "backfill" | "poll";
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      received_at: string;
      /** @description How often it came */
      deliveries: number;
      /** @enum {string} */
      status: "received" | "processed" | "ignored" | "unmatched" | "in_review";
      /** @description What it led to; null: not processed yet */
      outcome: string | null;
      /**
       * Format: uuid
       * @description null: it names no payment of ours
       */
      payment_id: string | null;
    };
    /** @description One page of a list */
    ProviderEventPage: {
      data: components["schemas"]["ProviderEvent"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description An order, as its payer sees it */
    PublicOrder: {
      /** Format: uuid */
      id: string;
      /** @description What the payer reads */
      description: string;
      /** @description US dollars, decimal */
      price_usd: string;
      /** @description What customers paid so far, as valued; decides access */
      paid_usd: string;
      /** @description What lacks to the price; 0: it is paid, or nobody need pay it any more */
      remaining_usd: string;
      /** @enum {string} */
      status: "open" | "partially_paid" | "paid" | "expired" | "cancelled" | "refunded";
      /**
       * @description What went back to the payer of what was paid; what is on its way does not count yet. An order of which a part was refunded stays paid
       * @enum {string}
       */
      refund_status: "none" | "partly_refunded" | "refunded";
      /** @description Of `paid_usd`, or of what it was before: what went back, as valued when it was paid */
      refunded_usd: string;
      /**
       * @description none: the order is paid straight on a chain
       * @enum {string}
       */
      checkout_status: "none" | "pending" | "ready" | "rejected";
      /** @description Where to send the payer; null while the processor has not answered, and once the order is cancelled */
      checkout_url: string | null;
      /** @description What the order costs on each chain where it may be paid directly */
      direct_payment: components["schemas"]["Quote"][];
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
    };
    QueuedBackfill: {
      /** @constant */
      queued: true;
    };
    /** @description What an order costs in one asset on its chain */
    Quote: {
      /** @description Its id: chain and symbol */
      asset: string;
      /** @description Decimal, in whole coins */
      amount: string;
      chain: string;
      /** @description Where to send exactly this amount */
      address: string;
      /** @description The address is shared: only exactly this amount is known as this order's */
      exact_amount: boolean;
      /** @description Of it, what is still to be sent at the price of this quote, rounded up; null: nothing, or only exactly `amount` is known as this order's */
      remaining: string | null;
      /**
       * Format: date-time
       * @description Until then this amount holds; later payments are valued when they arrive
       */
      expires_at: string;
    };
    ReattributeArrival: {
      /** @enum {string} */
      to: "top_up" | "payment" | "order" | "unclaimed";
      /**
       * Format: uuid
       * @description payment, order: which
       */
      id?: string;
      reason: string;
      /** @description What shows it: a provider's answer, a ticket, a statement */
      proof: string;
    };
    /** @description No difference: every promise of the books holds, and what is owed is there */
    Reconciliation: {
      differences: components["schemas"]["Difference"][];
      wallets: components["schemas"]["ComparedWallet"][];
    };
    RecordPaidOutside: components["schemas"]["PaidByTransaction"] | components["schemas"]["PaidByWord"];
    /** @description What goes back to a payer */
    Refund: {
      /** Format: uuid */
      id: string;
      /**
       * @description payment: of an order, or a part of it; unmatched_payment: of money that no order explains; surplus: what was paid beyond a price
       * @enum {string}
       */
      kind: "payment" | "unmatched_payment" | "deposit" | "surplus";
      /**
       * Format: uuid
       * @description Of the payment or deposit, or of the order of a surplus
       */
      subject_id: string;
      /**
       * Format: uuid
       * @description null: no order is known
       */
      order_id: string | null;
      /** @description What goes back. The network's fee is ours */
      amount: components["schemas"]["Money"];
      /** @description Of a payment: the part of it that this refunds. null: it is no payment */
      share: components["schemas"]["Money"] | null;
      /** @description Our fee's part of that; null: it is no payment */
      fee: components["schemas"]["Money"] | null;
      /** @description Whether that part stays with us, by `refund_terms` when it was asked for */
      fee_kept: boolean;
      /**
       * @description original: the units that came; current: what they were worth then, at the price of when it was asked for
       * @enum {string}
       */
      rate: "original" | "current";
      /** @description null: its payer has not said */
      to_address: string | null;
      /** @enum {string} */
      status: "awaiting_address" | "waiting" | "sending" | "stopped" | "sent" | "given_back";
      /** @description Why it waits, is stopped, or was given back, in our stable word; null: nothing is to be said */
      waiting_reason: string | null;
      /** @description Why it is made, as given; null: nobody said */
      reason: string | null;
      /** @description That the payer has it by; null: not yet */
      transaction_hash: string | null;
      requested_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
    };
    /** @description One try of sending a refund, by a transfer of its own */
    RefundAttempt: {
      seq: number;
      to_address: string;
      /** @description How it ended; null: it is under way */
      outcome: string | null;
      /**
       * Format: uuid
       * @description null: none was planned
       */
      transfer_id: string | null;
      /** @description null: none was planned */
      transfer_status: string | null;
      /** @description Why its transfer is not signed yet, such as awaiting_approval; null: it does not wait */
      waiting_reason: string | null;
      /** @description null: in no block yet */
      transaction_hash: string | null;
      asked_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description null: it is under way
       */
      ended_at: string | null;
    };
    /** @description A link for the payer of a refund; this answer alone shows it */
    RefundLink: {
      /** @description Where its payer says where to. null in a replay: it is not stored */
      url: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      expires_at: string;
    };
    RefundOrder: {
      /**
       * Format: uuid
       * @description Needed only where the order was paid by several payments
       */
      payment_id?: string;
      /** @description The part of what came that is refunded, in the asset that came; all that is left if left out */
      share?: {
        /** @description Its id, such as ethereum:USDT */
        asset: string;
        /** @description Decimal, in whole coins */
        amount: string;
      };
      /**
       * @description original: the units that came; current: as many as are worth now what those were then, and never more units than came
       * @default original
       * @enum {string}
       */
      rate?: "original" | "current";
      /** @description The payer's; left out, the answer has a link by which they say it */
      to_address?: string;
      /** @description Why; kept with it */
      reason: string;
    };
    /** @description One page of a list */
    RefundPage: {
      data: components["schemas"]["Refund"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description One step of a refund */
    RefundStep: {
      /** @description null: it was made */
      from: string | null;
      to: string;
      /** @description Who or what: its kind and name */
      cause: string;
      /** @description null: nothing was said */
      note: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      at: string;
    };
    /** @description What a refund of a payment does with the platform's fee of it, and how long the link is good by which its payer says where to. What was asked for before keeps its terms. */
    RefundTermsValue: {
      /**
       * @description kept: the payer has that much less back
       * @enum {string}
       */
      fee: "refunded" | "kept";
      link_hours: number;
    };
    /** @description A refund, every try of sending it, and every step it took */
    RefundWithHistory: {
      /** Format: uuid */
      id: string;
      /**
       * @description payment: of an order, or a part of it; unmatched_payment: of money that no order explains; surplus: what was paid beyond a price
       * @enum {string}
       */
      kind: "payment" | "unmatched_payment" | "deposit" | "surplus";
      /**
       * Format: uuid
       * @description Of the payment or deposit, or of the order of a surplus
       */
      subject_id: string;
      /**
       * Format: uuid
       * @description null: no order is known
       */
      order_id: string | null;
      /** @description What goes back. The network's fee is ours */
      amount: components["schemas"]["Money"];
      /** @description Of a payment: the part of it that this refunds. null: it is no payment */
      share: components["schemas"]["Money"] | null;
      /** @description Our fee's part of that; null: it is no payment */
      fee: components["schemas"]["Money"] | null;
      /** @description Whether that part stays with us, by `refund_terms` when it was asked for */
      fee_kept: boolean;
      /**
       * @description original: the units that came; current: what they were worth then, at the price of when it was asked for
       * @enum {string}
       */
      rate: "original" | "current";
      /** @description null: its payer has not said */
      to_address: string | null;
      /** @enum {string} */
      status: "awaiting_address" | "waiting" | "sending" | "stopped" | "sent" | "given_back";
      /** @description Why it waits, is stopped, or was given back, in our stable word; null: nothing is to be said */
      waiting_reason: string | null;
      /** @description Why it is made, as given; null: nobody said */
      reason: string | null;
      /** @description That the payer has it by; null: not yet */
      transaction_hash: string | null;
      requested_by: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      updated_at: string;
      attempts: components["schemas"]["RefundAttempt"][];
      history: components["schemas"]["RefundStep"][];
    };
    ReplayedEvent: {
      event_id: number;
    };
    /**
     * @example {
     *       "payee_id": "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03"
     *     }
     */
    RequestPayout: {
      /** Format: uuid */
      payee_id: string;
      /** @description The settlement asset if left out */
      asset?: string;
      /** @description In whole coins; all that is available if left out */
      amount?: string;
      /**
       * @description Yours: at most 20 names, each with a text of at most 500 characters. No secrets
       * @default {}
       */
      metadata?: {
        [key: string]: string;
      };
    };
    ResolvePayout: {
      /** @enum {string} */
      resolution: "retry" | "give_back";
    };
    /** @enum {string} */
    ReviewAction:
      | "accept"
      | "check"
      | "assign"
      | "refund"
      | "accept_short"
      | "resend"
      | "take_back"
      | "replay"
      | "dismiss"
      | "accept_delivery"
      | "accept_refund"
      | "write_off"
      | "abandon"
      | "book_as_delivered"
      | "book_as_failed"
      | "book_difference"
      | "retry"
      | "give_back"
      | "pay_outside"
      | "paid_outside"
      | "return_to_engine"
      | "pay_again"
      | "forgive"
      | "send_again"
      | "drop"
      | "resume"
      | "acknowledge"
      | "top_up";
    /** @description Something a person should look at */
    ReviewItem: {
      thing: components["schemas"]["ReviewThing"];
      id: string;
      status: string;
      reason: string;
      /** @description A provider's own words about it; null: none */
      said: string | null;
      /**
       * Format: date-time
       * @description null: it was not written down
       */
      since: string | null;
      /**
       * @description Whose turn it is
       * @enum {string}
       */
      owner: "system" | "provider" | "operator" | "payer";
      /**
       * Format: date-time
       * @description null: it has none
       */
      deadline_at: string | null;
      money: components["schemas"]["Money"][];
      /** @description Of that money, by the latest price observed; null: unknown */
      usd: string | null;
      /** @description The payout or conversion whose money this is too; null: none */
      part_of: string | null;
      /** @description What may be done; each asks the chain or the provider first */
      actions: components["schemas"]["ReviewAction"][];
      /** @description Of what is shown; another one says that it has changed */
      version: string;
    };
    /** @enum {string} */
    ReviewThing:
      | "order"
      | "payment"
      | "deposit"
      | "payment_claim"
      | "surplus"
      | "refund"
      | "deposit_sweep"
      | "event"
      | "conversion"
      | "conversion_check"
      | "swap"
      | "transfer"
      | "bank_transfer"
      | "bank_float"
      | "payout"
      | "authorisation"
      | "recoverable"
      | "orphan"
      | "dead_letter"
      | "notice"
      | "wallet"
      | "arrival"
      | "contradiction"
      | "wallet_difference"
      | "unexplained_balance"
      | "payment_search"
      | "platform_equity"
      | "suspense";
    /**
     * @description admin may do everything
     * @enum {string}
     */
    Scope:
      | "orders:read"
      | "orders:write"
      | "orders:public"
      | "payees:read"
      | "payees:write"
      | "payees:pause"
      | "payments:read"
      | "payouts:read"
      | "payouts:write"
      | "payouts:approve"
      | "payouts:outside"
      | "payouts:pause"
      | "withdrawals:own"
      | "conversions:read"
      | "conversions:write"
      | "settings:read"
      | "settings:write"
      | "limits:write"
      | "operations:write"
      | "refunds:write"
      | "arrivals:write"
      | "losses:write"
      | "recoverables:forgive"
      | "wallets:resume"
      | "admin";
    /** @description Something that an id, hash, address or external id names */
    SearchResult: {
      /** @enum {string} */
      kind: "order" | "payee" | "payment" | "deposit" | "refund" | "payout" | "conversion" | "arrival";
      /** @description Of an arrival: its chain, transaction and index */
      id: string;
      /** @description Which of its fields is what was looked for */
      matched: string;
      /** @description null: it has none */
      status: string | null;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      created_at: string;
      /** @description Where it is read */
      path: string;
    };
    SearchResults: {
      data: components["schemas"]["SearchResult"][];
    };
    /** @description How many hours the second of two persons has to confirm what the first asked for. */
    SecondPersonValue: {
      hours: number;
    };
    /** @description Something that changes at run time, as it stands or stood */
    Setting: components["schemas"]["SettingVersion"] &
      (
        | {
            /** @constant */
            key: "conversion_trigger";
            value: components["schemas"]["ConversionTriggerValue"];
          }
        | {
            /** @constant */
            key: "settlement_asset";
            value: components["schemas"]["SettlementAssetValue"];
          }
        | {
            /** @constant */
            key: "platform_fee";
            value: components["schemas"]["PlatformFeeValue"];
          }
        | {
            /** @constant */
            key: "order_defaults";
            value: components["schemas"]["OrderDefaultsValue"];
          }
        | {
            /** @constant */
            key: "direct_payments";
            value: components["schemas"]["DirectPaymentsValue"];
          }
        | {
            /** @constant */
            key: "instant_payouts";
            value: components["schemas"]["InstantPayoutsValue"];
          }
        | {
            /** @constant */
            key: "payout_fees";
            value: components["schemas"]["PayoutFeesValue"];
          }
        | {
            /** @constant */
            key: "platform_equity";
            value: components["schemas"]["PlatformEquityValue"];
          }
        | {
            /** @constant */
            key: "withdrawals";
            value: components["schemas"]["WithdrawalsValue"];
          }
        | {
            /** @constant */
            key: "payout_policy";
            value: components["schemas"]["PayoutPolicyValue"];
          }
        | {
            /** @constant */
            key: "refund_terms";
            value: components["schemas"]["RefundTermsValue"];
          }
        | {
            /** @constant */
            key: "swap_exposure";
            value: components["schemas"]["SwapExposureValue"];
          }
        | {
            /** @constant */
            key: "swap_variance";
            value: components["schemas"]["SwapVarianceValue"];
          }
        | {
            /** @constant */
            key: "bank_payouts";
            value: components["schemas"]["BankPayoutsValue"];
          }
        | {
            /** @constant */
            key: "transfer_limits";
            value: components["schemas"]["TransferLimitsValue"];
          }
        | {
            /** @constant */
            key: "second_person";
            value: components["schemas"]["SecondPersonValue"];
          }
        | {
            /** @constant */
            key: "arrival_window";
            value: components["schemas"]["ArrivalWindowValue"];
          }
        | {
            /** @constant */
            key: "operator_contacts";
            value: components["schemas"]["OperatorContactsValue"];
          }
      );
    /** @description One page of a list */
    SettingPage: {
      data: components["schemas"]["Setting"][];
      /** @description Whether there is a next page */
      has_more: boolean;
      /** @description Send it as `cursor` for the next page; null: this was the last */
      next_cursor: string | null;
    };
    /** @description Who put a value in force, and when */
    SettingVersion: {
      /** @description 0: the default, never changed */
      version: number;
      /** @description null: nobody changed it */
      changed_by: string | null;
      /**
       * Format: date-time
       * @description null: nobody changed it
       */
      changed_at: string | null;
    };
    /** @description What earnings are converted into, and balances wait in. */
    SettlementAssetValue: string;
    Split: {
      /** Format: uuid */
      payee_id: string;
      share_bps: number;
      /** @description Fee terms that this payee had when the order was made; null: the order's */
      fee_bps: number | null;
    };
    /** @description What was booked for a payee in a period, one part an asset */
    Statement: {
      /** Format: uuid */
      payee_id: string;
      payee_name: string;
      /**
       * Format: date-time
       * @description What was booked until this moment is in the opening balance
       */
      from: string;
      /**
       * Format: date-time
       * @description What was booked until this moment is in the closing balance
       */
      to: string;
      assets: {
        asset: string;
        opening: {
          /** @description Earned, not converted yet */
          pending: string;
          /** @description Can be paid out */
          available: string;
          /** @description In a payout under way */
          held: string;
          /** @description Owed back to us */
          recoverable: string;
        };
        movements: {
          /**
           * Format: uuid
           * @description In the ledger
           */
          entry_id: string;
          /**
           * Format: date-time
           * @description When it was booked
           */
          at: string;
          /** @description The ledger's word: payment_settled */
          reason: string;
          /** @description Earned, not converted yet */
          pending: string;
          /** @description Can be paid out */
          available: string;
          /** @description In a payout under way */
          held: string;
          /** @description Owed back to us */
          recoverable: string;
          /** @description null: the ledger's word says it */
          about: components["schemas"]["MovementSource"] | null;
        }[];
        /** @description As the ledger has it: the opening balance and all movements */
        closing: {
          /** @description Earned, not converted yet */
          pending: string;
          /** @description Can be paid out */
          available: string;
          /** @description In a payout under way */
          held: string;
          /** @description Owed back to us */
          recoverable: string;
        };
      }[];
    };
    /** @description The most that may be in flight at one swap provider; null: no limit. Swaps beyond it wait. */
    SwapExposureValue: {
      /** @description null: no limit */
      per_provider_usd: string | null;
    };
    /** @description How far below its quote a swap may deliver before an operator is told. */
    SwapVarianceValue: {
      alert_bps: number;
    };
    /** @description What a wallet keeps of its native coin for gas, and the most that one transfer, and one wallet in 24 hours, may send of an asset. An asset that is not listed has no limit. */
    TransferLimitsValue: {
      gas_reserve: {
        asset: string;
        amount: string;
      }[];
      transfer_maximum: {
        asset: string;
        amount: string;
      }[];
      daily_maximum: {
        asset: string;
        amount: string;
      }[];
    };
    /** @description A transfer to us of something that the registry lacks */
    UnlistedTransfer: {
      chain: string;
      transaction_hash: string;
      transfer_index: string;
      address: string;
      /** @description What it is, by its contract; names and symbols are anybody's to choose */
      contract: string;
      /** @description Whole units; decimals of unknown things are not to be trusted */
      amount: string;
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      seen_at: string;
    };
    /** @description Why a part of a balance is not paid yet, and what ends that */
    Unpaid: {
      /** @enum {string} */
      state: "pending" | "available" | "held" | "recoverable";
      money: components["schemas"]["Money"];
      /** @description Our stable word for why */
      code: string;
      /** @description The closer word of whoever waits, such as insufficient_asset; null: there is none */
      cause: string | null;
      sentence: string;
      /** @description What ends it; None: it ends by itself */
      next_step: string;
      /**
       * @description Whose turn it is. operator: nothing changes until somebody acts; payer: until more is earned
       * @enum {string}
       */
      owner: "system" | "provider" | "operator" | "payer";
      /**
       * Format: date-time
       * @description ISO 8601, UTC
       */
      since: string;
      /**
       * Format: date-time
       * @description When it was last looked at; null: not yet
       */
      looked_at: string | null;
      /**
       * Format: date-time
       * @description null: at the next plan of payouts, or when whoever's turn it is has acted
       */
      next_look_at: string | null;
      /** @description From which amount on it is paid; null: no amount changes it */
      pays_from: components["schemas"]["Money"] | null;
      /**
       * Format: date-time
       * @description When it ends by itself, or a person is asked; null: there is no such time
       */
      ends_by: string | null;
    };
    VerifyPayment: {
      /** Format: uuid */
      order_id: string;
      /** @description As in the asset: bnb-smart-chain */
      chain: string;
      /** @description As the payer pasted it; an explorer's link will do */
      transaction_hash: string;
    };
    /** @description One asset of one wallet of ours */
    WalletAsset: {
      chain: string;
      address: string;
      asset: string;
      booked: string;
      /** @description null: the chain could not be read, which says nothing of the balance */
      on_chain: string | null;
      /** @description Claimed by transfers planned or under way, fees included */
      reserved: string;
      /** @description For the native coin: how many more transfers its free part pays the gas of; null: for another, or unknown */
      gas_lasts_for: string | null;
      /** @description Why nothing is sent from this wallet now: paused, no usable key, or no usable chain. null: it sends */
      problem: string | null;
    };
    /** @description One way by which a payout could go, with all that it costs */
    WeighedWay: {
      /** @enum {string} */
      route: "direct" | "swap" | "bank";
      /** @description Who would exchange it; null: nobody has to */
      provider: string | null;
      /** @description What would reach the payee; null: nobody says */
      net: components["schemas"]["Money"] | null;
      /** @description At most, of our own transfer, which we pay; null: nobody tells */
      network_fee: components["schemas"]["Money"] | null;
      /**
       * @description Whether they hold the asset already, which makes the transfer cheaper; null: not asked
       * @enum {string|null}
       */
      recipient: "holder" | "new_holder" | null;
      /** @description All of it: network, provider, and what the rate loses; null: a price is missing */
      fee_usd: string | null;
      /** @description Of the value; null: not known */
      fee_share_bps: number | null;
      /** @description Why it would not be taken; null: it could be */
      problem: string | null;
    };
    Withdraw: {
      /** @description The settlement asset if left out */
      asset?: string;
      /** @description In whole coins; all that is available if left out */
      amount?: string;
    };
    /** @description The least that a payee may withdraw of an asset. An asset that is not listed has no minimum. */
    WithdrawalsValue: {
      minimum: {
        asset: string;
        amount: string;
      }[];
    };
  };
  responses: {
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    BadRequest: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `unauthenticated`: No valid API key. `invalid_signature`: The signature does not match. */
    Unauthenticated: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. `approval_by_requester`: Whoever asked does not approve. */
    Forbidden: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    NotFound: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    Conflict: {
      headers: {
        /** @description Seconds, where waiting helps */
        "Retry-After"?: number;
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `payload_too_large`: The body is too large. */
    PayloadTooLarge: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `unsupported_media_type`: The body is of an unsupported type. */
    UnsupportedMediaType: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    Unprocessable: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    TooManyRequests: {
      headers: {
        /** @description Seconds, where waiting helps */
        "Retry-After"?: number;
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `internal_error`: Something went wrong on our side. */
    InternalError: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
    /** @description `code` says which. docs/errors.md lists all codes, with what to do. */
    Unavailable: {
      headers: {
        /** @description Seconds, where waiting helps */
        "Retry-After"?: number;
        [name: string]: unknown;
      };
      content: {
        "application/problem+json": components["schemas"]["Problem"];
      };
    };
  };
  parameters: {
    /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
    IdempotencyKey: string;
    Id: string;
    /** @description next_cursor of the page before */
    Cursor: string;
    /** @description 1 to 200 */
    Limit: number;
    /** @description At this moment or later */
    CreatedFrom: string;
    /** @description Before this moment */
    CreatedTo: string;
    ChangeId: string;
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  receiveNowpayments: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Stored */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            [key: string]: unknown;
          };
        };
      };
      /** @description `invalid_signature`: The signature does not match. */
      401: components["responses"]["Unauthenticated"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `too_many_failed_signatures`: Too many signatures from this address did not match. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPayees: {
    parameters: {
      query?: {
        status?: "active" | "paused";
        /** @description Exactly */
        external_id?: string;
        /** @description What they are paid in */
        asset?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeePage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  createPayee: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["CreatePayee"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `payee_exists`: The external id names a payee with other terms. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `unsupported_chain`: The chain is not supported. `memo_not_carried`: The memo would not be carried. `invalid_threshold_asset`: The threshold is in another asset. `invalid_threshold`: The threshold is too small or too large. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getPayee: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeWithBalances"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setPayoutThreshold: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          payout_threshold: components["schemas"]["PositiveMoney"];
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `invalid_threshold_asset`: The threshold is in another asset. `invalid_threshold`: The threshold is too small or too large. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setPayoutMode: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /**
           * @description For what settles from now on; what was earned goes the way that it began
           * @enum {string}
           */
          payout_mode: "instant" | "threshold";
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  renamePayee: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          name: string;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setPayeeFee: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** @description In ten-thousandths; null: as the orders' own */
          fee_bps: number | null;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setPayeeContact: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** @description null: they are told nothing */
          contact: components["schemas"]["NewContact"] | null;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPayeeChanges: {
    parameters: {
      query?: {
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeChangePage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  pausePayee: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  resumePayee: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listDestinationChanges: {
    parameters: {
      query?: {
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChangePage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  changeDestination: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          destination: components["schemas"]["NewDestination"];
        };
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `second_person_needed`: The decision needs a second person. `destination_unchanged`: The payee is paid there already. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `unsupported_chain`: The chain is not supported. `memo_not_carried`: The memo would not be carried. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. `too_many_destination_changes`: Too many changes of the destination were asked for. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  confirmDestination: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
        change_id: components["parameters"]["ChangeId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** @description As the message says it; dashes and case do not matter */
          code: string;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `second_person_needed`: The decision needs a second person. `destination_change_ended`: The change of destination is not open. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `wrong_code`: The code is not the one that was sent. `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `unsupported_chain`: The chain is not supported. `memo_not_carried`: The memo would not be carried. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  withdrawDestinationChange: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
        change_id: components["parameters"]["ChangeId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `second_person_needed`: The decision needs a second person. `destination_change_ended`: The change of destination is not open. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  changeOwnDestination: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          destination: components["schemas"]["NewDestination"];
        };
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `no_contact_for_code`: There is no contact that a code could be sent to. `destination_unchanged`: The payee is paid there already. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `unsupported_chain`: The chain is not supported. `memo_not_carried`: The memo would not be carried. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. `too_many_destination_changes`: Too many changes of the destination were asked for. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  confirmOwnDestination: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        change_id: components["parameters"]["ChangeId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** @description As the message says it; dashes and case do not matter */
          code: string;
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `no_contact_for_code`: There is no contact that a code could be sent to. `destination_change_ended`: The change of destination is not open. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `wrong_code`: The code is not the one that was sent. `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `unsupported_chain`: The chain is not supported. `memo_not_carried`: The memo would not be carried. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  withdrawOwnDestinationChange: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        change_id: components["parameters"]["ChangeId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DestinationChange"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `no_contact_for_code`: There is no contact that a code could be sent to. `destination_change_ended`: The change of destination is not open. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getOwn: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeWithBalances"];
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setOwnPayoutMode: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /**
           * @description For what settles from now on; what was earned goes the way that it began
           * @enum {string}
           */
          payout_mode: "instant" | "threshold";
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  setOwnPayoutThreshold: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          payout_threshold: components["schemas"]["PositiveMoney"];
        };
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payee"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `invalid_threshold_asset`: The threshold is in another asset. `invalid_threshold`: The threshold is too small or too large. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getStatement: {
    parameters: {
      query?: {
        /** @description What was booked until then is the opening balance; left out: from the beginning */
        from?: string;
        /** @description What was booked until then is in it; left out: now */
        to?: string;
      };
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Statement"];
          "text/csv": string;
          "text/html": string;
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `period_invalid`: The period is none. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  importPayees: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ImportPayees"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeImport"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_csv`: The file cannot be read as rows. `import_refused`: Some rows are refused, and nothing was written. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPayeeInvitations: {
    parameters: {
      query?: {
        /** @description Exactly */
        external_id?: string;
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeInvitationPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  invitePayee: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["InvitePayee"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["NewPayeeInvitation"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `payee_exists`: The external id names a payee with other terms. `no_public_url`: Nobody could open the link. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_threshold_asset`: The threshold is in another asset. `invalid_threshold`: The threshold is too small or too large. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  revokePayeeInvitation: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayeeInvitation"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `invitation_used`: The invitation was used. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listOrders: {
    parameters: {
      query?: {
        status?: "open" | "partially_paid" | "paid" | "expired" | "cancelled" | "refunded";
        /** @description Exactly */
        external_id?: string;
        /** @description Who shares in it */
        payee_id?: string;
        /** @description Accepted straight on its chain */
        asset?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["OrderPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  createOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["CreateOrder"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["OrderWithQuotes"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `order_exists`: The external id names an order with other terms. `no_deposit_amount`: Too many orders ask for this amount at the shared address. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_price`: The price is not one that is taken. `invalid_fee`: The fee would leave the payees nothing. `invalid_splits`: The splits are not valid. `unknown_payee`: A payee is not known. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. `no_way_to_pay`: Nothing is left to pay with. `asset_not_accepted`: The asset cannot be paid directly here. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `price_unavailable`: There is no trustworthy price now. `no_deposit_address`: No deposit address lies ready. */
      503: components["responses"]["Unavailable"];
    };
  };
  getOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["OrderWithQuotes"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  acceptOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Order"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_order`: There is no such order. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `order_not_underpaid`: Nothing was paid of the order. `order_refunded`: The order was refunded. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  cancelOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Order"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_order`: There is no such order. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `order_not_cancellable`: The order cannot be cancelled any more. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  createPublicOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["CreatePublicOrder"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PublicOrder"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `no_deposit_amount`: Too many orders ask for this amount at the shared address. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_price`: The price is not one that is taken. `invalid_fee`: The fee would leave the payees nothing. `invalid_splits`: The splits are not valid. `unknown_payee`: A payee is not known. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. `no_way_to_pay`: Nothing is left to pay with. `asset_not_accepted`: The asset cannot be paid directly here. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `price_unavailable`: There is no trustworthy price now. `no_deposit_address`: No deposit address lies ready. */
      503: components["responses"]["Unavailable"];
    };
  };
  getPublicOrder: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PublicOrder"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPayments: {
    parameters: {
      query?: {
        status?:
          | "waiting"
          | "confirming"
          | "confirmed"
          | "settled"
          | "in_review"
          | "rejected"
          | "expired"
          | "refunded"
          | "reversed";
        order_id?: string;
        /** @description Who earned a share of it */
        payee_id?: string;
        /** @description Its id at the processor, or of the deposit */
        external_id?: string;
        /** @description What it settled in */
        asset?: string;
        /** @description Of the transaction that brought the coins */
        hash?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PaymentPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getPayment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PaymentWithEarnings"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  explainPayment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PaymentExplanation"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payment`: There is no such payment. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listProviderEvents: {
    parameters: {
      query?: {
        status?: "received" | "processed" | "ignored" | "unmatched" | "in_review";
        payment_id?: string;
        /** @description At this moment or later */
        received_from?: string;
        /** @description Before this moment */
        received_to?: string;
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ProviderEventPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getProviderEvent: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ProviderEvent"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_event`: There is no such event. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  backfillProviderEvents: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["QueuedBackfill"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  replayProviderEvent: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ReplayedEvent"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_event`: There is no such event. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listEvents: {
    parameters: {
      query?: {
        status?: "received" | "processed" | "ignored" | "unmatched" | "in_review";
        payment_id?: string;
        /** @description At this moment or later */
        received_from?: string;
        /** @description Before this moment */
        received_to?: string;
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ProviderEventPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  replayEvent: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ReplayedEvent"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_event`: There is no such event. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  verifyPayment: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["VerifyPayment"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PaymentClaim"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_order`: There is no such order. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unsupported_chain`: The chain is not supported. `chain_not_accepted`: The order is not paid on this chain. `invalid_transaction_hash`: The transaction hash is not valid. `wrong_network`: The transaction is of another network. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. `too_many_claims`: Too many transactions of the order wait to be verified. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getPaymentClaim: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PaymentClaim"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listDeposits: {
    parameters: {
      query?: {
        status?: "confirming" | "credited" | "in_review" | "ignored" | "reversed" | "refunded";
        order_id?: string;
        /** @description As before the colon of an asset: bnb-smart-chain */
        chain?: string;
        /** @description Its id, such as ethereum:USDT */
        asset?: string;
        transaction_hash?: string;
        /** @description Ours */
        address?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DepositPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getDeposit: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Deposit"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_deposit`: There is no such deposit. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listUnlistedTransfers: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["UnlistedTransfer"][];
          };
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  refundOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["RefundOrder"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["NewRefund"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_order`: There is no such order. `unknown_payment`: There is no such payment. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `nothing_to_refund`: Nothing is left to refund. `refund_above_paid`: More than is left of what was paid. `refund_not_sendable`: Nothing is sent from here on that chain. `no_public_url`: Nobody could open the link. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `payment_ambiguous`: The order was paid by several payments. `invalid_amount`: The amount is not valid. `unknown_asset`: The asset is not known. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `price_unavailable`: There is no trustworthy price now. */
      503: components["responses"]["Unavailable"];
    };
  };
  listRefunds: {
    parameters: {
      query?: {
        status?: "awaiting_address" | "waiting" | "sending" | "stopped" | "sent" | "given_back";
        order_id?: string;
        /** @description Of the payment or deposit, or of the order of a surplus */
        subject_id?: string;
        transaction_hash?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["RefundPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getRefund: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["RefundWithHistory"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_refund`: There is no such refund. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  renewRefundLink: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["RefundLink"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_refund`: There is no such refund. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `refund_ended`: The refund has ended. `refund_has_address`: The refund has an address. `no_public_url`: Nobody could open the link. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  cancelRefund: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Refund"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_refund`: There is no such refund. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `refund_ended`: The refund has ended. `refund_under_way`: A transfer of the refund was signed. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listConversions: {
    parameters: {
      query?: {
        status?: "claimed" | "swapping" | "distributed" | "released";
        /** @description What was converted */
        asset?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ConversionPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getConversion: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ConversionWithShares"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listConversionChecks: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["PastConversionCheck"][];
          };
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  checkConversions: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        "application/json": components["schemas"]["CheckConversions"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["ConversionCheck"][];
          };
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  convertByHand: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ConvertByHand"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Conversion"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `proceeds_not_final`: The transaction is not final yet. `coins_still_there`: The coins have not left their addresses. `deposits_in_review`: Coins that are not settled left with the others. `conversion_under_way`: A conversion of the asset is under way. `receipt_already_attributed`: The coins belong to something else. `arrival_expected_elsewhere`: Somebody else still waits for such coins. `second_person_needed`: The decision needs a second person. `arrival_contradicted`: The chain says something else of the arrival. `stale_status`: Somebody moved it first. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_asset`: The asset is not known. `unsupported_chain`: The chain is not supported. `invalid_transaction_hash`: The transaction hash is not valid. `proceeds_not_found`: The transaction brought no proceeds. `nothing_to_convert`: There is nothing to convert. `too_many_addresses`: The coins lay at too many addresses. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  listPayouts: {
    parameters: {
      query?: {
        status?:
          | "requested"
          | "awaiting_approval"
          | "approved"
          | "outside"
          | "sending"
          | "sent"
          | "in_review"
          | "completed"
          | "failed"
          | "rejected"
          | "cancelled";
        payee_id?: string;
        /** @description Of the balance that it is of */
        asset?: string;
        /** @description Of the delivery */
        transaction_hash?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  requestPayout: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["RequestPayout"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `payee_paused`: The payee is paused. `destination_cooldown`: The destination was changed a short time ago. `insufficient_balance`: More was asked for than is available. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_payee`: A payee is not known. `nothing_to_pay`: There is nothing to pay. `below_minimum`: Less was asked for than can be withdrawn. `amount_not_divisible`: This exact amount cannot be taken from the balance. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getPayout: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutWithAttempts"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  explainPayout: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutExplanation"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPayoutWaits: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["PayoutWait"][];
          };
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  planPayouts: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PlannedPayouts"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  cancelPayout: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payout_under_way`: Money of the payout is on its way. `payout_ended`: The payout has ended. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  resolvePayout: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ResolvePayout"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payout_not_in_review`: The payout is not in review. `payout_under_way`: Money of the payout is on its way. `payout_in_doubt`: The payee may have been paid already. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  previewPayout: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["PreviewPayout"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutPreview"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_payee`: A payee is not known. `nothing_to_pay`: There is nothing to pay. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  previewPolicy: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["PreviewPolicy"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutPreview"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_payee`: A payee is not known. `nothing_to_pay`: There is nothing to pay. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. `invalid_setting`: The setting's value is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  listBanks: {
    parameters: {
      query: {
        /** @description A currency: fiat:NGN */
        asset: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["Bank"][];
          };
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  getBankAccount: {
    parameters: {
      query: {
        /** @description A currency: fiat:NGN */
        asset: string;
      };
      header?: never;
      path: {
        /** @description As a destination has it: 044:0690000031 */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["BankAccount"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `unknown_asset`: The asset is not known. `asset_not_offered`: The asset is not offered. `invalid_address`: The address is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  payPayoutOutside: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payee_paused`: The payee is paused. `paused_by_operator`: Everything is paused. `payout_not_approved`: The payout is not approved. `payout_under_way`: Money of the payout is on its way. `payout_in_doubt`: The payee may have been paid already. `payout_ended`: The payout has ended. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  recordPaidOutside: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["RecordPaidOutside"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payout_not_outside`: Nobody has taken the payout to pay it elsewhere. `payout_not_approved`: The payout is not approved. `payment_already_used`: The payment was recorded for another payout. `second_person_needed`: The decision needs a second person. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `chain_not_read`: Nobody here reads that chain. `invalid_transaction_hash`: The transaction hash is not valid. `wrong_network`: The transaction is of another network. `payment_refused`: The payment does not pay the payout. `invalid_amount`: The amount is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  returnPayoutToEngine: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payout_not_outside`: Nobody has taken the payout to pay it elsewhere. `payout_under_way`: Money of the payout is on its way. `second_person_needed`: The decision needs a second person. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  createWithdrawalKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["CreateWithdrawalKey"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["NewApiKey"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `not_found`: There is nothing here. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_expiry`: The key would have expired already. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listWithdrawals: {
    parameters: {
      query?: {
        status?:
          | "requested"
          | "awaiting_approval"
          | "approved"
          | "outside"
          | "sending"
          | "sent"
          | "in_review"
          | "completed"
          | "failed"
          | "rejected"
          | "cancelled";
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PayoutPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  withdraw: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["Withdraw"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `payee_paused`: The payee is paused. `destination_cooldown`: The destination was changed a short time ago. `insufficient_balance`: More was asked for than is available. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `nothing_to_pay`: There is nothing to pay. `below_minimum`: Less was asked for than can be withdrawn. `amount_not_divisible`: This exact amount cannot be taken from the balance. `unknown_asset`: The asset is not known. `invalid_amount`: The amount is not valid. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getWithdrawal: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  cancelWithdrawal: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Payout"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `payees_key_needed`: This is for a payee's own key. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_payout`: There is no such payout. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `payout_under_way`: Money of the payout is on its way. `payout_ended`: The payout has ended. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listAuthorisations: {
    parameters: {
      query?: {
        status?: "waiting" | "granted" | "applied" | "rejected" | "void" | "expired";
        subject?: "payout" | "refund" | "change";
        /** @description Of the payout or refund */
        subject_id?: string;
        payee_id?: string;
        /** @description At this moment or later */
        created_from?: components["parameters"]["CreatedFrom"];
        /** @description Before this moment */
        created_to?: components["parameters"]["CreatedTo"];
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["AuthorisationPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getAuthorisation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["AuthorisationWithApprovals"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_authorisation`: There is no such authorisation. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getApprovalQueue: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ApprovalQueue"];
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  decideApprovals: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["DecideApprovals"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["DecidedApprovals"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. `approval_by_requester`: Whoever asked does not approve. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_authorisation`: There is no such authorisation. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `authorisation_changed`: The terms are not those that were read. `authorisation_ended`: There is nothing to decide any more. `approved_already`: This person approved it already. `approval_list_changed`: The queue is not the one that was read. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listPauses: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Pauses"];
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  pause: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["PauseRequest"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PauseWithFlight"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  endPause: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Pause"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_pause`: There is no such pause. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  reconcile: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Reconciliation"];
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listReview: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data: components["schemas"]["ReviewItem"][];
          };
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  actOnReview: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        thing: components["schemas"]["ReviewThing"];
        id: string;
        action: components["schemas"]["ReviewAction"];
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        "application/json": components["schemas"]["ActOnReview"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            /** @enum {boolean} */
            done: true;
          };
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_review_item`: The recovery desk has no such item. `unknown_payment`: There is no such payment. `unknown_deposit`: There is no such deposit. `unknown_refund`: There is no such refund. `unknown_order`: There is no such order. `unknown_event`: There is no such event. `unknown_dead_letter`: There is no such dead letter. `unknown_payout`: There is no such payout. `unknown_swap`: There is no such swap. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `review_item_changed`: The item says something else by now. `payment_not_unmatched`: The payment is not money without an order. `payment_not_awaited`: Nothing of the payment is awaited. `deposit_not_in_review`: The deposit is not in review. `no_surplus`: There is nothing to give back. `refund_without_address`: Nobody has said where the refund goes. `refund_not_set_out`: Nothing of the refund was sent yet. `refund_ended`: The refund has ended. `refund_under_way`: A transfer of the refund was signed. `order_not_underpaid`: Nothing was paid of the order. `order_refunded`: The order was refunded. `nothing_owed_back`: Nothing of it is owed any more. `settlement_changed`: The processor says something else now. `settlement_not_seen`: The chain shows no coins for the payment. `coins_not_here`: The coins are not in a wallet of ours. `event_not_in_review`: The event is not in review. `wallet_not_paused`: The wallet is not paused. `payout_not_in_review`: The payout is not in review. `payout_under_way`: Money of the payout is on its way. `payout_in_doubt`: The payee may have been paid already. `payout_not_in_doubt`: Nothing of the payout is in doubt. `payout_not_approved`: The payout is not approved. `payout_not_outside`: Nobody has taken the payout to pay it elsewhere. `payout_ended`: The payout has ended. `payee_paused`: The payee is paused. `paused_by_operator`: Everything is paused. `payment_already_used`: The payment was recorded for another payout. `swap_not_in_review`: The swap is not in review. `swap_not_funded`: Nothing was sent for the swap. `swap_under_way`: Money of the swap is on its way. `swap_arriving`: Coins of the swap are arriving. `swap_arrived`: Coins of the swap arrived. `swap_not_dead`: The swap may still deliver. `nothing_arrived`: Nothing of the swap arrived. `delivery_already_used`: The transaction paid another payout. `delivery_older_than_funding`: The transaction is older than the swap. `receipt_already_attributed`: The coins belong to something else. `second_person_needed`: The decision needs a second person. `top_up_not_final`: The transaction is not final yet. `entry_conflict`: It was booked before with other amounts. `already_reversed`: It was taken back before. `moved_before_booked`: What was moved is not booked yet. `arrival_expected_elsewhere`: Somebody else still waits for such coins. `arrival_contradicted`: The chain says something else of the arrival. `stale_status`: Somebody moved it first. `notice_not_undecided`: Nothing of this notice is to be decided. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `unknown_review_action`: The item has no such action. `review_input_missing`: The action needs something more. `unknown_asset`: The asset is not known. `unsupported_chain`: The chain is not supported. `invalid_address`: The address is not valid. `secret_pasted`: This looks like a private key or a seed phrase. `chain_not_read`: Nobody here reads that chain. `wrong_network`: The transaction is of another network. `payment_refused`: The payment does not pay the payout. `wrong_recipient`: The coins went to another address. `top_up_not_found`: The chain does not know the transaction. `insufficient_funds`: There is not enough money. `top_up_brings_nothing`: The transaction brought nothing to a wallet of ours. `invalid_transaction_hash`: The transaction hash is not valid. `unknown_chain`: The chain is not known. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `price_unavailable`: There is no trustworthy price now. `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  listWallets: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            wallets: components["schemas"]["WalletAsset"][];
          };
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listArrivals: {
    parameters: {
      query?: {
        /** @description As before the colon of an asset: bnb-smart-chain */
        chain?: string;
        /** @description Its id, such as ethereum:USDT */
        asset?: string;
        transaction_hash?: string;
        claimant?:
          | "settlement"
          | "swap"
          | "swap_surplus"
          | "deposit"
          | "conversion_by_hand"
          | "top_up"
          | "move"
          | "unclaimed";
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ArrivalPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getArrival: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description As before the colon of an asset: bnb-smart-chain */
        chain: string;
        transaction_hash: string;
        index: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ArrivalWithHistory"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_arrival`: There is no such arrival. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  reattributeArrival: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        /** @description As before the colon of an asset: bnb-smart-chain */
        chain: string;
        transaction_hash: string;
        index: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ReattributeArrival"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Arrival"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_arrival`: There is no such arrival. `unknown_payment`: There is no such payment. `unknown_order`: There is no such order. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. `arrival_contradicted`: The chain says something else of the arrival. `arrival_kept`: These coins cannot be given to that, or not now. `receipt_already_attributed`: The coins belong to something else. `second_person_needed`: The decision needs a second person. `payment_not_awaited`: Nothing of the payment is awaited. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `wrong_chain`: The asset is on another chain. `unsupported_chain`: The chain is not supported. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
      /** @description `provider_unavailable`: A provider did not answer as it should. */
      503: components["responses"]["Unavailable"];
    };
  };
  search: {
    parameters: {
      query: {
        /** @description The whole of it, exactly: nothing is found by a part */
        q: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["SearchResults"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listAssets: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Assets"];
        };
      };
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getSetting: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        key:
          | "conversion_trigger"
          | "settlement_asset"
          | "platform_fee"
          | "order_defaults"
          | "direct_payments"
          | "instant_payouts"
          | "payout_fees"
          | "platform_equity"
          | "withdrawals"
          | "payout_policy"
          | "refund_terms"
          | "swap_exposure"
          | "swap_variance"
          | "bank_payouts"
          | "transfer_limits"
          | "second_person"
          | "arrival_window"
          | "operator_contacts";
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Setting"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_setting`: There is no such setting. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  changeSetting: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        key:
          | "conversion_trigger"
          | "settlement_asset"
          | "platform_fee"
          | "order_defaults"
          | "direct_payments"
          | "instant_payouts"
          | "payout_fees"
          | "platform_equity"
          | "withdrawals"
          | "payout_policy"
          | "refund_terms"
          | "swap_exposure"
          | "swap_variance"
          | "bank_payouts"
          | "transfer_limits"
          | "second_person"
          | "arrival_window"
          | "operator_contacts";
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ChangeSetting"];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Setting"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_setting`: There is no such setting. */
      404: components["responses"]["NotFound"];
      /** @description `setting_changed_meanwhile`: The setting was changed meanwhile. `second_person_needed`: The decision needs a second person. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `invalid_setting`: The setting's value is not valid. `no_wallet_for_asset`: No wallet of ours holds the asset. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listSettingVersions: {
    parameters: {
      query?: {
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path: {
        key:
          | "conversion_trigger"
          | "settlement_asset"
          | "platform_fee"
          | "order_defaults"
          | "direct_payments"
          | "instant_payouts"
          | "payout_fees"
          | "platform_equity"
          | "withdrawals"
          | "payout_policy"
          | "refund_terms"
          | "swap_exposure"
          | "swap_variance"
          | "bank_payouts"
          | "transfer_limits"
          | "second_person"
          | "arrival_window"
          | "operator_contacts";
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["SettingPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_setting`: There is no such setting. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listOperators: {
    parameters: {
      query?: {
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["OperatorPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  addOperator: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["AddOperator"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Operator"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `operator_exists`: Somebody has that name or address already. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getOperator: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Operator"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_operator`: There is no such operator. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  retireOperator: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Operator"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `unknown_operator`: There is no such operator. */
      404: components["responses"]["NotFound"];
      /** @description `request_in_progress`: The first request with this key is still running. */
      409: components["responses"]["Conflict"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  listApiKeys: {
    parameters: {
      query?: {
        /** @description next_cursor of the page before */
        cursor?: components["parameters"]["Cursor"];
        /** @description 1 to 200 */
        limit?: components["parameters"]["Limit"];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ApiKeyPage"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  createApiKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again. */
        "idempotency-key"?: components["parameters"]["IdempotencyKey"];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["CreateApiKey"];
      };
    };
    responses: {
      /** @description Done */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["NewApiKey"];
        };
      };
      /** @description `invalid_request`: The request is not valid. `malformed_json`: The body is not JSON. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `request_in_progress`: The first request with this key is still running. `operator_retired`: Whoever is named was retired. */
      409: components["responses"]["Conflict"];
      413: components["responses"]["PayloadTooLarge"];
      415: components["responses"]["UnsupportedMediaType"];
      /** @description `idempotency_key_reused`: The Idempotency-Key belongs to another request. `invalid_expiry`: The key would have expired already. `invalid_scope`: The scopes do not go together. */
      422: components["responses"]["Unprocessable"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  getApiKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ApiKey"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `api_key_not_found`: There is no such API key. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
  revokeApiKey: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: components["parameters"]["Id"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ApiKey"];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      400: components["responses"]["BadRequest"];
      /** @description `unauthenticated`: No valid API key. */
      401: components["responses"]["Unauthenticated"];
      /** @description `forbidden`: The API key lacks the scope. */
      403: components["responses"]["Forbidden"];
      /** @description `api_key_not_found`: There is no such API key. */
      404: components["responses"]["NotFound"];
      /** @description `rate_limited`: Too many requests. */
      429: components["responses"]["TooManyRequests"];
      500: components["responses"]["InternalError"];
    };
  };
}
