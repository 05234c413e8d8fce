import { EventEmitter, once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freshDatabase } from "../../tests/support/index.ts";
import { sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { findApiKey } from "../operators/index.ts";
import { pruneIdempotencyRecords } from "./idempotency.ts";
import { defineRoute } from "./index.ts";
import { callerWith, startOfTest, startTestServer } from "./testing/test-server.ts";

let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

async function recordsOf(key: string): Promise<number> {
  return (await sql`select 1 from idempotency_record where key = ${key}`.execute(db)).rows.length;
}

/** Counts its runs; what a run does is up to the test. */
async function startCounting(
  run: (count: number) => Promise<void> = async () => undefined,
  idempotent?: boolean,
) {
  let runs = 0;
  const route = defineRoute({
    method: "POST",
    path: "/v1/count",
    operationId: "count",
    scope: "orders:write",
    summary: "Count",
    ...(idempotent === undefined ? {} : { idempotent }),
    body: z.object({ a: z.string().optional(), b: z.string().optional() }),
    success: { status: 201, body: z.object({ run: z.int() }) },
    problems: ["insufficient_funds"],
    async handle() {
      const own = ++runs;
      await run(own);
      return { run: own };
    },
  });
  const { server, clock } = await startTestServer(db, { routes: [route] });
  const caller = await callerWith(db, "orders:write");
  const post = (key: string | undefined, payload: object = { a: "1" }, headers = caller) =>
    server.inject({
      method: "POST",
      url: "/v1/count",
      headers: { ...headers, ...(key === undefined ? {} : { "idempotency-key": key }) },
      payload,
    });
  return { post, clock, runs: () => runs };
}

test("the same request with the same key runs once and gets the first answer again", async () => {
  const { post, runs } = await startCounting();
  const first = await post("k1", { a: "1", b: "2" });
  const again = await post("k1", { b: "2", a: "1" });
  expect(first.headers["idempotency-replayed"]).toBeUndefined();
  expect([again.statusCode, again.json(), again.headers["idempotency-replayed"]]).toEqual([
    201,
    { run: 1 },
    "true",
  ]);
  expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
  expect(runs()).toBe(1);
});

test("another body under the same key is refused; another caller's key is another key", async () => {
  const { post, runs } = await startCounting();
  await post("k2", { a: "1" });
  expect((await post("k2", { a: "2" })).json()).toMatchObject({
    status: 422,
    code: "idempotency_key_reused",
  });
  expect((await post("k2", { a: "2" }, await callerWith(db, "orders:write"))).json()).toEqual({ run: 2 });
  expect(runs()).toBe(2);
});

test("of twenty at once one runs; the others are told to wait or get its answer", async () => {
  const gate = new EventEmitter();
  const { post, runs } = await startCounting(async () => void (await once(gate, "open")));
  const answers = Array.from({ length: 20 }, () => post("k3"));
  const settled = Promise.all(answers);
  await Promise.any(answers); // somebody was told to wait: so somebody else runs
  gate.emit("open");
  const statuses = (await settled).map(({ statusCode }) => statusCode);
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(1);
  expect(new Set(statuses)).toEqual(new Set([201, 409]));
  expect(runs()).toBe(1);
  expect((await post("k3")).json()).toEqual({ run: 1 });
});

test("a refusal is an answer and is replayed; a failure is not and may be tried again", async () => {
  const refusing = await startCounting(() =>
    Promise.reject(new DomainError("insufficient_funds", "Too little.")),
  );
  const first = await refusing.post("k4");
  const again = await refusing.post("k4");
  expect(again.json()).toEqual(first.json());
  expect(again.headers).toMatchObject({
    "idempotency-replayed": "true",
    "content-type": first.headers["content-type"],
  });
  expect(refusing.runs()).toBe(1);
  const failing = await startCounting((run) =>
    run === 1 ? Promise.reject(new Error("once")) : Promise.resolve(),
  );
  expect((await failing.post("k5")).statusCode).toBe(500);
  expect((await failing.post("k5")).json()).toEqual({ run: 2 });
});

test("a first request that died holds its key for a minute, not for ever", async () => {
  let hang = true;
  const { post, clock } = await startCounting(() =>
    hang ? new Promise(() => undefined) : Promise.resolve(),
  );
  void post("k6").catch(() => undefined);
  await expect.poll(() => recordsOf("k6")).toBe(1);
  hang = false;
  clock.advance(59_999);
  expect((await post("k6")).json()).toMatchObject({ status: 409, code: "request_in_progress" });
  clock.advance(1);
  expect((await post("k6")).json()).toEqual({ run: 2 });
  expect((await post("k6")).headers["idempotency-replayed"]).toBe("true");
});

test("a route may insist on a key, and a key must be plain", async () => {
  const { post, runs } = await startCounting(undefined, true);
  expect((await post(undefined)).json()).toMatchObject({ status: 400, code: "idempotency_key_required" });
  for (const key of ["", "with space", "x".repeat(201)])
    expect((await post(key)).json()).toMatchObject({
      status: 400,
      problems: [{ in: "header", path: "/idempotency-key" }],
    });
  expect(runs()).toBe(0);
});

test("without a key every request runs", async () => {
  const { post, runs } = await startCounting();
  await post(undefined);
  await post(undefined);
  expect(runs()).toBe(2);
});

test("S21: an API key that is made under an Idempotency-Key is not stored with the answer", async () => {
  const { server } = await startTestServer(db);
  const headers = { ...(await callerWith(db, "admin")), "idempotency-key": "make-a-key" };
  const payload = { name: "shop", scopes: ["orders:read"] };
  const send = () => server.inject({ method: "POST", url: "/v1/api-keys", headers, payload });
  const first = (await send()).json();
  expect(await findApiKey(db, first.key, startOfTest)).toMatchObject({
    id: first.id,
    scopes: ["orders:read"],
  });
  expect((await send()).json()).toEqual({ ...first, key: null });
  const { rows } = await sql<{ row: string }>`select r::text as row from idempotency_record r`.execute(db);
  expect(rows.map(({ row }) => row).join()).not.toContain(first.key.slice(3));
});

test("old answers are forgotten", async () => {
  const { post } = await startCounting();
  await post("k7");
  expect(await pruneIdempotencyRecords(db, startOfTest)).toBe(0);
  expect(await pruneIdempotencyRecords(db, new Date(startOfTest.getTime() + 1))).toBeGreaterThan(0);
});
