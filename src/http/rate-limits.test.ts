import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { freshDatabase } from "../../tests/support/index.ts";
import type { Db } from "../database/index.ts";
import { defineRoute, defineWebhook } from "./index.ts";
import { callerWith, startTestServer } from "./testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

const fromPage = defineRoute({
  method: "GET",
  path: "/v1/page",
  operationId: "page",
  scope: "orders:public",
  summary: "What a page asks for",
  success: { status: 200, body: z.object({ ok: z.boolean() }) },
  problems: [],
  handle: async () => ({ ok: true }),
});
const hook = defineWebhook({
  path: "/webhooks/shop",
  summary: "An event",
  problems: [],
  handle: async () => ({ received: true }),
});

async function startLimited() {
  const { server } = await startTestServer(db, {
    routes: [fromPage],
    webhooks: [hook],
    rateLimits: { key: 5, address: 8, browser: 3 },
  });
  const ask = (url: string, remoteAddress: string, headers: Record<string, string> = {}) =>
    server.inject({ url, remoteAddress, headers });
  /** The statuses of so many requests, one after the other. */
  const statuses = async (count: number, request: (index: number) => ReturnType<typeof ask>) => {
    const all: number[] = [];
    for (let index = 0; index < count; index++) all.push((await request(index)).statusCode);
    return all;
  };
  return { server, ask, statuses };
}
const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

describe("requests a minute", () => {
  test("of one key, from wherever: the answers count down, and then say when to go on", async () => {
    const { ask, statuses } = await startLimited();
    const caller = await callerWith(db, "settings:read");
    const at = (index: number) => ask("/v1/settings/order_defaults", `203.0.113.${index}`, caller);
    const first = await at(0);
    expect(first.headers).toMatchObject({ "ratelimit-limit": "5", "ratelimit-remaining": "4" });
    expect(Number(first.headers["ratelimit-reset"])).toBeGreaterThan(0);
    expect(await statuses(4, (index) => at(index + 1))).toEqual(times(4, 200));
    const refused = await at(9);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers["content-type"]).toContain("application/problem+json");
    const seconds = Number(refused.headers["retry-after"]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers["ratelimit-remaining"]).toBe("0");
    expect(refused.json()).toMatchObject({
      code: "rate_limited",
      detail: expect.stringMatching(/^One API key may make 5 requests a minute\. Go on in \d+ seconds?\.$/),
      next_step: expect.any(String),
    });
    const another = await callerWith(db, "settings:read");
    expect((await ask("/v1/settings/order_defaults", "203.0.113.1", another)).statusCode).toBe(200);
  });

  test("of one address, with whatever key or none: who guesses keys is stopped before any is looked up", async () => {
    const { ask, statuses } = await startLimited();
    const guess = (index: number) =>
      ask("/v1/settings/order_defaults", `2001:db8::${index + 1}`, {
        authorization: `Bearer spw_live_${index}`,
      });
    expect(await statuses(10, guess)).toEqual([...times(8, 401), 429, 429]);
    const caller = await callerWith(db, "settings:read");
    expect((await ask("/v1/settings/order_defaults", "2001:db8::ff", caller)).statusCode).toBe(429);
    expect((await ask("/v1/settings/order_defaults", "2001:db8:0:1::1", caller)).statusCode).toBe(200);
  });

  test("X-Forwarded-For of a stranger buys no further requests", async () => {
    const { ask, statuses } = await startLimited();
    const forged = (index: number) =>
      ask("/v1/page", "203.0.113.5", { "x-forwarded-for": `192.0.2.${index}` });
    expect(await statuses(9, forged)).toEqual([...times(8, 401), 429]);
  });

  test("of a publishable key from one address: no visitor of a page takes another's", async () => {
    const { ask, statuses } = await startLimited();
    const page = await callerWith(db, "orders:public");
    expect(await statuses(4, () => ask("/v1/page", "203.0.113.1", page))).toEqual([...times(3, 200), 429]);
    expect(await statuses(3, () => ask("/v1/page", "203.0.113.2", page))).toEqual(times(3, 200));
  });

  test("notices and health are not counted", async () => {
    const { server, ask, statuses } = await startLimited();
    const send = () => server.inject({ method: "POST", url: "/webhooks/shop", payload: "{}" });
    expect(await statuses(20, send)).toEqual(times(20, 200));
    expect(await statuses(20, () => ask("/health/live", "127.0.0.1"))).toEqual(times(20, 200));
  });
});

describe("pages of other origins", () => {
  const preflight = (origin: string) => ({
    method: "OPTIONS" as const,
    url: "/v1/page",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,idempotency-key",
    },
  });
  const allowed = "https://shop.example";

  test("may call where their origin is named, and read refusals too", async () => {
    const { server } = await startTestServer(db, { routes: [fromPage], corsOrigins: [allowed] });
    const before = await server.inject(preflight(allowed));
    expect(before.statusCode).toBe(204);
    expect(before.headers).toMatchObject({
      "access-control-allow-origin": allowed,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": expect.stringContaining("idempotency-key"),
      vary: expect.stringContaining("Origin"),
    });
    expect(before.headers["access-control-allow-credentials"]).toBeUndefined();
    const page = await callerWith(db, "orders:public");
    for (const headers of [page, {}]) {
      const answer = await server.inject({ url: "/v1/page", headers: { ...headers, origin: allowed } });
      expect(answer.headers["access-control-allow-origin"]).toBe(allowed);
      expect(answer.headers["access-control-expose-headers"]).toContain("retry-after");
    }
  });

  test.each(["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"])(
    "%s may not, where it is not named",
    async (origin) => {
      const { server } = await startTestServer(db, { routes: [fromPage], corsOrigins: [allowed] });
      for (const request of [preflight(origin), { url: "/v1/page", headers: { origin } }])
        expect((await server.inject(request)).headers["access-control-allow-origin"]).toBeUndefined();
    },
  );

  test("may not by default: nothing is said of origins, and OPTIONS is no method", async () => {
    const { server } = await startTestServer(db, { routes: [fromPage] });
    const before = await server.inject(preflight(allowed));
    expect(before.json()).toMatchObject({ status: 405, code: "method_not_allowed" });
    expect(Object.keys(before.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});
