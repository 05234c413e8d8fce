import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { freshDatabase } from "../../tests/support/index.ts";
import type { Db } from "../database/index.ts";
import { DomainError, InvariantViolation, ProviderError } from "../errors.ts";
import { createApiKey, revokeApiKey } from "../operators/index.ts";
import { defineRoute, defineWebhook } from "./index.ts";
import { moneySchema, moneyView, presentMoney } from "./schemas.ts";
import { operatorRoutes, callerWith, startOfTest, startTestServer } from "./testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

/** A route that does what its test says. */
const echoRoute = (handle: () => Promise<void> = async () => undefined) =>
  defineRoute({
    method: "POST",
    path: "/v1/echo",
    operationId: "echo",
    scope: "orders:write",
    summary: "Say it again",
    body: z.strictObject({ money: moneySchema, note: z.string().optional() }),
    success: { status: 201, body: z.object({ money: moneyView, note: z.string().nullable() }) },
    problems: [],
    async handle({ body }) {
      await handle();
      return { money: presentMoney(body.money), note: body.note ?? null, internal: "not in the schema" };
    },
  });

const sized = (bytes: number): string => JSON.stringify({ ...echo, note: "x".repeat(bytes) });
const echo = { money: { asset: "ethereum:USDT", amount: "12.50" } };

describe("401 and 403", () => {
  test("S12: every way to lack a valid key gets the same answer", async () => {
    const { server } = await startTestServer(db);
    const { apiKey, key } = await createApiKey(db, { name: "revoked", scopes: ["admin"], now: startOfTest });
    await revokeApiKey(db, apiKey.id, startOfTest);
    const attempts = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Basic eDp5",
      `Bearer ${key}`,
      `Bearer ${key.slice(0, -1)}`,
      "Bearer sk_x",
      key,
    ];
    const bodies = new Set<string>();
    for (const authorization of attempts) {
      const headers = { "x-request-id": "same", ...(authorization === undefined ? {} : { authorization }) };
      const answer = await server.inject({ url: "/v1/api-keys", headers });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      bodies.add(answer.body);
    }
    expect(bodies.size).toBe(1);
    expect(JSON.parse([...bodies][0]!)).toMatchObject({
      code: "unauthenticated",
      status: 401,
      next_step: expect.any(String),
    });
  });

  test("S12: no route below /v1 answers without a key, nor with a key of another scope", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const other = await callerWith(db, "conversions:read");
    for (const { method, path } of [...operatorRoutes, echoRoute()]) {
      const url = path.replace(":key", "platform_fee").replace(":id", "x");
      expect((await server.inject({ method, url })).statusCode, `${method} ${path}`).toBe(401);
      const forbidden = await server.inject({ method, url, headers: other });
      expect(forbidden.json(), `${method} ${path}`).toMatchObject({ status: 403, code: "forbidden" });
    }
  });

  test("the key is asked for before the body is read", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = { "content-type": "application/json" };
    const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload: "{not json" });
    expect(answer.statusCode).toBe(401);
  });

  test("admin may do everything", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const answer = await server.inject({
      method: "POST",
      url: "/v1/echo",
      headers: await callerWith(db, "admin"),
      payload: echo,
    });
    expect(answer.statusCode).toBe(201);
  });
});

describe("2xx", () => {
  test("the answer has what its schema names and nothing else, with headers that keep it private", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = { ...(await callerWith(db, "orders:write")), "x-request-id": "order-7" };
    const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload: echo });
    expect(answer.json()).toEqual({ money: { asset: "ethereum:USDT", amount: "12.5" }, note: null });
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": "order-7",
    });
  });

  test("a request id that could forge a log line or a header is replaced by ours", async () => {
    const { server } = await startTestServer(db);
    const answer = await server.inject({ url: "/health/live", headers: { "x-request-id": 'a" b="c' } });
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("F107: a request without a body may claim any type of body", async () => {
    const { server } = await startTestServer(db);
    const headers = { ...(await callerWith(db, "admin")), "content-type": "application/json" };
    const { apiKey } = await createApiKey(db, { name: "short-lived", scopes: ["admin"], now: startOfTest });
    const answer = await server.inject({ method: "DELETE", url: `/v1/api-keys/${apiKey.id}`, headers });
    expect(answer.json()).toMatchObject({ id: apiKey.id, revoked_at: startOfTest.toISOString() });
  });
});

describe("400", () => {
  test("F120: everything that is wrong with a body is listed, in a problem that is JSON", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = await callerWith(db, "orders:write");
    const payload = { money: { asset: "ethereum:NOPE", amount: "1" }, note: 7, extra: true };
    const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload });
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    const { problems, ...problem } = answer.json();
    expect(problem).toMatchObject({
      type: "urn:spillway:problem:invalid_request",
      title: expect.any(String),
      status: 400,
      code: "invalid_request",
      request_id: answer.headers["x-request-id"],
    });
    expect(
      problems.map(({ in: place, path, code }: Record<string, string>) => `${place} ${path} ${code}`),
    ).toEqual(["body /money/asset unknown_asset", "body /note wrong_type", "body /extra unknown_field"]);
  });

  test.each([
    ["F99: a number", 12.5],
    ["too many digits", "0.0000001"],
    ["negative", "-1"],
    ["NaN", "NaN"],
    ["exponent form", "1e3"],
    ["infinite", "Infinity"],
    ["a comma", "1,5"],
    ["spaces", " 1"],
    ["nothing", ""],
    ["F23: null", null],
    ["more than any ledger holds", "9".repeat(78)],
    ["a novel", "1".repeat(100_000)],
  ])("an amount is refused: %s", async (_, amount) => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = await callerWith(db, "orders:write");
    const payload = { money: { asset: "ethereum:USDT", amount } };
    const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload });
    expect(answer.json()).toMatchObject({ status: 400, problems: [{ in: "body", path: "/money/amount" }] });
  });

  test("F23: a field that is null where it may only be missing is refused", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = await callerWith(db, "orders:write");
    const answer = await server.inject({
      method: "POST",
      url: "/v1/echo",
      headers,
      payload: { ...echo, note: null },
    });
    expect(answer.json()).toMatchObject({ status: 400, problems: [{ path: "/note", code: "wrong_type" }] });
  });

  test.each(['{"money":', "null{", '{"__proto__": {"admin": true}}', "\u0000"])(
    "malformed JSON: %j",
    async (payload) => {
      const { server } = await startTestServer(db, { routes: [echoRoute()] });
      const headers = { ...(await callerWith(db, "orders:write")), "content-type": "application/json" };
      const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload });
      expect(answer.json()).toMatchObject({ status: 400, code: "malformed_json" });
    },
  );

  test.each(["a\u0000b", "half \ud83d"])(
    "text that no database can hold never reaches one: %j",
    async (note) => {
      const { server } = await startTestServer(db, { routes: [echoRoute()] });
      const headers = { ...(await callerWith(db, "orders:write")), "content-type": "application/json" };
      const payload = JSON.stringify({ ...echo, note });
      const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload });
      expect(answer.json()).toMatchObject({ status: 400, problems: [{ code: "unstorable_text" }] });
      const fine = JSON.stringify({ ...echo, note: "\u{1f600} \\u00e9" });
      expect(
        (await server.inject({ method: "POST", url: "/v1/echo", headers, payload: fine })).statusCode,
      ).toBe(201);
    },
  );

  test("a body that is missing altogether", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const answer = await server.inject({
      method: "POST",
      url: "/v1/echo",
      headers: await callerWith(db, "orders:write"),
    });
    expect(answer.json()).toMatchObject({ status: 400, code: "invalid_request" });
  });
});

/** One row a wrong request: what is sent, and the sentence that comes back. */
describe("what no schema names is refused, with a word about what was probably meant", () => {
  const nested = defineRoute({
    method: "POST",
    path: "/v1/nested",
    operationId: "nested",
    scope: "admin",
    summary: "Take something inside something",
    body: z.strictObject({ parts: z.array(z.strictObject({ payee_id: z.uuid() })) }),
    success: { status: 200, body: z.object({}) },
    problems: [],
    handle: async () => ({}),
  });
  const bare = defineRoute({
    method: "POST",
    path: "/v1/bare/:id",
    operationId: "bare",
    scope: "admin",
    summary: "Take nothing",
    success: { status: 200, body: z.object({}) },
    problems: ["not_found"],
    handle: async () => ({}),
  });
  const id = "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01";
  const unknownParameter = (name: string, rest: string) => `There is no query parameter \`${name}\`${rest}`;

  test.each([
    ["GET", "/v1/api-keys?limt=3", undefined, unknownParameter("limt", "; did you mean `limit`?")],
    ["GET", "/v1/api-keys?zzz=3", undefined, unknownParameter("zzz", ". It may be `cursor`, `limit`.")],
    ["GET", "/v1/settings/platform_fee?x=1", undefined, unknownParameter("x", ": none is taken here.")],
    ["GET", "/v1/api-keys?limit=1.5", undefined, "`limit` must be a whole number from 1 to 200."],
    ["GET", "/v1/api-keys?limit=0", undefined, "`limit` must be a whole number from 1 to 200."],
    ["GET", "/v1/api-keys?limit=201", undefined, "`limit` must be a whole number from 1 to 200."],
    ["GET", "/v1/api-keys?limit=1&limit=2", undefined, "`limit` must be given once."],
    [
      "DELETE",
      "/v1/api-keys/7",
      undefined,
      "`id` in the path must be a UUID, such as 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01.",
    ],
    [
      "POST",
      "/v1/nested",
      { parts: [{ payeeid: id }] },
      "`parts[0].payee_id` is missing; it must be a string. There is no field `parts[0].payeeid`; did you mean `payee_id`?",
    ],
    ["POST", "/v1/nested", { parts: [{ payee_id: 7 }] }, "`parts[0].payee_id` must be a string."],
    ["POST", "/v1/nested", [1], "The body must be an object."],
    ["POST", "/v1/nested?dry_run=1", { parts: [] }, unknownParameter("dry_run", ": none is taken here.")],
    ["POST", `/v1/bare/${id}`, { force: true }, "There is no field `force`: none is taken here."],
  ] as const)("%s %s %j", async (method, url, payload, detail) => {
    const { server } = await startTestServer(db, { routes: [nested, bare] });
    const headers = await callerWith(db, "admin");
    const answer = await server.inject({
      method,
      url,
      headers,
      ...(payload && { payload: payload as object }),
    });
    expect(answer.json()).toMatchObject({
      status: 400,
      code: "invalid_request",
      detail,
      next_step: expect.any(String),
    });
  });

  test("a route that takes no body takes an empty one", async () => {
    const { server } = await startTestServer(db, { routes: [bare] });
    const headers = await callerWith(db, "admin");
    const answer = await server.inject({ method: "POST", url: `/v1/bare/${id}`, headers, payload: {} });
    expect(answer.statusCode).toBe(200);
  });
});

describe("what programs live by", () => {
  test("405 names the methods that there are; a slash at the end changes nothing", async () => {
    const { server } = await startTestServer(db, { webhooks: [webhookThat(async () => ({}))] });
    const headers = await callerWith(db, "admin");
    for (const [method, url, allow] of [
      ["PUT", "/v1/api-keys", "POST, GET, HEAD"],
      ["DELETE", "/v1/settings/platform_fee/", "GET, HEAD, PUT"],
      ["GET", "/webhooks/shop", "POST"],
      ["POST", "/docs", "GET, HEAD"],
    ] as const) {
      const answer = await server.inject({ method, url, headers });
      expect([answer.statusCode, answer.headers["allow"]], url).toEqual([405, allow]);
      expect(answer.json()).toMatchObject({ code: "method_not_allowed", next_step: expect.any(String) });
    }
    const [plain, slashed] = await Promise.all(
      ["/v1/settings/platform_fee", "/v1/settings/platform_fee/"].map((url) =>
        server.inject({ url, headers }),
      ),
    );
    expect(slashed!.body).toBe(plain!.body);
  });

  test("201 says where the new thing is, and it is there", async () => {
    const { server } = await startTestServer(db);
    const headers = await callerWith(db, "admin");
    const payload = { name: "shop", scopes: ["orders:read"] };
    const made = await server.inject({ method: "POST", url: "/v1/api-keys", headers, payload });
    expect(made.headers["location"]).toBe(`/v1/api-keys/${made.json<{ id: string }>().id}`);
    const read = await server.inject({ url: made.headers["location"]!, headers });
    expect(read.json()).toMatchObject({ id: made.json<{ id: string }>().id, name: "shop" });
  });

  test("who polls and knows the answer gets 304, until it changes", async () => {
    const { server } = await startTestServer(db);
    const headers = await callerWith(db, "admin");
    const url = "/v1/settings/order_defaults";
    const first = await server.inject({ url, headers });
    const again = (tag: string) => server.inject({ url, headers: { ...headers, "if-none-match": tag } });
    const { etag } = first.headers;
    for (const tag of [etag!, `W/${etag}`, `"other", ${etag}`, "*"])
      expect([(await again(tag)).statusCode, (await again(tag)).body], tag).toEqual([304, ""]);
    const payload = { value: { tolerance_bps: 7, expires_minutes: 60 } };
    await server.inject({ method: "PUT", url, headers, payload });
    expect((await again(etag!)).statusCode).toBe(200);
  });

  test("where waiting helps, the answer says how long, and the same request with the same key is tried again", async () => {
    let calls = 0;
    const refusals = [
      new DomainError("stale_status", "Somebody moved it first."),
      new DomainError("order_exists", "It is there."),
    ];
    const route = echoRoute(() => Promise.reject(refusals[calls++]!));
    const { server } = await startTestServer(db, { routes: [route] });
    const headers = { ...(await callerWith(db, "orders:write")), "idempotency-key": "wait" };
    const send = () => server.inject({ method: "POST", url: "/v1/echo", headers, payload: echo });
    const answers = [await send(), await send(), await send()];
    expect(answers.map((one) => [one.json<{ code: string }>().code, one.headers["retry-after"]])).toEqual([
      ["stale_status", "1"],
      ["order_exists", undefined],
      ["order_exists", undefined],
    ]);
    expect(calls).toBe(2);
  });
});

describe("404, 413, 415", () => {
  test.each(["/nowhere", "/v1/nowhere", "/v1/%ff", "/%"])("an unknown path: %s", async (url) => {
    const { server } = await startTestServer(db);
    const answer = await server.inject({ url });
    expect(answer.json()).toMatchObject({ status: 404, code: "not_found" });
  });

  test("S30: a body over 256 KiB is refused, just below it is read", async () => {
    const { server } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = { ...(await callerWith(db, "orders:write")), "content-type": "application/json" };
    const over = await server.inject({
      method: "POST",
      url: "/v1/echo",
      headers,
      payload: sized(256 * 1024),
    });
    expect(over.json()).toMatchObject({ status: 413, code: "payload_too_large" });
    const below = await server.inject({
      method: "POST",
      url: "/v1/echo",
      headers,
      payload: sized(255 * 1024),
    });
    expect(below.statusCode).toBe(201);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"])(
    "a body of type %s",
    async (type) => {
      const { server } = await startTestServer(db, { routes: [echoRoute()] });
      const headers = { ...(await callerWith(db, "orders:write")), "content-type": type };
      const answer = await server.inject({
        method: "POST",
        url: "/v1/echo",
        headers,
        payload: JSON.stringify(echo),
      });
      expect(answer.json()).toMatchObject({ status: 415, code: "unsupported_media_type" });
    },
  );
});

describe("refusals and failures", () => {
  test("a room's refusal is shown with its code and its sentence", async () => {
    const refusal = new DomainError("insufficient_funds", "There is not enough money.", { secret: 1 });
    const { server } = await startTestServer(db, { routes: [echoRoute(() => Promise.reject(refusal))] });
    const headers = await callerWith(db, "orders:write");
    const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload: echo });
    expect(answer.json()).toMatchObject({
      status: 422,
      code: "insufficient_funds",
      detail: "There is not enough money.",
    });
    expect(answer.body).not.toContain("secret");
  });

  test.each([
    ["any error", new Error("relation payee_4711 lacks a column"), 500, "internal_error"],
    ["a bug of ours", new InvariantViolation("entry_conflict", "payee_4711 twice"), 500, "internal_error"],
    ["something that is no error", "payee_4711", 500, "internal_error"],
    [
      "a refusal meant for the one who starts us",
      new DomainError("invalid_config", "payee_4711"),
      500,
      "internal_error",
    ],
    [
      "a provider",
      new ProviderError(
        { provider: "changenow", operation: "create", failure: "unknown", reason: "timeout" },
        { raw: "payee_4711" },
      ),
      503,
      "provider_unavailable",
    ],
  ])(
    "S22: of %s only an id goes out, and the log has the rest under that id",
    async (_, error, status, code) => {
      const { server, log } = await startTestServer(db, { routes: [echoRoute(() => Promise.reject(error))] });
      const headers = await callerWith(db, "orders:write");
      const answer = await server.inject({ method: "POST", url: "/v1/echo", headers, payload: echo });
      expect(answer.json()).toMatchObject({
        status,
        code,
        error_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(answer.body).not.toMatch(/payee_4711|stack|relation/);
      expect(log()).toContain(answer.json().error_id);
    },
  );

  test("an answer unlike its schema is our bug and does not go out", async () => {
    const broken = defineRoute({
      method: "GET",
      path: "/v1/broken",
      operationId: "broken",
      scope: "admin",
      summary: "Answer nonsense",
      success: { status: 200, body: z.object({ amount: z.string() }) },
      problems: [],
      handle: async () => ({ amount: 7 as unknown as string }),
    });
    const { server } = await startTestServer(db, { routes: [broken] });
    const answer = await server.inject({ url: "/v1/broken", headers: await callerWith(db, "admin") });
    expect(answer.json()).toMatchObject({ status: 500, code: "internal_error" });
  });

  test("S21: the log has a line for every request, and no key, body or query in it", async () => {
    const { server, log } = await startTestServer(db, { routes: [echoRoute()] });
    const headers = { ...(await callerWith(db, "orders:write", "admin")), "x-request-id": "trace-me" };
    const payload = { ...echo, note: "a private note" };
    await server.inject({ method: "POST", url: "/v1/echo", headers, payload });
    await server.inject({ url: "/v1/api-keys?limit=3&cursor=0xprivate", headers });
    const lines = log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      level: "info",
      request_id: "trace-me",
      method: "POST",
      route: "/v1/echo",
      status: 201,
      duration_ms: expect.any(Number),
      principal: expect.stringMatching(/^api_key:/),
    });
    expect(log()).not.toMatch(/sk_|spw_|private|12\.5|0x/);
  });
});

const webhookThat = (handle: Parameters<typeof defineWebhook>[0]["handle"]) =>
  defineWebhook({
    path: "/webhooks/:provider",
    summary: "An event",
    problems: ["invalid_signature"],
    handle,
  });

describe("webhooks", () => {
  test("the handler gets the bytes as they came, whatever type they claim to be", async () => {
    const seen: string[] = [];
    const hook = webhookThat(async ({ raw, headers, params }) => {
      seen.push(`${params["provider"]} ${headers["x-sig"]} ${raw.toString("hex")}`);
      return { status: "accepted" };
    });
    const { server } = await startTestServer(db, { webhooks: [hook] });
    const bytes = Buffer.from('{ "a" : 1.10, "bad": \xff', "latin1");
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded", undefined]) {
      const headers = { "x-sig": "s", ...(type === undefined ? {} : { "content-type": type }) };
      const answer = await server.inject({ method: "POST", url: "/webhooks/shop", headers, payload: bytes });
      expect(answer.json()).toEqual({ status: "accepted" });
    }
    await server.inject({ method: "POST", url: "/webhooks/shop", headers: { "x-sig": "s" } });
    const nonsense = { "x-sig": "s", "content-type": "nonsense" };
    const refused = await server.inject({
      method: "POST",
      url: "/webhooks/shop",
      headers: nonsense,
      payload: bytes,
    });
    expect(refused.json()).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(seen).toEqual([...Array.from({ length: 4 }, () => `shop s ${bytes.toString("hex")}`), "shop s "]);
  });

  test("a refusal is a problem; a failure shows an id only", async () => {
    const refuse = webhookThat(() => {
      throw new DomainError("invalid_signature", "The signature does not match.");
    });
    const refused = await startTestServer(db, { webhooks: [refuse] });
    const answer = await refused.server.inject({
      method: "POST",
      url: "/webhooks/shop",
      payload: { secret: "in the body" },
    });
    expect(answer.json()).toMatchObject({ status: 401, code: "invalid_signature" });
    expect(refused.log()).not.toContain("in the body");
    const failing = await startTestServer(db, {
      webhooks: [webhookThat(() => Promise.reject(new Error("db is down")))],
    });
    const failure = await failing.server.inject({ method: "POST", url: "/webhooks/shop", payload: {} });
    expect(failure.json()).toMatchObject({ status: 500, error_id: expect.any(String) });
    expect(failure.body).not.toContain("db is down");
  });

  test("S30: an oversized body is refused over a real socket, said or unsaid how long it is", async () => {
    let handled = 0;
    const hook = webhookThat(async () => ({ handled: ++handled }));
    const { server } = await startTestServer(db, { webhooks: [hook] });
    await server.listen({ port: 0, host: "127.0.0.1" });
    const { port } = server.server.address() as AddressInfo;
    const send = (headers: Record<string, string | number>) =>
      new Promise<number | undefined>((done, fail) => {
        const request = httpRequest({ port, method: "POST", path: "/webhooks/shop", headers }, (answer) => {
          answer.resume();
          done(answer.statusCode);
        });
        // The server may hang up while we still send; the status is what counts.
        request.on("error", (error) =>
          error.message.includes("EPIPE") || error.message.includes("ECONNRESET") ? undefined : fail(error),
        );
        request.end(Buffer.alloc(300 * 1024, 120));
      });
    expect(await send({ "content-length": 300 * 1024 })).toBe(413);
    expect(await send({ "transfer-encoding": "chunked" })).toBe(413);
    expect(handled).toBe(0);
  });
});

describe("health and metrics", () => {
  const works = { name: "database", critical: true, check: async () => "version 18" };

  test("ready names every component; a helper that fails is told and does not stop us", async () => {
    const checks = [
      works,
      { name: "prices", critical: false, check: () => Promise.reject(new Error("10.0.0.7 refused")) },
    ];
    const { server, log } = await startTestServer(db, { checks });
    const answer = await server.inject({ url: "/health/ready" });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: "ready",
      components: [
        { name: "database", ok: true, critical: true, detail: "version 18" },
        { name: "prices", ok: false, critical: false, detail: "does not work; the log says why" },
      ],
    });
    expect(log()).toContain("10.0.0.7");
  });

  test("F103: not ready while a critical part fails or does not answer; still live", async () => {
    const hangs = { name: "node", critical: true, check: () => new Promise<void>(() => undefined) };
    const { server } = await startTestServer(db, { checks: [works, hangs] });
    const answer = await server.inject({ url: "/health/ready" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      status: "not_ready",
      components: [{ ok: true }, { name: "node", ok: false }],
    });
    expect((await server.inject({ url: "/health/live" })).json()).toEqual({ status: "live" });
  });

  test("metrics are Prometheus text and count requests by route, not by path", async () => {
    const { server } = await startTestServer(db);
    const headers = await callerWith(db, "settings:read");
    await server.inject({ url: "/v1/settings/platform_fee", headers });
    const answer = await server.inject({ url: "/metrics" });
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.body).toContain(
      'spillway_http_request_seconds_count{method="GET",route="/v1/settings/:key",status="200"} 1',
    );
  });
});
