import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { parseMoney, registry } from "../../src/money/index.ts";
import { createOrder } from "../../src/orders/index.ts";
import { driveUntil, startWorld, type World } from "../support/index.ts";
import { orderOf, type Order } from "./intake-notices.ts";

describe("creating orders", () => {
  let world: World;
  let payees: string[];
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    payees = [await world.payee(), await world.payee()];
  });
  afterAll(() => world.stop());

  const terms = (given: Record<string, unknown> = {}) => ({
    price_usd: "25.00",
    splits: payees.map((payee_id) => ({ payee_id, share_bps: 5_000 })),
    ...given,
  });
  const create = (given: Record<string, unknown> = {}, headers?: Record<string, string>) =>
    world.api<Order & { code: string }>("POST", "/v1/orders", terms(given), headers);
  const countOrders = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::integer as n from pay_order`.execute(
      world.database.db,
    );
    return rows[0]?.n ?? 0;
  };
  const invoicesOf = (id: string) => world.sandbox.nowpayments.invoices().filter((one) => one.orderId === id);

  test("F30: the same external id with the same terms is the same order, with other terms a conflict", async () => {
    const first = await create({ external_id: "cart-1" });
    const again = await create({ external_id: "cart-1" });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body.id).toBe(first.body.id);
    for (const other of [
      { price_usd: "25.01" },
      { purpose: "donation" },
      { tolerance_bps: 7 },
      { fee: { bps: 9 } },
      { expires_in_minutes: 77 },
      { splits: [{ payee_id: payees[0], share_bps: 10_000 }] },
    ])
      expect(await create({ external_id: "cart-1", ...other })).toMatchObject({
        status: 409,
        body: { code: "order_exists" },
      });
    expect(invoicesOf(first.body.id)).toHaveLength(1);
  });

  test("F30: twenty requests at once for one external id make one order", async () => {
    const before = await countOrders();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ external_id: "cart-2" })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(await countOrders()).toBe(before + 1);
    expect(invoicesOf(answers[0]!.body.id)).toHaveLength(1);
  });

  test("an Idempotency-Key said again answers again; with another body it is refused", async () => {
    const before = await countOrders();
    const key = { "idempotency-key": "orders-1" };
    const [first, again] = [await create({}, key), await create({}, key)];
    expect(again.body).toEqual(first.body);
    expect(await create({ price_usd: "1" }, key)).toMatchObject({
      status: 422,
      body: { code: "idempotency_key_reused" },
    });
    expect(await countOrders()).toBe(before + 1);
  });

  test.each([
    [
      "that sum below 10000",
      (a: string, b: string) => [
        { payee_id: a, share_bps: 5_000 },
        { payee_id: b, share_bps: 4_999 },
      ],
      "invalid_splits",
    ],
    [
      "that sum above 10000",
      (a: string, b: string) => [
        { payee_id: a, share_bps: 5_000 },
        { payee_id: b, share_bps: 5_001 },
      ],
      "invalid_splits",
    ],
    [
      "that name a payee twice",
      (a: string) => [
        { payee_id: a, share_bps: 5_000 },
        { payee_id: a, share_bps: 5_000 },
      ],
      "invalid_splits",
    ],
    [
      "that give nothing",
      (a: string, b: string) => [
        { payee_id: a, share_bps: 10_000 },
        { payee_id: b, share_bps: 0 },
      ],
      "invalid_request",
    ],
    [
      "that are negative",
      (a: string, b: string) => [
        { payee_id: a, share_bps: 10_001 },
        { payee_id: b, share_bps: -1 },
      ],
      "invalid_request",
    ],
    [
      "that are fractions",
      (a: string, b: string) => [
        { payee_id: a, share_bps: 5_000.5 },
        { payee_id: b, share_bps: 4_999.5 },
      ],
      "invalid_request",
    ],
    ["to nobody", () => [], "invalid_request"],
    [
      "to a stranger",
      () => [{ payee_id: "01890000-0000-7000-8000-000000000001", share_bps: 10_000 }],
      "unknown_payee",
    ],
    ["to a name", () => [{ payee_id: "alice", share_bps: 10_000 }], "invalid_request"],
  ])("splits %s are refused, and no order is written", async (_, splits, code) => {
    const before = await countOrders();
    const answer = await create({ splits: splits(payees[0]!, payees[1]!) });
    expect(answer.status).toBe(code === "invalid_request" ? 400 : 422);
    expect(answer.body.code).toBe(code);
    expect(await countOrders()).toBe(before);
  });

  test.each([
    "0",
    "0.000000",
    "-1",
    "NaN",
    "Infinity",
    "1e3",
    "1e-3",
    "1,5",
    "25.0000001",
    "0x19",
    " 25",
    "",
    ".5",
    "5.",
    "٢٥",
    "9".repeat(90),
  ])("F07: a price of %j is refused", async (price_usd) => {
    const before = await countOrders();
    const { status, body } = await create({ price_usd });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(["invalid_request", "invalid_amount"]).toContain(body.code);
    expect(await countOrders()).toBe(before);
  });

  test.each([25, null, true, { amount: "25" }, ["25"]])(
    "F07: a price that is no text is refused: %j",
    async (price_usd) => {
      expect(await create({ price_usd })).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    },
  );

  test.each([
    ["a field nobody knows", { price: "25" }],
    ["a tolerance above everything", { tolerance_bps: 10_001 }],
    ["a fee above everything", { fee: { bps: 10_001 } }],
    ["a fee in an asset nobody knows", { fee: { bps: 1, fixed: { asset: "ethereum:SHIB", amount: "1" } } }],
    ["a fixed fee of nothing", { fee: { bps: 1, fixed: { asset: "ethereum:USDT", amount: "0" } } }],
    ["an expiry in the past", { expires_in_minutes: -5 }],
    ["an empty external id", { external_id: "" }],
    ["a NUL in the description", { description: "a\u0000b" }],
  ])("%s is refused", async (_, given) => {
    const before = await countOrders();
    expect((await create(given)).status).toBe(400);
    expect(await countOrders()).toBe(before);
  });

  test.each([
    ["is down", { kind: "http", status: 503, body: "<html>Bad gateway</html>" }],
    ["answers HTML", { kind: "http", status: 200, body: "<html>Just a moment...</html>" }],
    ["cuts the connection before", { kind: "lost_request" }],
    ["cuts the connection after", { kind: "lost_answer" }],
    ["answers half a document", { kind: "malformed" }],
    ["says it is too much", { kind: "http", status: 429 }],
  ] as const)(
    "F03: when the processor %s, the order stands without its page, and a job fetches it",
    async (_, fault) => {
      world.sandbox.faults.next("nowpayments", { ...fault, times: 20, match: { path: "/invoice" } });
      const { status, body } = await create();
      expect(status).toBe(201);
      expect(body).toMatchObject({ status: "open", checkout_status: "pending", checkout_url: null });
      world.sandbox.faults.heal();
      await world.drain({ future: true, maxRounds: 2 });
      const ready = await orderOf(world, body.id);
      expect(ready.checkout_status).toBe("ready");
      expect(invoicesOf(body.id).map((one) => one.id)).toContain(
        new URL(ready.checkout_url ?? "").searchParams.get("iid"),
      );
    },
  );

  test("a payee's own fee holds for the orders made while it does, and for what is paid of them whenever", async () => {
    const own = await world.payee();
    const setFee = (fee_bps: number | null) =>
      world.client.put("/v1/payees/{id}/fee", { params: { path: { id: own } }, body: { fee_bps } });
    const splits = [
      { payee_id: own, share_bps: 5_000 },
      { payee_id: payees[0], share_bps: 5_000 },
    ];
    const feeOf = ({ body }: Awaited<ReturnType<typeof create>>) =>
      (body as unknown as { splits: { payee_id: string; fee_bps: number | null }[] }).splits.find(
        ({ payee_id: id }) => id === own,
      )!.fee_bps;
    await setFee(0);
    const first = await create({ external_id: "own-fee", splits });
    await setFee(1_000);
    const second = await create({ splits });
    const named = await create({ splits, fee: { bps: 200 } });
    expect([first, second, named].map(feeOf)).toEqual([0, 1_000, null]);
    expect((await create({ external_id: "own-fee", splits })).body.id).toBe(first.body.id);
    await setFee(null);
    for (const [order, bps] of [
      [first, 150n],
      [second, 650n],
      [named, 200n],
    ] as const) {
      const [invoice] = invoicesOf(order.body.id);
      await (
        await world.sandbox.nowpayments.pay({ invoiceId: invoice!.id, payCurrency: "btc" })
      ).settled;
      const payment = await driveUntil(world, "it settled", async () => {
        const { data } = await world.client.get("/v1/payments", {
          params: { query: { order_id: order.body.id } },
        });
        return data.find(({ platform_fee: fee }) => fee !== null);
      });
      const units = ({ asset, amount }: { asset: string; amount: string }) =>
        parseMoney(amount, registry.get(asset)).amount;
      expect(units(payment.platform_fee!)).toBe((units(payment.settled!) * bps) / 10_000n);
    }
    const { data } = await world.client.get("/v1/payees/{id}/changes", { params: { path: { id: own } } });
    expect(data.map(({ before, after }) => [before, after])).toEqual([
      [1_000, null],
      [0, 1_000],
      [null, 0],
    ]);
    for (const fee_bps of [-1, 9_001, 1.5, "300"])
      expect((await world.api("PUT", `/v1/payees/${own}/fee`, { fee_bps })).status).toBe(400);
  });

  test("F03: a processor that does not answer at all holds the order up only so long", async () => {
    world.sandbox.faults.next("nowpayments", { kind: "timeout_after", match: { path: "/invoice" } });
    const deps = {
      ...world.engine.orders,
      settings: { ...world.engine.orders.settings, checkoutTimeoutMs: 300 },
    };
    const { order } = await createOrder(deps, {
      externalId: null,
      purpose: "payment",
      description: "Payment",
      priceUsdMicros: 25_000_000n,
      splits: [{ payeeId: payees[0]!, weightBps: 10_000 }],
      fee: { bps: 100, fixed: null },
      toleranceBps: 100,
      expiresInMs: 3_600_000,
      acceptAssets: [],
      checkout: true,
      requestedBy: "tests",
    });
    expect(order.checkout.status).toBe("pending");
    world.sandbox.faults.heal();
    await world.drain({ future: true, maxRounds: 2 });
    expect((await orderOf(world, order.id)).checkout_status).toBe("ready");
  });

  test("a refusal of the processor is said, not retried, and the order still stands", async () => {
    world.sandbox.faults.next("nowpayments", {
      kind: "http",
      status: 400,
      body: {
        status: false,
        statusCode: 400,
        code: "INVALID_REQUEST_PARAMS",
        message: "price_amount is too large",
      },
      match: { path: "/invoice" },
    });
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "open", checkout_status: "rejected" });
    expect(body.checkout_error).not.toBeNull();
    await world.drain({ future: true, maxRounds: 2 });
    expect(invoicesOf(body.id)).toEqual([]);
    expect((await orderOf(world, body.id)).checkout_status).toBe("rejected");
  });

  test("F01, F02: the processor is told an opaque id, and a callback that its strict check takes", async () => {
    const { body } = await create({ description: "Été | 100 % – 日本 <b>", external_id: "-100|3202734748" });
    expect(body.checkout_status).toBe("ready");
    const [asked] = world.sandbox.journal
      .of("nowpayments", { method: "POST", path: "/invoice" })
      .filter((row) => (row.body as { order_id: string }).order_id === body.id);
    expect(asked?.body).toMatchObject({ price_amount: 25, price_currency: "usd" });
    expect(body.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("creating a payee with an Idempotency-Key or an external id again makes no second one", async () => {
    const body = {
      external_id: "creator-9",
      name: "Creator",
      destination: { asset: "ethereum:USDT", address: "0x1111111254EEB25477B68fb85Ed929f73A960582" },
    };
    const key = { "idempotency-key": "payees-1" };
    const post = (given: object, headers?: Record<string, string>) =>
      world.api<{ id: string; code?: string }>("POST", "/v1/payees", given, headers);
    const [first, again] = [await post(body, key), await post(body, key)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect((await post(body)).body.id).toBe(first.body.id);
    expect(await post({ ...body, name: "Other" }, key)).toMatchObject({ status: 422 });
    expect(await post({ ...body, name: "Other" })).toMatchObject({
      status: 409,
      body: { code: "payee_exists" },
    });
    const many = await Promise.all(
      Array.from({ length: 10 }, () => post({ ...body, external_id: "creator-10" })),
    );
    expect(new Set(many.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1);
  });

  test("an order unknown to us is 404, a malformed id 400", async () => {
    const unknown = orderOf(world, "01890000-0000-7000-8000-000000000001");
    await expect(unknown).rejects.toMatchObject({ status: 404 });
    await expect(orderOf(world, "1")).rejects.toMatchObject({ status: 400 });
  });
});
