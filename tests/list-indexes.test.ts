import { expect, test } from "vitest";
import { conversionList } from "../src/conversions/index.ts";
import { inTransaction, listStatement, readPage, sql, type Db, type ListOf } from "../src/database/index.ts";
import { depositList } from "../src/deposits/index.ts";
import { eventList } from "../src/intake/index.ts";
import { orderList } from "../src/orders/index.ts";
import { payeeList } from "../src/payees/index.ts";
import { paymentList } from "../src/payments/index.ts";
import { payoutList } from "../src/payouts/index.ts";
import { refundList } from "../src/refunds/index.ts";
import { freshDatabase } from "./support/index.ts";

type AnyList = ListOf<Record<string, unknown>>;

const lists = [
  conversionList,
  depositList,
  eventList,
  orderList,
  payeeList,
  paymentList,
  payoutList,
  refundList,
] as unknown as AnyList[];

/** `table.column` of every index's first column. */
async function indexed(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ place: string }>`
    select i.indrelid::regclass || '.' || a.attname as place from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]`.execute(db);
  return new Set(rows.map(({ place }) => place));
}

/** The column that a condition compares, with its table: of a subquery, that one's. */
function comparedIn(list: AnyList, name: string, db: Db): string {
  const value = name.endsWith("_from") || name.endsWith("_to") ? new Date(0) : "x";
  const text = list.filters[name]!(value).toOperationNode();
  const { sql: words } = sql`${{ toOperationNode: () => text } as never}`.compile(db);
  const compared = [...words.matchAll(/"?(\w+)"?\."?(\w+)"? (?:=|in|>=|<) ?\(?\$/g)].at(-1);
  expect(compared, `${list.table} ${name}: ${words}`).toBeDefined();
  const [, alias, column] = compared!;
  const table = new RegExp(`from (\\w+) ${alias}\\b`).exec(words)?.[1] ?? list.table;
  return `${table}.${column}`;
}

test("whatever a list can be filtered by has an index that begins with it", async () => {
  const { db } = await freshDatabase();
  const there = await indexed(db);
  const places = lists.flatMap((list) => [
    `${list.table}.${list.cameAt}`,
    ...Object.keys(list.filters).map((name) => comparedIn(list, name, db)),
  ]);
  expect(places.length).toBeGreaterThan(45);
  expect(places.filter((place) => !there.has(place))).toEqual([]);
});

test("every filter is a statement that the database takes, alone and with all the others", async () => {
  const { db } = await freshDatabase();
  const valueOf = (name: string): unknown => {
    if (/_(from|to)$/.test(name)) return new Date(0);
    return name.endsWith("_id") && name !== "external_id" ? "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01" : "x";
  };
  for (const list of lists) {
    const all = Object.fromEntries(Object.keys(list.filters).map((name) => [name, valueOf(name)]));
    const each = Object.entries(all).map(([name, value]) => ({ [name]: value }));
    for (const filters of [{}, all, ...each])
      expect(await readPage(db, list, { filters, before: null, limit: 2 }), list.table).toEqual([]);
  }
});

const planted = 20_000;

/** Rows enough that nobody would read them all. What is rare is old: whoever goes back by time meets it last. */
async function plantRows(db: Db): Promise<void> {
  const id = (kind: number, n: string) =>
    sql.raw(`('00000000-0000-4000-8000-' || lpad(to_hex(${kind} * 1000000 + ${n}), 12, '0'))::uuid`);
  const at = sql`timestamptz '2026-01-01' + n * interval '1 minute'`;
  const asset = sql`case when n <= 60 then 'tron:USDT' else (array['ethereum:ETH', 'ethereum:USDT', 'solana:SOL'])[1 + n % 3] end`;
  const rows = sql`from generate_series(1, ${planted}::integer) as n`;
  await inTransaction(db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx); // no keys and no triggers: only what is counted counts
    await sql`
      insert into payee (id, external_id, request_hash, name, payout_mode, destination_asset, destination_address,
        threshold_asset, threshold_amount, status, created_at)
      select ${id(1, "n")}, 'p' || n, '', 'x', 'threshold', ${asset}, '0xp' || n, 'ethereum:USDT', 1,
        case when n <= 60 then 'paused' else 'active' end, ${at} ${rows}`.execute(tx);
    await sql`
      insert into pay_order (id, external_id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps,
        expires_at, created_at, status, checkout_status, processor)
      select ${id(2, "n")}, 'o' || n, '', 'x', '', 1, 0, 0, ${at}, ${at}, case when n <= 60 then 'expired' else 'paid' end,
        'none', 'nowpayments' ${rows}`.execute(tx);
    await sql`
      insert into pay_order_split (order_id, payee_id, weight_bps) select ${id(2, "n")}, ${id(1, "n % 1000")}, 1 ${rows}`.execute(
      tx,
    );
    await sql`
      insert into order_quote (order_id, asset, amount, address, shared, price, expires_at)
      select ${id(2, "n")}, ${asset}, 1, '0xq' || n, false, '{}', ${at} ${rows}`.execute(tx);
    await sql`
      insert into payment (id, processor, external_id, order_id, status, processor_status, paid_currency, asked_amount,
        paid_amount, settled_asset, settled_amount, settled_at, settlement_hash, created_at, updated_at)
      select ${id(3, "n")}, 'nowpayments', 'e' || n, ${id(2, "n")}, case when n <= 60 then 'refunded' else 'settled' end, 'x',
        'x', '1', '1', ${asset}, 1, ${at}, '0xh' || n, ${at}, ${at} ${rows}`.execute(tx);
    await sql`
      insert into earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
      select ${id(4, "n")}, ${id(3, "n")}, ${id(1, "n % 1000")}, ${asset}, 1, 'threshold', 'pending', ${at} ${rows}`.execute(
      tx,
    );
    await sql`
      insert into deposit (id, chain, transaction_hash, transfer_index, asset, amount, address, order_id, block_number,
        block_hash, block_time, final, status, created_at, updated_at)
      select ${id(5, "n")}, split_part(${asset}, ':', 1), '0xd' || n, '0', ${asset}, 1, '0xa' || n, ${id(2, "n")}, n, 'b', ${at},
        true, case when n <= 60 then 'ignored' else 'credited' end, ${at}, ${at} ${rows}`.execute(tx);
    await sql`
      insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason, settings_version,
        created_at, updated_at)
      select ${id(6, "n")}, ${asset}, 1, 'ethereum:USDT', 'source_amount', case when n <= 60 then 'released' else 'distributed' end, 'x', 1,
        ${at}, ${at} ${rows}`.execute(tx);
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, route, status, requested_by,
        transaction_hash, created_at, updated_at)
      select ${id(7, "n")}, ${id(1, "n % 1000")}, 'threshold', ${asset}, 1, ${asset}, '0xp' || n, 'direct',
        case when n <= 60 then 'failed' else 'completed' end, 'x', '0xt' || n, ${at}, ${at} ${rows}`.execute(
      tx,
    );
    await sql`
      insert into refund (id, subject, subject_id, order_id, wallet_id, asset, amount, debit_account, to_address, status,
        requested_by, transaction_hash, created_at, updated_at)
      select ${id(8, "n")}, 'deposit', ${id(5, "n")}, ${id(2, "n")}, ${id(9, "1")}, ${asset}, 1, 'suspense:deposits', '0xr' || n,
        case when n <= 60 then 'given_back' else 'sent' end, 'x', '0xr' || n, ${at}, ${at} ${rows}`.execute(
      tx,
    );
    await sql`
      insert into processor_event (processor, source, content_hash, body, received_at, status, payment_id)
      select 'nowpayments', 'webhook', int4send(n), '', ${at}, case when n <= 60 then 'ignored' else 'processed' end,
        ${id(3, "n")} ${rows}`.execute(tx);
  });
  await sql`vacuum analyze`.execute(db);
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

test("each filter of each list is served by an index, as the database plans it among many rows: nothing is read whole", async () => {
  const { db } = await freshDatabase();
  await plantRows(db);
  const id = (kind: number, n: number) =>
    `00000000-0000-4000-8000-${(kind * 1_000_000 + n).toString(16).padStart(12, "0")}`;
  const late = new Date("2026-01-14T21:00:00Z");
  const values: Record<string, Record<string, unknown>> = {
    payee: { status: "paused", external_id: "p77", address: "0xp77" },
    pay_order: { status: "expired", external_id: "o77", payee_id: id(1, 77), address: "0xq77" },
    payment: {
      status: "refunded",
      order_id: id(2, 77),
      payee_id: id(1, 77),
      external_id: "e77",
      hash: "0xh77",
    },
    deposit: {
      status: "ignored",
      order_id: id(2, 77),
      chain: "tron",
      transaction_hash: "0xd77",
      address: "0xa77",
    },
    conversion: { status: "released" },
    payout: { status: "failed", payee_id: id(1, 77), transaction_hash: "0xt77", address: "0xp77" },
    refund: { status: "given_back", order_id: id(2, 77), subject_id: id(5, 77), transaction_hash: "0xr77" },
    processor_event: {
      status: "ignored",
      payment_id: id(3, 77),
      received_from: late,
      received_to: new Date("2026-01-01T00:30:00Z"),
    },
  };
  const everywhere = { asset: "tron:USDT", created_from: late, created_to: new Date("2026-01-01T00:30:00Z") };
  const read: string[] = [];
  let filters = 0;
  for (const list of lists)
    for (const name of Object.keys(list.filters)) {
      const value = { ...everywhere, ...values[list.table] }[name];
      expect(value, `${list.table} ${name}`).toBeDefined();
      const page = { filters: { [name]: value }, before: null, limit: 50 };
      const { rows } = await sql<{ "QUERY PLAN": [{ Plan: PlanNode }] }>`
        explain (format json) ${listStatement(list, page)}`.execute(db);
      const nodes = nodesOf(rows[0]!["QUERY PLAN"][0].Plan);
      expect(await readPage(db, list, page), `${list.table} ${name}`).not.toEqual([]);
      filters += 1;
      const whole = nodes.some((node) => node["Node Type"] === "Seq Scan");
      const served = nodes.some((node) => node["Index Cond"] !== undefined);
      if (whole || !served)
        read.push(`${list.table} ${name}: ${nodes.map((node) => node["Node Type"]).join(", ")}`);
    }
  expect(read).toEqual([]);
  expect(filters).toBeGreaterThan(40);
});
