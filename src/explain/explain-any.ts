import { sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { formatUsd, type AssetRegistry } from "../money/index.ts";
import {
  explainEarning,
  explainPayment,
  explainShares,
  type EarningExplanation,
  type ExplainedEarning,
  type PaymentExplanation,
} from "./explain-payment.ts";
import {
  explainConversions,
  explainPayout,
  type ExplainedConversion,
  type PayoutExplanation,
} from "./explain-payout.ts";

export interface OrderExplanation {
  readonly order_id: string;
  readonly external_id: string | null;
  readonly status: string;
  readonly price_usd: string;
  readonly paid_usd: string;
  readonly payments: readonly PaymentExplanation[];
}

export interface ConversionExplanation {
  readonly conversion: ExplainedConversion;
  readonly status: string;
  readonly earnings: readonly ExplainedEarning[];
}

export type Explanation =
  | { readonly kind: "payout"; readonly explanation: PayoutExplanation }
  | { readonly kind: "payment"; readonly explanation: PaymentExplanation }
  | { readonly kind: "earning"; readonly explanation: EarningExplanation }
  | { readonly kind: "order"; readonly explanation: OrderExplanation }
  | { readonly kind: "conversion"; readonly explanation: ConversionExplanation };

const isId = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);

interface Named {
  readonly kind: Explanation["kind"];
  readonly id: string;
}

const ofId = (id: string) => sql<Named>`
  select 'payout' as kind, id from payout where id = ${id}
  union all select 'payment', id from payment where id = ${id}
  union all select 'earning', id from earning where id = ${id}
  union all select 'order', id from pay_order where id = ${id}
  union all select 'conversion', id from conversion where id = ${id}`;

/** What a transaction paid, funded or brought: of a conversion's or payout's swap, the conversion or payout. */
const ofHash = (hash: string) => sql<Named>`
  with swap_of as (
    select s.purpose, s.purpose_id from swap s
    left join transfer t on t.id = s.transfer_id
    where ${hash} in (s.payout_hash, s.refund_hash, t.transaction_hash)
  )
  select distinct kind, id from (
    select 'payment' as kind, id from payment where settlement_hash = ${hash}
    union all select 'payment', payment_id from deposit where transaction_hash = ${hash} and payment_id is not null
    union all select 'payout', id from payout where transaction_hash = ${hash}
    union all select 'payout', a.payout_id from payout_attempt a
      join transfer t on t.purpose = 'payout_attempt' and t.purpose_id = a.id
      join transfer_attempt sent on sent.transfer_id = t.id where sent.transaction_hash = ${hash}
    union all select 'conversion', purpose_id from swap_of where purpose = 'conversion'
    union all select 'payout', a.payout_id from swap_of join payout_attempt a on a.id = swap_of.purpose_id
      where swap_of.purpose = 'payout_attempt'
  ) found order by kind, id limit 50`;

/**
 * Explains whatever an id is of, or all that a transaction's hash paid, funded or brought.
 * @throws {DomainError} `unknown_id`
 */
export async function explain(db: Db, registry: AssetRegistry, text: string): Promise<Explanation[]> {
  const name = text.trim();
  const hash = /^0x[\da-f]+$/i.test(name) ? name.toLowerCase() : name;
  const { rows } = await (isId(name) ? ofId(name) : ofHash(hash)).execute(db);
  if (rows.length === 0)
    throw new DomainError(
      "unknown_id",
      `"${name.slice(0, 70)}" is no order, payment, earning, conversion or payout, and no hash of one. Copy it whole.`,
    );
  return Promise.all(rows.map((named) => explainOne(db, registry, named)));
}

async function explainOne(db: Db, registry: AssetRegistry, { kind, id }: Named): Promise<Explanation> {
  switch (kind) {
    case "payout":
      return { kind, explanation: await explainPayout(db, registry, id) };
    case "payment":
      return { kind, explanation: await explainPayment(db, registry, id) };
    case "earning":
      return { kind, explanation: await explainEarning(db, registry, id) };
    case "order":
      return { kind, explanation: await explainOrder(db, registry, id) };
    case "conversion":
      return { kind, explanation: await explainConversion(db, registry, id) };
  }
}

/** An order with all that was paid of it. @throws {DomainError} `unknown_order` */
async function explainOrder(db: Db, registry: AssetRegistry, id: string): Promise<OrderExplanation> {
  const { rows } = await sql<{
    external_id: string | null;
    status: string;
    price_usd_micros: bigint;
    paid_usd_micros: bigint;
    payments: string[];
  }>`
    select external_id, status, price_usd_micros, paid_usd_micros,
      array(select p.id::text from payment p where p.order_id = o.id order by p.created_at, p.id) as payments
    from pay_order o where id = ${id}`.execute(db);
  const [order] = rows;
  if (!order) throw new DomainError("unknown_order", `There is no order ${id}.`);
  return {
    order_id: id,
    external_id: order.external_id,
    status: order.status,
    price_usd: formatUsd(order.price_usd_micros),
    paid_usd: formatUsd(order.paid_usd_micros),
    payments: await Promise.all(order.payments.map((payment) => explainPayment(db, registry, payment))),
  };
}

/** A conversion with everybody's part of it. @throws {DomainError} `unknown_id` */
async function explainConversion(
  db: Db,
  registry: AssetRegistry,
  id: string,
): Promise<ConversionExplanation> {
  const [conversion] = await explainConversions(db, registry, [id]);
  const { rows } = await sql<{ status: string }>`select status from conversion where id = ${id}`.execute(db);
  if (!conversion || !rows[0]) throw new DomainError("unknown_id", `There is no conversion ${id}.`);
  return { conversion, status: rows[0].status, earnings: await explainShares(db, registry, id) };
}
