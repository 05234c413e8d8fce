import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildProgram, describeFailure, exitCodeOf } from "../../src/cli/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";

let world: World;
const written: string[] = [];

beforeEach(async () => {
  world = await startWorld();
  for (const [name, value] of Object.entries(world.environment)) vi.stubEnv(name, value);
  written.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.stop();
});

/** What `spillway <line>` prints, and how it ends. */
async function spillway(line: string): Promise<{ out: string; failure: string; code: number }> {
  written.length = 0;
  try {
    await buildProgram().parseAsync(line.split(" "), { from: "user" });
    return { out: written.join(""), failure: "", code: 0 };
  } catch (error) {
    return { out: written.join(""), failure: describeFailure(error), code: exitCodeOf(error) };
  }
}

const longest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

test("what the API tells, the command line tells: within 100 columns, and as the same JSON", async () => {
  const payeeId = await world.payee();
  const { orderId, invoiceId } = await world.order({ payees: [payeeId], price: "25.00" });
  await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: "usdterc20" });
  const payment = await eventually("its coins seen", async () => {
    const { data } = await world.client.get("/v1/payments", { params: { query: { order_id: orderId } } });
    return data[0]?.arrival === "seen" ? data[0] : null;
  });

  const same = async (line: string, path: string): Promise<void> => {
    const { out } = await spillway(line.startsWith("settings") ? line : `${line} --json`);
    expect(JSON.parse(out), line).toEqual((await world.api("GET", path)).body);
  };
  await same("payees list", "/v1/payees?limit=20");
  await same(`payees show ${payeeId}`, `/v1/payees/${payeeId}`);
  await same(`orders show ${orderId}`, `/v1/orders/${orderId}`);
  await same(`payments list --order-id ${orderId}`, `/v1/payments?limit=20&order_id=${orderId}`);
  await same("events list --status processed --limit 1", "/v1/provider-events?status=processed&limit=1");

  await same("arrivals list --claimant top_up", "/v1/arrivals?limit=20&claimant=top_up");
  await same("conversions list", "/v1/conversions?limit=20");
  await same("api-keys list", "/v1/api-keys?limit=20");
  await same("review list", "/v1/review");
  await same("settings get platform_fee", "/v1/settings/platform_fee");
  await same(`search ${orderId}`, `/v1/search?q=${orderId}`);
  const reading =
    "payees list,orders list,payments list,payouts list,events list,arrivals list,conversions list,review list";
  const telling = "wallets list,reconcile,conversions check,api-keys list,doctor";
  const one = `payees show ${payeeId},orders show ${orderId},payments show ${payment.id}`;
  const why = `payments search ${payment.settlement_hash},explain ${orderId},explain ${payment.id},explain ${payment.settlement_hash}`;
  for (const line of [reading, telling, one, why].join().split(",")) {
    const { out, code } = await spillway(line);
    expect([out.trim() === "", code], line).toEqual([false, 0]);
    expect(longest(out), out).toBeLessThanOrEqual(100);
  }
  expect((await spillway(`explain ${payment.settlement_hash}`)).out).toContain(payment.id);
});

test("a list is turned over by its cursor, as it says", async () => {
  for (let n = 0; n < 3; n++) await world.payee();
  const { out } = await spillway("payees list --limit 2");
  const [, cursor] = /--cursor (\S+)/.exec(out) ?? [];
  expect((await spillway(`payees list --limit 2 --cursor ${cursor}`)).out).not.toContain("--cursor");
});

test("a payee is changed at the command line, and paid elsewhere by its word and another person's", async () => {
  const id = await world.payee();
  for (const line of [`mode ${id} instant`, `threshold ${id} 75`, `fee ${id} 150`])
    expect(await spillway(`payees ${line}`), line).toMatchObject({ code: 0 });
  const params = { path: { id } };
  const read = () => world.client.get("/v1/payees/{id}", { params });
  expect(await read()).toMatchObject({
    payout_mode: "instant",
    payout_threshold: { amount: "75" },
    fee_bps: 150,
  });
  expect(await spillway(`payees fee ${id} none`)).toMatchObject({ code: 0 });
  expect((await spillway(`payees fee ${id} 9001`)).failure).toContain("9000");
  const destination = { asset: "ethereum:USDT", address: "0x52908400098527886E0F7030069857D2E4169EE7" };
  const { failure } = await spillway(
    `payees destination ${id} --asset ${destination.asset} --address ${destination.address}`,
  );
  expect(failure).toContain("This needs two persons");
  const change = await world.client.post("/v1/payees/{id}/destination-changes", {
    params,
    body: { destination },
  });
  expect(change).toMatchObject({ state: "confirmed", told: null });
  expect(await read()).toMatchObject({ destination, fee_bps: null });
  expect((await spillway(`payees confirm ${id} ${change.id} AAAA-AAAA-AAAA`)).failure).toContain(
    "is confirmed",
  );
});

test("what is wrong is said in a sentence, and never with a stack", async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  for (const [line, sentence] of [
    ["payees show 7", "`id` in the path must be a UUID, such as 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01."],
    ["payees list --limit many", "`limit` must be a whole number from 1 to 200."],
    ["payees list --cursor x", "cursor"],
    ["orders show 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01", "There is no order"],
    ["events list --status procesed", "processed"],
    ["events show 99", "There is no event 99."],
    ["replay 99", "There is no event 99."],
    ["explain 0xabc", "is no order, payment, earning, conversion or payout"],
    ["payees lst", "unknown command 'lst'"],
  ] as const) {
    const answer = await spillway(line);
    expect(answer, line).toMatchObject({ code: 2, failure: expect.stringContaining(sentence) });
    expect(answer.failure).not.toMatch(/\n\s+at /);
  }
});
