import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { newId } from "../../src/ids.ts";
import { listReview, type ReviewItem } from "../../src/desk/index.ts";
import { claimIs, quoteIn, readOrder, unitsOf, verifiedAs, type DirectOrder } from "./direct-orders.ts";
import { DAI, startGatheringWorld, USDT, type GatheringWorld } from "./gathering-world.ts";

let gathering: GatheringWorld;
beforeAll(async () => {
  gathering = await startGatheringWorld();
});
afterEach(() => gathering.expectWhole());
afterAll(() => gathering.world.stop());

const db = () => gathering.world.engine.db;
const onChain = (address: string, asset: string) => gathering.world.sandbox.balanceOf(address, asset);
const desk = (): Promise<ReviewItem[]> => listReview(gathering.parts, AbortSignal.timeout(9_000));
const itemOf = async (thing: string, id: string) =>
  (await desk()).find((item) => item.thing === thing && item.id === id);
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);

/** How many transfers were planned to send a deposit, a payment or an order's surplus back. */
async function transfersBack(subjectId: string): Promise<number> {
  const { rows } = await sql`
    select from transfer t join refund_attempt a on t.purpose = 'refund_attempt' and t.purpose_id = a.id
    join refund r on r.id = a.refund_id where r.subject_id = ${subjectId}`.execute(db());
  return rows.length;
}

let payers = 0;
/** An address nobody used before. */
const newPayer = (): string => `0x${(0xb000_0000n + BigInt((payers += 1))).toString(16).padStart(40, "5")}`;

/** 300 DAI at the address of an order that takes USDT: in review. @returns the deposit's id */
async function wrongAsset(gathered: boolean): Promise<{ order: DirectOrder; id: string }> {
  const order = await gathering.order();
  const leftOut = gathered ? [] : ["payments.sweep_addresses"];
  await gathering.pay(order, DAI, 300n * 10n ** 18n);
  const deposit = await gathering.until(
    "in review",
    async () => {
      const row = (await gathering.deposits(order))[0];
      const there = row?.status === "in_review" && row.final && (!gathered || row.swept_at !== null);
      return there ? row : (undefined as never);
    },
    leftOut,
  );
  return { order, id: deposit.id };
}

describe("a deposit in review", () => {
  test("is shown with its reason, money and value; it cannot be refunded before its coins are gathered", async () => {
    const { order, id } = await wrongAsset(false);
    expect(await itemOf("deposit", id)).toMatchObject({
      status: "in_review",
      reason: "wrong_asset",
      owner: "operator",
      money: [{ asset: DAI, amount: 300n * 10n ** 18n }],
      actions: ["check", "assign"],
    });
    expect(await gathering.act("deposit", id, "refund", { address: newPayer() })).toMatchObject({
      status: 409,
      body: { code: "coins_not_here" },
    });
    await gathering.swept(order);
    expect((await itemOf("deposit", id))?.actions).toEqual(["check", "assign", "refund"]);
    expect((await gathering.act("deposit", id, "check")).status).toBe(200);
    const { data } = await gathering.world.client.get("/v1/review");
    expect(data.find((item) => item.id === id)?.usd).toMatch(/^(299|30\d)/);
    expect((await desk()).filter(({ thing }) => thing === "suspense")).toEqual([]);
  });

  test("is refunded once under twenty requests at once, whole, to the address that was named", async () => {
    const { order, id } = await wrongAsset(true);
    const { transaction_hash: hash } = (await gathering.deposits(order))[0]!;
    const claim = await verifiedAs(gathering.world, order.id, "ethereum", hash, "wrong_asset");
    expect(await itemOf("payment_claim", claim.id)).toMatchObject({
      reason: "wrong_asset",
      actions: ["check"],
    });
    expect((await gathering.act("payment_claim", claim.id, "check")).status).toBe(200);
    const payer = newPayer();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gathering.act("deposit", id, "refund", { address: payer })),
    );
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(1);
    expect(statuses(answers).filter((status) => status === 409)).toHaveLength(19);
    await gathering.expectWhole();
    expect((await desk()).filter(({ thing }) => thing === "suspense")).toEqual([]);
    await gathering.until("refunded", async () => (await onChain(payer, DAI)) > 0n);
    await gathering.expectWhole();
    expect(await onChain(payer, DAI)).toBe(300n * 10n ** 18n);
    expect(await transfersBack(id)).toBe(1);
    expect(await itemOf("deposit", id)).toBeUndefined();
    expect(await itemOf("payment_claim", claim.id)).toBeUndefined();
    expect(await claimIs(gathering.world, claim.id, "refunded")).toMatchObject({ status: "rejected" });
  });

  test("is never refunded to an address of ours, or to none", async () => {
    const { order, id } = await wrongAsset(true);
    for (const address of [gathering.addressOf(order), gathering.world.wallet, "0x12", "T-nothing"])
      expect(await gathering.act("deposit", id, "refund", { address })).toMatchObject({
        status: 422,
        body: { code: "invalid_address" },
      });
    expect(await gathering.act("deposit", id, "refund")).toMatchObject({
      status: 422,
      body: { code: "review_input_missing" },
    });
    expect(await gathering.act("deposit", newId(), "refund", { address: newPayer() })).toMatchObject({
      status: 404,
      body: { code: "unknown_deposit" },
    });
  });

  test.each([{ gathered: true }, { gathered: false }])(
    "pays the order it is assigned to at its value, once; gathered before: $gathered",
    async ({ gathered }) => {
      const { order, id } = await wrongAsset(gathered);
      expect(await gathering.act("deposit", id, "assign", { order_id: newId() })).toMatchObject({
        status: 404,
        body: { code: "unknown_order" },
      });
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => gathering.act("deposit", id, "assign", { order_id: order.id })),
      );
      expect(statuses(answers).toSorted()).toEqual([200, 409, 409, 409, 409]);
      await gathering.swept(order);
      const { rows } = await sql<{ arrival: string; settled_asset: string; spendable: boolean }>`
        select p.arrival, p.settled_asset, e.spendable from payment p join earning e on e.payment_id = p.id
        where p.order_id = ${order.id}`.execute(db());
      expect(rows).toEqual([{ arrival: "seen", settled_asset: DAI, spendable: true }]);
      await gathering.until(
        "partly paid",
        async () => (await readOrder(gathering.world, order.id)).status === "partially_paid",
      );
      expect(await itemOf("deposit", id)).toBeUndefined();
    },
  );

  test("pays another order than the one at whose address it came, and what is beyond that order's price is surplus", async () => {
    const { id } = await wrongAsset(true);
    const other = await gathering.order({ price: "100" });
    expect((await gathering.act("deposit", id, "assign", { order_id: other.id })).status).toBe(200);
    await gathering.until("paid", async () => (await readOrder(gathering.world, other.id)).status === "paid");
    const surplus = await itemOf("surplus", `${other.id}:${DAI}`);
    expect(surplus).toMatchObject({ reason: "paid_beyond_price", actions: ["refund"] });
    expect(surplus!.money[0]!.amount).toBeGreaterThan(198n * 10n ** 18n);
  });
});

describe("what was paid beyond the price", () => {
  test("is listed, given back once under twenty requests at once, and again when more comes", async () => {
    const order = await gathering.order({ price: "100" });
    const due = unitsOf(quoteIn(order, USDT));
    await gathering.pay(order, USDT, due * 3n);
    const id = `${order.id}:${USDT}`;
    await gathering.until(
      "credited",
      async () => (await gathering.deposits(order))[0]?.status === "credited",
      ["payments.sweep_addresses"],
    );
    expect(await itemOf("surplus", id)).toMatchObject({ reason: "not_gathered_yet", actions: [] });
    expect(await gathering.act("surplus", id, "refund", { address: newPayer() })).toMatchObject({
      status: 409,
      body: { code: "coins_not_here" },
    });
    await gathering.swept(order);
    const over = (await gathering.deposits(order))[0]!.surplus_amount;
    expect(await itemOf("surplus", id)).toMatchObject({
      money: [{ asset: USDT, amount: over }],
      actions: ["refund"],
    });
    const payer = newPayer();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gathering.act("surplus", id, "refund", { address: payer })),
    );
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(1);
    expect(await itemOf("surplus", id)).toBeUndefined();
    await gathering.until("given back", async () => (await onChain(payer, USDT)) > 0n);
    await gathering.expectWhole();
    expect(await onChain(payer, USDT)).toBe(over);
    expect(await gathering.act("surplus", id, "refund", { address: payer })).toMatchObject({
      status: 409,
      body: { code: "no_surplus" },
    });
    await gathering.pay(order, USDT, 50_000_000n);
    await gathering.swept(order, 2);
    expect((await gathering.act("surplus", id, "refund", { address: payer })).status).toBe(200);
    await gathering.until("more given back", async () => (await onChain(payer, USDT)) === over + 50_000_000n);
  });

  test("an id that names no surplus is refused", async () => {
    for (const id of ["nothing", newId(), `${newId()}:${USDT}`])
      expect((await gathering.act("surplus", id, "refund", { address: newPayer() })).status, id).toBe(404);
  });
});
