import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiProblem, createClient, type Client } from "../../client/index.ts";
import { sql } from "../../src/database/index.ts";
import { startWorld, type World } from "../support/index.ts";

/** What a call was refused with. */
async function refusal(call: Promise<unknown>): Promise<ApiProblem> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiProblem) return error;
  throw new Error("was not refused", { cause: error });
}

describe("the generated client", () => {
  let world: World;
  let payee: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    payee = await world.payee();
  });
  afterAll(() => world.stop());

  const terms = () => ({ price_usd: "5", splits: [{ payee_id: payee, share_bps: 10_000 }] });

  test("a refusal is a problem with a code to branch on, a sentence and a next step", async () => {
    const splits = [{ payee_id: payee, share_bps: 9_000 }];
    const problem = await refusal(world.client.post("/v1/orders", { body: { price_usd: "5", splits } }));
    expect(problem).toMatchObject({
      status: 422,
      code: "invalid_splits",
      detail: expect.stringContaining("sum to 10000 basis points"),
      next_step: expect.stringContaining("10000"),
      problems: [],
      request_id: expect.any(String),
    });
    expect(problem.message).toMatch(/^POST \/v1\/orders: The splits must /);
    expect(JSON.stringify(problem) + problem.stack).not.toContain(world.apiKey);
  });

  test("what is wrong with a request is listed", async () => {
    const { code, problems } = await refusal(
      world.client.get("/v1/payments", { params: { query: { limit: 500 } } }),
    );
    expect(code).toBe("invalid_request");
    expect(problems).toMatchObject([{ in: "query", path: "/limit" }]);
  });

  test("each post is a request of its own, unless it is given the key of the one before", async () => {
    const header = { "idempotency-key": "order-1" };
    const first = await world.client.post("/v1/orders", { params: { header }, body: terms() });
    const again = await world.client.post("/v1/orders", { params: { header }, body: terms() });
    const other = await world.client.post("/v1/orders", { body: terms() });
    expect(again.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    const { rows } = await sql`select key from idempotency_record where key <> 'order-1'`.execute(
      world.database.db,
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  const path = { key: "platform_fee" } as const;

  test("a setting is known by its key, and takes a value of its own shape", async () => {
    const setting = await world.client.get("/v1/settings/{key}", { params: { path } });
    if (setting.key !== "platform_fee") throw new Error(`another setting was answered: ${setting.key}`);
    const value = { ...setting.value, bps: setting.value.bps + 1 };
    const expected_version = setting.version;
    const changed = await world.client.put("/v1/settings/{key}", {
      params: { path },
      body: { value, expected_version },
    });
    expect(changed).toMatchObject({ key: "platform_fee", value, version: expected_version + 1 });
  });

  test("what openapi.json does not know does not compile", () => {
    const written = (client: Client) => [
      // @ts-expect-error a limit is a number
      client.get("/v1/payments", { params: { query: { limit: "50" } } }),
      // @ts-expect-error there is no such setting
      client.get("/v1/settings/{key}", { params: { path: { key: "platform_fees" } } }),
      // @ts-expect-error no setting has a value of this shape
      client.put("/v1/settings/{key}", { params: { path }, body: { value: { bps: "300", fixed: null } } }),
      // @ts-expect-error there is no such path
      client.get("/v1/nothing"),
      // @ts-expect-error which order?
      client.get("/v1/orders/{id}"),
      // @ts-expect-error a price is a decimal in a string
      client.post("/v1/orders", { body: { ...terms(), price_usd: 5 } }),
      // @ts-expect-error an order cannot be deleted
      client.delete("/v1/orders/{id}", { params: { path: { id: payee } } }),
    ];
    expect(written).toBeTypeOf("function");
  });
});

describe("something other than the engine", () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/v1/payees") response.writeHead(302, { location: "/elsewhere" }).end();
    else
      response
        .writeHead(502, { "content-type": "text/html", "retry-after": "7" })
        .end("<h1>Bad gateway</h1>");
  });
  let client: Client;
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    client = createClient({ url: `http://127.0.0.1:${port}`, apiKey: "spw_test_key" });
  });
  afterAll(() => server.close());

  test("a proxy's page is a problem that says so", async () => {
    expect(await refusal(client.get("/v1/orders"))).toMatchObject({
      status: 502,
      code: "no_problem",
      detail: "Something other than the engine answered 502.",
      retry_after: 7,
    });
  });

  test("a redirect is not followed: the key goes nowhere else", async () => {
    await expect(client.get("/v1/payees")).rejects.toThrow();
    expect(asked).not.toContain("/elsewhere");
  });
});
