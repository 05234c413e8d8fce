import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { registry } from "../money/index.ts";
import {
  confirmationsFor,
  judgeDeposit,
  type DepositPolicy,
  type Judged,
  type JudgedOrder,
} from "./judge-deposit.ts";

const created = new Date("2026-05-01T12:00:00Z");
const at = (minutes: number): Date => new Date(created.getTime() + minutes * 60_000);
const usdt = "bnb-smart-chain:USDT";
const unit = 10n ** 18n;

const policy: DepositPolicy = {
  confirmations: [
    { chain: "ethereum", belowUsdMicros: 100_000_000n, confirmations: 12n },
    { chain: "ethereum", belowUsdMicros: 10_000_000n, confirmations: 3n },
  ],
  twoEndpointsFromUsdMicros: null,
  overpaidBps: 100,
  minimumUsdMicros: 100_000n,
  late: { policy: "credit", withinMs: 72 * 3_600_000 },
};

const order: JudgedOrder = {
  id: "order",
  status: "open",
  priceUsdMicros: 50_000_000n,
  leastUsdMicros: 49_500_000n,
  createdAt: created,
  expiresAt: at(24 * 60),
  paidUsdMicros: 0n,
  quotes: [{ asset: usdt, amount: 50n * unit, expiresAt: at(60) }],
};

const deposit: Judged = {
  asset: usdt,
  amount: 50n * unit,
  blockTime: at(10),
  fromOurselves: false,
  shared: false,
  order,
  usdNow: "1",
  now: at(12),
  clockAheadMs: 0,
};

const judge = (changes: Partial<Judged> = {}, rules: Partial<DepositPolicy> = {}) =>
  judgeDeposit({ ...deposit, ...changes }, { ...policy, ...rules }, registry);

describe("what one deposit is for", () => {
  test("the amount asked pays the whole price", () => {
    expect(judge()).toEqual({
      kind: "credit",
      credit: 50n * unit,
      surplus: 0n,
      paidUsdMicros: 50_000_000n,
      usdMicros: 50_000_000n,
    });
  });

  test("§7 9 §7 10 less is a part of the price, never all of it: nothing is given away in absolute amounts", () => {
    const cheap = { ...order, priceUsdMicros: 300_000n, leastUsdMicros: 297_000n };
    const quotes = [{ asset: usdt, amount: (3n * unit) / 10n, expiresAt: at(60) }];
    const part = judge({ amount: (2n * unit) / 10n, order: { ...cheap, quotes } });
    expect(part).toMatchObject({ kind: "credit", paidUsdMicros: 200_000n, surplus: 0n });
    expect(judge({ amount: 1n, order: { ...cheap, quotes } })).toMatchObject({
      kind: "ignore",
      reason: "dust",
    });
  });

  test("§7 11 what is beyond the price is credited up to it, and kept apart for the payer", () => {
    const over = judge({ amount: 80n * unit });
    expect(over).toMatchObject({
      kind: "credit",
      credit: 50n * unit,
      surplus: 30n * unit,
      paidUsdMicros: 50_000_000n,
    });
  });

  test("a little more than the price is not worth keeping apart", () => {
    expect(judge({ amount: 50n * unit + unit / 10n })).toMatchObject({
      surplus: 0n,
      credit: 50n * unit + unit / 10n,
    });
  });

  test("§7 13 a second payment tops the first up; one after the whole price is all surplus", () => {
    const half = { ...order, status: "partially_paid", paidUsdMicros: 30_000_000n };
    expect(judge({ amount: 20n * unit, order: half })).toMatchObject({ credit: 20n * unit, surplus: 0n });
    expect(judge({ amount: 50n * unit, order: half })).toMatchObject({
      credit: 20n * unit,
      surplus: 30n * unit,
    });
    const paid = { ...order, status: "paid", paidUsdMicros: 50_000_000n };
    expect(judge({ order: paid })).toMatchObject({ kind: "credit", credit: 0n, surplus: 50n * unit });
    const little = (2n * unit) / 10n;
    expect(judge({ order: paid, amount: little })).toMatchObject({ credit: 0n, surplus: little });
  });

  test("§7 8 another listed asset than the order accepts goes to review with its value, never at par", () => {
    const other = judge({ asset: "aptos:APT", amount: 10n * 10n ** 8n, usdNow: "5" });
    expect(other).toEqual({ kind: "review", reason: "wrong_asset", usdMicros: 50_000_000n });
  });

  test("the right coin on another chain is told apart from a wrong coin", () => {
    expect(judge({ asset: "ethereum:USDT", amount: 50_000_000n })).toMatchObject({ reason: "wrong_chain" });
  });

  test("§7 12 within the quote's time the price plays no part; after it the price at arrival decides", () => {
    expect(judge({ usdNow: "0.5" })).toMatchObject({ paidUsdMicros: 50_000_000n });
    expect(judge({ usdNow: "0.5", blockTime: at(120), now: at(121) })).toMatchObject({
      paidUsdMicros: 25_000_000n,
    });
    expect(judge({ usdNow: null, blockTime: at(120), now: at(121) })).toEqual({
      kind: "wait",
      reason: "no_price",
    });
  });

  test("§7 16 a payment made before the order is not the order's", () => {
    expect(judge({ blockTime: at(-10) })).toMatchObject({ kind: "review", reason: "too_old" });
    expect(judge({ blockTime: at(-4) })).toMatchObject({ kind: "credit" });
  });

  const hour = 3_600_000;
  test.each<[string, Partial<Judged>, object]>([
    ["ten minutes ahead: paid at once", { blockTime: at(-9), clockAheadMs: hour / 6 }, { kind: "credit" }],
    [
      "ahead: paid before the order all the same",
      { blockTime: at(-30), clockAheadMs: hour / 6 },
      { reason: "too_old" },
    ],
    ["behind: paid before the order", { blockTime: at(-9), clockAheadMs: -hour }, { reason: "too_old" }],
    [
      "a year ahead: a day is believed",
      { blockTime: at(-1500), clockAheadMs: 8_760 * hour },
      { reason: "too_old" },
    ],
    [
      "an hour behind: the quote still holds",
      { blockTime: at(110), clockAheadMs: -hour, usdNow: "0.5" },
      { paidUsdMicros: 50_000_000n },
    ],
    [
      "an hour ahead: the quote ended when it said",
      { blockTime: at(110), clockAheadMs: hour, usdNow: "0.5" },
      { paidUsdMicros: 25_000_000n },
    ],
    [
      "three hours behind: the present is not the future",
      { blockTime: at(180), now: at(0), clockAheadMs: -3 * hour },
      { kind: "credit" },
    ],
    ["right: the future is the future", { blockTime: at(180), now: at(0) }, { reason: "time_in_future" }],
  ])("our clock is known to be wrong, %s", (_, changes, expected) => {
    expect(judge(changes)).toMatchObject(expected);
  });

  test("a clock that is behind makes no payment late", () => {
    const rules = { late: { policy: "review" as const, withinMs: 0 } };
    const late = { blockTime: at(24 * 60 + 50), now: at(24 * 60 + 51) };
    expect(judge(late, rules)).toMatchObject({ reason: "late" });
    expect(judge({ ...late, clockAheadMs: -hour }, rules)).toMatchObject({ kind: "credit" });
  });

  test("§7 17 late money is credited or left to a person, by policy, and never vanishes", () => {
    const late = { blockTime: at(24 * 60 + 30), now: at(24 * 60 + 31) };
    expect(judge(late)).toMatchObject({ kind: "credit" });
    expect(judge(late, { late: { policy: "review", withinMs: 0 } })).toMatchObject({ reason: "late" });
    const days = { blockTime: at(24 * 60 * 6), now: at(24 * 60 * 6 + 1) };
    expect(judge(days)).toMatchObject({ kind: "review", reason: "late" });
  });

  test("§7 18 a block from the future is nobody's payment yet", () => {
    expect(judge({ blockTime: at(300), now: at(12) })).toMatchObject({ reason: "time_in_future" });
  });

  test("what we moved ourselves is no payment", () => {
    expect(judge({ fromOurselves: true })).toMatchObject({ kind: "ignore", reason: "own_transfer" });
  });

  test("§7 15 at a shared address an amount that nobody was asked for is nobody's", () => {
    expect(judge({ order: null, shared: true })).toMatchObject({ reason: "amount_matches_no_order" });
    expect(judge({ order: null })).toMatchObject({ reason: "no_order" });
  });

  test("§7 10 the rest of a small order is not dust, however little it is", () => {
    const almost = {
      ...order,
      priceUsdMicros: 5_000_000n,
      leastUsdMicros: 4_950_000n,
      paidUsdMicros: 4_900_000n,
    };
    const quotes = [{ asset: usdt, amount: 5n * unit, expiresAt: at(60) }];
    const rest = judge({ amount: (6n * unit) / 100n, order: { ...almost, quotes } });
    expect(rest).toMatchObject({ kind: "credit", paidUsdMicros: 60_000n });
  });

  test("dust is nobody's work, whatever else is wrong with it; what nobody can value waits", () => {
    const wrong = { asset: "ethereum:ETH", amount: 1n, usdNow: "2500" };
    expect(judge(wrong)).toMatchObject({ kind: "ignore", reason: "dust" });
    expect(judge({ ...wrong, usdNow: null })).toEqual({ kind: "wait", reason: "no_price" });
    expect(judge({ amount: 1n, order: null, shared: true })).toMatchObject({ reason: "dust" });
  });

  test("a refunded order takes no more", () => {
    expect(judge({ order: { ...order, status: "refunded" } })).toMatchObject({ reason: "order_refunded" });
  });

  test("whatever arrives: credit and surplus are the amount, and nobody is credited more than the price and its slack", () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 200n * unit),
        fc.bigInt(0n, 60_000_000n),
        fc.integer({ min: -20, max: 5_000 }),
        (amount, paidUsdMicros, minute) => {
          const judged = judge({
            amount,
            order: { ...order, paidUsdMicros },
            blockTime: at(minute),
            now: at(Math.max(minute, 0) + 1),
          });
          if (judged.kind !== "credit") return true;
          const most = order.priceUsdMicros + order.priceUsdMicros / 100n;
          const due = paidUsdMicros >= order.leastUsdMicros ? 0n : order.priceUsdMicros - paidUsdMicros;
          return (
            judged.credit + judged.surplus === amount &&
            judged.credit >= 0n &&
            judged.surplus >= 0n &&
            judged.paidUsdMicros <= judged.usdMicros &&
            (due === 0n ? judged.credit === 0n : paidUsdMicros + judged.paidUsdMicros <= most)
          );
        },
      ),
    );
  });
});

describe("§7 19 how many confirmations a deposit needs", () => {
  test.each([
    ["ethereum", 5_000_000n, 3n],
    ["ethereum", 50_000_000n, 12n],
    ["ethereum", 100_000_000n, null],
    ["ethereum", null, null],
    ["polygon-pos", 1n, null],
  ])("%s, worth %s micro-dollars: %s", (chain, value, confirmations) => {
    expect(confirmationsFor(policy, chain, value)).toBe(confirmations);
  });
});
