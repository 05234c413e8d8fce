import { changePayee } from "../../../payees/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { own } from "../payouts/withdrawals.ts";
import {
  changeThreshold,
  getPayee,
  modeBody,
  payeeView,
  payeeWithBalancesView,
  presentPayee,
  presentWhole,
  thresholdBody,
} from "./payees.ts";

/** What a payee does about themselves, by their own key. */
export const ownRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/v1/own",
    operationId: "getOwn",
    scope: "withdrawals:own",
    summary: "Read the payee whose key asks, with their balances and why what is unpaid is unpaid",
    success: { status: 200, body: payeeWithBalancesView },
    problems: ["payees_key_needed"],
    handle: async ({ principal }, { db, clock }) =>
      presentWhole(db, await getPayee(db, own(principal)), clock.now()),
  }),
  defineRoute({
    method: "PUT",
    path: "/v1/own/payout-mode",
    operationId: "setOwnPayoutMode",
    scope: "withdrawals:own",
    summary: "Set whether the payee whose key asks is paid as money settles, or from a threshold on",
    body: modeBody,
    success: { status: 200, body: payeeView },
    problems: ["payees_key_needed"],
    async handle({ body, principal }, deps) {
      const change = { field: "payout_mode", to: body.payout_mode } as const;
      return presentPayee(await changePayee(deps, { id: own(principal), change, by: principal.ref }));
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/v1/own/payout-threshold",
    operationId: "setOwnPayoutThreshold",
    scope: "withdrawals:own",
    summary: "Set from which balance on the payee whose key asks is paid",
    body: thresholdBody,
    success: { status: 200, body: payeeView },
    problems: ["payees_key_needed", "invalid_threshold_asset", "invalid_threshold"],
    async handle({ body, principal }, deps) {
      const asked = { id: own(principal), to: body.payout_threshold, by: principal.ref };
      return presentPayee(await changeThreshold(deps, asked));
    },
  }),
];
