import { sql, type Tx } from "../database/index.ts";
import { payeeTerms } from "../payees/index.ts";
import type { SettlementTerms } from "../payments/index.ts";

export type TermsByOrder = ReadonlyMap<string, SettlementTerms>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The terms of the orders named; an id that is no order of ours is simply missing. */
export async function loadTerms(tx: Tx, orderIds: readonly string[]): Promise<TermsByOrder> {
  const ids = [...new Set(orderIds)].filter((id) => uuid.test(id));
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    fee_bps: number;
    fee_fixed_asset: string | null;
    fee_fixed_amount: bigint | null;
    splits: {
      payee_id: string;
      weight_bps: number;
      route: "instant" | "threshold";
      fee_bps: number | null;
    }[];
  }>`
    select o.id, o.fee_bps, o.fee_fixed_asset, o.fee_fixed_amount,
      json_agg(json_build_object('payee_id', s.payee_id, 'weight_bps', s.weight_bps, 'route', p.payout_mode, 'fee_bps', s.fee_bps) order by s.payee_id) as splits
    from pay_order o join pay_order_split s on s.order_id = o.id join ${payeeTerms} on p.id = s.payee_id
    -- Said of both, or the planner reads all splits there are.
    where o.id = any(${ids}::uuid[]) and s.order_id = any(${ids}::uuid[]) group by o.id`.execute(tx);
  return new Map(
    rows.map((row) => {
      const fixed =
        row.fee_fixed_asset === null
          ? null
          : { asset: row.fee_fixed_asset, amount: row.fee_fixed_amount ?? 0n };
      const splits = row.splits.map((s) => ({
        payeeId: s.payee_id,
        weightBps: s.weight_bps,
        route: s.route,
        feeBps: s.fee_bps,
      }));
      return [row.id, { orderId: row.id, fee: { bps: row.fee_bps, fixed }, splits }];
    }),
  );
}
