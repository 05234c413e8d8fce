import { sql, type Db } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import { formatUnits, formatUsd, type AssetRegistry } from "../money/index.ts";

export interface Amount {
  readonly asset: string;
  /** Decimal text of whole coins. */
  readonly amount: string;
}

/** One earning inside a payout, walked back to the payment it came from. */
export interface ExplainedPart {
  readonly earning_id: string;
  readonly payment_id: string;
  readonly order_id: string | null;
  /** What the payment settled to us, what of it was our fee, and this payee's share of the rest. */
  readonly settled: Amount;
  readonly platform_fee: Amount;
  readonly share: Amount;
  readonly conversion_id: string | null;
  /** The share after the conversion; the parts of a payout sum to its amount. */
  readonly amount: Amount;
}

/** What a provider offered when the swap was opened; `problem` says why it was not taken, and is null for the one that was. */
export interface ExplainedQuote {
  readonly provider: string;
  readonly target: Amount | null;
  readonly withdrawal_fee: string | null;
  readonly problem: string | null;
}

export interface ExplainedSwap {
  /** Null until one is chosen. */
  readonly provider: string | null;
  readonly provider_id: string | null;
  readonly status: string;
  readonly source: Amount;
  readonly quoted: Amount | null;
  readonly delivered: Amount | null;
  /** The offers compared. */
  readonly quotes: readonly ExplainedQuote[];
  /** What somebody was told about it. */
  readonly alerts: readonly string[];
  readonly provider_fees: { readonly deposit: string; readonly withdrawal: string } | null;
  readonly funding_hash: string | null;
  readonly delivery_hash: string | null;
  readonly refund_hash: string | null;
}

export interface ExplainedConversion {
  readonly conversion_id: string;
  readonly source: Amount;
  readonly target: Amount | null;
  /** Whole target coins for one whole source coin, cut after 12 digits; the amounts beside it are exact. */
  readonly rate: string | null;
  readonly weights: string;
  readonly remainder_rule: string;
  readonly trigger: string;
  readonly swaps: readonly ExplainedSwap[];
}

export interface ExplainedPayment {
  readonly payment_id: string;
  readonly order_id: string | null;
  readonly processor: string;
  readonly external_id: string;
  /** 0: as it first settled; 1 and on: what its processor later told of it beyond the parts before. */
  readonly part: number;
  readonly status: string;
  readonly invoiced: { readonly currency: string | null; readonly amount: string | null };
  readonly paid_by_customer: { readonly currency: string; readonly amount: string };
  readonly settled: Amount | null;
  readonly settled_usd: string | null;
  readonly settlement_hash: string | null;
}

export interface PayoutExplanation {
  readonly payout_id: string;
  readonly payee_id: string;
  readonly status: string;
  readonly route: string;
  readonly amount: Amount;
  readonly destination: { readonly asset: string; readonly address: string };
  readonly delivered: Amount | null;
  readonly transaction_hash: string | null;
  readonly attempts: readonly {
    readonly seq: number;
    readonly route: string;
    readonly status: string;
    readonly outcome: string | null;
    readonly transfer_hash: string | null;
    readonly network_fee: Amount | null;
    readonly swap: ExplainedSwap | null;
  }[];
  readonly parts: readonly ExplainedPart[];
  /** Sum of the parts: always equal to `amount`. */
  readonly parts_total: Amount;
  readonly conversions: readonly ExplainedConversion[];
  readonly payments: readonly ExplainedPayment[];
}

export const remainderRule =
  "Each share is rounded down to the base unit; the units left over go one each to the largest remainders, ties by earning id.";

interface PartRow {
  earning_id: string;
  payment_id: string;
  order_id: string | null;
  asset: string;
  settled_amount: bigint;
  fee_amount: bigint;
  amount: bigint;
  conversion_id: string | null;
  available_asset: string;
  available_amount: bigint;
}

export const toAmount =
  (registry: AssetRegistry) =>
  (asset: string, amount: bigint): Amount => ({
    asset,
    amount: formatUnits(amount, registry.get(asset).decimals),
  });

/**
 * A payout walked back to the payments it pays for, with rates, fees and hashes.
 * @throws {DomainError} `unknown_payout`
 * @throws {InvariantViolation} the parts do not sum to the amount, which must never be.
 */
export async function explainPayout(db: Db, registry: AssetRegistry, id: string): Promise<PayoutExplanation> {
  const money = toAmount(registry);
  const { rows } = await sql<{
    id: string;
    payee_id: string;
    status: string;
    route: string;
    asset: string;
    amount: bigint;
    destination_asset: string;
    destination_address: string;
    delivered_amount: bigint | null;
    transaction_hash: string | null;
  }>`select * from payout where id = ${id}`.execute(db);
  const payout = rows[0];
  if (!payout) throw new DomainError("unknown_payout", `There is no payout ${id}.`);
  const { rows: parts } = await sql<PartRow>`
    select e.id as earning_id, e.payment_id, p.order_id, e.asset, p.settled_amount, p.fee_amount, e.amount, e.conversion_id,
      e.available_asset, e.available_amount
    from earning e join payment p on p.id = e.payment_id where e.payout_id = ${id} order by e.id`.execute(db);
  const total = parts.reduce((sum, part) => sum + part.available_amount, 0n);
  if (total !== payout.amount && payout.status !== "failed")
    throw new InvariantViolation("payout_parts", "The parts of a payout do not sum to its amount.", {
      payoutId: id,
    });
  return {
    payout_id: payout.id,
    payee_id: payout.payee_id,
    status: payout.status,
    route: payout.route,
    amount: money(payout.asset, payout.amount),
    destination: { asset: payout.destination_asset, address: payout.destination_address },
    delivered:
      payout.delivered_amount === null ? null : money(payout.destination_asset, payout.delivered_amount),
    transaction_hash: payout.transaction_hash,
    attempts: await explainAttempts(db, registry, id),
    parts: parts.map((part) => ({
      earning_id: part.earning_id,
      payment_id: part.payment_id,
      order_id: part.order_id,
      settled: money(part.asset, part.settled_amount),
      platform_fee: money(part.asset, part.fee_amount),
      share: money(part.asset, part.amount),
      conversion_id: part.conversion_id,
      amount: money(part.available_asset, part.available_amount),
    })),
    parts_total: money(payout.asset, total),
    conversions: await explainConversions(
      db,
      registry,
      parts.flatMap((part) => part.conversion_id ?? []),
    ),
    payments: await explainPayments(
      db,
      registry,
      parts.map((part) => part.payment_id),
    ),
  };
}

async function explainAttempts(
  db: Db,
  registry: AssetRegistry,
  payoutId: string,
): Promise<PayoutExplanation["attempts"]> {
  const { rows } = await sql<{
    id: string;
    seq: number;
    route: string;
    status: string;
    outcome: string | null;
    transaction_hash: string | null;
    fee_paid: bigint | null;
    fee_chain: string | null;
  }>`
    select a.id, a.seq, a.route, a.status, a.outcome, t.transaction_hash, t.fee_paid, w.chain as fee_chain
    from payout_attempt a
    left join swap s on s.purpose = 'payout_attempt' and s.purpose_id = a.id
    left join transfer t on t.id = s.transfer_id or (t.purpose = 'payout_attempt' and t.purpose_id = a.id)
    left join wallet w on w.id = t.wallet_id
    where a.payout_id = ${payoutId} order by a.seq`.execute(db);
  const attempts = [];
  for (const { seq, route, status, outcome, ...row } of rows) {
    const [swap] = await explainSwaps(db, registry, { purpose: "payout_attempt", purposeId: row.id });
    const paid = row.fee_paid !== null && row.fee_chain !== null;
    const network_fee = paid ? toAmount(registry)(registry.native(row.fee_chain!).id, row.fee_paid!) : null;
    attempts.push({
      seq,
      route,
      status,
      outcome,
      transfer_hash: row.transaction_hash,
      network_fee,
      swap: swap ?? null,
    });
  }
  return attempts;
}

async function explainSwaps(
  db: Db,
  registry: AssetRegistry,
  of: { purpose: "conversion" | "payout_attempt"; purposeId: string },
): Promise<ExplainedSwap[]> {
  const money = toAmount(registry);
  const { rows } = await sql<{
    provider: string | null;
    provider_id: string | null;
    status: string;
    quotes:
      | {
          provider: string;
          target_amount: string | null;
          withdrawal_fee: string | null;
          problem: string | null;
        }[]
      | null;
    alerts: string[];
    source_asset: string;
    source_amount: bigint;
    target_asset: string;
    quoted_target_amount: bigint | null;
    delivered_amount: bigint | null;
    provider_fees: { deposit: string; withdrawal: string } | null;
    funding_hash: string | null;
    payout_hash: string | null;
    refund_hash: string | null;
  }>`
    select s.*, t.transaction_hash as funding_hash from swap s left join transfer t on t.id = s.transfer_id
    where s.purpose = ${of.purpose} and s.purpose_id = ${of.purposeId} order by s.seq`.execute(db);
  return rows.map((row) => ({
    provider: row.provider,
    provider_id: row.provider_id,
    status: row.status,
    source: money(row.source_asset, row.source_amount),
    quoted: row.quoted_target_amount === null ? null : money(row.target_asset, row.quoted_target_amount),
    delivered: row.delivered_amount === null ? null : money(row.target_asset, row.delivered_amount),
    quotes: (row.quotes ?? []).map(({ target_amount: amount, ...quote }) => ({
      ...quote,
      target: amount === null ? null : money(row.target_asset, BigInt(amount)),
    })),
    alerts: row.alerts,
    provider_fees: row.provider_fees,
    funding_hash: row.funding_hash,
    delivery_hash: row.payout_hash,
    refund_hash: row.refund_hash,
  }));
}

/** Conversions by id, each with its rate and swaps. Ids may repeat. */
export async function explainConversions(
  db: Db,
  registry: AssetRegistry,
  ids: readonly string[],
): Promise<ExplainedConversion[]> {
  const { rows } = await sql<{
    id: string;
    source_asset: string;
    source_amount: bigint;
    target_asset: string;
    target_amount: bigint | null;
    weights: string;
    trigger_reason: string;
  }>`select * from conversion where id = any(${[...new Set(ids)]}::uuid[]) order by id`.execute(db);
  const money = toAmount(registry);
  const explained = [];
  for (const row of rows) {
    const source = money(row.source_asset, row.source_amount);
    const target = row.target_amount === null ? null : money(row.target_asset, row.target_amount);
    explained.push({
      conversion_id: row.id,
      source,
      target,
      rate:
        row.target_amount === null ? null : rateText(registry, { ...row, target_amount: row.target_amount }),
      weights: row.weights,
      remainder_rule: remainderRule,
      trigger: row.trigger_reason,
      swaps: await explainSwaps(db, registry, { purpose: "conversion", purposeId: row.id }),
    });
  }
  return explained;
}

const rateDigits = 12;

/** Whole target coins for one whole source coin, cut after 12 digits. */
export function rateText(
  registry: AssetRegistry,
  of: { source_asset: string; source_amount: bigint; target_asset: string; target_amount: bigint },
): string {
  const numerator = of.target_amount * 10n ** BigInt(registry.get(of.source_asset).decimals + rateDigits);
  const denominator = of.source_amount * 10n ** BigInt(registry.get(of.target_asset).decimals);
  return formatUnits(numerator / denominator, rateDigits);
}

/** Payments by id. Ids may repeat. */
export async function explainPayments(
  db: Db,
  registry: AssetRegistry,
  ids: readonly string[],
): Promise<ExplainedPayment[]> {
  const { rows } = await sql<{
    id: string;
    order_id: string | null;
    processor: string;
    external_id: string;
    part: number;
    status: string;
    price_amount: string | null;
    price_currency: string | null;
    paid_currency: string;
    paid_amount: string;
    settled_asset: string | null;
    settled_amount: bigint | null;
    settled_usd_micros: bigint | null;
    settlement_hash: string | null;
  }>`select * from payment where id = any(${[...new Set(ids)]}::uuid[]) order by created_at, id`.execute(db);
  return rows.map((row) => ({
    payment_id: row.id,
    order_id: row.order_id,
    processor: row.processor,
    external_id: row.external_id,
    part: row.part,
    status: row.status,
    invoiced: { currency: row.price_currency, amount: row.price_amount },
    paid_by_customer: { currency: row.paid_currency, amount: row.paid_amount },
    settled:
      row.settled_asset === null ? null : toAmount(registry)(row.settled_asset, row.settled_amount ?? 0n),
    settled_usd: row.settled_usd_micros === null ? null : formatUsd(row.settled_usd_micros),
    settlement_hash: row.settlement_hash,
  }));
}
