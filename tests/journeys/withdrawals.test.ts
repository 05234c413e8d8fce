import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ApiProblem, createClient, type Client } from "../../client/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import { checkConversions } from "../../src/conversions/index.ts";
import { sql } from "../../src/database/index.ts";
import { accounts, balanceOf } from "../../src/ledger/index.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { driveUntil, findTrouble, giveEarnings, startWorld, type World } from "../support/index.ts";

const USDT = "ethereum:USDT";
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;

let world: World;
let people = 0;

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
beforeEach(async () => {
  expect(await findTrouble(world)).toEqual([]);
});

/** A payee with earnings of these amounts, converted, and a client with their own key. */
async function payeeWith(...amounts: bigint[]) {
  const address = inventAddress("evm", `who withdraws ${++people}`);
  const payeeId = await world.payee({ destination: { asset: USDT, address }, threshold: "100000" });
  await giveEarnings(
    world,
    USDT,
    amounts.map((amount) => ({ payeeId, amount })),
  );
  await checkConversions(world.engine.conversions, AbortSignal.timeout(20_000), true);
  const sum = amounts.reduce((total, amount) => total + amount, 0n);
  await driveUntil(world, "available", async () => (await available(payeeId)) === sum);
  const { key } = await world.client.post("/v1/payees/{id}/withdrawal-keys", {
    params: { path: { id: payeeId } },
    body: { expires_at: new Date(Date.now() + 3_600_000).toISOString() },
  });
  return { payeeId, address, key: key!, own: createClient({ url: world.engine.url ?? "", apiKey: key! }) };
}
const available = (payeeId: string) => balanceOf(world.engine.db, accounts.payee(payeeId, "available"), USDT);
const held = (payeeId: string) => balanceOf(world.engine.db, accounts.payee(payeeId, "held"), USDT);
const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
  );
const withdraw = (own: Client, amount?: string) =>
  own.post("/v1/withdrawals", { body: { ...(amount !== undefined && { amount }) } });

test("a payee withdraws an exact part of their balance, below the threshold, and then all of it", async () => {
  const { payeeId, address, own } = await payeeWith(dollars(30), dollars(20));
  const part = await withdraw(own, "12.345678");
  expect(part).toMatchObject({ kind: "withdrawal", status: "requested", amount: { amount: "12.345678" } });
  expect([await available(payeeId), await held(payeeId)]).toEqual([37_654_322n, 12_345_678n]);
  const rest = await withdraw(own);
  expect(rest.amount.amount).toBe("37.654322");
  await driveUntil(
    world,
    "both are paid",
    async () => (await world.sandbox.balanceOf(address, USDT)) === dollars(50),
  );
  await driveUntil(world, "both are known to be paid", async () => {
    const { data } = await own.get("/v1/withdrawals", { params: { query: { status: "completed" } } });
    return data.length === 2;
  });
});

test("fifty at once for money enough for ten: ten, and refusals that say why", async () => {
  const { payeeId, address, own } = await payeeWith(dollars(7), dollars(13));
  const answers = await Promise.all(Array.from({ length: 50 }, () => refusal(withdraw(own, "2"))));
  expect(answers.filter((answer) => answer === "done")).toHaveLength(10);
  expect(answers.filter((answer) => answer === "insufficient_balance")).toHaveLength(40);
  expect([await available(payeeId), await held(payeeId)]).toEqual([0n, dollars(20)]);
  expect(await findTrouble(world)).toEqual([]);
  await driveUntil(
    world,
    "ten are paid",
    async () => (await world.sandbox.balanceOf(address, USDT)) === dollars(20),
  );
});

test("wrong amounts are refused, and nothing is held", async () => {
  const { payeeId, own } = await payeeWith(dollars(50));
  for (const [amount, code] of [
    ["0", "invalid_amount"],
    ["-1", "invalid_amount"],
    ["50.000001", "insufficient_balance"],
    ["1.0000001", "invalid_amount"],
    ["1e3", "invalid_amount"],
    ["many", "invalid_amount"],
  ] as const)
    expect([amount, await refusal(withdraw(own, amount))]).toEqual([amount, code]);
  const minimum = { minimum: [{ asset: USDT, amount: "5" }] };
  await world.api("PUT", "/v1/settings/withdrawals", { value: minimum });
  expect(await refusal(withdraw(own, "4.999999"))).toBe("below_minimum");
  await world.api("PUT", "/v1/settings/withdrawals", { value: { minimum: [] } });
  await world.client.post("/v1/payees/{id}/pause", { params: { path: { id: payeeId } } });
  expect(await refusal(withdraw(own, "5"))).toBe("payee_paused");
  expect([await available(payeeId), await held(payeeId)]).toEqual([dollars(50), 0n]);
});

test("a payee's key does nothing but this payee's withdrawals, and ends when it is revoked", async () => {
  const mine = await payeeWith(dollars(5));
  const theirs = await payeeWith(dollars(6));
  const { id } = await withdraw(theirs.own);
  const path = { params: { path: { id } } };
  expect(await refusal(mine.own.get("/v1/withdrawals/{id}", path))).toBe("unknown_payout");
  expect(await refusal(mine.own.post("/v1/withdrawals/{id}/cancel", path))).toBe("unknown_payout");
  expect((await mine.own.get("/v1/withdrawals")).data).toEqual([]);
  for (const ask of [
    () => mine.own.get("/v1/payouts"),
    () => mine.own.get("/v1/payees/{id}", { params: { path: { id: mine.payeeId } } }),
    () => mine.own.get("/v1/settings/{key}", { params: { path: { key: "payout_policy" } } }),
  ])
    expect(await refusal(ask())).toBe("forbidden");
  expect(await refusal(world.client.get("/v1/withdrawals"))).toBe("payees_key_needed");
  const { body } = await world.api<{ code: string }>("POST", "/v1/api-keys", {
    name: "more than withdrawals",
    scopes: ["withdrawals:own", "payouts:write"],
  });
  expect(body.code).toBe("invalid_scope");
  await theirs.own.post("/v1/withdrawals/{id}/cancel", path);
  expect(await available(theirs.payeeId)).toBe(dollars(6));
  await sql`update api_key set revoked_at = now() where payee_id = ${mine.payeeId}`.execute(world.engine.db);
  expect(await refusal(withdraw(mine.own))).toBe("unauthenticated");
});

test("whoever made a key and whoever has it are not two people", async () => {
  const policy = await world.client.get("/v1/settings/{key}", { params: { path: { key: "payout_policy" } } });
  const without_approval = { payout_usd: "0", day_usd: "0", refund_usd: "0" };
  await world.api("PUT", "/v1/settings/payout_policy", {
    value: { ...(policy.value as object), without_approval, two_approvers_from_usd: "0" },
  });
  const { own } = await payeeWith(dollars(5));
  const { id } = await withdraw(own);
  await driveUntil(world, "it waits", async () => {
    const { rows } = await sql<{ status: string }>`select status from payout where id = ${id}`.execute(
      world.engine.db,
    );
    return rows[0]!.status === "awaiting_approval";
  });
  const queue = await world.client.get("/v1/approval-queue");
  const item = queue.data.find((one) => one.subject_id === id)!;
  const decide = (key: string) =>
    createClient({ url: world.engine.url ?? "", apiKey: key }).post("/v1/approval-decisions", {
      body: { decision: "approve", items: [{ id: item.id, terms_hash: item.terms_hash }] },
    });
  const { key: first } = await createApiKey(world.engine.db, {
    name: "Ada",
    scopes: ["admin"],
    now: new Date(),
  });
  const ada = createClient({ url: world.engine.url ?? "", apiKey: first });
  const { key: second } = await ada.post("/v1/api-keys", {
    body: { name: "another name", owner: "Another Owner", role: "approver" },
  });
  // Whoever made the payee's key could have asked.
  expect(await refusal(decide(world.apiKey))).toBe("approval_by_requester");
  expect(await refusal(decide(first))).toBe("done");
  expect(await refusal(decide(second!))).toBe("approved_already");
  await world.api("PUT", "/v1/settings/payout_policy", { value: policy.value });
  await own.post("/v1/withdrawals/{id}/cancel", { params: { path: { id } } });
});
