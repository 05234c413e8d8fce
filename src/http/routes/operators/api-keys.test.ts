import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../../tests/support/index.ts";
import type { Db } from "../../../database/index.ts";
import { createApiKey, roles } from "../../../operators/index.ts";
import { startOfTest, startTestServer } from "../../testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

test.each([
  ["that of the key that asks, live", "live", {}, "live"],
  ["that of the key that asks, test", "test", {}, "test"],
  ["what is asked for", "live", { mode: "test" }, "test"],
] as const)("a new key's mode is %s", async (_, mode, asked, expected) => {
  const { key } = await createApiKey(db, { name: "first", scopes: ["admin"], mode, now: startOfTest });
  const { server } = await startTestServer(db);
  const answer = await server.inject({
    method: "POST",
    url: "/v1/api-keys",
    headers: { authorization: `Bearer ${key}` },
    payload: { name: "shop", scopes: ["orders:read"], ...asked },
  });
  const made = answer.json<{ key: string; mode: string; hint: string }>();
  expect(made).toMatchObject({ mode: expected, hint: made.key.slice(0, 13) });
  expect(made.key).toMatch(new RegExp(`^spw_${expected}_[\\w-]{43}$`));
  const [listed] = (
    await server.inject({ url: "/v1/api-keys?limit=1", headers: { authorization: `Bearer ${key}` } })
  ).json<{ data: object[] }>().data;
  expect(listed).toMatchObject({ name: "shop", mode: expected });
});

/** What a server says to whoever has this key. */
async function speaker() {
  const { server } = await startTestServer(db);
  return async (key: string, method: "GET" | "POST", url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await server.inject({ method, url, headers, ...(payload && { payload }) });
    const body = answer.json<{ data: object[]; id: string; retired_by: string }>();
    return { ...body, status: answer.statusCode };
  };
}
const keyOf = async (name: string, owner: string) =>
  (await createApiKey(db, { name, owner, scopes: ["admin"], now: startOfTest })).key;

test("a role is a set of scopes, and a key has either", async () => {
  const say = await speaker();
  const key = await keyOf("maker", "maker");
  const make = (body: object) => say(key, "POST", "/v1/api-keys", { name: "made", ...body });
  expect(await make({ role: "approver" })).toMatchObject({ status: 201, scopes: roles.approver });
  for (const wrong of [{}, { role: "approver", scopes: ["admin"] }, { role: "owner" }])
    expect(await make(wrong)).toMatchObject({ status: 400, code: "invalid_request" });
});

test("an operator has one name, whatever its spelling, and with it all their keys; retired, none of them is a key", async () => {
  const say = await speaker();
  const admin = await keyOf("admin", "Admin");
  const added = await say(admin, "POST", "/v1/operators", { name: "Noor", email: "noor@ops.example" });
  expect(added).toMatchObject({ status: 201, name: "Noor", email: "noor@ops.example", retired_at: null });
  for (const body of [{ name: " noor " }, { name: "Other", email: "NOOR@ops.example" }])
    expect(await say(admin, "POST", "/v1/operators", body)).toMatchObject({ code: "operator_exists" });
  const [first, second] = [await keyOf("laptop", "Noor"), await keyOf("phone", " NOOR")];
  const listed = await say(admin, "GET", "/v1/api-keys?limit=2");
  expect(listed.data).toMatchObject([
    { name: "phone", owner: "Noor", operator_id: added.id },
    { name: "laptop", owner: "Noor", operator_id: added.id },
  ]);
  const retire = `/v1/operators/${added.id}/retire`;
  const retired = await say(first, "POST", retire);
  expect(retired).toMatchObject({ status: 200, retired_at: startOfTest.toISOString() });
  for (const key of [first, second]) expect(await say(key, "POST", retire)).toMatchObject({ status: 401 });
  expect(await say(admin, "POST", retire)).toMatchObject({ retired_by: retired.retired_by });
  const again = { name: "new laptop", owner: "Noor", role: "viewer" };
  expect(await say(admin, "POST", "/v1/api-keys", again)).toMatchObject({ code: "operator_retired" });
  expect(await say(admin, "POST", "/v1/operators", { name: "NOOR" })).toMatchObject({
    code: "operator_exists",
  });
  const nobody = "/v1/operators/00000000-0000-4000-8000-000000000000";
  expect(await say(admin, "GET", nobody)).toMatchObject({ code: "unknown_operator" });
  expect((await say(admin, "GET", "/v1/operators?limit=1")).data).toHaveLength(1);
});

test("400: a mode that there is not", async () => {
  const { key } = await createApiKey(db, { name: "first", scopes: ["admin"], now: startOfTest });
  const { server } = await startTestServer(db);
  const answer = await server.inject({
    method: "POST",
    url: "/v1/api-keys",
    headers: { authorization: `Bearer ${key}` },
    payload: { name: "shop", scopes: ["orders:read"], mode: "sandbox" },
  });
  expect(answer.json()).toMatchObject({ status: 400, code: "invalid_request" });
});
