import { sql, type Db } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import type { AssetRegistry } from "../money/index.ts";
import {
  explainConversions,
  explainPayments,
  toAmount,
  type Amount,
  type ExplainedConversion,
  type ExplainedPayment,
} from "./explain-payout.ts";

export interface ExplainedEarning {
  readonly earning_id: string;
  readonly payee_id: string;
  readonly status: string;
  readonly route: string;
  readonly share: Amount;
  readonly available: Amount | null;
  readonly conversion_id: string | null;
  readonly payout_id: string | null;
  /** The earning whose refund it was kept for; null: it was not. */
  readonly collected_for: string | null;
  /** Of an earning that was paid and then refunded. */
  readonly recoverable: {
    readonly owed: Amount;
    readonly collected: Amount;
    readonly forgiven: Amount;
  } | null;
}

export interface PaymentExplanation {
  readonly payment: ExplainedPayment;
  readonly platform_fee: Amount | null;
  readonly earnings: readonly ExplainedEarning[];
  readonly conversions: readonly ExplainedConversion[];
}

/**
 * A payment and what became of it. Fee and shares sum to what settled.
 * @throws {DomainError} `unknown_payment`
 */
export async function explainPayment(
  db: Db,
  registry: AssetRegistry,
  id: string,
): Promise<PaymentExplanation> {
  const money = toAmount(registry);
  const [payment] = await explainPayments(db, registry, [id]);
  if (!payment) throw new DomainError("unknown_payment", `There is no payment ${id}.`);
  const { rows } =
    await sql<EarningRow>`${earnings} where e.payment_id = ${id} order by e.payee_id, e.part`.execute(db);
  const { rows: fees } = await sql<{
    fee_amount: bigint | null;
    settled_amount: bigint | null;
    order_id: string | null;
  }>`
    select fee_amount, settled_amount, order_id from payment where id = ${id}`.execute(db);
  const { fee_amount: fee = null, settled_amount: settled = null, order_id: orderId = null } = fees[0] ?? {};
  const shares = rows.reduce((sum, row) => sum + row.amount, 0n);
  if (orderId !== null && settled !== null && fee !== null && settled !== fee + shares)
    throw new InvariantViolation(
      "payment_shares",
      "Fee and shares of a payment do not sum to what settled.",
      { paymentId: id },
    );
  return {
    payment,
    platform_fee: payment.settled === null || fee === null ? null : money(payment.settled.asset, fee),
    earnings: rows.map((row) => presentEarning(registry, row)),
    conversions: await explainConversions(
      db,
      registry,
      rows.flatMap((row) => row.conversion_id ?? []),
    ),
  };
}

export interface EarningExplanation {
  readonly earning: ExplainedEarning;
  readonly payment: ExplainedPayment;
  readonly conversions: readonly ExplainedConversion[];
}

/** One payee's part of one payment. @throws {DomainError} `unknown_earning` */
export async function explainEarning(
  db: Db,
  registry: AssetRegistry,
  id: string,
): Promise<EarningExplanation> {
  const { rows } = await sql<EarningRow & { payment_id: string }>`${earnings} where e.id = ${id}`.execute(db);
  const row = rows[0];
  const [payment] = row ? await explainPayments(db, registry, [row.payment_id]) : [];
  if (!row || !payment) throw new DomainError("unknown_earning", `There is no earning ${id}.`);
  const conversions = await explainConversions(
    db,
    registry,
    row.conversion_id === null ? [] : [row.conversion_id],
  );
  return { earning: presentEarning(registry, row), payment, conversions };
}

const earnings = sql`
  select e.*, r.asset as owed_asset, r.amount as owed, r.collected, r.forgiven
  from earning e left join recoverable r on r.id = e.id`;

interface EarningRow {
  readonly collected_for: string | null;
  readonly owed_asset: string | null;
  readonly owed: bigint | null;
  readonly collected: bigint | null;
  readonly forgiven: bigint | null;
  readonly id: string;
  readonly payee_id: string;
  readonly status: string;
  readonly route: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly available_asset: string | null;
  readonly available_amount: bigint | null;
  readonly conversion_id: string | null;
  readonly payout_id: string | null;
}

/** Everybody's part of a conversion, largest first. */
export async function explainShares(
  db: Db,
  registry: AssetRegistry,
  conversionId: string,
): Promise<ExplainedEarning[]> {
  const { rows } =
    await sql<EarningRow>`${earnings} where e.conversion_id = ${conversionId} order by e.amount desc, e.id`.execute(
      db,
    );
  return rows.map((row) => presentEarning(registry, row));
}

function presentEarning(registry: AssetRegistry, row: EarningRow): ExplainedEarning {
  const money = toAmount(registry);
  return {
    earning_id: row.id,
    payee_id: row.payee_id,
    status: row.status,
    route: row.route,
    share: money(row.asset, row.amount),
    available:
      row.available_asset === null || row.available_amount === null
        ? null
        : money(row.available_asset, row.available_amount),
    conversion_id: row.conversion_id,
    payout_id: row.payout_id,
    collected_for: row.collected_for,
    recoverable:
      row.owed_asset === null || row.owed === null || row.collected === null || row.forgiven === null
        ? null
        : {
            owed: money(row.owed_asset, row.owed),
            collected: money(row.owed_asset, row.collected),
            forgiven: money(row.owed_asset, row.forgiven),
          },
  };
}
