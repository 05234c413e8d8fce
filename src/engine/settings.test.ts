import { beforeEach, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { conversionTrigger, settlementAsset } from "../conversions/index.ts";
import { orderDefaults, platformFee } from "../orders/index.ts";
import {
  changeSetting,
  getSetting,
  listSettingVersions,
  parseSetting,
  settingRegistry,
} from "../settings/index.ts";
import { registerWallet } from "../transfers/index.ts";
import { settings } from "./settings.ts";

const now = new Date("2026-11-21T10:00:00.000Z");
const by = { changedBy: "api_key:test", now };
const trigger = conversionTrigger.defaults;
let db: Db;

beforeEach(async () => {
  ({ db } = await freshDatabase());
});

test("every default is a value that could be set", async () => {
  for (const setting of settings.all) {
    const { value, version, changedBy } = await getSetting(db, setting);
    expect(parseSetting(setting, value)).toEqual(value);
    // The policy is shipped as its first version, so that one that is missing is known to be missing.
    const shipped = setting.key === "payout_policy";
    expect({ version, changedBy }).toEqual(
      shipped ? { version: 1, changedBy: "shipped" } : { version: 0, changedBy: null },
    );
  }
});

test("a change is in force at once, and says who and when; earlier versions stay", async () => {
  const first = await changeSetting(db, { setting: settlementAsset, value: "ethereum:USDC", ...by });
  expect(first).toEqual({
    key: "settlement_asset",
    value: "ethereum:USDC",
    version: 1,
    changedBy: "api_key:test",
    changedAt: now,
  });
  await changeSetting(db, { setting: settlementAsset, value: "ethereum:USDT", ...by, expectedVersion: 1 });
  expect(await getSetting(db, settlementAsset)).toMatchObject({ value: "ethereum:USDT", version: 2 });
  const history = await listSettingVersions(db, settlementAsset, { before: null, limit: 10 });
  expect(history.map(({ value }) => value)).toEqual(["ethereum:USDT", "ethereum:USDC"]);
  expect(await listSettingVersions(db, settlementAsset, { before: 2, limit: 10 })).toHaveLength(1);
  await expect(sql`update setting set value = '"x"'`.execute(db)).rejects.toThrow();
});

test("a settlement asset that no wallet of ours holds is refused; before the first start any that we can send will do", async () => {
  const change = (value: string) => changeSetting(db, { setting: settlementAsset, value, ...by });
  const { version } = await getSetting(db, settlementAsset);
  await expect(change("solana:USDC")).rejects.toMatchObject({ code: "no_wallet_for_asset" });
  expect(await change("bnb-smart-chain:USDT")).toMatchObject({ version: version + 1 });
  await registerWallet(db, { chain: "ethereum", address: `0x${"1".repeat(40)}`, now });
  await expect(change("bnb-smart-chain:USDC")).rejects.toMatchObject({
    code: "no_wallet_for_asset",
    message: expect.stringContaining("choose an asset on ethereum."),
  });
  expect(await change("ethereum:USDT")).toMatchObject({ version: version + 2 });
});

test("of fifty changes at once from the same version, one is made", async () => {
  const changes = Array.from({ length: 50 }, (_, index) =>
    inTransaction(db, (tx) =>
      changeSetting(tx, {
        setting: orderDefaults,
        value: { tolerance_bps: index, expires_minutes: 60 },
        ...by,
        expectedVersion: 0,
      }),
    ),
  );
  const outcomes = await Promise.allSettled(changes);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected")
      expect(outcome.reason).toMatchObject({ code: "setting_changed_meanwhile" });
  expect(await getSetting(db, orderDefaults)).toMatchObject({ version: 1 });
});

test.each([
  ["F99: a float where a decimal string belongs", "conversion_trigger", { ...trigger, minimum_usd: 20 }],
  ["exponent form", "conversion_trigger", { ...trigger, minimum_usd: "2e1" }],
  ["a negative amount", "conversion_trigger", { ...trigger, minimum_usd: "-1" }],
  ["F23: null is not a missing key", "conversion_trigger", { ...trigger, flow: null }],
  ["a part of the value", "conversion_trigger", { minimum_usd: "5" }],
  ["a field we do not know", "conversion_trigger", { ...trigger, minimum_eur: "5" }],
  ["an asset we do not know", "settlement_asset", "ethereum:NOPE"],
  ["null for a whole value", "settlement_asset", null],
  ["more than everything", "platform_fee", { bps: 10_001, fixed: null }],
  [
    "more digits than the asset has",
    "platform_fee",
    { bps: 1, fixed: { asset: "ethereum:USDT", amount: "0.0000001" } },
  ],
] as const)("refused, and nothing is written: %s", async (_, key, value) => {
  const setting = settings.get(key);
  await expect(changeSetting(db, { setting, value, ...by })).rejects.toMatchObject({
    code: "invalid_setting",
  });
  expect((await getSetting(db, setting)).version).toBe(0);
});

test("F23: a value stored before a field existed gets that field's default", async () => {
  await sql`
    insert into setting (key, version, value, changed_by, changed_at)
    values ('order_defaults', 1, '{"tolerance_bps": 7}', 'an older release', ${now})`.execute(db);
  expect((await getSetting(db, orderDefaults)).value).toEqual({
    tolerance_bps: 7,
    expires_minutes: 1_440,
  });
});

test("a value from before its bound existed is read as it stands, and cannot be set again", async () => {
  const value = { bps: 10_000, fixed: { asset: "ethereum:USDT", amount: "0" } };
  await sql`
    insert into setting (key, version, value, changed_by, changed_at)
    values ('platform_fee', 1, ${JSON.stringify(value)}::jsonb, 'an older release', ${now})`.execute(db);
  expect(await getSetting(db, platformFee)).toMatchObject({ value, version: 1 });
  await expect(changeSetting(db, { setting: platformFee, value, ...by })).rejects.toMatchObject({
    message:
      "platform_fee cannot be set so. `bps` must be at most 9000. `fixed.amount` must be more than zero; leave it out where you mean none.",
  });
});

test("a fixed fee is kept as it was written", async () => {
  const value = { bps: 250, fixed: { asset: "ethereum:USDT", amount: "0.50" } };
  await changeSetting(db, { setting: platformFee, value, ...by });
  expect((await getSetting(db, platformFee)).value).toEqual(value);
});

test("only settings that exist have a key", () => {
  expect(settings.get("platform_fee")).toBe(platformFee);
  for (const text of ["__proto__", "constructor", "platform_fees", ""])
    expect(() => settings.get(text)).toThrow(expect.objectContaining({ code: "unknown_setting" }));
});

test("two settings of one name are a mistake that stops the start", () => {
  expect(() => settingRegistry([platformFee, platformFee])).toThrow(TypeError);
});
