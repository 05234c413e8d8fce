import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../../tests/support/index.ts";
import { sql, type Db } from "../../../database/index.ts";
import { paymentRoutes } from "../../index.ts";
import { callerWith, startOfTest, startTestServer } from "../../testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
  await sql`
    insert into processor_event (processor, source, content_hash, body, received_at, status, outcome)
    values ('shop', 'webhook', '\\x01', '\\x7b7d', ${startOfTest}, 'ignored', 'unknown_kind')`.execute(db);
});

test.each(["/v1/provider-events", "/v1/events"])(
  "%s lists what processors told us, by status",
  async (path) => {
    const { server } = await startTestServer(db, { routes: paymentRoutes });
    const headers = await callerWith(db, "payments:read");
    const url = `${path}?status=ignored`;
    expect((await server.inject({ url, headers })).json()).toEqual({
      data: [
        {
          id: expect.any(Number),
          processor: "shop",
          source: "webhook",
          received_at: startOfTest.toISOString(),
          deliveries: 1,
          status: "ignored",
          outcome: "unknown_kind",
          payment_id: null,
        },
      ],
      has_more: false,
      next_cursor: null,
    });
    const other = await server.inject({ url: `${path}?status=received`, headers });
    expect(other.json()).toMatchObject({ data: [] });
  },
);

test.each(["/v1/provider-events", "/v1/events"])("404: %s has no such event to replay", async (path) => {
  const { server } = await startTestServer(db, { routes: paymentRoutes });
  const headers = await callerWith(db, "operations:write");
  const answer = await server.inject({ method: "POST", url: `${path}/999999/replay`, headers });
  expect(answer.json()).toMatchObject({ status: 404, code: "unknown_event" });
});
