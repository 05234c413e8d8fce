import { z } from "zod";
import { findArrivals, type Holder } from "../../arrivals/index.ts";
import { searchConversions } from "../../conversions/index.ts";
import type { Db, Found } from "../../database/index.ts";
import { searchDeposits } from "../../deposits/index.ts";
import { holdsScope, type Scope } from "../../operators/index.ts";
import { searchOrders } from "../../orders/index.ts";
import { searchPayees } from "../../payees/index.ts";
import { searchPayments } from "../../payments/index.ts";
import { searchPayouts } from "../../payouts/index.ts";
import { searchRefunds } from "../../refunds/index.ts";
import { defineRoute, type Route } from "../route.ts";
import { presentTime, timestampView } from "../schemas.ts";

const kinds = ["order", "payee", "payment", "deposit", "refund", "payout", "conversion", "arrival"] as const;
type Kind = (typeof kinds)[number];

const resultView = z
  .object({
    kind: z.enum(kinds),
    id: z.string().describe("Of an arrival: its chain, transaction and index"),
    matched: z.string().describe("Which of its fields is what was looked for"),
    status: z.string().nullable().describe("null: it has none"),
    created_at: timestampView,
    path: z.string().describe("Where it is read"),
  })
  .meta({ id: "SearchResult", description: "Something that an id, hash, address or external id names" });

interface Named {
  readonly id: string;
  readonly status: string;
  readonly created_at: Date;
}

interface Searched {
  readonly kind: Kind;
  readonly scope: Scope;
  find(db: Db, word: string, limit: number): Promise<z.output<typeof resultView>[]>;
}

const byRow = (
  kind: Kind,
  scope: Scope,
  search: (db: Db, word: string, limit: number) => Promise<Found<Named>[]>,
): Searched => ({
  kind,
  scope,
  find: async (db, word, limit) =>
    (await search(db, word, limit)).map(({ row, matched }) => ({
      kind,
      id: row.id,
      matched,
      status: row.status,
      created_at: presentTime(row.created_at),
      path: `/v1/${kind}s/${row.id}`,
    })),
});

const presentArrival = (row: Holder): z.output<typeof resultView> => {
  const place = [row.chain, row.transaction_hash, row.receipt_index];
  return {
    kind: "arrival",
    id: place.join("/"),
    matched: "transaction_hash",
    status: null,
    created_at: presentTime(row.received_at),
    path: `/v1/arrivals/${place.map(encodeURIComponent).join("/")}`,
  };
};

const searched: readonly Searched[] = [
  byRow("order", "orders:read", searchOrders),
  byRow("payee", "payees:read", searchPayees),
  byRow("payment", "payments:read", searchPayments),
  byRow("deposit", "payments:read", searchDeposits),
  byRow("refund", "payments:read", searchRefunds),
  byRow("payout", "payouts:read", searchPayouts),
  byRow("conversion", "conversions:read", searchConversions),
  {
    kind: "arrival",
    scope: "payments:read",
    find: async (db, word, limit) => (await findArrivals(db, word, limit)).map(presentArrival),
  },
];

/** Of each kind and way no more than these: an exact word names one thing, or a few. */
const mostOfAWay = 20;

const searchScopes = [...new Set(searched.map(({ scope }) => scope))];

export const searchRoute: Route = defineRoute({
  method: "GET",
  path: "/v1/search",
  operationId: "search",
  scope: searchScopes[0]!,
  scopeByPath: { scopes: searchScopes, of: () => searchScopes },
  summary: "Find what an id, transaction hash, address or external id names, among what the key may read",
  query: z.object({
    q: z.string().trim().min(1).max(200).describe("The whole of it, exactly: nothing is found by a part"),
  }),
  success: { status: 200, body: z.object({ data: z.array(resultView) }).meta({ id: "SearchResults" }) },
  problems: [],
  async handle({ query: { q }, principal }, { db }) {
    const readable = searched.filter(({ scope }) => holdsScope(principal.scopes, scope));
    const found = await Promise.all(readable.map(({ find }) => find(db, q, mostOfAWay)));
    return { data: found.flat() };
  },
});
