import { describe, expect, test } from "vitest";
import { createBackground } from "../../../sandbox/background.ts";
import { createFaults, createJournal } from "../../../sandbox/faults.ts";
import { createFlutterwave as createEmulator } from "../../../sandbox/flutterwave/index.ts";
import { startWireServer } from "../../../sandbox/wire-server.ts";
import { manualClock, systemClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { describeBankProvider } from "../contract-bank.ts";
import type { SendToBank } from "../bank-provider.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { contractTimeoutMs, describeClassification } from "../contract.ts";
import { commonAnswers, outage, refusal } from "../documented-answers.ts";
import { createFlutterwave } from "./index.ts";
import { toChargeStatus, toTransferStatus } from "./wire.ts";

const secretKey = "FLWSECK-example-secret-key-0001-X";
const secretHash = "example-secret-hash-0001";
const never = new AbortController().signal;
const naira = registry.get("fiat:NGN");

const make = (baseUrl: string, circuit?: CircuitBreaker) =>
  createFlutterwave({
    baseUrl: `${baseUrl}/v3`,
    secretKey,
    secretHash,
    clock: manualClock(new Date("2026-01-15T10:30:00Z")),
    timeoutMs: contractTimeoutMs,
    ...(circuit && { circuit }),
  });

const sending: SendToBank = {
  bankCode: "044",
  accountNumber: "0690000031",
  asset: naira,
  amount: 1_500_000n,
  reference: "0190d3c1-0000-7000-8000-000000000001",
  holder: "Forrest Green",
  branchCode: null,
  narration: "Payout",
};

/** A transfer as their documentation shows one, some fields as JSON text. */
function rowOf(fields: Record<string, string>): string {
  const row: Record<string, string> = {
    id: "26251",
    account_number: '"0690000031"',
    bank_code: '"044"',
    full_name: '"Forrest Green"',
    created_at: '"2026-01-15T10:29:00.000Z"',
    currency: '"NGN"',
    debit_currency: "null",
    amount: "1500",
    fee: "10.75",
    status: '"NEW"',
    reference: `"${sending.reference}"`,
    meta: "null",
    narration: "null",
    complete_message: '""',
    requires_approval: "0",
    is_approved: "1",
    bank_name: '"ACCESS BANK NIGERIA"',
    ...fields,
  };
  return `{${Object.entries(row)
    .map(([key, value]) => `"${key}":${value}`)
    .join(",")}}`;
}

const envelope = (data: string): string => `{"status":"success","message":"Transfer fetched","data":${data}}`;
const failed = (status: number, message: string) => ({
  status,
  body: JSON.stringify({ status: "error", message, data: null }),
});

describeBankProvider(
  "flutterwave",
  { make: (url, circuit) => make(url, circuit), secrets: [secretKey, secretHash] },
  {
    send: sending,
    transfer: { externalId: "26251", body: (fields) => envelope(rowOf(fields)) },
    list: (rows) => envelope(`[${rows.map(rowOf).join(",")}]`),
    statusField: "status",
    amountField: "amount",
    notFound: failed(404, "Transfer not found"),
    referenceTaken: failed(400, "Payout with this ref already exists"),
    notice: { header: "verif-hash", secret: secretHash },
  },
);

/** Source: API documentation, "Errors" and "Handling error timeouts", with recorded variants. */
describeClassification(
  "flutterwave",
  {
    ask: (url) => make(url).floats(never),
    lookUp: (url) => make(url).fetchTransfer("26251", never),
    submit: (url) => make(url).send(sending, never),
  },
  [
    refusal(
      "a reference that is taken",
      failed(400, "Payout with this ref already exists"),
      "reference_taken",
    ),
    refusal(
      "no whitelisted address",
      failed(400, "Please enable IP Whitelisting to access this service"),
      "ip_not_allowed",
    ),
    refusal(
      "another address",
      failed(403, "This request cannot be processed. please contact your account administrator"),
      "ip_not_allowed",
    ),
    refusal(
      "a blocked account",
      failed(400, "Payout was made to a blacklisted account number"),
      "account_blocked",
    ),
    refusal("a field that lacks", failed(400, "account_bank is required"), "invalid_request"),
    refusal("no key", failed(401, "Authorization required"), "unauthorized"),
    { ...refusal("an id that is none", failed(404, "Transfer not found"), "not_found"), lookedUp: "null" },
    outage("their own time-out", failed(503, "An error occurred. Please contact support"), "server_error"),
    ...commonAnswers,
  ],
);

describe("words", () => {
  test.each([
    ["NEW", "pending"],
    ["PENDING", "pending"],
    ["SUCCESSFUL", "succeeded"],
    ["FAILED", "failed"],
    ["successful", "succeeded"],
    ["REVERSED", "unrecognised"],
    ["toString", "unrecognised"],
  ])("a transfer's %s is %s", (word, status) => expect(toTransferStatus(word)).toBe(status));

  test.each([
    ["successful", "succeeded"],
    ["failed", "failed"],
    ["pending", "pending"],
    ["completed", "unrecognised"],
  ])("a charge's %s is %s", (word, status) => expect(toChargeStatus(word)).toBe(status));

  test("a completed transfer may have failed: the notice names it, and says nothing of its end", () => {
    const told = rowOf({ status: '"FAILED"', id: "7", reference: '"r-1"' });
    const bank = make("http://localhost");
    const expected = { kind: "transfer", externalId: "7", reference: "r-1" };
    expect(
      bank.parseNotice(Buffer.from(`{"event":"transfer.completed","event.type":"Transfer","data":${told}}`)),
    ).toEqual(expected);
    expect(bank.parseNotice(Buffer.from(`{"event.type":"Transfer","transfer":${told}}`))).toEqual(expected);
    expect(
      bank.parseNotice(Buffer.from('{"event":"charge.completed","data":{"id":9,"tx_ref":"o-1"}}')),
    ).toEqual({
      kind: "charge",
      externalId: "9",
      reference: "o-1",
    });
    expect(bank.parseNotice(Buffer.from('{"event":"subscription.cancelled","data":{}}'))).toMatchObject({
      kind: "other",
    });
  });

  test("an empty secret hash does not start: everybody could send notices", () => {
    expect(() =>
      createFlutterwave({ baseUrl: "http://localhost", secretKey, secretHash: " ", clock: systemClock }),
    ).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
  });
});

describe("against the sandbox's wire", () => {
  async function startBank(key = secretKey) {
    const background = createBackground();
    const emulator = createEmulator({
      secretKey: key,
      secretHash,
      settings: { webhookUrl: null, stepMs: 1, retryMs: 1, chargeFeeBps: 140 },
      background,
      clock: systemClock,
    });
    const server = await startWireServer({
      world: { server: "flutterwave", faults: createFaults(systemClock), journal: createJournal() },
      prefix: "/v3",
      port: undefined,
      clock: systemClock,
      background,
      handle: (request) => emulator.handle(request),
    });
    const bank = createFlutterwave({ baseUrl: server.url, secretKey: key, secretHash, clock: systemClock });
    return {
      emulator,
      bank,
      ended: (reference: string) =>
        eventually("the transfer ends", async () => {
          const found = await bank.findByReference(reference, never);
          return found?.status === "pending" ? null : found;
        }),
      async [Symbol.asyncDispose]() {
        await background.stop();
        await server.close();
      },
    };
  }

  test("a transfer is sent, paid once from the float with its fee, and found by its reference", async () => {
    await using world = await startBank();
    const { bank, emulator } = world;
    emulator.fund("NGN", "2000");
    expect(await bank.findByReference(sending.reference, never)).toBeNull();
    expect(await bank.send(sending, never)).toMatchObject({ kind: "accepted", value: { status: "pending" } });
    expect(await bank.send(sending, never)).toMatchObject({ kind: "rejected", reason: "reference_taken" });
    expect(await world.ended(sending.reference)).toMatchObject({
      status: "succeeded",
      amount: 1_500_000n,
      fee: 10_750n,
      asset: { id: "fiat:NGN" },
    });
    expect((await bank.floats(never)).get("fiat:NGN")).toBe(489_250n);
    expect(await bank.fee({ asset: naira, amount: 1_500_000n }, never)).toBe(10_750n);
    const { transfers, nextPage } = await bank.listTransfers({ since: new Date(), page: 1 }, never);
    expect([transfers.length, nextPage]).toEqual([1, null]);
  });

  test("a float too small fails minutes after it was queued, and nothing was paid", async () => {
    await using world = await startBank();
    expect((await world.bank.send(sending, never)).kind).toBe("accepted");
    expect(await world.ended(sending.reference)).toMatchObject({
      status: "failed",
      said: "DISBURSE FAILED: Insufficient funds in customer wallet",
    });
    expect(world.emulator.paidBy(sending.reference)).toBe("0");
  });

  test("with a test key a transfer stays pending unless its reference asks for an ending", async () => {
    await using world = await startBank("FLWSECK_TEST-example-secret-key-0001-X");
    const { bank, emulator } = world;
    await bank.send(sending, never);
    await eventually("it is pending", async () => emulator.transfers()[0]?.status === "PENDING" || null);
    emulator.decide(sending.reference, { kind: "succeed" });
    expect(await bank.findByReference(sending.reference, never)).toMatchObject({ status: "failed" }); // no float
  });

  test("accounts, banks, branches, rates", async () => {
    await using world = await startBank();
    const { bank } = world;
    expect(await bank.holderOf(sending, never)).toBe("Forrest Green");
    expect(await bank.holderOf({ ...sending, accountNumber: "0690000099" }, never)).toBeNull();
    expect((await bank.banks(naira, never)).map(({ code }) => code)).toContain("044");
    const [accra] = await bank.banks(registry.get("fiat:GHS"), never);
    expect(await bank.branches(accra!, never)).toHaveLength(1);
    expect(await bank.rate({ asset: naira, amount: 1_520_000n }, never)).toEqual({
      usdMicros: 1_000_000n,
      amount: 1_520_000n,
    });
    await expect(bank.send({ ...sending, accountNumber: "0690000036" }, never)).resolves.toMatchObject({
      kind: "rejected",
      reason: "account_blocked",
    });
  });

  test("a hosted payment: each try under its reference is told, with what settles", async () => {
    await using world = await startBank();
    const { bank, emulator } = world;
    const wanted = {
      reference: "order-1",
      asset: naira,
      amount: 5_000_000n,
      email: "payer@example.com",
      returnUrl: "https://shop.example/back",
      title: "One month",
    };
    expect(await bank.createPayment(wanted, never)).toMatchObject({ kind: "accepted" });
    expect(await bank.chargesOf("order-1", never)).toEqual([]);
    await emulator.pay("order-1", { status: "failed" });
    const paid = await emulator.pay("order-1");
    const charges = await bank.chargesOf("order-1", never);
    expect(charges.map(({ status }) => status).toSorted()).toEqual(["failed", "succeeded"]);
    expect(await bank.fetchCharge(String(paid.id), never)).toMatchObject({
      status: "succeeded",
      amount: 5_000_000n,
      settled: 4_930_000n,
    });
    expect(await bank.fetchCharge("1", never)).toBeNull();
    expect(emulator.balance("NGN")).toBe("4930");
  });
});
