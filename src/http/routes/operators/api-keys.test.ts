import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../../tests/support/index.ts";
import type { Db } from "../../../database/index.ts";
import { createApiKey } from "../../../operators/index.ts";
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
