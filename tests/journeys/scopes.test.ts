import { afterAll, beforeAll, expect, test } from "vitest";
import { scopeOfReview } from "../../src/http/index.ts";
import { createApiKey, scopes, type Scope } from "../../src/operators/index.ts";
import { startWorld, type World } from "../support/index.ts";

let world: World;
let payee: string;
beforeAll(async () => {
  world = await startWorld({ worker: false });
  payee = await world.payee({ threshold: "1000" });
});
afterAll(() => world.stop());

/** What a key with these scopes is answered. */
async function ask(held: readonly Scope[], method: string, path: string, body?: unknown): Promise<number> {
  const { key } = await createApiKey(world.engine.db, {
    name: held.join(" "),
    scopes: held,
    now: new Date(),
  });
  const answer = await world.api(method as "POST", path, body, { authorization: `Bearer ${key}` });
  return answer.status;
}

/** The key that the README makes for a shop. */
const shop: readonly Scope[] = ["orders:write", "orders:read", "payees:write", "payees:read"];

test("a shop sells and names payees, and does not undo what an operator stopped", async () => {
  const params = { path: { id: payee } };
  await world.client.post("/v1/payees/{id}/pause", { params });
  expect(await ask(shop, "POST", `/v1/payees/${payee}/resume`)).toBe(403);
  expect(await ask(shop, "POST", `/v1/payees/${payee}/pause`)).toBe(403);
  expect((await world.client.get("/v1/payees/{id}", { params })).status).toBe("paused");
  expect(await ask(shop, "GET", `/v1/payees/${payee}`)).toBe(200);
  const order = { price_usd: "25", splits: [{ payee_id: payee, share_bps: 10_000 }] };
  expect(await ask(shop, "POST", "/v1/orders", order)).toBe(201);
});

const effects: readonly [scope: Scope, method: string, path: string, body?: unknown][] = [
  ["payees:pause", "POST", "/v1/payees/:payee/resume"],
  ["settings:write", "PUT", "/v1/settings/platform_fee", { value: {} }],
  ["limits:write", "PUT", "/v1/settings/transfer_limits", { value: {} }],
  ["limits:write", "PUT", "/v1/settings/swap_exposure", { value: {} }],
  ["limits:write", "PUT", "/v1/settings/payout_policy", { value: {} }],
  ["payouts:approve", "POST", "/v1/approval-decisions", {}],
  ["payouts:pause", "POST", "/v1/pauses", {}],
  ["refunds:write", "POST", "/v1/review/deposit/:payee/refund"],
  ["arrivals:write", "POST", "/v1/review/deposit/:payee/assign"],
  ["losses:write", "POST", "/v1/review/swap/:payee/write_off"],
  ["wallets:resume", "POST", "/v1/review/wallet/:payee/resume"],
  ["payouts:write", "POST", "/v1/review/payout/:payee/retry"],
  ["operations:write", "POST", "/v1/review/dead_letter/:payee/retry"],
  ["operations:write", "POST", "/v1/review/payout/:payee/check"],
];

test.each(effects)("%s alone is what %s %s asks for", async (scope, method, path, body) => {
  const at = path.replace(":payee", payee);
  const others = scopes.filter((one) => one !== scope && one !== "admin" && one !== "withdrawals:own");
  expect(await ask(others, method, at, body)).toBe(403);
  expect(await ask([scope], method, at, body)).not.toBe(403);
});

test("every action that a room offers at the desk has a scope of its own kind, not an administrator's", () => {
  const actions = world.engine.desk.rooms.flatMap(({ thing, actions: of }) =>
    of.map((action) => [thing, action]),
  );
  expect(actions.length).toBeGreaterThan(20);
  for (const [thing = "", action = ""] of actions)
    expect(scopeOfReview(thing, action), `${thing} ${action}`).not.toBe("admin");
});
