import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { sql, type Db } from "../database/index.ts";
import { payeeRoutes, paymentRoutes, searchRoute } from "./index.ts";
import { callerWith, startOfTest, startTestServer } from "./testing/test-server.ts";

const id = (n: number): string => `019e6f3a-1c00-7a10-8b5e-0000000000${String(n).padStart(2, "0")}`;
const address = (n: number): string =>
  `0x52908400098527886e0f7030069857d2e4169e${String(n).padStart(2, "0")}`;

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
  // Three came in each minute, so that pages end inside one.
  for (let n = 1; n <= 10; n++)
    await sql`
      insert into payee (id, external_id, request_hash, name, payout_mode, destination_asset, destination_address,
        threshold_asset, threshold_amount, status, created_at)
      values (${id(n)}, ${`u${n}`}, '\\x00', ${`P${n}`}, 'threshold', ${n === 3 ? "ethereum:ETH" : "ethereum:USDT"},
        ${address(n)}, 'ethereum:USDT', 1, ${n % 2 === 0 ? "paused" : "active"},
        ${new Date(startOfTest.getTime() + Math.floor(n / 3) * 60_000)})`.execute(db);
  for (const n of [1, 2])
    await sql`
      insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
        created_at, updated_at)
      values (${id(20 + n)}, 'shop', ${`p${n}`}, 'rejected', 'failed', 'usd', '1', '1', ${startOfTest}, ${startOfTest})`.execute(
      db,
    );
});

interface Page {
  readonly data: { id: string; name: string }[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

async function caller() {
  const { server } = await startTestServer(db, { routes: [...payeeRoutes, ...paymentRoutes, searchRoute] });
  const headers = await callerWith(db, "payees:read", "payments:read");
  return async <T = Page>(url: string, as: { authorization: string } = headers) =>
    (await server.inject({ url, headers: as })).json<T>();
}

describe("pages", () => {
  test("newest first, no row twice, none left out, no empty page at the end", async () => {
    const get = await caller();
    const names: string[] = [];
    const more: boolean[] = [];
    let cursor = "";
    do {
      const page = await get(`/v1/payees?limit=5${cursor}`);
      names.push(...page.data.map(({ name }) => name));
      more.push(page.has_more);
      cursor = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
    } while (cursor !== "");
    expect(names).toEqual(["P10", "P9", "P8", "P7", "P6", "P5", "P4", "P3", "P2", "P1"]);
    expect(more).toEqual([true, false]);
  });

  test("a cursor goes on with its own list and filters only", async () => {
    const get = await caller();
    const { next_cursor: cursor } = await get("/v1/payees?limit=1&status=active");
    const codeOf = async (url: string) =>
      (await get<{ problems: { code: string }[] }>(url)).problems.map(({ code }) => code);
    expect(await codeOf(`/v1/payees?cursor=${cursor}`)).toEqual(["cursor_of_other_filters"]);
    expect(await codeOf(`/v1/payees?status=paused&cursor=${cursor}`)).toEqual(["cursor_of_other_filters"]);
    expect(await codeOf(`/v1/payments?cursor=${cursor}`)).toEqual(["cursor_of_other_list"]);
    for (const none of ["!!", "bm90IGpzb24", Buffer.from('["listPayees","","x"]').toString("base64url")])
      expect(await codeOf(`/v1/payees?cursor=${none}`), none).toEqual(["invalid_cursor"]);
    const next = await get(`/v1/payees?limit=9&status=active&cursor=${cursor}`);
    expect(next.data.map(({ name }) => name)).toEqual(["P7", "P5", "P3", "P1"]);
  });
});

describe("filters", () => {
  const at = (minutes: number) =>
    encodeURIComponent(new Date(startOfTest.getTime() + minutes * 60_000).toISOString());

  test.each([
    ["external_id=u7", ["P7"]],
    ["external_id=u", []],
    ["status=paused&limit=2", ["P10", "P8"]],
    ["asset=ethereum:ETH", ["P3"]],
    [`created_from=${at(3)}`, ["P10", "P9"]],
    [`created_to=${at(1)}`, ["P2", "P1"]],
    [`created_from=${at(1)}&created_to=${at(2)}&status=active`, ["P5", "P3"]],
  ])("?%s", async (query, names) => {
    const get = await caller();
    expect((await get(`/v1/payees?${query}`)).data.map(({ name }) => name)).toEqual(names);
  });
});

describe("search", () => {
  interface Results {
    readonly data: { kind: string; id: string; matched: string; path: string; status: string }[];
  }

  test.each([
    [id(3), [["payee", id(3), "id"]]],
    ["u3", [["payee", id(3), "external_id"]]],
    ["p2", [["payment", id(22), "external_id"]]],
    [address(4).toUpperCase().replace("0X", "0x"), [["payee", id(4), "address"]]],
    ["u", []],
    ["'; drop table payee; --", []],
  ])("%s", async (word, expected) => {
    const get = await caller();
    const { data } = await get<Results>(`/v1/search?q=${encodeURIComponent(word)}`);
    expect(data.map(({ kind, id: found, matched }) => [kind, found, matched])).toEqual(expected);
    for (const { path, id: found } of data) expect(await get(path)).toMatchObject({ id: found });
  });

  test("a key finds only what it may read, and one that may read nothing of it is refused", async () => {
    const get = await caller();
    const [payments, settings] = [
      await callerWith(db, "payments:read"),
      await callerWith(db, "settings:read"),
    ];
    expect((await get<Results>("/v1/search?q=u3", payments)).data).toEqual([]);
    expect((await get<Results>("/v1/search?q=p2", payments)).data).toHaveLength(1);
    expect(await get<object>("/v1/search?q=p2", settings)).toMatchObject({ status: 403, code: "forbidden" });
  });
});
