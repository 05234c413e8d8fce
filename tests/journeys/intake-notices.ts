import { expect } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { balanceOf } from "../../src/ledger/index.ts";
import { eventually, type World } from "../support/index.ts";

type Payment = Schemas["PaymentWithEarnings"];
export type Order = Schemas["OrderWithQuotes"];
export type ProviderEvent = Schemas["ProviderEvent"];

let lastId = 7_000_000_000;
export const newPaymentId = (): number => (lastId += 1);

/** A notice as the processor words it: 0.01 ETH asked and paid for $25, 0.0099 ETH settled, unless told otherwise. */
export const noticeOf = (orderId: string | null, given: Record<string, unknown> = {}) => ({
  payment_id: newPaymentId(),
  parent_payment_id: null,
  invoice_id: 4_000_000_001,
  payment_status: "finished",
  price_amount: 25,
  price_currency: "usd",
  pay_amount: 0.01,
  actually_paid: 0.01,
  pay_currency: "eth",
  order_id: orderId,
  outcome_amount: 0.0099,
  outcome_currency: "eth",
  updated_at: Date.parse("2026-03-01T12:00:00Z"),
  ...given,
});

/** Posts bytes to the engine's webhook. @returns the HTTP status. */
export async function post(
  world: World,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<number> {
  const response = await fetch(new URL("/webhooks/nowpayments", world.engine.url ?? ""), {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

/** Signs a notice as the processor does, and posts it. @returns the HTTP status. */
export function send(world: World, notice: object): Promise<number> {
  const { body, signature } = world.sandbox.nowpayments.sign(notice);
  return post(world, body, { "x-nowpayments-sig": signature });
}

/** Sends notices one after the other, then processes them. */
export async function tell(world: World, ...notices: object[]): Promise<void> {
  for (const notice of notices) expect(await send(world, notice)).toBe(200);
  await world.drain();
}

export async function eventsOf(world: World, status?: ProviderEvent["status"]): Promise<ProviderEvent[]> {
  const { data } = await world.client.get("/v1/provider-events", {
    params: { query: { limit: 200, status } },
  });
  return data;
}

export const orderOf = (world: World, id: string): Promise<Order> =>
  world.client.get("/v1/orders/{id}", { params: { path: { id } } });

/** The payment of a processor's id, with its earnings. */
export async function paymentOf(world: World, externalId: number | string): Promise<Payment> {
  const { data } = await world.client.get("/v1/payments", { params: { query: { limit: 200 } } });
  const found = data.find((one) => one.external_id === String(externalId));
  if (!found) throw new Error(`there is no payment ${externalId}`);
  return world.client.get("/v1/payments/{id}", { params: { path: { id: found.id } } });
}

export async function paymentsOfOrder(world: World, orderId: string): Promise<Schemas["Payment"][]> {
  const query = { order_id: orderId, limit: 200 };
  return (await world.client.get("/v1/payments", { params: { query } })).data;
}

export const balance = (world: World, path: string, asset = "ethereum:ETH"): Promise<bigint> =>
  balanceOf(world.database.db, path, asset);

/** Every promise of the books holds, whatever is still on its way. */
export async function expectWholeBooks(world: World): Promise<void> {
  const { differences } = await world.client.get("/v1/reconciliation");
  // A refund of what a payee was paid leaves the platform short until they owe nothing: a loss, and no contradiction.
  expect(differences.filter(({ check }) => check !== "platform_equity")).toEqual([]);
}

/** Waits for what is on its way: then every wallet holds on chain what the book says. */
export async function expectWholeWallets(world: World): Promise<void> {
  await eventually("every wallet equals the book", async () => {
    await world.drain({ future: true, maxRounds: 1 });
    const { wallets } = await world.client.get("/v1/reconciliation");
    return wallets.length > 0 && wallets.every((wallet) => wallet.difference === "0");
  });
  await expectWholeBooks(world);
}
