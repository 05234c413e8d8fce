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
const cancel = (id: string) =>
  answerTo(world.client.post("/v1/orders/{id}/cancel", { params: { path: { id } } }));
const newOrder = async () => (await world.order({ payees: [await world.payee()] })).orderId;

test("fifty who cancel an order cancel it once; a payment that comes all the same is a late one, and completes it", async () => {
  const orderId = await newOrder();
  const answers = await Promise.all(Array.from({ length: 50 }, () => cancel(orderId)));
  expect(answers.map(({ status, body }) => [status, body.status])).toEqual(
    answers.map(() => [200, "cancelled"]),
  );
  expect(await order(orderId)).toMatchObject({ status: "cancelled", checkout_url: null });
  const { rows } = await sql<{ from_status: string; cause: object }>`
    select from_status, cause from status_change where thing_id = ${orderId} and to_status = 'cancelled'`.execute(
    world.engine.db,
  );
  expect(rows).toMatchObject([{ from_status: "open", cause: { kind: "api" } }]);

  await world.drain({ future: true, maxRounds: 3 }); // nobody wakes it again, and nobody asks for its page
  expect(await order(orderId)).toMatchObject({ status: "cancelled" });
  await tell(world, noticeOf(orderId));
  expect(await order(orderId)).toMatchObject({ status: "paid" });
  expect(await cancel(orderId)).toMatchObject({ status: 409, body: { code: "order_not_cancellable" } });
  expect(await findTrouble(world)).toEqual([]);
});

test.each([
  ["a part of it was paid", { payment_status: "partially_paid", actually_paid: 0.006 }, /Accept that/],
  ["a payment is under way", { payment_status: "confirming" }, /Wait until/],
  ["it is paid", {}, /Refund/],
])("an order is not cancelled when %s", async (_, notice, says) => {
  const orderId = await newOrder();
  await tell(world, noticeOf(orderId, notice));
  const before = await order(orderId);
  expect(await cancel(orderId)).toMatchObject({
    status: 409,
    body: { code: "order_not_cancellable", detail: expect.stringMatching(says) as string },
  });
  expect(await order(orderId)).toEqual(before);
});

test("an order that there is not", async () => {
  const answer = await cancel("00000000-0000-4000-8000-000000000000");
  expect(answer).toMatchObject({ status: 404, body: { code: "unknown_order" } });
});

test("a payment and a cancellation at the same moment: the order is paid, whoever came first", async () => {
  const orders = await Promise.all(Array.from({ length: 8 }, newOrder));
  await Promise.all(orders.flatMap((id) => [tell(world, noticeOf(id)), cancel(id)]));
  expect(await Promise.all(orders.map(async (id) => (await order(id)).status))).toEqual(
    orders.map(() => "paid"),
  );
  expect(await findTrouble(world)).toEqual([]);
});
