import { describe, expect, test } from "vitest";
import { registry } from "../money/index.ts";
import { paymentLife, type Payment, type PaymentStatus } from "../payments/index.ts";
import type { ProcessorPayment, ProcessorStatus } from "../providers/port.ts";
import { decide } from "./decide.ts";
import { coinChanged, paidInUsd } from "./paid-amount.ts";

const ether = registry.get("ethereum:ETH");
const settled = { currency: "eth", asset: ether, amount: "0.0099" };

const eventOf = (status: ProcessorStatus, given: Partial<ProcessorPayment> = {}): ProcessorPayment => ({
  externalId: "5000000001",
  parentExternalId: null,
  invoiceId: null,
  orderId: "01890000-0000-7000-8000-000000000001",
  status,
  rawStatus: status,
  price: { currency: "usd", amount: "25" },
  paid: { currency: "eth", asset: ether, asked: "0.01", arrived: "0.01" },
  settled: status === "settled" || status === "partially_settled" ? settled : null,
  settlementHash: null,
  inCustody: false,
  updatedAt: null,
  ...given,
});

const paymentIn = (status: PaymentStatus, given: Partial<Payment> = {}): Payment => ({
  id: "01890000-0000-7000-8000-00000000000a",
  processor: "nowpayments",
  external_id: "5000000001",
  part: 0,
  parent_external_id: null,
  order_id: null,
  status,
  review_reason: null,
  processor_status: "",
  price_amount: "25",
  price_currency: "usd",
  paid_currency: "eth",
  paid_asset: "ethereum:ETH",
  asked_amount: "0.01",
  paid_amount: "0.01",
  paid_usd_micros: 0n,
  settled_asset: "ethereum:ETH",
  settled_amount: 9_900_000_000_000_000n,
  settled_at: null,
  fee_amount: 0n,
  settled_usd_micros: null,
  arrived_amount: null,
  arrival: "none",
  settlement_hash: null,
  arrivals_lost: 0,
  refund_reserved: 0n,
  refund_fee: 0n,
  created_at: new Date(0),
  updated_at: new Date(0),
  ...given,
});

const words: readonly ProcessorStatus[] = [
  "waiting",
  "confirming",
  "confirmed",
  "partially_settled",
  "settled",
  "failed",
  "refunded",
  "expired",
  "unrecognised",
];
const statuses = Object.keys(paymentLife.next) as PaymentStatus[];

test("F06: whatever comes in whatever state, only a legal step is decided, and only settled money is booked", () => {
  for (const word of words)
    for (const status of [null, ...statuses]) {
      const parts = status === null ? [] : [paymentIn(status)];
      const decision = decide(eventOf(word), parts, { known: true });
      const to = {
        move: null,
        settle: "settled",
        suspend: "in_review",
        park: "in_review",
        refund: "refunded",
      };
      const step =
        decision.kind === "move" ? decision.to : decision.kind in to ? to[decision.kind as "settle"] : null;
      if (status !== null && step !== null) expect(paymentLife.next[status]).toContain(step);
      if (decision.kind === "settle") expect(["settled", "partially_settled"]).toContain(word);
      if (status === "settled" && word !== "refunded")
        expect(["ignore", "review_event"]).toContain(decision.kind);
      if (status === "refunded") expect(["ignore", "review_event"]).toContain(decision.kind);
    }
});

test.each([
  ["a first word of any kind is taken", "expired", null, "move"],
  ["confirmed may be the first word", "confirmed", null, "move"],
  ["settled may be the first word", "settled", null, "settle"],
  ["refunded may be the first word", "refunded", null, "refund"],
  ["a deposit after expiry counts", "confirming", "expired", "move"],
  ["what was refused may be revived", "settled", "rejected", "settle"],
  ["what waited for a person may settle", "settled", "in_review", "settle"],
  ["nothing leaves a refund", "settled", "refunded", "ignore"],
  ["an unknown word is a person's", "unrecognised", "settled", "review_event"],
] as const)("%s: %s after %s is %s", (_, word, status, kind) => {
  const current =
    status === null
      ? []
      : [paymentIn(status, { review_reason: status === "in_review" ? "no_settled_amount" : null })];
  expect(decide(eventOf(word), current, { known: true }).kind).toBe(kind);
});

test("a settlement said again is the same only with the same asset and amount", () => {
  const again = (amount: string, asset: string | null = "ethereum:ETH") =>
    decide(
      eventOf("settled", {
        settled: { currency: "x", asset: asset === null ? null : registry.get(asset), amount },
      }),
      [paymentIn("settled")],
      { known: true },
    ).kind;
  expect(again("0.0099")).toBe("ignore");
  expect(again("0.00990000000000000000009")).toBe("ignore"); // their noise beyond the asset's digits
  expect(again("9.9e-3")).toBe("ignore");
  expect(again("0.0098")).toBe("review_event");
  expect(again("0.0099", "base:ETH")).toBe("review_event");
});

test("F10: what settled in no amount or no asset of ours is parked once", () => {
  for (const [odd, reason] of [
    [null, "no_settled_amount"],
    [{ ...settled, amount: "1e-19" }, "no_settled_amount"],
    [{ ...settled, asset: null }, "unknown_settled_asset"],
  ] as const) {
    const event = eventOf("settled", { settled: odd });
    expect(decide(event, [], { known: true })).toEqual({ kind: "park", reason });
    const parked = paymentIn("in_review", {
      review_reason: reason,
      settled_asset: null,
      settled_amount: null,
    });
    expect(decide(event, [parked], { known: true }).kind).toBe("ignore");
    expect(decide(eventOf("settled"), [parked], { known: true }).kind).toBe("settle");
  }
});

test("money in suspense leaves it only for a known order", () => {
  const waiting = paymentIn("in_review", { review_reason: "unknown_order" });
  expect(decide(eventOf("settled"), [waiting], { known: false }).kind).toBe("ignore");
  expect(decide(eventOf("settled"), [waiting], { known: true }).kind).toBe("settle");
  expect(decide(eventOf("settled", { settled: null }), [waiting], { known: true }).kind).toBe("ignore");
});

describe("what is told of a payment that has settled", () => {
  const [then, before, after] = [1000, 999, 1001].map((ms) => new Date(ms));
  const told = (amount: string, given: Partial<ProcessorPayment> = {}) =>
    eventOf("settled", { settled: { ...settled, amount }, rawStatus: "finished", ...given });
  const part = (given: Partial<Payment>) =>
    paymentIn("settled", { settled_at: then!, processor_status: "finished", ...given });
  const booked = [
    part({ settled_amount: 6n * 10n ** 15n }),
    part({ part: 1, settled_amount: 3n * 10n ** 15n }),
  ];
  const late = { status: "partially_settled", rawStatus: "partially_paid" } as const;

  test.each([
    ["more, by a known order: the rest is booked", told("0.0095"), true, "settle"],
    ["a base unit more", told("0.009000000000000001"), true, "settle"],
    ["more, though it calls it a part", told("0.0095", late), true, "settle"],
    [
      "more, with an older time: the greatest told counts",
      told("0.0095", { updatedAt: before! }),
      true,
      "settle",
    ],
    ["more, by no order of ours: the rest waits too", told("0.0095"), false, "suspend"],
    ["the same, at any time", told("0.009", { updatedAt: after! }), true, "ignore"],
    ["what an earlier part brought, told again late", told("0.006", { updatedAt: before! }), true, "ignore"],
    ["less, as a part of before the whole", told("0.0055", late), true, "ignore"],
    ["less, and not late", told("0.006", { updatedAt: after! }), true, "review_event"],
    ["less, at a time that nobody tells", told("0.0089"), true, "review_event"],
    ["nothing at all", told("0"), true, "review_event"],
    [
      "more, of another asset",
      told("1", { settled: { ...settled, asset: registry.get("base:ETH") } }),
      true,
      "review_event",
    ],
    ["in an asset that nobody knows", told("1", { settled: { ...settled, asset: null } }), true, "ignore"],
  ] as const)("%s", (_, event, known, kind) => {
    expect(decide(event, booked, { known }).kind).toBe(kind);
    const suspended = booked.map(
      (one) => ({ ...one, status: "in_review", review_reason: "unknown_order" }) as const,
    );
    const leaves = known && kind === "ignore" && event.settled?.amount === "0.009";
    expect(decide(event, suspended, { known }).kind).toBe(leaves ? "settle" : kind);
    const now = (status: "refunded" | "reversed") =>
      decide(event, [{ ...booked[0]!, status }, booked[1]!], { known }).kind;
    expect(now("reversed")).toBe("ignore");
    expect(["ignore", "review_event"]).toContain(now("refunded"));
  });

  test.each([
    ["no more than was given back", "0.0099", null, "ignore"],
    ["more, told before the refund", "0.02", new Date(999_000), "ignore"],
    ["more, told after the refund", "0.02", new Date(1_001_000), "review_event"],
    ["more, told nobody knows when", "0.02", null, "review_event"],
    ["less, told after the refund", "0.001", new Date(1_001_000), "ignore"],
  ] as const)("given back, and settled for %s", (_words, amount, updatedAt, kind) => {
    const given = { status: "refunded", updated_at: new Date(1_000_000) } as const;
    const whole = eventOf("settled", { settled: { ...settled, amount }, updatedAt });
    for (const known of [true, false])
      expect(decide(whole, [paymentIn("refunded", given)], { known }).kind).toBe(kind);
    const other = { ...settled, asset: registry.get("ethereum:USDT"), currency: "usdt" };
    const elsewhere = eventOf("settled", { settled: other, updatedAt: new Date(1_001_000) });
    expect(decide(elsewhere, [paymentIn("refunded", given)], { known: true }).kind).toBe("review_event");
  });

  test("a refund is of every part that is not back yet", () => {
    const refunded = eventOf("refunded");
    const first = { ...booked[0]!, status: "refunded" } as const;
    expect(decide(refunded, booked, { known: true }).kind).toBe("refund");
    expect(decide(refunded, [first, booked[1]!], { known: true }).kind).toBe("refund");
    const both = [first, { ...booked[1]!, status: "refunded" } as const];
    const toldSo = both.map((one) => ({ ...one, processor_status: "refunded" }));
    expect(decide(refunded, toldSo, { known: true }).kind).toBe("ignore");
    // We sent it back by an operator's word: that its processor did, too, is a person's matter.
    expect(decide(refunded, both, { known: true }).kind).toBe("review_event");
  });
});

test("F07, F08: what was paid is price × arrived ÷ asked, rounded down, in one coin only", () => {
  const paid = (given: Partial<ProcessorPayment["paid"]>, event: Partial<ProcessorPayment> = {}) =>
    paidInUsd(
      eventOf("confirmed", {
        paid: { currency: "eth", asset: ether, asked: "3", arrived: "1", ...given },
        ...event,
      }),
      null,
    );
  expect(paid({})).toBe(8_333_333n);
  expect(paid({ arrived: "3" })).toBe(25_000_000n);
  expect(paid({ arrived: "6" })).toBe(50_000_000n);
  expect(paid({ arrived: "0" })).toBe(0n);
  expect(paid({ arrived: "2e-7", asked: "2e-7" })).toBe(25_000_000n);
  expect(paid({ asked: "0" })).toBeNull();
  expect(paid({}, { price: { currency: "eur", amount: "25" } })).toBeNull();
  expect(paid({}, { price: { currency: "USD", amount: "25" } })).toBe(8_333_333n);
  expect(paid({}, { parentExternalId: "1" })).toBeNull();
  const child = paymentIn("waiting", { parent_external_id: "1" });
  expect(paidInUsd(eventOf("confirmed"), child)).toBeNull(); // read alone, it does not say that it is one
});

test("F07: a coin that changed once stays without a price of the processor's", () => {
  const event = eventOf("confirmed", {
    paid: { currency: "usdttrc20", asset: null, asked: "0.01", arrived: "5" },
  });
  expect(paidInUsd(event, paymentIn("waiting"))).toBeNull();
  const after = paymentIn("confirmed", { paid_currency: "usdttrc20", asked_amount: "0" });
  expect(coinChanged(event, after)).toBe(true);
  expect(paidInUsd(event, after)).toBeNull();
  expect(coinChanged(event, null)).toBe(false);
});
