import { expect, test } from "vitest";
import { canonicalJson, signIpn } from "./ipn.ts";

/** The self-made vector of the provider's wire reference, §6.1; its keys are out of order on purpose. */
const vector = {
  payment_status: "finished",
  payment_id: 7000000001,
  parent_payment_id: null,
  invoice_id: null,
  pay_address: "TExampleAddress11111111111111111111",
  payin_extra_id: null,
  price_amount: 25,
  price_currency: "usd",
  pay_amount: 25.1,
  actually_paid: 25.1,
  actually_paid_at_fiat: 0,
  pay_currency: "usdttrc20",
  order_id: "ord/42",
  order_description: "Café <1>",
  purchase_id: "6000000002",
  outcome_amount: 24.87,
  outcome_currency: "usdttrc20",
  payment_extra_ids: [7000000003, 20],
  fee: { withdrawalFee: 0, currency: "usdttrc20", serviceFee: 1e-7, depositFee: 0.1 },
  updated_at: 1760000000000,
};

test("a notice is signed over its sorted, compact text: the reference's vector", () => {
  expect(signIpn(vector, " demo-ipn-secret\n").signature).toBe(
    "44a1f01575ad00566d6c906c7228389c02a10336adb796cc406eb7de103ab72b1c339d0197f36c52762f0e45b85c0a968dfa58418f8a9879ef6eeab317ebc936",
  );
});

test("keys are sorted at every depth, arrays kept, numbers printed as JavaScript prints them", () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2e-7 }], a: { z: null, y: "é/" } })).toBe(
    '{"a":{"y":"é/","z":null},"b":[{"c":2e-7,"d":1}]}',
  );
});
