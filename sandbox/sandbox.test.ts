import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { registry } from "../src/money/index.ts";
import { startSandbox } from "./start-sandbox.ts";
import { transferData } from "./tokens.ts";
import type { Sandbox } from "./types.ts";

const wallet = "0x00000000000000000000000000000000000A11cE";
const payee = "0x00000000000000000000000000000000000B0b00";
// Ends when the condition holds; the deadline is vitest's own.
const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 120_000, interval: 10 });

let world: Sandbox;
let inbox: Server;
let inboxUrl: string;
/** What the notices' receiver got, and what it answers. */
const notices: { body: string; signature: string; agent: string; row: Record<string, unknown> }[] = [];
let inboxAnswers: number[] = [];

beforeAll(async () => {
  world = await startSandbox({
    blocks: "automine",
    payoutWallet: wallet,
    paymentStepMs: 5,
    swapStepMs: 5,
    ipnRetryMs: 5,
  });
  inbox = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const signature = String(request.headers["x-nowpayments-sig"]);
      notices.push({
        body,
        signature,
        agent: String(request.headers["user-agent"]),
        row: JSON.parse(body) as never,
      });
      response.writeHead(inboxAnswers.shift() ?? 200).end();
    });
  }).listen(0, "127.0.0.1");
  await once(inbox, "listening");
  inboxUrl = `http://127.0.0.1:${(inbox.address() as { port: number }).port}/ipn`;
});

afterAll(async () => {
  expect(world.failures).toEqual([]);
  await world.stop();
  inbox.close();
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(
  base: string,
  path: string,
  options: { key?: object; body?: object; token?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${base}${path}`, {
    method: options.body === undefined ? "GET" : "POST",
    headers: {
      "content-type": "application/json",
      ...options.key,
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const processor = (path: string, options: { body?: object; token?: string } = {}) =>
  ask(world.env["NOWPAYMENTS_BASE_URL"] ?? "", path, {
    ...options,
    key: { "x-api-key": world.env["NOWPAYMENTS_API_KEY"] },
  });
const exchanger = (path: string, body?: object) =>
  ask(world.env["CHANGENOW_BASE_URL"] ?? "", path, {
    key: { "x-changenow-api-key": world.env["CHANGENOW_API_KEY"] },
    ...(body === undefined ? {} : { body }),
  });
const rpc = (method: string, params: unknown[] = []) =>
  ask(world.urls.rpc, "/", { body: { jsonrpc: "2.0", id: 1, method, params } });

async function createInvoice(priceUsd: number, orderId: string): Promise<string> {
  const answer = await processor("/invoice", {
    body: { price_amount: priceUsd, price_currency: "usd", order_id: orderId, ipn_callback_url: inboxUrl },
  });
  expect(answer.status).toBe(201);
  return String(answer.body["id"]);
}

const noticesOf = (paymentId: number) => notices.filter(({ row }) => row["payment_id"] === paymentId);
const statusesOf = (paymentId: number) => noticesOf(paymentId).map(({ row }) => row["payment_status"]);

test("a paid invoice walks its statuses, each with a signed notice, and exactly the outcome arrives on the chain", async () => {
  const before = await world.balanceOf(wallet, "ethereum:ETH");
  const { paymentId, settled } = await world.nowpayments.pay({
    invoiceId: await createInvoice(25, "o1"),
    payCurrency: "btc",
  });
  const payment = await settled;
  expect(payment).toMatchObject({
    payment_status: "finished",
    pay_currency: "btc",
    order_id: "o1",
    outcome_currency: "eth",
  });
  expect(statusesOf(paymentId)).toEqual(["waiting", "confirming", "confirmed", "sending", "finished"]);
  for (const { body, signature, agent } of noticesOf(paymentId)) {
    expect(
      createHmac("sha512", world.env["NOWPAYMENTS_IPN_SECRET"] ?? "")
        .update(body)
        .digest("hex"),
    ).toBe(signature);
    expect(agent).toBe("NOWPayments v1.0");
  }
  const got = (await world.balanceOf(wallet, "ethereum:ETH")) - before;
  expect(got / 10n ** 10n).toBe(BigInt(Math.round((payment["outcome_amount"] as number) * 1e8)));
  expect(got % 10n ** 10n).toBe(0n);
  const transaction = await world.anvil.getTransaction(String(payment["payout_hash"]));
  expect(BigInt(transaction?.value ?? 0)).toBe(got);

  const read = await processor(`/payment/${paymentId}`);
  expect(typeof read.body["payment_id"]).toBe("number");
  expect(typeof noticesOf(paymentId)[0]?.row["purchase_id"]).toBe("string");
});

test("an underpayment is partially_paid and settles what arrived; statuses that bring nothing settle nothing", async () => {
  const invoiceId = await createInvoice(100, "o2");
  const less = await (
    await world.nowpayments.pay({ invoiceId, payCurrency: "usdttrc20", fraction: "0.6" })
  ).settled;
  expect(less["payment_status"]).toBe("partially_paid");
  expect((less["actually_paid"] as number) / (less["pay_amount"] as number)).toBeCloseTo(0.6, 5);

  const balance = await world.balanceOf(wallet, "ethereum:ETH");
  const expired = await (
    await world.nowpayments.pay({ invoiceId, payCurrency: "eth", finishAs: "expired" })
  ).settled;
  expect(expired).toMatchObject({ payment_status: "expired", actually_paid: 0, payout_hash: null });
  expect(await world.balanceOf(wallet, "ethereum:ETH")).toBe(balance);
});

test("another coin, or the same again, is a child payment under the parent's address", async () => {
  const wrong = await world.nowpayments.pay({
    invoiceId: await createInvoice(10, "o3"),
    payCurrency: "usdterc20",
    wrongAssetChild: { payCurrency: "trx" },
  });
  const parent = await wrong.settled;
  expect(parent).toMatchObject({ payment_status: "waiting", payment_extra_ids: [wrong.childId] });
  expect(noticesOf(wrong.childId ?? 0).at(-1)?.row).toMatchObject({
    parent_payment_id: wrong.paymentId,
    payment_status: "finished",
    pay_currency: "trx",
    order_id: "o3",
    pay_address: parent["pay_address"],
  });
  const again = await world.nowpayments.pay({
    invoiceId: await createInvoice(10, "o4"),
    payCurrency: "eth",
    repeatedDeposit: { amount: "0.5" },
  });
  expect((await again.settled)["payment_status"]).toBe("finished");
  expect(world.nowpayments.payment(again.childId ?? 0)).toMatchObject({
    payment_status: "finished",
    actually_paid: 0.5,
  });
});

test("notices can be lost, repeated, turned round; a refused one is tried three times", async () => {
  const invoiceId = await createInvoice(10, "o5");
  const lost = await world.nowpayments.pay({ invoiceId, payCurrency: "ltc", ipn: "lost" });
  await lost.settled;
  expect(statusesOf(lost.paymentId)).toEqual([]);
  await world.nowpayments.resend(lost.paymentId, "finished");
  await world.nowpayments.duplicateIpn(lost.paymentId);
  expect(statusesOf(lost.paymentId)).toEqual(["finished", "finished"]);
  expect(new Set(noticesOf(lost.paymentId).map(({ body }) => body)).size).toBe(1);

  const turned = await world.nowpayments.pay({ invoiceId, payCurrency: "ltc", ipn: "reversed" });
  await turned.settled;
  expect(statusesOf(turned.paymentId)[0]).toBe("finished");

  inboxAnswers = [500, 503, 500];
  const refused = await world.nowpayments.pay({ invoiceId, payCurrency: "ltc", finishAs: "waiting" });
  await refused.settled;
  expect(world.nowpayments.ipns.filter((ipn) => ipn.paymentId === refused.paymentId)).toMatchObject([
    { attempts: [500, 503, 500], state: "given_up" },
  ]);
});

test("the processor is as strict as its page: key, token, URIs, unknown fields, minimum", async () => {
  expect((await ask(world.urls.nowpayments, "/currencies")).body).toMatchObject({
    statusCode: 403,
    code: "INVALID_API_KEY",
  });
  const body = { price_amount: 10, price_currency: "usd" };
  for (const bad of [
    { ipn_callback_url: "http://a/b|c" },
    { success_url: "http://a/b c" },
    { surprise: 1 },
    { price_amount: "10" },
  ])
    expect((await processor("/invoice", { body: { ...body, ...bad } })).body).toMatchObject({
      code: "INVALID_REQUEST_PARAMS",
    });
  const small = await processor("/payment", { body: { ...body, price_amount: 0.01, pay_currency: "btc" } });
  expect(small.body).toMatchObject({ statusCode: 400, code: "AMOUNT_MINIMAL_ERROR" });
  expect((await processor("/payment/?limit=5")).body).toMatchObject({
    statusCode: 401,
    code: "AUTH_REQUIRED",
  });
  const login = { email: world.env["NOWPAYMENTS_EMAIL"], password: world.env["NOWPAYMENTS_PASSWORD"] };
  const token = String((await processor("/auth", { body: login })).body["token"]);
  const list = await processor(
    "/payment/?limit=2&page=0&sortBy=created_at&orderBy=desc&dateFrom=2020-01-01",
    { token },
  );
  expect(list.body).toMatchObject({ limit: 2, page: 0 });
  expect(list.body["data"]).toHaveLength(2);
});

const swapOf = (fromAmount: string, more: object = {}) => ({
  fromCurrency: "eth",
  fromNetwork: "eth",
  toCurrency: "usdt",
  toNetwork: "eth",
  fromAmount,
  toAmount: "",
  address: payee,
  refundAddress: wallet,
  flow: "standard",
  type: "direct",
  ...more,
});
const statusOf = async (id: string) => (await exchanger(`/exchange/by-id?id=${id}`)).body;

test("a swap delivers on the chain what its answer says, for what really came in", async () => {
  const quote = await exchanger(
    "/exchange/estimated-amount?fromCurrency=eth&fromNetwork=eth&toCurrency=usdt&toNetwork=eth&flow=standard&fromAmount=1",
  );
  const created = await exchanger("/exchange", swapOf("1"));
  expect(created.body).toMatchObject({ fromAmount: 1, toAmount: quote.body["toAmount"] });
  expect(created.body).not.toHaveProperty("status");
  expect(await statusOf(String(created.body["id"]))).toMatchObject({ amountFrom: null, amountTo: null });
  await world.deposit({
    to: String(created.body["payinAddress"]),
    assetId: "ethereum:ETH",
    amount: 2n * 10n ** 18n,
  });
  const done = await eventually(async () => {
    const view = await statusOf(String(created.body["id"]));
    expect(view["status"]).toBe("finished");
    return view;
  });
  expect(done["amountFrom"]).toBe(2);
  const got = await world.balanceOf(payee, "ethereum:USDT");
  expect(got).toBe(BigInt(Math.round((done["amountTo"] as number) * 1e6)));
  expect(got).toBeGreaterThan(6_000n * 10n ** 6n);
  expect((await world.anvil.getReceipt(String(done["payoutHash"])))?.status).toBe("0x1");
});

test("a swap told to refund sends back; a held one waits for its release", async () => {
  world.changenow.nextOutcome({ kind: "refund" });
  world.changenow.nextOutcome({ kind: "hold" });
  const ids: string[] = [];
  for (const _ of ["refund", "hold"]) {
    const { body } = await exchanger("/exchange", swapOf("0.1"));
    await world.deposit({ to: String(body["payinAddress"]), assetId: "ethereum:ETH", amount: 10n ** 17n });
    ids.push(String(body["id"]));
  }
  const [refunded = "", held = ""] = ids;
  await eventually(async () => expect((await statusOf(refunded))["status"]).toBe("refunded"));
  const { refundHash, refundAmount } = await statusOf(refunded);
  expect(refundAmount).toBe(0.0998);
  expect(BigInt((await world.anvil.getTransaction(String(refundHash)))?.value ?? 0)).toBe(998n * 10n ** 14n);
  await eventually(async () => expect((await statusOf(held))["status"]).toBe("verifying"));
  world.changenow.release(held);
  await eventually(async () => expect((await statusOf(held))["status"]).toBe("finished"));
});

test("a fixed rate keeps its quote, once; the swap provider's refusals carry its codes", async () => {
  const pair = "fromCurrency=eth&fromNetwork=eth&toCurrency=trx&toNetwork=trx&flow=fixed-rate";
  const { body: quote } = await exchanger(`/exchange/estimated-amount?${pair}&fromAmount=0.5&useRateId=true`);
  world.prices.set({ tron: "0.2" });
  const request = swapOf("0.5", {
    toCurrency: "trx",
    toNetwork: "trx",
    flow: "fixed-rate",
    rateId: quote["rateId"],
    address: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
  });
  expect((await exchanger("/exchange", request)).body).toMatchObject({
    toAmount: quote["toAmount"],
    validUntil: quote["validUntil"],
  });
  const refusals: [object, string][] = [
    [request, "rate_id_not_found_or_expired"],
    [swapOf("0.0001"), "deposit_too_small"],
    [swapOf("1", { address: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t" }), "not_valid_address"],
    [swapOf("1", { toNetwork: "nowhere" }), "not_valid_params"],
  ];
  for (const [body, error] of refusals)
    expect((await exchanger("/exchange", body)).body).toMatchObject({ error });
  const wrongKey = await ask(world.urls.changenow, "/exchange/range", {
    key: { "x-changenow-api-key": "x" },
  });
  expect(wrongKey).toMatchObject({ status: 403, body: { error: "invalid_api_key" } });
});

test("a lost answer leaves an exchange behind that the client never heard of; a lost request leaves none", async () => {
  const known = world.changenow.exchanges().length;
  world.faults.next("changenow", { kind: "lost_request", match: { method: "POST" } });
  await expect(exchanger("/exchange", swapOf("1"))).rejects.toThrow("fetch failed");
  expect(world.changenow.exchanges()).toHaveLength(known);
  world.faults.next("changenow", { kind: "lost_answer", match: { method: "POST", path: "/exchange" } });
  await expect(exchanger("/exchange", swapOf("1"))).rejects.toThrow("fetch failed");
  expect(world.changenow.exchanges()).toHaveLength(known + 1);
  expect(world.faults.applied.at(-1)).toMatchObject({ server: "changenow", fault: { kind: "lost_answer" } });
});

test("faults answer as told, an outage lasts until it is healed, and every request is in the journal", async () => {
  world.faults.next("changenow", { kind: "http", status: 429, body: { message: "slow down" } });
  expect((await exchanger("/exchange/by-id?id=x")).status).toBe(429);
  world.faults.next("coingecko", { kind: "http", status: 200, body: "<html></html>" });
  world.faults.next("coingecko", { kind: "malformed" });
  const prices = "/simple/price?ids=ethereum,nobody&vs_currencies=usd&include_last_updated_at=true";
  await expect(ask(world.urls.coingecko, prices)).rejects.toThrow(SyntaxError);
  await expect(ask(world.urls.coingecko, prices)).rejects.toThrow(SyntaxError);
  expect((await ask(world.urls.coingecko, prices)).body).toEqual({
    ethereum: { usd: 3125.5, last_updated_at: expect.any(Number) as number },
  });
  world.faults.outage("nowpayments");
  expect((await fetch(`${world.urls.nowpayments}/status`)).status).toBe(503);
  world.heal();
  expect((await processor("/status")).body).toEqual({ message: "OK" });
  expect(world.journal.of("nowpayments", { path: "/status" }).map((row) => row.status)).toEqual([503, 200]);
});

test("USDT at its real address moves money and returns no data; USDC returns true", async () => {
  const [usdt, usdc] = ["ethereum:USDT", "ethereum:USDC"].map((id) => registry.get(id).contract);
  const data = transferData(payee, 5n);
  for (const asset of ["ethereum:USDT", "ethereum:USDC", "ethereum:DAI"])
    await world.fundWallet(wallet, asset, 100n);
  expect(await world.balanceOf(wallet, "ethereum:DAI")).toBe(100n);
  expect((await rpc("eth_call", [{ from: wallet, to: usdt, data }, "latest"])).body["result"]).toBe("0x");
  expect(
    BigInt(String((await rpc("eth_call", [{ from: wallet, to: usdc, data }, "latest"])).body["result"])),
  ).toBe(1n);
  for (const [contract, decimals] of [
    [usdt, 6n],
    [usdc, 6n],
    [registry.get("ethereum:DAI").contract, 18n],
  ] as const)
    expect(
      BigInt(
        String((await rpc("eth_call", [{ to: contract, data: "0x313ce567" }, "latest"])).body["result"]),
      ),
    ).toBe(decimals);
  await world.usdt.setBlackListed(wallet, true);
  expect((await rpc("eth_call", [{ from: wallet, to: usdt, data }, "latest"])).body).toHaveProperty("error");
  await world.usdt.setBlackListed(wallet, false);
  await world.usdt.setFee(100, wallet);
  const before = await world.balanceOf(payee, "ethereum:USDT");
  await world.deposit({ to: payee, assetId: "ethereum:USDT", amount: 1_000n });
  expect((await world.balanceOf(payee, "ethereum:USDT")) - before).toBe(990n);
  await world.usdt.setFee(0, wallet);
});

test("a reorganisation undoes what the last blocks held, and finality trails the head", async () => {
  await world.anvil.mine(3);
  const before = await world.balanceOf(payee, "ethereum:ETH");
  const hash = await world.deposit({ to: payee, assetId: "ethereum:ETH", amount: 7n });
  expect((await world.anvil.getReceipt(hash))?.status).toBe("0x1");
  const final = await world.anvil.rpc<{ number: string }>("eth_getBlockByNumber", ["finalized", false]);
  expect((await world.anvil.blockNumber()) - parseInt(final.number, 16)).toBe(2);
  await world.anvil.reorg(1);
  expect(await world.anvil.getReceipt(hash)).toBeNull();
  expect(await world.balanceOf(payee, "ethereum:ETH")).toBe(before);
});

test("a deposit that is reorganised away leaves its exchange waiting, and the next one is taken", async () => {
  const { body } = await exchanger("/exchange", swapOf("1"));
  world.changenow.setOutcome(String(body["id"]), { kind: "stuck", at: "confirming" });
  await world.deposit({ to: String(body["payinAddress"]), assetId: "ethereum:ETH", amount: 10n ** 18n });
  await eventually(async () => expect((await statusOf(String(body["id"])))["status"]).toBe("confirming"));
  await world.anvil.reorg(1);
  world.changenow.setOutcome(String(body["id"]), { kind: "deliver" });
  await eventually(async () =>
    expect(await statusOf(String(body["id"]))).toMatchObject({ status: "waiting", amountFrom: null }),
  );
  // The next one lands at a height that was read before.
  await world.anvil.rpc("anvil_rollback", [1]);
  await world.deposit({ to: String(body["payinAddress"]), assetId: "ethereum:ETH", amount: 2n * 10n ** 18n });
  await eventually(async () =>
    expect(await statusOf(String(body["id"]))).toMatchObject({ status: "finished", amountFrom: 2 }),
  );
});

test("the node in front can be down, behind, forgetful, on another chain, and swallow what it is given", async () => {
  const head = parseInt(String((await rpc("eth_blockNumber")).body["result"]), 16);
  const hash = await world.deposit({ to: payee, assetId: "ethereum:ETH", amount: 1n });
  const receipt = async () => (await rpc("eth_getTransactionReceipt", [hash])).body["result"];
  expect(await receipt()).not.toBeNull();
  world.rpc.lie({ kind: "lagging_head", blocks: 3 });
  expect(parseInt(String((await rpc("eth_blockNumber")).body["result"]), 16)).toBe(head + 1 - 3);
  expect(await receipt()).toBeNull();
  world.rpc.heal();
  await world.deposit({ to: payee, assetId: "ethereum:USDT", amount: 1n });
  const logs = async () => (await rpc("eth_getLogs", [{ fromBlock: "latest" }])).body["result"];
  expect(await logs()).toHaveLength(1);
  world.rpc.lie({ kind: "late_logs", blocks: 1 });
  expect(await logs()).toEqual([]);
  world.rpc.heal();
  world.rpc.lie({ kind: "forget" });
  expect(await receipt()).toBeNull();
  world.rpc.lie({ kind: "wrong_chain", chainId: 56 });
  expect((await rpc("eth_chainId")).body["result"]).toBe("0x38");
  world.rpc.lie({ kind: "down" });
  await expect(rpc("eth_chainId")).rejects.toThrow("fetch failed");
  world.rpc.heal();

  const account = privateKeyToAccount(keccak256("0x01"));
  await world.fundWallet(account.address, "ethereum:ETH", 10n ** 18n);
  const raw = await account.signTransaction({
    type: "eip1559",
    chainId: world.chainId,
    nonce: 0,
    to: payee,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 10n ** 9n,
  });
  world.rpc.lie({ kind: "drop_sends" });
  expect((await rpc("eth_sendRawTransaction", [raw])).body["result"]).toBe(keccak256(raw));
  expect(await world.anvil.getTransaction(keccak256(raw))).toBeNull();
  expect(world.rpc.dropped.map((dropped) => dropped.raw)).toEqual([raw]);
  world.rpc.heal();
  world.rpc.lie({ kind: "lost_send_answer" });
  await expect(rpc("eth_sendRawTransaction", [raw])).rejects.toThrow("fetch failed");
  world.rpc.heal();
  await eventually(async () => expect((await world.anvil.getReceipt(keccak256(raw)))?.status).toBe("0x1"));
});

test("the controls work over HTTP too", async () => {
  const invoiceId = await createInvoice(12, "o9");
  const paid = await ask(world.urls.control, "/pay", { body: { invoiceId, payCurrency: "sol" } });
  const { payment_id: id } = paid.body["result"] as { payment_id: number };
  await eventually(() => expect(world.nowpayments.payment(id).payment_status).toBe("finished"));
  expect((await ask(world.urls.control, "/nonsense", { body: {} })).status).toBe(404);
  expect((await ask(world.urls.control, "/reorg", { body: { depth: "much" } })).status).toBe(400);
});

test("stopping ends the chain with everything else", async () => {
  const other = await startSandbox({ blocks: 1 });
  await other.stop();
  await other.stop();
  expect(() => process.kill(other.anvil.pid, 0)).toThrow("ESRCH");
  await expect(fetch(other.urls.nowpayments)).rejects.toThrow("fetch failed");
});
