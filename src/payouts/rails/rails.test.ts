import { bankRail } from "./bank.ts";
import { expect, test } from "vitest";
import { inventAddress } from "../../../sandbox/coins.ts";
import { freshDatabase } from "../../../tests/support/index.ts";
import { sql } from "../../database/index.ts";
import { describeRail } from "./contract.ts";
import { directRail } from "./direct.ts";
import { attemptRoutes, payoutRoutes, railOf, serves } from "./index.ts";
import { swapRail } from "./swap.ts";

describeRail({
  rail: directRail,
  destination: { asset: "ethereum:USDT", address: inventAddress("evm", "payee of a rail") },
  makeCancellable: () => Promise.resolve(),
});

describeRail({
  rail: swapRail,
  destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" },
  async makeCancellable(tx, attemptId) {
    await sql`update swap set status = 'in_review', review_reason = 'test' where purpose_id = ${attemptId}`.execute(
      tx,
    );
  },
});

describeRail({
  rail: bankRail,
  destination: { asset: "fiat:NGN", address: "044:0690000031", memo: "Forrest Green" },
  obstacle: { of: (payout) => ({ ...payout, destination_memo: null }), reason: "account_holder_missing" },
  makeCancellable: () => Promise.resolve(),
});

test("a payout that names no rail of ours is a broken invariant, and runs none", () => {
  for (const name of ["wire", "", "Direct", "toString"])
    expect(() => railOf(name)).toThrow(expect.objectContaining({ code: "unknown_rail" }));
  for (const name of attemptRoutes) expect(railOf(name)).toBeDefined();
});

test("of any two assets at most one rail pays from one to the other", () => {
  for (const destinationAsset of ["ethereum:USDT", "tron:USDT", "fiat:NGN"]) {
    const pair = { asset: "ethereum:USDT", destinationAsset };
    expect(payoutRoutes.filter((name) => serves(name, pair))).toHaveLength(1);
  }
});

test("the database knows these rails and no other", async () => {
  const { db } = await freshDatabase();
  const { rows } = await sql<{ on: string; check: string }>`
    select conrelid::regclass::text as "on", pg_get_constraintdef(oid) as "check" from pg_constraint
    where contype = 'c' and conrelid in ('payout'::regclass, 'payout_attempt'::regclass)
      and pg_get_constraintdef(oid) like '%route%'`.execute(db);
  expect(rows.map((row) => row.on).toSorted()).toEqual(["payout", "payout_attempt"]);
  for (const { on, check } of rows)
    expect([...check.matchAll(/'(\w+)'::text/g)].map(([, name]) => name)).toEqual(
      on === "payout" ? payoutRoutes : attemptRoutes,
    );
});
