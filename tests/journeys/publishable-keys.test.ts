import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, type Client } from "../../client/index.ts";
import { apiOf } from "../../src/engine/api.ts";
import { createApiKey, type Scope } from "../../src/operators/index.ts";
import { startWorld, type World } from "../support/index.ts";

let world: World;
let payee: string;
let page: { authorization: string };
let client: Client;
beforeAll(async () => {
  world = await startWorld({ worker: false });
  payee = await world.payee({ threshold: "1000" });
  const apiKey = await keyOf("orders:public");
  page = { authorization: `Bearer ${apiKey}` };
  client = createClient({ url: world.engine.url ?? "", apiKey });
});
afterAll(() => world.stop());

const keyOf = async (...scopes: Scope[]): Promise<string> =>
  (await createApiKey(world.engine.db, { name: "page", scopes, now: new Date() })).key;

const order = (more: object = {}) => ({
  price_usd: "25",
  splits: [{ payee_id: payee, share_bps: 10_000 }],
  ...more,
});
const create = (body: object) => world.api<Record<string, unknown>>("POST", "/v1/public/orders", body, page);

test("a key that a page may hold says so, and one that may do more does not", async () => {
  expect(await keyOf("orders:public")).toMatch(/^spw_pub_live_/);
  expect(await keyOf("orders:public", "orders:read")).toMatch(/^spw_live_/);
});

test("it creates an order and reads it, as a payer sees it and no further", async () => {
  const made = await client.post("/v1/public/orders", { body: order({ description: "A year of it" }) });
  const seen = [
    "checkout_status", "checkout_url", "created_at", "description", "direct_payment", "expires_at", "id", "paid_usd",
    "price_usd", "refund_status", "refunded_usd", "remaining_usd", "status",
  ]; // prettier-ignore
  expect(Object.keys(made).toSorted()).toEqual(seen);
  const read = (id: string) => client.get("/v1/public/orders/{id}", { params: { path: { id } } });
  expect(await read(made.id)).toEqual(made);
  expect(await world.client.get("/v1/orders/{id}", { params: { path: { id: made.id } } })).toMatchObject({
    external_id: null,
    metadata: {},
    fee: { bps: 300 },
    tolerance_bps: 100,
  });
  await expect(read(payee)).rejects.toMatchObject({ status: 404 });
});

test("it sets no terms but the price and the shares, and the price is bounded", async () => {
  const terms = {
    external_id: "o-1",
    fee: { bps: 0 },
    tolerance_bps: 2_000,
    expires_in_minutes: 525_600,
    metadata: {},
    purpose: "x",
  };
  for (const [name, value] of Object.entries(terms)) {
    const refused = await create(order({ [name]: value }));
    expect(refused, name).toMatchObject({ status: 400, body: { problems: [{ code: "unknown_field" }] } });
  }
  for (const price of ["0.009999", "10000000.01"])
    expect(await create(order({ price_usd: price })), price).toMatchObject({
      status: 422,
      body: { code: "invalid_price" },
    });
  for (const price of ["0", "-1"])
    expect((await create(order({ price_usd: price }))).status, price).toBe(400);
});

test("every other operation of the API refuses it", async () => {
  const others = apiOf(world.engine).routes.filter(({ path }) => !path.startsWith("/v1/public/"));
  expect(others.length).toBeGreaterThan(50);
  for (const { method, path } of others) {
    const at = path.replace(":key", "order_defaults").replace(/:\w+/g, payee);
    const { status } = await world.api(method as "POST", at, method === "GET" ? undefined : {}, page);
    expect(status, `${method} ${path}`).toBe(403);
  }
  const lists = await world.api("GET", "/v1/public/orders", undefined, page);
  expect(lists.status).toBe(405);
});
