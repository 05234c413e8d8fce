import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { contractTimeoutMs, describePaymentProcessor, useServer } from "../contract.ts";
import type { Reply, ReceivedRequest } from "../programmable-server.ts";
import { createNowpayments, nowpaymentsConfigSchema } from "./index.ts";
import { assetOfTicker, knownTickers, toProcessorStatus } from "./mapping.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8").trim();
const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
const apiKey = "EXAMPLE-API-KEY-0001";
const password = "example-pass-0001";
const ipnSecret = "demo-ipn-secret";
const never = new AbortController().signal;

const make = (baseUrl: string, more: Partial<Parameters<typeof createNowpayments>[0]> = {}) =>
  createNowpayments({
    baseUrl: `${baseUrl}/v1`,
    apiKey,
    ipnSecret,
    email: "shop@pay.example",
    password,
    registry,
    clock,
    timeoutMs: contractTimeoutMs,
    ...more,
  });
const offline = make("http://localhost");
const header = "x-nowpayments-sig";
const hmac = (message: string | Buffer): string =>
  createHmac("sha512", ipnSecret).update(message).digest("hex");
const notFound = '{"status":false,"statusCode":404,"code":"NOT_FOUND","message":"Payment not found"}';

describePaymentProcessor(
  "nowpayments",
  { make: (url, circuit) => make(url, { circuit }), secrets: [apiKey, password, ipnSecret] },
  {
    payment: { externalId: "7000000001", body: fixture("payment") },
    withStatus: (body, status) => body.replace('"finished"', `"${status}"`),
    withArrived: (body, amount) => body.replace('"actually_paid": 25.61', `"actually_paid": ${amount}`),
    notFound: { status: 404, body: notFound },
    event: { raw: Buffer.from(fixture("event")), header, signature: hmac(fixture("event")) },
  },
);

describe("signature", () => {
  const kept =
    "44a1f01575ad00566d6c906c7228389c02a10336adb796cc406eb7de103ab72b1c339d0197f36c52762f0e45b85c0a968dfa58418f8a9879ef6eeab317ebc936";
  const asObjects =
    "774921f0f9de8ddd758c48c91431b9ac98f5a2f6da42526c61663647d88858674199fba98e83a9013375806abcbe926d4ccf2e28fbfe30c6b95578fbd3220212";
  const raw = Buffer.from(fixture("event"));

  test.each([
    ["arrays kept", kept],
    ["arrays as objects", asObjects],
    ["upper-case hex", kept.toUpperCase()],
    ["the bytes themselves", hmac(raw)],
  ])("is true: %s", (_, signature) =>
    expect(offline.verifyEvent(raw, { [header]: signature })).not.toBeNull(),
  );

  test("a secret with white space around it is the same secret", () => {
    expect(
      make("http://localhost", { ipnSecret: ` ${ipnSecret}\n` }).verifyEvent(raw, { [header]: kept }),
    ).not.toBeNull();
  });

  test("the documents' own recipe, a key allow-list, is false", () => {
    const body = JSON.parse(fixture("event")) as Record<string, unknown>;
    const allowListed = hmac(JSON.stringify(body, Object.keys(body).sort()));
    expect(allowListed.startsWith("b25918f8")).toBe(true);
    expect(offline.verifyEvent(raw, { [header]: allowListed })).toBeNull();
  });

  test("a field named __proto__ cannot ride along on a true signature", () => {
    const smuggled = Buffer.from(
      fixture("event").replace("{", '{"__proto__":{"payment_status":"finished"},'),
    );
    expect(offline.verifyEvent(smuggled, { [header]: kept })).toBeNull();
  });

  const read = (body: string) => {
    const signed = offline.verifyEvent(Buffer.from(body), { [header]: kept });
    return signed && offline.parseEvent(signed);
  };
  const text = fixture("event");
  /** What may be changed in a body without changing what JavaScript signs of it. */
  const respellings: readonly [string, string][] = [
    ["a fraction of nothing", text.replace('"payment_id":7000000001', '"payment_id":7000000001.0')],
    ["more of nothing", text.replace('"payment_id":7000000001', '"payment_id":7000000001.000')],
    ["an exponent", text.replace('"payment_id":7000000001', '"payment_id": 7.000000001e9')],
    ["a key twice, the last as signed", text.replace("{", '{"payment_id":5, ')],
    ["an amount twice", text.replace("{", '{"actually_paid": 99999, ')],
    ["a key with an escape", text.replace('"payment_id"', '"payment\\u005fid"')],
    [
      "an id beyond its digits",
      text.replace('"payment_id":7000000001', '"payment_id":7000000001.0000000001'),
    ],
    [
      "spaces and turned round",
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).toReversed()), null, 3),
    ],
  ];

  test.each(respellings)("a notice is read as it was signed, however it is spelled: %s", (_, body) => {
    expect(body).not.toBe(text);
    expect(read(body)).toEqual(read(text));
    expect(read(text)).toMatchObject({ payment: { externalId: "7000000001", paid: { arrived: "25.1" } } });
  });

  test("what has more values, or is nested deeper, than any notice is read only as its bytes were signed", () => {
    const wide = (count: number) => `{"b":[${"0,".repeat(count)}0],"a":1}`;
    const sorted = (count: number) => `{"a":1,"b":[${"0,".repeat(count)}0]}`;
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${9_999 - index}`, 1]));
    const verify = (body: string, signed: string) =>
      offline.verifyEvent(Buffer.from(body), { [header]: hmac(signed) }) !== null;
    expect(verify(wide(500), sorted(500))).toBe(true);
    expect(verify(wide(2_000), sorted(2_000))).toBe(false);
    expect(verify(wide(2_000), wide(2_000))).toBe(true);
    const keys = (names: string[]) => JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
    expect(verify(keys(Object.keys(many)), keys(Object.keys(many).toSorted()))).toBe(false);
    const deep = (space: string) => `${"[".repeat(40)}${space}${"]".repeat(40)}`;
    expect(verify(deep(" "), deep(""))).toBe(false);
    expect(verify(deep(" "), deep(" "))).toBe(true);
  });

  test("keys that look like numbers, in any order, are one signed text", () => {
    const one = Buffer.from('{"payment_id":1,"2":"b","10":"a"}');
    const other = Buffer.from('{"10":"a","2":"b","payment_id":1}');
    const signature = hmac('{"10":"a","2":"b","payment_id":1}');
    expect(offline.verifyEvent(one, { [header]: signature })).toEqual(
      offline.verifyEvent(other, { [header]: signature }),
    );
    expect(offline.verifyEvent(one, { [header]: signature })?.toString()).toBe(other.toString());
  });

  test("F99: a field twice, the last as signed, does not become a payment", () => {
    const doubled = Buffer.from(fixture("event").replace("{", '{"actually_paid":99999,'));
    expect(() => offline.parseEvent(doubled)).toThrow(expect.objectContaining({ code: "malformed_event" }));
  });

  test("F04: no secret, no start", () => {
    for (const empty of ["", "  \n"])
      expect(() => make("http://localhost", { ipnSecret: empty })).toThrow(
        expect.objectContaining({ code: "invalid_configuration" }),
      );
    expect(nowpaymentsConfigSchema.safeParse({ apiKey, ipnSecret: " " }).success).toBe(false);
    expect(nowpaymentsConfigSchema.safeParse({ apiKey }).success).toBe(false);
    expect(nowpaymentsConfigSchema.parse({ apiKey, ipnSecret }).baseUrl).toBe(
      "https://api.nowpayments.io/v1",
    );
    expect(nowpaymentsConfigSchema.safeParse({ apiKey, ipnSecret, email: "shop@pay.example" }).success).toBe(
      false,
    );
  });

  test.each(["", "key\nwith newline", "clé"])(
    "an API key that cannot be a header is refused without repeating it: %j",
    (key) => {
      expect(() => make("http://localhost", { apiKey: key })).toThrow(
        /^The NOWPayments API key is empty or not printable/,
      );
    },
  );
});

const parse = (fields: Record<string, unknown>) => {
  const event = offline.parseEvent(
    Buffer.from(JSON.stringify({ ...JSON.parse(fixture("event")), ...fields })),
  );
  if (event.kind !== "payment") throw new Error(event.description);
  return event.payment;
};

describe("events", () => {
  test("a payment, as documented", () => {
    expect(parse({})).toMatchObject({
      externalId: "7000000001",
      parentExternalId: null,
      invoiceId: null,
      orderId: "ord/42",
      status: "settled",
      rawStatus: "finished",
      price: { currency: "usd", amount: "25" },
      paid: { currency: "usdttrc20", asset: { id: "tron:USDT" }, asked: "25.1", arrived: "25.1" },
      settled: { currency: "usdttrc20", asset: { id: "tron:USDT" }, amount: "24.87" },
      settlementHash: null,
      inCustody: false,
      updatedAt: new Date(1760000000000),
    });
  });

  test("ids and amounts flip between number and string, and mean the same", () => {
    const flipped = parse({
      payment_id: "7000000001",
      price_amount: "25",
      pay_amount: "25.1",
      actually_paid: "25.1",
      outcome_amount: "24.87",
    });
    expect(flipped).toEqual(parse({ purchase_id: 6000000002, a_new_field: { of: ["theirs"] } }));
  });

  test("a repeated or wrong-asset deposit names its parent", () => {
    expect(parse({ parent_payment_id: 7000000000, pay_currency: "somecoin" })).toMatchObject({
      parentExternalId: "7000000000",
      paid: { currency: "somecoin", asset: null },
    });
  });

  test.each([
    ["2026-01-15T10:12:00.000Z", "2026-01-15T10:12:00.000Z"],
    ["2026-01-15T10:12:00", "2026-01-15T10:12:00.000Z"],
    ["yesterday", null],
    [null, null],
  ])("updated_at %j is %j", (text, time) =>
    expect(parse({ updated_at: text }).updatedAt?.toISOString() ?? null).toBe(time),
  );

  test.each(["waiting", "confirming", "confirmed", "sending", "failed", "refunded", "expired", "who_knows"])(
    "F06: while %s the outcome is an estimate, not money",
    (status) => expect(parse({ payment_status: status }).settled).toBeNull(),
  );

  test.each([
    { outcome_amount: null },
    { outcome_amount: 0 },
    { outcome_amount: -0.5 },
    { outcome_currency: null },
  ])("settled without a usable outcome is unknown: %j", (fields) =>
    expect(parse(fields)).toMatchObject({ status: "settled", settled: null }),
  );

  test.each([
    { pay_amount: null },
    { payment_id: null },
    { actually_paid: -1 },
    { price_amount: "NaN" },
    { payment_status: "" },
  ])("F23: what a payment cannot be without makes it malformed: %j", (fields) =>
    expect(() => parse(fields)).toThrow(expect.objectContaining({ code: "malformed_event" })),
  );

  test("payouts and transfers of theirs are something else", () => {
    const payout = Buffer.from(fixture("payout-event"));
    expect(offline.parseEvent(payout)).toEqual({
      kind: "other",
      description: "payout of batch 5000000000 5000000001: FINISHED",
    });
    const recurring = Buffer.from('{"id":12,"status":"FINISHED","currency":"trx","amount":"5"}');
    expect(offline.parseEvent(recurring)).toEqual({ kind: "other", description: "transfer 12: FINISHED" });
  });
});

describe("tables", () => {
  test.each([
    ["waiting", "waiting"],
    ["confirming", "confirming"],
    ["confirmed", "confirmed"],
    ["sending", "confirmed"],
    ["partially_paid", "partially_settled"],
    ["finished", "settled"],
    ["FINISHED", "settled"],
    ["failed", "failed"],
    ["refunded", "refunded"],
    ["expired", "expired"],
    ["cancelled", "expired"],
    ["canceled", "expired"],
    ["constructor", "unrecognised"],
    ["", "unrecognised"],
  ])("F06: status %s is %s", (word, status) => expect(toProcessorStatus(word)).toBe(status));

  test("every ticker is an asset of the registry, in either letter case; no two the same one", () => {
    const ids = knownTickers.map((ticker) => assetOfTicker(ticker.toUpperCase(), registry)?.id);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(assetOfTicker("usdt", registry)).toBeNull();
    expect(assetOfTicker("bnbmainnet", registry)).toBeNull(); // the dead Beacon chain
  });
});

describe("invoices", () => {
  const server = useServer();
  const request = {
    orderId: "order-1",
    priceUsd: "25.50",
    description: 'Café, "one" month',
    callbackUrl: null,
  };

  test("F02 F99: what leaves the house is strict: an encoded URL and a price with its digits", async () => {
    server.current().answer({ status: 201, body: fixture("invoice") });
    const callbackUrl = "https://pay.example/ipn a|b[1]?chat=-100|7&note={x}^%zz";
    const outcome = await make(server.current().url).createInvoice(
      { ...request, priceUsd: "1234567.123456", callbackUrl },
      never,
    );
    expect(outcome).toMatchObject({
      kind: "accepted",
      value: { invoiceId: "6100000001", checkoutUrl: "https://nowpayments.io/payment/?iid=6100000001" },
    });
    const sent = server.current().requests.at(-1)!;
    expect(sent).toMatchObject({ method: "POST", path: "/v1/invoice", headers: { "x-api-key": apiKey } });
    expect(sent.body).toContain('"price_amount":1234567.123456,');
    expect(JSON.parse(sent.body)).toMatchObject({
      price_currency: "usd",
      order_id: "order-1",
      order_description: 'Café, "one" month',
      ipn_callback_url: "https://pay.example/ipn%20a%7Cb%5B1%5D?chat=-100%7C7&note=%7Bx%7D%5E%25zz",
    });
  });

  test("an answer about another order is unknown, not ours", async () => {
    server.current().answer({ status: 201, body: fixture("invoice") });
    const outcome = await make(server.current().url).createInvoice({ ...request, orderId: "order-2" }, never);
    expect(outcome).toMatchObject({ kind: "unknown", reason: "answer_mismatch" });
  });

  test("their code is kept with the refusal, our key is not", async () => {
    const code = "AMOUNT_MINIMAL_ERROR";
    const body = JSON.stringify({ status: false, statusCode: 400, code, message: `no, ${apiKey}` });
    server.current().answer({ status: 400, body });
    const outcome = await make(server.current().url).createInvoice(request, never);
    expect(outcome).toMatchObject({ kind: "rejected", reason: "amount_too_small" });
    expect(JSON.stringify(outcome)).toContain(code);
    expect(JSON.stringify(outcome)).not.toContain(apiKey);
  });
});

const page = (data: string[], pagesCount: number): Reply => ({
  body: `{"data":[${data.join(",")}],"limit":200,"page":0,"pagesCount":${pagesCount},"total":${data.length}}`,
});

describe("looking payments up", () => {
  const server = useServer();

  test.each([
    ["0x4f0e", "0x4f0e", false],
    ["partner_liability_tx_99", null, true],
    [null, null, false],
    ["", null, false],
  ])("payout_hash %j: settlement %j, in custody %s", async (hash, settlementHash, inCustody) => {
    server
      .current()
      .answer({ body: JSON.stringify({ ...JSON.parse(fixture("payment")), payout_hash: hash }) });
    const found = await make(server.current().url).fetchPayment("7000000001", never);
    expect(found!.payment).toMatchObject({ settlementHash, inCustody, invoiceId: "6100000001" });
    expect(server.current().requests.at(-1)!.path).toBe("/v1/payment/7000000001");
  });

  test("another payment's answer is no verdict on this one", async () => {
    server.current().answer({ body: fixture("payment") });
    const made = make(server.current().url);
    await expect(made.fetchPayment("7000000009", never)).rejects.toMatchObject({ reason: "answer_mismatch" });
    expect(server.current().requests.at(-1)!.path).toBe("/v1/payment/7000000009");
  });

  /** A server that hands out numbered tokens and takes only the newest. */
  const signedIn = (rows: (page: string) => Reply) => {
    let tokens = 0;
    const state = { valid: "", signIns: 0 };
    server.current().answer((request: ReceivedRequest): Reply => {
      if (request.path === "/v1/auth") {
        state.signIns += 1;
        state.valid = `token-number-${++tokens}`;
        return { body: JSON.stringify({ token: state.valid }) };
      }
      if (request.headers["authorization"] !== `Bearer ${state.valid}`)
        return { status: 401, body: '{"statusCode":401,"code":"AUTH_REQUIRED","message":"Bearer expired"}' };
      return rows(request.query.get("page") ?? "0");
    });
    return state;
  };
  const since = new Date("2026-01-14T00:00:00Z");

  test("the list pages on to its end, each row with its own raw digits", async () => {
    const exact = fixture("payment").replace("25.61,", "25.610000000000000001,");
    signedIn((number) =>
      page(number === "0" ? [exact] : [fixture("payment").replace("7000000001", "7000000004")], 2),
    );
    const made = make(server.current().url);
    const first = await made.listPayments({ since, page: 0 }, never);
    expect(first.nextPage).toBe(1);
    expect(first.payments[0]!.raw).toContain('"pay_amount":25.610000000000000001');
    expect(first.payments[0]!.payment.paid.asked).toBe("25.610000000000000001");
    const second = await made.listPayments({ since, page: 1 }, never);
    expect(second).toMatchObject({ nextPage: null, payments: [{ payment: { externalId: "7000000004" } }] });
    const asked = server.current().requests.at(-1)!;
    expect(asked.path).toBe("/v1/payment/");
    expect(Object.fromEntries(asked.query)).toMatchObject({
      page: "1",
      orderBy: "asc",
      dateFrom: "2026-01-14T00:00:00.000Z",
    });
  });

  test("one row that does not fit hides no other", async () => {
    signedIn(() => page([fixture("payment"), '{"payment_id":7000000005,"payment_status":null}'], 1));
    const { payments, unreadable } = await make(server.current().url).listPayments({ since, page: 0 }, never);
    expect(payments).toHaveLength(1);
    expect(unreadable).toEqual(['{"payment_id":7000000005,"payment_status":null}']);
  });

  test("the login is kept four minutes, and renewed once when it is refused", async () => {
    const state = signedIn(() => page([], 0));
    const made = make(server.current().url);
    const list = () => made.listPayments({ since, page: 0 }, never);
    await list();
    clock.advance(239_000);
    await list();
    expect(state.signIns).toBe(1);
    clock.advance(2_000);
    await list();
    expect(state.signIns).toBe(2);
    state.valid = "revoked";
    await list();
    expect(state.signIns).toBe(3);
  });

  test("a login that never helps ends after the second try, and its token is in no error", async () => {
    let asked = 0;
    server.current().answer(({ path, headers }) => {
      if (path === "/v1/auth") return { body: '{"token":"eyJ.example.token"}' };
      asked += 1;
      return {
        status: 401,
        body: JSON.stringify({ code: "AUTH_REQUIRED", message: String(headers["authorization"]) }),
      };
    });
    const error = await make(server.current().url)
      .listPayments({ since, page: 0 }, never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: "rejected", reason: "unauthorized" });
    expect(JSON.stringify(error)).not.toContain("eyJ.example.token");
    expect(asked).toBe(2);
  });

  test("a login that times out may simply be tried again", async () => {
    server.current().answer("hang");
    const listing = make(server.current().url).listPayments({ since, page: 0 }, never);
    await expect(listing).rejects.toMatchObject({
      operation: "sign_in",
      failure: "retryable",
      reason: "timeout",
    });
  });

  test("without a login the list says what to configure", async () => {
    const made = make(server.current().url, { email: undefined, password: undefined });
    await expect(made.listPayments({ since, page: 0 }, never)).rejects.toMatchObject({
      failure: "rejected",
      reason: "unauthorized",
    });
  });

  test("a key that needs the login for one payment too gets it", async () => {
    const state = signedIn(() => ({ body: fixture("payment") }));
    const found = await make(server.current().url).fetchPayment("7000000001", never);
    expect(found!.payment.externalId).toBe("7000000001");
    expect(state.signIns).toBe(1);
  });

  test.each(['{"message":"OK"}', "OK"])("healthy: %s", async (body) => {
    server.current().answer({ body });
    await expect(make(server.current().url).checkHealth(never)).resolves.toBeUndefined();
  });
});
