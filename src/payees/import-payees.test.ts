import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { parseMoney, registry } from "../money/index.ts";
import { importPayees } from "./index.ts";
import { readCsv } from "./read-csv.ts";

const usdt = registry.get("ethereum:USDT");
const wallet = "0x1111111254EEB25477B68fb85Ed929f73A960582";
const tron = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

const importFile = (csv: string, dryRun = false) =>
  importPayees(
    { db, registry, clock: systemClock, settlementAsset: usdt.id, payoutThreshold: parseMoney("50", usdt) },
    csv,
    { dryRun },
  );
const payees = async () =>
  (
    await sql<Record<string, unknown>>`
      select external_id, name, payout_mode, destination_asset, destination_address, threshold_amount::text, contact_channel,
        contact_address from payee order by external_id`.execute(db)
  ).rows;
const header = "external_id,name,asset,address,payout_mode,payout_threshold,contact_email,contact_telegram";

describe("a file", () => {
  const good = [
    header,
    `a-1,"Müller, Dora",ethereum:USDT,${wallet.toLowerCase()},,,dora@payees.example,`,
    `a-2,Eve ""Bob"",tron:USDT,${tron},instant,12.5,,4242`,
    "",
  ].join("\r\n");

  test("is tried dry: every row says what would become of it, and nothing is written", async () => {
    const before = await payees();
    expect(await importFile(good, true)).toEqual({
      written: false,
      rows: [
        { line: 2, externalId: "a-1", outcome: "created", problem: null, payeeId: null },
        { line: 3, externalId: "a-2", outcome: "created", problem: null, payeeId: null },
      ],
    });
    expect(await payees()).toEqual(before);
  });

  test("is written whole, and imported again, by ten at once, makes no doubles", async () => {
    const { written, rows } = await importFile(good);
    expect([written, rows.map(({ outcome }) => outcome)]).toEqual([true, ["created", "created"]]);
    const again = await Promise.all(Array.from({ length: 10 }, () => importFile(good)));
    for (const { rows: seen } of again)
      expect(seen).toEqual(rows.map((row) => ({ ...row, outcome: "unchanged" })));
    expect((await payees()).filter(({ external_id: id }) => String(id).startsWith("a-"))).toEqual([
      {
        external_id: "a-1",
        name: "Müller, Dora",
        payout_mode: "threshold",
        destination_asset: "ethereum:USDT",
        destination_address: wallet,
        threshold_amount: "50000000",
        contact_channel: "email",
        contact_address: "dora@payees.example",
      },
      {
        external_id: "a-2",
        name: 'Eve ""Bob""',
        payout_mode: "instant",
        destination_asset: "tron:USDT",
        destination_address: tron,
        threshold_amount: "12500000",
        contact_channel: "telegram",
        contact_address: "4242",
      },
    ]);
  });

  test("new ones imported by ten at once, in whatever order, are each one payee", async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `c-${index},Payee,ethereum:USDT,${wallet},,,,`);
    await Promise.all(
      Array.from({ length: 10 }, (_, run) =>
        importFile([header, ...(run % 2 ? rows : rows.toReversed())].join("\n")),
      ),
    );
    expect((await payees()).filter(({ external_id: id }) => String(id).startsWith("c-"))).toHaveLength(30);
  });

  test("with one bad row among good ones writes nothing, and a dry run names every bad one by its line", async () => {
    const file = [
      header,
      `b-1,Good,ethereum:USDT,${wallet},,,,`,
      `b-2,Other chain,ethereum:USDT,${tron},,,,`,
      `,No id,ethereum:USDT,${wallet},,,,`,
      `b-3,Unknown,ethereum:SHIB,${wallet},,,,`,
      `b-4,Mode,ethereum:USDT,${wallet},daily,,,`,
      `b-5,Threshold,ethereum:USDT,${wallet},,0.0000001,,`,
      `b-6,Contact,ethereum:USDT,${wallet},,,not an address,`,
      `b-7,Both,ethereum:USDT,${wallet},,,a@b.example,7`,
      `a-1,Other terms,ethereum:USDT,${wallet},,,,`,
      `"b-8","Two\nlines",ethereum:USDT,${wallet},,,,`,
      `b-9,Last,ethereum:USDT,${wallet.slice(0, -1)},,,,`,
    ].join("\n");
    const before = await payees();
    await expect(importFile(file)).rejects.toMatchObject({
      code: "import_refused",
      message: expect.stringMatching(/^10 of 11 rows are refused, so nothing was written\. Line 3: /),
    });
    const { rows } = await importFile(file, true);
    expect(rows.map(({ line, problem }) => [line, problem?.code ?? null])).toEqual([
      [2, null],
      [3, "invalid_address"],
      [4, "invalid_row"],
      [5, "unknown_asset"],
      [6, "invalid_row"],
      [7, "invalid_amount"],
      [8, "invalid_row"],
      [9, "invalid_row"],
      [10, "payee_exists"],
      [11, "invalid_row"],
      [13, "invalid_address"],
    ]);
    expect(await payees()).toEqual(before);
  });

  test.each([
    ["", "Line 1: the file is empty."],
    ["external_id,name,asset\na,b,c", "Line 1: there is no column address."],
    ["external_id,name,asset,adress\n", 'Line 1: there is no column "adress"; did you mean address.'],
    [`${header},name\n`, 'Line 1: the column "name" is there twice.'],
    [`${header}\na,b,c`, "Line 2: it has 3 fields, and the first line names 8 columns."],
    [`${header}\n"a,b`, "Line 2: a quoted field has no end."],
    [`${header}\n"a"b,c`, "Line 2: something stands behind a quoted field."],
    [header, "The file has 0 rows below its first line; it may have 1 to 1000."],
    [`${header}\n${"a,b,c,d,,,,\n".repeat(1_001)}`, "The file has 1001 rows below its first line"],
  ])("that is none of ours is refused with the line: %j", async (csv, message) => {
    await expect(importFile(csv)).rejects.toMatchObject({
      code: "invalid_csv",
      message: expect.stringContaining(message),
    });
  });
});

test("quotes, line breaks in quotes, semicolons, a byte-order mark and spaces are read as spreadsheets write them", () => {
  expect(readCsv('\uFEFFName; Note \r\n"a ""b""";"one\r\ntwo; three"\r\n\r\n c ;d').rows).toEqual([
    { line: 2, fields: { name: 'a "b"', note: "one\r\ntwo; three" } },
    { line: 5, fields: { name: "c", note: "d" } },
  ]);
});
