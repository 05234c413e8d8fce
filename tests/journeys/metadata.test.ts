import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../support/index.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ worker: false });
});
afterAll(() => world.stop());

const metadata = { cart: "1042", "shop.branch": "north" };
const payeeTerms = (more: object = {}) => ({
  name: "Ada",
  destination: { asset: "ethereum:USDT", address: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" },
  ...more,
});

test("words of the integrator's own stand beside payees and orders, and are no term of them", async () => {
  const { client } = world;
  const payee = await client.post("/v1/payees", { body: payeeTerms({ metadata, external_id: "ada" }) });
  expect(payee).toMatchObject({ metadata });
  const path = { id: payee.id };
  expect(await client.get("/v1/payees/{id}", { params: { path } })).toMatchObject({ metadata });
  const splits = [{ payee_id: payee.id, share_bps: 10_000 }];
  const order = { external_id: "cart", price_usd: "5", splits, metadata };
  const first = await client.post("/v1/orders", { body: order });
  expect(first).toMatchObject({ metadata });
  const again = await client.post("/v1/orders", { body: { ...order, metadata: { cart: "other" } } });
  expect(again).toMatchObject({ id: first.id, metadata });
  const query = { external_id: "ada" };
  expect(await client.get("/v1/payees", { params: { query } })).toMatchObject({ data: [{ metadata }] });
});

test.each([
  ["a number", { cart: 7 }, "`metadata.cart` must be a string."],
  [
    "a name with a space",
    { "a cart": "7" },
    "`metadata` must have names of 1 to 40 letters, digits, dots, dashes and underscores.",
  ],
  ["too long a text", { cart: "x".repeat(501) }, "`metadata.cart` must have at most 500 characters."],
  [
    "too many",
    Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`n${n}`, "x"])),
    "`metadata` must have at most 20 names.",
  ],
  ["a list", ["cart"], "`metadata` must be an object."],
])("%s is refused", async (_, given, detail) => {
  const answer = await world.api("POST", "/v1/payees", payeeTerms({ metadata: given }));
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", detail } });
});
