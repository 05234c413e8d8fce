import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../../../tests/support/index.ts";
import { sql, type Db } from "../../../database/index.ts";
import { callerWith, startOfTest, startTestServer } from "../../testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

const value = { tolerance_bps: 50, expires_minutes: 60 };

test("a setting is read, changed at run time and has a history, through the API", async () => {
  const { server } = await startTestServer(db);
  const headers = await callerWith(db, "settings:read", "settings:write");
  const url = "/v1/settings/order_defaults";
  expect((await server.inject({ url, headers })).json()).toMatchObject({
    version: 0,
    changed_by: null,
    changed_at: null,
  });
  const changed = await server.inject({
    method: "PUT",
    url,
    headers,
    payload: { value, expected_version: 0 },
  });
  expect(changed.json()).toEqual({
    key: "order_defaults",
    value,
    version: 1,
    changed_by: expect.stringMatching(/^api_key:/),
    changed_at: startOfTest.toISOString(),
  });
  await server.inject({ method: "PUT", url, headers, payload: { value: { ...value, tolerance_bps: 0 } } });
  const first = (await server.inject({ url: `${url}/history?limit=1`, headers })).json();
  expect(first.data).toMatchObject([{ version: 2, value: { tolerance_bps: 0 } }]);
  const second = (
    await server.inject({ url: `${url}/history?limit=1&cursor=${first.next_cursor}`, headers })
  ).json();
  expect(second).toMatchObject({ data: [{ version: 1, value }], next_cursor: null });
});

test("a value from before a bound of today is shown as it holds", async () => {
  const { server } = await startTestServer(db);
  const headers = await callerWith(db, "settings:read");
  await sql`insert into setting (key, version, value, changed_by, changed_at)
    values ('conversion_trigger', 1, '{"maximum_age_hours": 9999}', 'cli:ada', ${startOfTest})`.execute(db);
  const { statusCode, body } = await server.inject({ url: "/v1/settings/conversion_trigger", headers });
  expect({ statusCode, ...JSON.parse(body) }).toMatchObject({
    statusCode: 200,
    value: { maximum_age_hours: 9_999 },
  });
});

describe("refused", () => {
  test.each([
    [404, "unknown_setting", "nothing", { value: 1 }],
    [422, "invalid_setting", "order_defaults", { value: { tolerance_bps: 50 } }],
    [422, "invalid_setting", "settlement_asset", { value: null }],
    [
      409,
      "setting_changed_meanwhile",
      "platform_fee",
      { value: { bps: 1, fixed: null }, expected_version: 7 },
    ],
    [400, "invalid_request", "platform_fee", { valeu: {} }],
  ])("%i %s", async (status, code, key, payload) => {
    const { server } = await startTestServer(db);
    const headers = await callerWith(db, "settings:write");
    const answer = await server.inject({ method: "PUT", url: `/v1/settings/${key}`, headers, payload });
    expect(answer.json()).toMatchObject({ status, code });
  });

  test("403: reading does not entitle to change", async () => {
    const { server } = await startTestServer(db);
    const headers = await callerWith(db, "settings:read");
    const answer = await server.inject({
      method: "PUT",
      url: "/v1/settings/platform_fee",
      headers,
      payload: { value: {} },
    });
    expect(answer.json()).toMatchObject({ status: 403, code: "forbidden" });
  });
});
