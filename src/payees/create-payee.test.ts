import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { parseMoney, registry } from "../money/index.ts";
import { createPayee, findPayee, type CreatePayee } from "./index.ts";

const wallet = "0x1111111254EEB25477B68fb85Ed929f73A960582";
const usdt = registry.get("ethereum:USDT");

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

const inputOf = (given: Partial<CreatePayee> = {}): CreatePayee => ({
  externalId: null,
  name: "Creator",
  payoutMode: "threshold",
  destination: { asset: usdt.id, address: wallet, memo: null },
  payoutThreshold: parseMoney("50", usdt),
  ...given,
});
const create = (given: Partial<CreatePayee> = {}) =>
  createPayee({ db, registry, clock: systemClock, settlementAsset: usdt.id }, inputOf(given));
const to = (asset: string, address: string) => create({ destination: { asset, address, memo: null } });
const countPayees = async (): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from payee`.execute(db);
  return rows[0]?.n ?? 0;
};

test.each([
  ["an address of another chain", "ethereum:USDT", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "invalid_address"],
  ["an address of this chain on another", "tron:USDT", wallet, "invalid_address"],
  [
    "a checksum that is off by one letter's case",
    "ethereum:USDT",
    wallet.replace("Ed92", "ED92"),
    "invalid_address",
  ],
  ["the zero address", "ethereum:USDT", `0x${"0".repeat(40)}`, "invalid_address"],
  ["the token's own contract", "ethereum:USDT", usdt.contract ?? "", "invalid_address"],
  ["a digit too few", "ethereum:USDT", wallet.slice(0, -1), "invalid_address"],
  [
    "a Tron checksum that does not hold",
    "tron:USDT",
    "TJRabPrwbZy45sbavfcjinPJC18kjpRTv9",
    "invalid_address",
  ],
  ["an asset nobody knows", "ethereum:SHIB", wallet, "unknown_asset"],
  ["a symbol instead of an asset", "USDT", wallet, "unknown_asset"],
])("F126: %s is refused and leaves no payee", async (_, asset, address, code) => {
  const before = await countPayees();
  await expect(to(asset, address)).rejects.toMatchObject({ code });
  expect(await countPayees()).toBe(before);
});

test.each([
  ["ethereum:USDT", wallet],
  ["base:ETH", wallet],
  ["tron:USDT", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"],
  ["solana:USDC", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"],
  ["aptos:APT", "0xabcabc"],
])("a memo that nobody will carry is refused: %s", async (asset, address) => {
  const before = await countPayees();
  await expect(create({ destination: { asset, address, memo: "104857" } })).rejects.toMatchObject({
    code: "memo_not_carried",
  });
  expect(await countPayees()).toBe(before);
});

test("an asset we hold and no longer offer is refused as a destination", async () => {
  const gone = registry.all.find((asset) => !asset.offered);
  expect(gone).toBeDefined();
  await expect(to(gone?.id ?? "", wallet)).rejects.toMatchObject({ code: "asset_not_offered" });
});

test("an address is kept in its one normal form, whatever form it was given in", async () => {
  const { payee } = await to("ethereum:USDT", ` ${wallet.toLowerCase()} `);
  expect(payee.destination.address).toBe(wallet);
  expect((await findPayee(db, payee.id))?.destination.address).toBe(wallet);
});

test("a threshold that is never reached, or paid in crumbs, is refused; the bounds themselves are not", async () => {
  for (const amount of ["0", "0.000001", "0.009999", "1000000.000001", "9".repeat(60)])
    await expect(create({ payoutThreshold: parseMoney(amount, usdt) }), amount).rejects.toMatchObject({
      code: "invalid_threshold",
      message: expect.stringMatching(/^The payout threshold may be 0\.01 to 1000000 USDT, not [\d.]+\.$/),
    });
  for (const amount of ["0.01", "1000000"]) {
    const { payee } = await create({ externalId: null, payoutThreshold: parseMoney(amount, usdt) });
    expect(payee.payoutThreshold).toEqual(parseMoney(amount, usdt));
  }
});

test("a threshold in another asset than balances wait in is refused", async () => {
  const payoutThreshold = parseMoney("50", registry.get("ethereum:USDC"));
  await expect(create({ payoutThreshold })).rejects.toMatchObject({ code: "invalid_threshold_asset" });
});

test("F30, F119: the same external id twenty times at once is one payee; with other terms it is refused", async () => {
  const results = await Promise.all(Array.from({ length: 20 }, () => create({ externalId: "creator-1" })));
  expect(new Set(results.map(({ payee }) => payee.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  for (const other of [
    { name: "Other" },
    { payoutMode: "instant" as const },
    { payoutThreshold: parseMoney("51", usdt) },
    { destination: { asset: "ethereum:USDC", address: wallet, memo: null } },
  ])
    await expect(create({ externalId: "creator-1", ...other })).rejects.toMatchObject({
      code: "payee_exists",
    });
  // The same wallet written otherwise is the same terms.
  const again = { asset: usdt.id, address: wallet.toLowerCase(), memo: null };
  expect((await create({ externalId: "creator-1", destination: again })).created).toBe(false);
});
