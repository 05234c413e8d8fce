import { z } from "zod";
import { findDeposit, listDeposits, listUnlisted, type DepositRow } from "../../../deposits/index.ts";
import { DomainError } from "../../../errors.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { chainName, moneyView, presentMoney, presentTime, timestampView } from "../../schemas.ts";

const statuses = ["confirming", "credited", "in_review", "ignored", "reversed", "refunded"] as const;

const depositView = z
  .object({
    id: z.uuid(),
    chain: z.string(),
    transaction_hash: z.string(),
    transfer_index: z.string().describe("Which of the transaction's transfers"),
    address: z.string().describe("Ours"),
    from_address: z
      .string()
      .nullable()
      .describe("As the chain names it, and no proof of who paid; null: it names none"),
    order_id: z.uuid().nullable().describe("The order it pays; null: none is known"),
    payment_id: z.uuid().nullable().describe("What it was booked as; null: it is not booked"),
    status: z.enum(statuses),
    reason: z.string().nullable().describe("Why it is in review, ignored or reversed; null: it is not"),
    amount: moneyView,
    surplus: moneyView.describe("Of that, beyond the price: kept for the payer"),
    final: z.boolean().describe("The chain can no longer take it back"),
    block_time: timestampView,
    gathered_at: timestampView
      .nullable()
      .describe("When its coins reached the hot wallet; null: they have not"),
    created_at: timestampView,
  })
  .meta({ id: "Deposit", description: "One transfer to an address of ours, as its chain shows it" });

const present = (row: DepositRow): z.output<typeof depositView> => ({
  id: row.id,
  chain: row.chain,
  transaction_hash: row.transaction_hash,
  transfer_index: row.transfer_index,
  address: row.address,
  from_address: row.from_address,
  order_id: row.order_id,
  payment_id: row.payment_id,
  status: row.status,
  reason: row.reason,
  amount: presentMoney(row),
  surplus: presentMoney({ asset: row.asset, amount: row.surplus_amount }),
  final: row.final,
  block_time: presentTime(row.block_time),
  gathered_at: row.swept_at === null ? null : presentTime(row.swept_at),
  created_at: presentTime(row.created_at),
});

const list = listRoute({
  path: "/v1/deposits",
  operationId: "listDeposits",
  scope: "payments:read",
  summary: "List transfers to our addresses, newest first",
  filters: {
    status: z.enum(statuses).optional(),
    order_id: filterSchemas.order_id,
    chain: chainName.optional(),
    asset: filterSchemas.asset,
    transaction_hash: filterSchemas.transaction_hash,
    address: z.string().min(1).max(200).optional().describe("Ours"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: depositView,
  read: listDeposits,
  keyOf: ({ id }: DepositRow) => id,
  present,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/deposits/:id",
  operationId: "getDeposit",
  scope: "payments:read",
  summary: "Read a transfer to an address of ours",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: depositView },
  problems: ["unknown_deposit"],
  async handle({ params: { id } }, { db }) {
    const row = await findDeposit(db, id);
    if (row === null) throw new DomainError("unknown_deposit", `There is no deposit ${id}.`);
    return present(row);
  },
});

const unlistedView = z
  .object({
    chain: z.string(),
    transaction_hash: z.string(),
    transfer_index: z.string(),
    address: z.string(),
    contract: z.string().describe("What it is, by its contract; names and symbols are anybody's to choose"),
    amount: z.string().describe("Whole units; decimals of unknown things are not to be trusted"),
    seen_at: timestampView,
  })
  .meta({ id: "UnlistedTransfer", description: "A transfer to us of something that the registry lacks" });

const unlistedRoute = defineRoute({
  method: "GET",
  path: "/v1/deposits/unlisted",
  operationId: "listUnlistedTransfers",
  scope: "payments:read",
  summary: "List the newest transfers to our addresses of things that the registry lacks",
  success: { status: 200, body: z.object({ data: z.array(unlistedView) }) },
  problems: [],
  async handle(_request, { db }) {
    const rows = await listUnlisted(db, 200);
    return {
      data: rows.map((row) => ({ ...row, amount: String(row.amount), seen_at: presentTime(row.seen_at) })),
    };
  },
});

export const depositRoutes: readonly Route[] = [list, getRoute, unlistedRoute];
