import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, startWorld, type World } from "../support/index.ts";

interface Payout {
  id: string;
  payee_id: string;
  status: string;
  route: string;
  transaction_hash: string | null;
  amount: { asset: string; amount: string };
}

/** The main job, through public interfaces only: payments in, one swap, exact shares, paid out on two routes. */
describe("payments to payouts", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  test("what customers pay reaches payees in exact shares, directly and through a swap, and every wallet equals the book", async () => {
    const direct = await world.payee({ threshold: "10" });
    const swapped = await world.payee({
      threshold: "10",
      destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" },
    });
    for (const coin of ["btc", "eth", "usdttrc20"]) {
      const { invoiceId } = await world.order({ payees: [direct, swapped], price: "20.00" });
      await (
        await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: coin })
      ).settled;
    }
    await eventually("three arrivals", async () => {
      const { body } = await world.api<{ data: { status: string; arrival: string }[] }>(
        "GET",
        "/v1/payments",
      );
      return (
        body.data.filter((payment) => payment.status === "settled" && payment.arrival === "seen").length === 3
      );
    });
    const check = await world.api<{ data: { decision: string; conversion_id: string }[] }>(
      "POST",
      "/v1/conversion-checks",
      {},
    );
    expect(check.body.data.map((one) => one.decision)).toEqual(["converted"]);
    const conversion = await eventually("the conversion distributed", async () => {
      const { body } = await world.api<{
        status: string;
        target: { amount: string };
        swaps: unknown[];
        shares: { target: { amount: string } }[];
      }>("GET", `/v1/conversions/${check.body.data[0]!.conversion_id}`);
      return body.status === "distributed" ? body : null;
    });
    expect(conversion.swaps).toHaveLength(1);
    await world.api("POST", "/v1/payout-plans");
    const payouts = await eventually("both payouts completed", async () => {
      const { body } = await world.api<{ data: Payout[] }>("GET", "/v1/payouts");
      return body.data.length === 2 && body.data.every((payout) => payout.status === "completed")
        ? body.data
        : null;
    });
    expect(payouts.map((payout) => payout.route).toSorted()).toEqual(["direct", "swap"]);
    for (const payout of payouts) {
      const { body } = await world.api<{ parts: unknown[]; parts_total: { amount: string } }>(
        "GET",
        `/v1/payouts/${payout.id}/explain`,
      );
      expect(body.parts).toHaveLength(3);
      expect(body.parts_total).toEqual(payout.amount);
    }
    const books = await world.api<{ differences: unknown[]; wallets: { difference: string }[] }>(
      "GET",
      "/v1/reconciliation",
    );
    expect(books.body.differences).toEqual([]);
    expect(books.body.wallets.every((wallet) => wallet.difference === "0")).toBe(true);
  });
});
