import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { parseMoney, registry } from "../money/index.ts";
import { createPayee } from "../payees/index.ts";
import { paymentIdOf, settlePayments } from "../payments/index.ts";
import { explain, explainPayment, explainPayout, rateText } from "./index.ts";

const ether = registry.get("ethereum:ETH");
const usdt = registry.get("ethereum:USDT");
const hash = `0x${"ab".repeat(32)}`;

describe("explain", () => {
  let db: Db;
  let payees: string[];
  let paymentId: string;
  let orderId: string;
  beforeAll(async () => {
    ({ db } = await freshDatabase());
    payees = [];
    for (let n = 0; n < 3; n++) {
      const { payee } = await createPayee(
        { db, registry, clock: systemClock, settlementAsset: usdt.id },
        {
          externalId: null,
          name: "Creator",
          payoutMode: "threshold",
          destination: { asset: usdt.id, address: "0x1111111254EEB25477B68fb85Ed929f73A960582", memo: null },
          payoutThreshold: parseMoney("50", usdt),
        },
      );
      payees.push(payee.id);
    }
    orderId = newId();
    const now = systemClock.now();
    await sql`
      insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at,
        created_at, status, checkout_status, processor)
      values (${orderId}, '', 'payment', '', 1, 100, 0, ${now}, ${now}, 'open', 'pending', 'nowpayments')`.execute(
      db,
    );
    const splits = payees.map((payeeId, index) => ({
      payeeId,
      weightBps: [3_334, 3_333, 3_333][index] ?? 0,
      route: "threshold" as const,
    }));
    await inTransaction(db, (tx) =>
      settlePayments(
        tx,
        [
          {
            processor: "nowpayments",
            externalId: "1",
            parentExternalId: null,
            fromStatus: null,
            facts: {
              rawStatus: "finished",
              price: { currency: "usd", amount: "25" },
              paid: { currency: "eth", asset: ether, asked: "0.01", arrived: "0.01" },
            },
            settled: { asset: ether, amount: 9_900_000_000_000_001n },
            settledAt: null,
            settlementHash: hash,
            inCustody: false,
            paidUsdMicros: 25_000_000n,
            terms: { orderId, fee: { bps: 100, fixed: null }, splits },
            cause: { kind: "event", ref: "test" },
          },
        ],
        now,
      ),
    );
    paymentId = paymentIdOf("nowpayments", "1");
  });

  const wei = (text: string): bigint => parseMoney(text, ether).amount;

  test("an order and the hash that settled it lead to the same payment, in any case of letters", async () => {
    const payment = { payment: { payment_id: paymentId } };
    expect(await explain(db, registry, orderId)).toMatchObject([
      { kind: "order", explanation: { order_id: orderId, payments: [payment] } },
    ]);
    expect(await explain(db, registry, ` ${hash.toUpperCase().replace("0X", "0x")}\n`)).toMatchObject([
      { kind: "payment", explanation: payment },
    ]);
  });

  test("a payment is its fee and its shares, to the last wei, and each share leads back to it", async () => {
    const [found] = await explain(db, registry, paymentId);
    if (found?.kind !== "payment") throw new Error(`explained as ${found?.kind}`);
    const { earnings, platform_fee } = found.explanation;
    expect(earnings.map((one) => one.payee_id)).toEqual(payees.toSorted());
    const shares = earnings.reduce((sum, one) => sum + wei(one.share.amount), 0n);
    expect(shares + wei(platform_fee?.amount ?? "0")).toBe(9_900_000_000_000_001n);
    const earning = await explain(db, registry, earnings[0]?.earning_id ?? "");
    expect(earning).toMatchObject([
      {
        kind: "earning",
        explanation: { earning: { share: earnings[0]?.share }, payment: { payment_id: paymentId } },
      },
    ]);
  });

  test("shares that do not sum to what settled are said to be our bug, not shown as if they were right", async () => {
    const other = newId();
    await sql`
      insert into payment (id, processor, external_id, order_id, status, processor_status, paid_currency, asked_amount,
        paid_amount, settled_asset, settled_amount, settled_at, fee_amount, created_at, updated_at)
      select ${other}, 'nowpayments', '2', order_id, 'settled', 'finished', 'eth', '1', '1', settled_asset, 5, settled_at, 1,
        created_at, updated_at from payment where id = ${paymentId}`.execute(db);
    await expect(explainPayment(db, registry, other)).rejects.toMatchObject({ code: "payment_shares" });
    const payout = newId();
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, route, status,
        requested_by, created_at, updated_at)
      values (${payout}, ${payees[0]}, 'operator', 'ethereum:USDT', 5, 'ethereum:USDT', '0x1', 'direct', 'approved', 'x', now(),
        now())`.execute(db);
    await expect(explainPayout(db, registry, payout)).rejects.toMatchObject({ code: "payout_parts" });
  });

  test("an id of nothing, or no id at all, is said to be one", async () => {
    for (const id of [newId(), "", "1 or 1=1", "x".repeat(5_000)])
      await expect(explain(db, registry, id)).rejects.toMatchObject({ code: "unknown_id" });
    await expect(explainPayment(db, registry, newId())).rejects.toMatchObject({ code: "unknown_payment" });
    await expect(explainPayout(db, registry, newId())).rejects.toMatchObject({ code: "unknown_payout" });
  });

  test("a rate is whole coins for a whole coin, cut and never rounded up", () => {
    const of = (source_amount: bigint, target_amount: bigint) =>
      rateText(registry, { source_asset: ether.id, source_amount, target_asset: usdt.id, target_amount });
    expect(of(10n ** 18n, 3_000_000_000n)).toBe("3000");
    expect(of(3n * 10n ** 18n, 2_000_000n)).toBe("0.666666666666");
    expect(of(1n, 10n ** 30n)).toBe(`1${"0".repeat(42)}`);
  });
});
