import { assert, bigInt, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import type { z } from "zod";
import { registry } from "../money/index.ts";
import {
  moneySchema,
  positiveMoneySchema,
  positiveUsdSchema,
  presentMoney,
  presentTime,
  presentUsd,
  timestampSchema,
  usdSchema,
} from "./schemas.ts";

test("F99: an amount survives JSON to the last base unit, in every asset", () => {
  const anyAmount = bigInt({ min: 0n, max: 10n ** 70n });
  assert(
    property(constantFrom(...registry.all), anyAmount, (asset, amount) => {
      const money = { asset: asset.id, amount };
      expect(moneySchema.parse(JSON.parse(JSON.stringify(presentMoney(money))))).toEqual(money);
    }),
  );
});

const issue = (input: unknown, schema: z.ZodType = moneySchema) => schema.safeParse(input).error?.issues[0];

test("money's refusals carry the money room's codes and the place", () => {
  expect(issue({ asset: "ethereum:NOPE", amount: "1" })).toMatchObject({
    path: ["asset"],
    params: { code: "unknown_asset" },
  });
  expect(issue({ asset: "ethereum:USDT", amount: "1.0000001" })).toMatchObject({
    path: ["amount"],
    params: { code: "invalid_amount" },
  });
  expect(issue({ asset: "ethereum:USDT", amount: "0.000" }, positiveMoneySchema)).toMatchObject({
    path: ["amount"],
  });
  expect(issue({ asset: "ethereum:USDT", amount: "1", currency: "x" })).toMatchObject({
    code: "unrecognized_keys",
  });
});

test("dollars are millionths; zero only where it makes sense", () => {
  expect(usdSchema.parse("19.99")).toBe(19_990_000n);
  expect(presentUsd(19_990_000n)).toBe("19.99");
  expect(positiveUsdSchema.safeParse("0.00").success).toBe(false);
  for (const bad of [19.99, "19.9999999", "-1", "1e2", "", "NaN", null])
    expect(usdSchema.safeParse(bad).success).toBe(false);
});

test("moments are ISO 8601 with a zone, and go out in UTC", () => {
  expect(presentTime(timestampSchema.parse("2026-11-21T12:00:00+02:00"))).toBe("2026-11-21T10:00:00.000Z");
  for (const bad of ["2026-11-21", "2026-11-21T12:00:00", "yesterday", 0])
    expect(timestampSchema.safeParse(bad).success).toBe(false);
});
