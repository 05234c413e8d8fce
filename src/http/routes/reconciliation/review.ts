import { z } from "zod";
import { formatUsd } from "../../../money/index.ts";
import type { Scope } from "../../../operators/index.ts";
import {
  actOnReview,
  listReview,
  reviewActions,
  reviewThings,
  type Desk,
  type ReviewDeps,
  type ReviewItem,
} from "../../../desk/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, presentMoney, presentTime, timestampView, usdView } from "../../schemas.ts";

type Words = ReturnType<typeof wordsOf>;
const wordsOf = (desk: Desk) => ({
  things: z.enum(reviewThings(desk)).meta({ id: "ReviewThing" }),
  actions: z.enum(reviewActions(desk)).meta({ id: "ReviewAction" }),
});

const itemViewOf = ({ things, actions }: Words) =>
  z
    .object({
      thing: things,
      id: z.string(),
      status: z.string(),
      reason: z.string(),
      said: z.string().nullable().describe("A provider's own words about it; null: none"),
      since: timestampView.nullable().describe("null: it was not written down"),
      owner: z.enum(["system", "provider", "operator", "payer"]).describe("Whose turn it is"),
      deadline_at: timestampView.nullable().describe("null: it has none"),
      money: z.array(moneyView),
      usd: usdView.nullable().describe("Of that money, by the latest price observed; null: unknown"),
      part_of: z.string().nullable().describe("The payout or conversion whose money this is too; null: none"),
      actions: z.array(actions).describe("What may be done; each asks the chain or the provider first"),
      version: z.string().describe("Of what is shown; another one says that it has changed"),
    })
    .meta({ id: "ReviewItem", description: "Something a person should look at" });

export const presentItem = (item: ReviewItem): z.output<ReturnType<typeof itemViewOf>> => ({
  thing: item.thing,
  id: item.id,
  status: item.status,
  reason: item.reason,
  said: item.said ?? null,
  since: item.since && presentTime(item.since),
  owner: item.owner,
  deadline_at: item.deadlineAt && presentTime(item.deadlineAt),
  money: item.money.map(presentMoney),
  usd: item.usdMicros === null ? null : formatUsd(item.usdMicros),
  part_of: item.partOf,
  actions: [...item.actions],
  version: item.version,
});

const listRoute = ({ clock, desk }: ReviewDeps, words: Words): Route =>
  defineRoute({
    method: "GET",
    path: "/v1/review",
    operationId: "listReview",
    scope: "payments:read",
    summary: "The recovery desk: everything a person should look at, the longest waiting first",
    success: { status: 200, body: z.object({ data: z.array(itemViewOf(words)) }) },
    problems: [],
    async handle() {
      const items = await listReview({ clock, desk }, AbortSignal.timeout(20_000));
      return { data: items.map(presentItem) };
    },
  });

/** The desk's own refusals, and those of the rooms that act. */
const actProblems = [
  "unknown_review_item",
  "unknown_review_action",
  "review_input_missing",
  "review_item_changed",
  "unknown_payment",
  "payment_not_unmatched",
  "payment_not_awaited",
  "unknown_deposit",
  "deposit_not_in_review",
  "no_surplus",
  "unknown_refund",
  "refund_without_address",
  "refund_not_set_out",
  "refund_ended",
  "refund_under_way",
  "order_not_underpaid",
  "order_refunded",
  "nothing_owed_back",
  "unknown_asset",
  "unsupported_chain",
  "price_unavailable",
  "settlement_changed",
  "settlement_not_seen",
  "coins_not_here",
  "unknown_order",
  "invalid_address",
  "secret_pasted",
  "unknown_event",
  "event_not_in_review",
  "unknown_dead_letter",
  "wallet_not_paused",
  "unknown_payout",
  "payout_not_in_review",
  "payout_under_way",
  "payout_in_doubt",
  "payout_not_in_doubt",
  "payout_not_approved",
  "payout_not_outside",
  "payout_ended",
  "payee_paused",
  "paused_by_operator",
  "chain_not_read",
  "wrong_network",
  "payment_already_used",
  "payment_refused",
  "unknown_swap",
  "swap_not_in_review",
  "swap_not_funded",
  "swap_under_way",
  "swap_arriving",
  "swap_arrived",
  "swap_not_dead",
  "nothing_arrived",
  "delivery_already_used",
  "delivery_older_than_funding",
  "receipt_already_attributed",
  "second_person_needed",
  "wrong_recipient",
  "top_up_not_found",
  "top_up_not_final",
  "entry_conflict",
  "already_reversed",
  "insufficient_funds",
  "top_up_brings_nothing",
  "moved_before_booked",
  "arrival_expected_elsewhere",
  "arrival_contradicted",
  "invalid_transaction_hash",
  "unknown_chain",
  "stale_status",
  "provider_unavailable",
  "notice_not_undecided",
] as const;

/** One scope an effect: what asks again or only tidies is the operator's everyday work, the rest is money or a stop. */
const scopeOfAction: Readonly<Record<string, Scope>> = {
  check: "operations:write",
  replay: "operations:write",
  dismiss: "operations:write",
  retry: "payouts:write",
  give_back: "payouts:write",
  pay_outside: "payouts:outside",
  paid_outside: "payouts:outside",
  return_to_engine: "payouts:outside",
  refund: "refunds:write",
  resend: "refunds:write",
  take_back: "refunds:write",
  assign: "arrivals:write",
  top_up: "arrivals:write",
  book_difference: "arrivals:write",
  book_as_delivered: "losses:write",
  book_as_failed: "losses:write",
  accept_short: "losses:write",
  accept_delivery: "losses:write",
  accept_refund: "losses:write",
  write_off: "losses:write",
  acknowledge: "losses:write",
  pay_again: "losses:write",
  forgive: "recoverables:forgive",
  accept: "orders:write",
  abandon: "operations:write",
  send_again: "operations:write",
  drop: "operations:write",
  resume: "wallets:resume",
};

/** A job that failed for good is tried again without a word about money. An action that is not listed is an administrator's. */
export const scopeOfReview = (thing: string, action: string): Scope =>
  thing === "dead_letter" ? "operations:write" : (scopeOfAction[action] ?? "admin");

const actRoute = (deps: ReviewDeps, { things, actions }: Words): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/review/:thing/:id/:action",
    operationId: "actOnReview",
    scope: "operations:write",
    scopeByPath: {
      scopes: [...new Set(Object.values(scopeOfAction))],
      of: ({ thing = "", action = "" }) => scopeOfReview(thing, action),
    },
    summary: "Do one of an item's safe actions; who did it is recorded",
    params: z.object({
      thing: things,
      id: z.string().min(1).max(200),
      action: actions,
    }),
    body: z
      .strictObject({
        order_id: z.uuid().optional().describe("assign: the order that the money is for"),
        address: z.string().max(200).optional().describe("refund: where the payer wants the coins"),
        transaction_hash: z
          .string()
          .max(200)
          .optional()
          .describe("top_up, accept_delivery, accept_refund, paid_outside: what brought the coins"),
        seen: z
          .string()
          .max(100)
          .optional()
          .describe("acknowledge: the version that you read; with any action: refused if it changed since"),
      })
      .meta({ id: "ActOnReview" })
      .optional(),
    success: { status: 200, body: z.object({ done: z.literal(true) }) },
    problems: actProblems,
    async handle({ params: { thing, id, action }, body, principal }) {
      const input = {
        orderId: body?.order_id,
        address: body?.address,
        transactionHash: body?.transaction_hash,
        seen: body?.seen,
      };
      const decision = { thing, id, action, input, by: principal.ref };
      await actOnReview(deps, decision, AbortSignal.timeout(25_000));
      return { done: true as const };
    },
  });

/** The recovery desk. */
export function reviewRoutes(deps: ReviewDeps): readonly Route[] {
  const words = wordsOf(deps.desk);
  return [listRoute(deps, words), actRoute(deps, words)];
}
