import { z } from "zod";
import {
  claimants,
  getArrival,
  historyOf,
  listArrivals,
  reattribute,
  type FormerHolder,
  type Holder,
  type ReattributeDeps,
} from "../../../arrivals/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { chainName, moneyView, presentMoney, presentTime, timestampView } from "../../schemas.ts";

const attribution = {
  claimant: z.string().describe("Who has it: settlement, swap, deposit, move, top_up, unclaimed and so on"),
  claimant_id: z.uuid(),
  evidence: z
    .string()
    .describe("By what, strongest first: own_transfer, reattributed, named_hash, …, operator"),
  attributed_by: z.string().describe("Who said so: a provider, a job, an API key, the command line"),
  attributed_at: timestampView,
  reason: z.string().nullable().describe("Of a re-attribution; null: it is none"),
  proof: z.string().nullable().describe("What showed it; null: it is no re-attribution"),
};

const arrivalFields = z.object({
  chain: z.string(),
  transaction_hash: z.string(),
  index: z.string().describe("Which of the transaction's transfers"),
  from_address: z.string().describe("As the chain names it; empty: it names none"),
  amount: moneyView,
  received_at: timestampView,
  ...attribution,
  lost: moneyView.describe("Of that, what whoever had it before had spent already"),
});
const arrivalView = arrivalFields.meta({
  id: "Arrival",
  description: "What reached a wallet of ours, and whose it is",
});
const arrivalDetail = arrivalFields
  .extend({ history: z.array(z.object({ ...attribution, until: timestampView, lost: z.string() })) })
  .meta({
    id: "ArrivalWithHistory",
    description: "An arrival with everybody who had it before, oldest first",
  });

const presentHolder = (row: Holder | FormerHolder) => ({
  claimant: row.purpose,
  claimant_id: row.purpose_id,
  evidence: row.evidence,
  attributed_by: row.attributed_by,
  attributed_at: presentTime(row.attributed_at),
  reason: row.reason,
  proof: row.proof,
});

const present = (row: Holder): z.output<typeof arrivalView> => ({
  chain: row.chain,
  transaction_hash: row.transaction_hash,
  index: row.receipt_index,
  from_address: row.from_address,
  amount: presentMoney(row),
  received_at: presentTime(row.received_at),
  ...presentHolder(row),
  lost: presentMoney({ asset: row.asset, amount: row.lost }),
});

const list = listRoute({
  path: "/v1/arrivals",
  operationId: "listArrivals",
  scope: "payments:read",
  summary: "List what reached our wallets and whose it is, newest first",
  filters: {
    chain: chainName.optional(),
    asset: filterSchemas.asset,
    transaction_hash: filterSchemas.transaction_hash,
    claimant: z.enum(claimants).optional(),
  },
  key: z.tuple([z.string(), z.string(), z.string(), z.string()]),
  item: arrivalView,
  read(db, { filters: { chain, asset, transaction_hash: hash, claimant }, before, limit }) {
    const filter = {
      chain: chain ?? null,
      asset: asset ?? null,
      hash: hash ?? null,
      claimant: claimant ?? null,
    };
    return listArrivals(db, filter, { before, limit });
  },
  keyOf: (row: Holder): [string, string, string, string] => [
    row.received_at.toISOString(),
    row.chain,
    row.transaction_hash,
    row.receipt_index,
  ],
  present,
});

const place = z.object({
  chain: chainName,
  transaction_hash: z.string().max(200),
  index: z.string().max(200),
});
const placeOf = ({ chain, transaction_hash: transactionHash, index }: z.output<typeof place>) => ({
  chain,
  transactionHash,
  index,
});

const readRoute = defineRoute({
  method: "GET",
  path: "/v1/arrivals/:chain/:transaction_hash/:index",
  operationId: "getArrival",
  scope: "payments:read",
  summary: "Read an arrival with everybody who had it before",
  params: place,
  success: { status: 200, body: arrivalDetail },
  problems: ["unknown_arrival"],
  async handle({ params }, { db }) {
    const history = await historyOf(db, placeOf(params));
    return {
      ...present(await getArrival(db, placeOf(params))),
      history: history.map((row) => ({
        ...presentHolder(row),
        until: presentTime(row.ended_at),
        lost: String(row.lost),
      })),
    };
  },
});

const reattributeRoute = (deps: ReattributeDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/arrivals/:chain/:transaction_hash/:index/reattribute",
    operationId: "reattributeArrival",
    scope: "arrivals:write",
    summary: "Give an arrival to somebody else, with a proof, by two persons",
    description:
      "The chain is read first. Whoever had it is booked back, an order's payees and our fee too; what they had spent is a loss of the " +
      "platform's, against which stands what payees owe back, and appears on the recovery desk. `unclaimed` frees it for whoever shows more: then use the desk's own actions.",
    params: place,
    body: z
      .strictObject({
        to: z.enum(["top_up", "payment", "order", "unclaimed"]),
        id: z.uuid().optional().describe("payment, order: which"),
        reason: z.string().min(3).max(500),
        proof: z
          .string()
          .min(3)
          .max(2_000)
          .describe("What shows it: a provider's answer, a ticket, a statement"),
      })
      .refine(({ to, id }) => (to === "payment" || to === "order") === (id !== undefined), {
        message: "a payment or order needs an id, and nothing else has one",
        path: ["id"],
      })
      .meta({ id: "ReattributeArrival" }),
    success: { status: 200, body: arrivalView },
    problems: [
      "unknown_arrival",
      "arrival_contradicted",
      "arrival_kept",
      "receipt_already_attributed",
      "second_person_needed",
      "unknown_payment",
      "unknown_order",
      "payment_not_awaited",
      "wrong_chain",
      "unsupported_chain",
      "provider_unavailable",
    ],
    async handle({ params, body: { to, id = "", reason, proof }, principal }, { db }) {
      const at = placeOf(params);
      const recipient = to === "payment" || to === "order" ? { kind: to, id } : { kind: to };
      await reattribute(
        deps,
        { at, to: recipient, reason, proof, by: principal.ref },
        AbortSignal.timeout(25_000),
      );
      return present(await getArrival(db, at));
    },
  });

/** They need nothing but the database. */
export const arrivalReads: readonly Route[] = [list, readRoute];

/** What reached our wallets, and whose it is. */
export const arrivalRoutes = (deps: ReattributeDeps): readonly Route[] => [
  ...arrivalReads,
  reattributeRoute(deps),
];
