import { afterAll, beforeAll, expect, test } from "vitest";
import { noticeOf, orderOf, tell } from "../../tests/journeys/intake-notices.ts";
import { answerTo, findTrouble, startWorld, type World } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ worker: false });
});
afterAll(() => world.stop());

const order = (id: string) => orderOf(world, id);
const accept = (id: string) =>
  answerTo(world.client.post("/v1/orders/{id}/accept", { params: { path: { id } } }));

/** An order of 25 USD of which 15 were paid. */
async function underpaid() {
  const payee = await world.payee();
  const { orderId } = await world.order({ payees: [payee] });
  const notice = noticeOf(orderId, { payment_status: "partially_paid", actually_paid: 0.006 });
  await tell(world, notice);
  expect((await order(orderId)).status).toBe("partially_paid");
  return { orderId, notice };
}
const earningsOf = async (orderId: string) =>
  (
    await sql`select e.payee_id, e.amount, e.status from earning e join payment p on p.id = e.payment_id
      where p.order_id = ${orderId}`.execute(world.engine.db)
  ).rows;

test("fifty who accept what was paid close the order once, say the shortfall, and leave the shares as they are", async () => {
  const { orderId, notice } = await underpaid();
  const before = await earningsOf(orderId);
  const answers = await Promise.all(Array.from({ length: 50 }, () => accept(orderId)));
  expect(answers.map(({ status, body }) => [status, body.status, body.accepted_short_usd])).toEqual(
    answers.map(() => [200, "paid", "10"]),
  );
  expect(await earningsOf(orderId)).toEqual(before);
  const { rows } = await sql<{ from_status: string; cause: { note: string; ref: string } }>`
    select from_status, cause from status_change where thing_id = ${orderId} and to_status = 'paid'`.execute(
    world.engine.db,
  );
  expect(rows).toEqual([
    {
      from_status: "partially_paid",
      cause: expect.objectContaining({ kind: "api", note: "accepted although 10 USD short" }),
    },
  ]);
  // It is the payment that was accepted, not the promise: refunded, the order is no longer paid.
  await tell(world, { ...notice, payment_status: "refunded" });
  expect((await order(orderId)).status).toBe("refunded");
  expect((await accept(orderId)).body.code).toBe("order_refunded");
  expect(await findTrouble(world)).toEqual([]);
});

test("the recovery desk accepts it too; an order of which nothing was paid cannot be accepted", async () => {
  const { orderId } = await underpaid();
  const path = { thing: "order", id: orderId, action: "accept" } as const;
  await world.client.post("/v1/review/{thing}/{id}/{action}", { params: { path } });
  expect(await order(orderId)).toMatchObject({ status: "paid", paid_usd: "15", accepted_short_usd: "10" });

  const { orderId: open } = await world.order({ payees: [await world.payee()] });
  expect(await accept(open)).toMatchObject({ status: 409, body: { code: "order_not_underpaid" } });
  expect(await accept("00000000-0000-4000-8000-000000000000")).toMatchObject({
    status: 404,
    body: { code: "unknown_order" },
  });
});
