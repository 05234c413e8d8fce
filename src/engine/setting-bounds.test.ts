import { describe, expect, test } from "vitest";
import { parseSetting } from "../settings/index.ts";
import { settings } from "./settings.ts";

type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };

const usdt = (amount: string) => ({ asset: "ethereum:USDT", amount });

/** Of every setting a value in which every field has something to be wrong. */
const samples: Readonly<Record<string, Json>> = {
  ...Object.fromEntries(settings.all.map(({ key, defaults }) => [key, defaults as Json])),
  payout_fees: {
    maximum_share_bps: 1_000,
    longest_wait_days: 30,
    of_payees: [{ payee_id: "00000000-0000-4000-8000-000000000001", maximum_share_bps: 500 }],
  },
  platform_fee: { bps: 300, fixed: usdt("0.5") },
  direct_payments: {
    ...(settings.get("direct_payments").defaults as { readonly [key: string]: Json }),
    two_endpoints_from_usd: "5000",
  },
  transfer_limits: {
    gas_reserve: [{ asset: "ethereum:ETH", amount: "0.005" }],
    transfer_maximum: [usdt("5000")],
    daily_maximum: [usdt("20000")],
  },
};

type Path = readonly (string | number)[];
function leavesOf(value: Json, path: Path = []): { path: Path; value: Json }[] {
  if (value === null || typeof value !== "object") return [{ path, value }];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => leavesOf(item as Json, [...path, key]));
}
function withAt(value: Json, [step, ...rest]: Path, wrong: unknown): unknown {
  if (step === undefined) return wrong;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const at = copy as Record<string | number, unknown>;
  at[step] = withAt(at[step] as Json, rest, wrong);
  return copy;
}

const neverRight: unknown[] = [
  true,
  [],
  {},
  "",
  " ",
  "NaN",
  "null",
  "x".repeat(100_000),
  Number.NaN,
  Infinity,
];
const decimals = [
  "-1",
  "-0.01",
  "0.0000000000000000001",
  "1e3",
  "0x10",
  "1,000",
  "5 USD",
  "1".repeat(90),
  "9".repeat(30),
  20,
  null,
];
const numbers = [-1, 0.5, 1e9, 2 ** 53, -(2 ** 31), "20", null];
const words = ["nope", "Standard", "ethereum:NOPE", "USDT", "constructor", 1, null];
/** Where null says something. */
const nullable = new Set([
  "swap_exposure.per_provider_usd",
  "direct_payments.two_endpoints_from_usd",
  "payout_policy.two_approvers_from_usd",
  "instant_payouts.gather_after_hours",
  "payout_fees.maximum_share_bps",
  "payout_fees.longest_wait_days",
  "payout_fees.of_payees.0.maximum_share_bps",
  ...["payout", "payee_day", "payee_month", "day", "month"].map((of) => `payout_policy.limits.${of}_usd`),
]);

const isDecimal = (value: Json): boolean => typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
const cases = settings.all.flatMap(({ key }) =>
  leavesOf(samples[key]!).flatMap(({ path, value }) => {
    const kinds = typeof value === "number" ? numbers : isDecimal(value) ? decimals : words;
    const name = [key, ...path].join(".");
    const isRight = (one: unknown): boolean =>
      (one === null && nullable.has(name)) || (typeof value === "boolean" && typeof one === "boolean");
    const wrong = [...kinds, ...neverRight].filter((one) => !isRight(one));
    return wrong.map((one) => ({ key, path, name, wrong: one }));
  }),
);

/** The refusal's message. */
function refusalOf(key: string, value: unknown): string {
  try {
    parseSetting(settings.get(key), value);
  } catch (error) {
    expect(error).toMatchObject({ name: "DomainError", code: "invalid_setting" });
    return (error as Error).message;
  }
  return "was taken";
}

test("every field of every setting refuses what cannot be meant, by its name and in a sentence", () => {
  expect(cases.length).toBeGreaterThan(500);
  const said = cases.map(({ key, path, name, wrong }) => {
    const message = refusalOf(key, withAt(samples[key]!, path, wrong));
    const field = path.reduce<string>(
      (text, step) => text + (typeof step === "number" ? `[${step}]` : `.${step}`),
      "",
    );
    const clear =
      message.startsWith(`${key} cannot be set so. `) &&
      (field === "" || message.includes(`\`${field.slice(1)}\``)) &&
      /[.?]$/.test(message) &&
      message.length < 400 &&
      !/invalid input|received|undefined|regex|zod/i.test(message);
    return clear ? null : `${name} = ${String(wrong).slice(0, 40)}: ${message.slice(0, 300)}`;
  });
  expect(said.filter((one) => one !== null)).toEqual([]);
});

test.each(settings.all.map(({ key }) => key))("%s as a whole is nothing else than it is", (key) => {
  for (const wrong of [
    null,
    undefined,
    1,
    true,
    "",
    [],
    {},
    [samples[key]],
    { ...(samples[key] as object), more: 1 },
  ])
    expect(refusalOf(key, wrong)).toMatch(/ cannot be set so\. .*\.$/);
  expect(parseSetting(settings.get(key), samples[key])).toEqual(samples[key]);
});

describe("bounds", () => {
  /** The least and the most that are taken, and what lies just beyond each. */
  type Bounds = readonly [name: string, below: Json, least: Json, most: Json, above: Json];
  const bounds: readonly Bounds[] = [
    ["conversion_trigger.minimum_usd", "0.009999", "0.01", "1000000", "1000000.000001"],
    ["conversion_trigger.maximum_age_hours", 0, 1, 2_160, 2_161],
    ["conversion_trigger.interval_minutes", 0, 1, 1_440, 1_441],
    ["conversion_trigger.maximum_slippage_bps", 0, 1, 5_000, 5_001],
    ["platform_fee.bps", -1, 0, 9_000, 9_001],
    ["platform_fee.fixed.amount", "0", "0.000001", "10000", "10000.000001"],
    ["order_defaults.tolerance_bps", -1, 0, 2_000, 2_001],
    ["order_defaults.expires_minutes", 4, 5, 525_600, 525_601],
    ["direct_payments.quote_minutes", 4, 5, 1_440, 1_441],
    ["direct_payments.confirmations.0.below_usd", "0", "0.01", "10000000", "10000000.01"],
    ["direct_payments.confirmations.0.confirmations", 0, 1, 10_000, 10_001],
    ["direct_payments.two_endpoints_from_usd", "-1", "0", "10000000", "10000001"],
    ["direct_payments.overpaid_bps", -1, 0, 2_000, 2_001],
    ["direct_payments.minimum_usd", "-1", "0", "1000", "1000.01"],
    ["direct_payments.late_payments.within_hours", -1, 0, 8_760, 8_761],
    ["direct_payments.sweep_maximum_fee_bps", -1, 0, 10_000, 10_001],
    ["instant_payouts.minimum_usd", "0", "0.01", "100000", "100000.01"],
    ["instant_payouts.gather_after_hours", 0, 1, 8_760, 8_761],
    ["payout_fees.maximum_share_bps", 0, 1, 10_000, 10_001],
    ["payout_fees.longest_wait_days", 0, 1, 365, 366],
    ["payout_fees.of_payees.0.maximum_share_bps", 0, 1, 10_000, 10_001],
    ["swap_exposure.per_provider_usd", "0.99", "1", "100000000", "100000001"],
    ["bank_payouts.spread_bps", -1, 0, 1_000, 1_001],
    ["refund_terms.link_hours", 0, 1, 2_160, 2_161],
    ["swap_variance.alert_bps", 0, 1, 5_000, 5_001],
    ["transfer_limits.gas_reserve.0.amount", "0", "0.000000000000000001", "10000", "10001"],
    ["transfer_limits.transfer_maximum.0.amount", "0", "0.000001", "1000000000", "1000000001"],
    ["transfer_limits.daily_maximum.0.amount", "0.0", "0.000001", "1000000000", "1000000001"],
    ["second_person.hours", 0, 1, 168, 169],
    ...["payout", "day", "refund"].map((of): Bounds => [
      `payout_policy.without_approval.${of}_usd`,
      "-1",
      "0",
      "1000000000",
      "1000000001",
    ]),
    ["payout_policy.new_payee_days", -1, 0, 365, 366],
    ["payout_policy.destination_cooldown_hours", -1, 0, 720, 721],
    ["payout_policy.changes.limits", -1, 0, 2, 3],
    ["payout_policy.changes.claims", -1, 0, 2, 3],
    ["payout_policy.changes.losses", -1, 0, 2, 3],
    ["payout_policy.approval_hours", 0, 1, 720, 721],
    ["payout_policy.quote_tolerance_bps", -1, 0, 2_000, 2_001],
    ["arrival_window.expected_hours", 0, 1, 720, 721],
  ];

  test.each(bounds)("%s", (name, below, least, most, above) => {
    const [key = "", ...steps] = name.split(".");
    const path = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const set = (value: Json) => refusalOf(key, withAt(samples[key]!, path, value));
    for (const value of [least, most]) expect(set(value)).toBe("was taken");
    for (const value of [below, above]) expect(set(value)).toMatch(/must be |not a valid amount/);
  });

  test("every number and amount of every setting has them", () => {
    const bounded = new Set(bounds.map(([name]) => name));
    const unbounded = settings.all.flatMap(({ key }) =>
      leavesOf(samples[key]!)
        .filter(({ value }) => typeof value === "number" || isDecimal(value))
        .map(({ path }) => [key, ...path].join("."))
        .filter((name) => !/\.[1-9]\d*\./.test(name) && !bounded.has(name)),
    );
    expect(unbounded).toEqual([]);
  });
});
