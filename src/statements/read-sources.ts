import { sql, type Tx } from "../database/index.ts";
import { rateText, toAmount } from "../explain/index.ts";
import { derivedId } from "../ids.ts";
import { formatUsd, registry, type Money } from "../money/index.ts";
import { paymentEntryId } from "../payments/index.ts";
import type { LineRow } from "./read-balances.ts";
import type { MovementSource } from "./statement.ts";

const money = toAmount(registry);
const usdOf = (micros: bigint | null): string | null => (micros === null ? null : formatUsd(micros));

/** Whole coins of the target for one whole coin of the source; null: nothing arrived yet. */
const rateOf = (source: Money, target: Money | null): string | null =>
  target === null
    ? null
    : rateText(registry, {
        source_asset: source.asset,
        source_amount: source.amount,
        target_asset: target.asset,
        target_amount: target.amount,
      });

/** What each entry is about, by its id; of one that moves several payees, by id and payee. */
export type Sources = ReadonlyMap<string, MovementSource>;
export const keyOf = (line: Pick<LineRow, "payee_id" | "entry_id">): string =>
  `${line.entry_id}/${line.payee_id}`;

/** What of a payee's share went back to a payer by a refund of ours, and came again where it was not sent. */
const refundEntries = (refundId: string, earningIds: readonly string[]): string[] => [
  derivedId("refund", refundId, "set_aside"),
  derivedId("refund", refundId, "not_sent"),
  ...earningIds.flatMap((id) => [
    derivedId("refund", refundId, "taken", id),
    derivedId("refund", refundId, "not_taken", id),
  ]),
];

interface EarningRow {
  id: string;
  payee_id: string;
  payment_id: string;
  order_id: string | null;
  settled_asset: string;
  settled_amount: bigint;
  fee_amount: bigint;
  usd_micros: bigint | null;
  refunds: readonly { readonly id: string; readonly parts: readonly string[] }[];
}

/** Entries that a payment or one of its earnings stands for. */
async function addEarnings(
  tx: Tx,
  lines: readonly LineRow[],
  found: Map<string, MovementSource>,
): Promise<void> {
  const payees = [...new Set(lines.map(({ payee_id }) => payee_id))];
  const settled = lines
    .filter(({ reason }) => reason === "payment_settled")
    .map(({ posted_at }) => posted_at.getTime());
  const isTakenBack = lines.some(
    ({ reason, reverses_id }) =>
      reason === "earning_reversed" || reason === "payment_refund_set_aside" || reverses_id !== null,
  );
  if (settled.length === 0 && !isTakenBack) return;
  // An earning is written with its booking, whose clock is the database's own.
  const slackMs = 3_600_000;
  const [first, last] = [Math.min(...settled) - slackMs, Math.max(...settled) + slackMs];
  const { rows } = await sql<EarningRow>`
    select e.id, e.payee_id, e.payment_id, p.order_id, p.settled_asset, p.settled_amount, p.fee_amount, e.usd_micros,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', r.id, 'parts', coalesce((
          select jsonb_agg(x.id) from earning x where x.refund_id = r.id and x.payee_id = e.payee_id), '[]')))
        from refund r where r.subject = 'settled_payment' and r.subject_id = e.payment_id), '[]') as refunds
    from earning e join payment p on p.id = e.payment_id
    where e.payee_id = any(${payees}::uuid[]) and e.part = 0
      and (${isTakenBack} and (e.status = 'reversed' or exists (
          select from refund r where r.subject = 'settled_payment' and r.subject_id = e.payment_id))
        or e.created_at between ${new Date(settled.length === 0 ? 0 : first)} and ${new Date(settled.length === 0 ? 0 : last)})`.execute(
    tx,
  );
  for (const row of rows) {
    const source: MovementSource = {
      kind: "earning",
      earning_id: row.id,
      payment_id: row.payment_id,
      order_id: row.order_id,
      settled: money(row.settled_asset, row.settled_amount),
      platform_fee: money(row.settled_asset, row.fee_amount),
      usd: usdOf(row.usd_micros),
    };
    for (const entry_id of [
      paymentEntryId(row.payment_id, "settled"),
      derivedId("payment", row.id, "reversed"),
      ...row.refunds.flatMap(({ id, parts }) => refundEntries(id, parts)),
    ])
      found.set(keyOf({ entry_id, payee_id: row.payee_id }), source);
  }
}

interface ConversionRow {
  id: string;
  source_asset: string;
  source_amount: bigint;
  target_asset: string;
  target_amount: bigint | null;
  hashes: string[];
}

async function addConversions(
  tx: Tx,
  lines: readonly LineRow[],
  found: Map<string, MovementSource>,
): Promise<void> {
  const ofConversion = lines.filter(({ conversion_id: id }) => id !== null);
  if (ofConversion.length === 0) return;
  const ids = [...new Set(ofConversion.map(({ conversion_id: id }) => id!))];
  const { rows } = await sql<ConversionRow>`
    select c.id, c.source_asset, c.source_amount, c.target_asset, c.target_amount,
      coalesce((select array_agg(s.payout_hash order by s.seq) from swap s
        where s.purpose = 'conversion' and s.purpose_id = c.id and s.payout_hash is not null), '{}') as hashes
    from conversion c where c.id = any(${ids}::uuid[])`.execute(tx);
  const values = await sql<{ conversion_id: string; payee_id: string; usd_micros: bigint | null }>`
    select conversion_id, payee_id, case when count(*) = count(usd_micros) then sum(usd_micros) end as usd_micros
    from earning where conversion_id = any(${ids}::uuid[])
      and payee_id = any(${[...new Set(ofConversion.map(({ payee_id }) => payee_id))]}::uuid[])
    group by 1, 2`.execute(tx);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const usd = new Map(values.rows.map((row) => [`${row.conversion_id}/${row.payee_id}`, row.usd_micros]));
  for (const line of ofConversion) {
    const row = byId.get(line.conversion_id!);
    if (row === undefined) continue;
    const target = row.target_amount === null ? null : { asset: row.target_asset, amount: row.target_amount };
    found.set(keyOf(line), {
      kind: "conversion",
      conversion_id: row.id,
      source: money(row.source_asset, row.source_amount),
      target: target && money(target.asset, target.amount),
      rate: rateOf({ asset: row.source_asset, amount: row.source_amount }, target),
      delivery_hashes: row.hashes,
      usd: usdOf(usd.get(`${row.id}/${line.payee_id}`) ?? null),
    });
  }
}

interface PayoutRow {
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
  usd_micros: bigint | null;
  attempts: string[];
  transfers: string[];
  swaps: string[];
}

/** Entries that a payout, its transfer or its swap stands for. */
async function addPayouts(
  tx: Tx,
  lines: readonly LineRow[],
  found: Map<string, MovementSource>,
): Promise<void> {
  const ofHold = lines.filter(({ held }) => held !== 0n);
  if (ofHold.length === 0) return;
  const payees = [...new Set(ofHold.map(({ payee_id }) => payee_id))];
  const times = ofHold.map(({ posted_at }) => posted_at.getTime());
  const { rows } = await sql<PayoutRow>`
    select p.id, p.payee_id, p.status, p.route, p.asset, p.amount, p.destination_asset, p.destination_address,
      p.delivered_amount, p.transaction_hash, p.usd_micros,
      coalesce((select array_agg(a.id) from payout_attempt a where a.payout_id = p.id and a.route = 'outside'), '{}') as attempts,
      coalesce((select array_agg(t.id) from payout_attempt a
        join transfer t on t.purpose = 'payout_attempt' and t.purpose_id = a.id where a.payout_id = p.id), '{}') as transfers,
      coalesce((select array_agg(s.id) from payout_attempt a
        join swap s on s.purpose = 'payout_attempt' and s.purpose_id = a.id where a.payout_id = p.id), '{}') as swaps
    from payout p
    where p.payee_id = any(${payees}::uuid[]) and p.created_at <= ${new Date(Math.max(...times) + 3_600_000)}
      and p.updated_at >= ${new Date(Math.min(...times) - 3_600_000)}`.execute(tx);
  for (const row of rows) {
    const delivered =
      row.delivered_amount === null ? null : { asset: row.destination_asset, amount: row.delivered_amount };
    const source: MovementSource = {
      kind: "payout",
      payout_id: row.id,
      status: row.status,
      route: row.route,
      amount: money(row.asset, row.amount),
      destination: { asset: row.destination_asset, address: row.destination_address },
      delivered: delivered && money(delivered.asset, delivered.amount),
      rate: rateOf({ asset: row.asset, amount: row.amount }, delivered),
      transaction_hash: row.transaction_hash,
      usd: usdOf(row.usd_micros),
    };
    const entries = [
      ...["held", "released"].map((step) => derivedId("payout", row.id, step)),
      ...row.attempts.map((id) => derivedId("payout_attempt", id, "paid_outside")),
      ...row.transfers.map((id) => derivedId("transfer", id, "final")),
      ...row.swaps.map((id) => derivedId("swap", id, "delivered")),
    ];
    for (const entry_id of entries) found.set(keyOf({ entry_id, payee_id: row.payee_id }), source);
  }
}

/** What these lines are about, as far as something stands behind them. */
export async function readSources(tx: Tx, lines: readonly LineRow[]): Promise<Sources> {
  const found = new Map<string, MovementSource>();
  await addEarnings(tx, lines, found);
  await addConversions(tx, lines, found);
  await addPayouts(tx, lines, found);
  // What takes another entry back is about the same thing.
  for (const line of lines) {
    const taken =
      line.reverses_id && found.get(keyOf({ entry_id: line.reverses_id, payee_id: line.payee_id }));
    if (taken) found.set(keyOf(line), taken);
  }
  return found;
}
