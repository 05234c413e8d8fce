import type { FastifyInstance } from "fastify";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import type { Db } from "../database/index.ts";
import { defineWebhook } from "./index.ts";
import { problemKinds } from "./problem-codes.ts";
import { operatorRoutes, startTestServer } from "./testing/test-server.ts";

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
type Responses = Operation["responses"];
interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    securitySchemes: Record<string, object>;
    responses: Responses;
    schemas: Record<string, object>;
  };
}

let db: Db;
let document: Document;
let loaded: FastifyInstance;
const webhook = defineWebhook({
  path: "/webhooks/shop",
  summary: "<b>An event</b>",
  problems: [],
  handle: async () => ({}),
});

beforeAll(async () => {
  ({ db } = await freshDatabase());
});

async function load(): Promise<void> {
  const { server } = await startTestServer(db, { webhooks: [webhook] });
  loaded = server;
  document = (await server.inject({ url: "/openapi.json" })).json();
}

/** What a reference names, or the thing itself. */
const named = <T extends object>(value: T | undefined): T => {
  const ref = value !== undefined && "$ref" in value ? String(value.$ref) : "";
  const [, kind = "", name = ""] = /^#\/components\/(\w+)\/(\w+)$/.exec(ref) ?? [];
  const target = (document.components as unknown as Record<string, Record<string, T>>)[kind]?.[name];
  return { ...target, ...value } as T;
};

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method,
      path,
      operation,
    ]),
  );

test("the document is OpenAPI 3.1 and has every route, each named once and complete", async () => {
  await load();
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.info).toMatchObject({ title: "Spillway", version: expect.any(String) });
  const expected = [...operatorRoutes].map(
    ({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/, "{$1}")}`,
  );
  const names = operations().map(([method, path]) => `${method} ${path}`);
  expect(names.sort()).toEqual([...expected, "post /webhooks/shop"].sort());
  expect(new Set(operations().map(([, , { operationId }]) => operationId)).size).toBe(names.length);
  for (const [method, path, operation] of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? [])
      .map(named)
      .filter((one) => one.in === "path" && one.required === true);
    expect(
      declared.map(({ name }) => name),
      `${method} ${path}`,
    ).toEqual(inPath);
    expect(Object.keys(operation.responses).some((status) => status.startsWith("2"))).toBe(true);
    for (const [status, given] of Object.entries(operation.responses)) {
      const response = named(given);
      expect(response.description.length).toBeGreaterThan(0);
      const types = Object.keys(response.content ?? {});
      expect(types).toEqual([status.startsWith("2") ? "application/json" : "application/problem+json"]);
    }
  }
});

test("what is below /v1 says its scope; every POST there takes an Idempotency-Key", async () => {
  await load();
  for (const [method, path, { security, parameters }] of operations()) {
    if (!path.startsWith("/v1/")) continue;
    const schemes = security?.flatMap((one) => Object.keys(one)) ?? [];
    // More than one way where the scope hangs on the path; a key in each.
    expect([...new Set(schemes)]).toEqual(["apiKey"]);
    expect(document.components.securitySchemes).toHaveProperty("apiKey");
    const keyed =
      parameters
        ?.map(named)
        .some(({ name, in: place }) => name === "idempotency-key" && place === "header") ?? false;
    expect(keyed, `${method} ${path}`).toBe(method === "post");
  }
});

test("schemas are of the 3.1 dialect: no nullable, no reference that leads nowhere", async () => {
  await load();
  const text = JSON.stringify(document);
  expect(text).not.toContain('"nullable"');
  expect(text).not.toContain('"x-');
  const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => ref!);
  expect(references.length).toBeGreaterThan(0);
  for (const ref of references) expect(named({ $ref: ref }), ref).not.toEqual({ $ref: ref });
  const body = named(
    document.paths["/v1/api-keys"]?.["post"]?.requestBody?.content["application/json"]?.schema,
  );
  expect(body).toMatchObject({ type: "object", required: ["name"], additionalProperties: false });
});

test("a server is named by the public URL, and without one is where the document came from", async () => {
  await load();
  expect(document.servers).toMatchObject([{ url: "/" }]);
  const { server } = await startTestServer(db, { publicUrl: "https://pay.example" });
  const { servers } = (await server.inject({ url: "/openapi.json" })).json<Document>();
  expect(servers).toMatchObject([{ url: "https://pay.example" }]);
});

test("a refusal names its codes, and the shared answer for its status", async () => {
  await load();
  const conflict = document.paths["/v1/settings/{key}"]?.["put"]?.responses["409"];
  expect(conflict).toEqual({
    $ref: "#/components/responses/Conflict",
    description:
      "`setting_changed_meanwhile`: The setting was changed meanwhile. `second_person_needed`: The decision needs a second person.",
  });
  expect(document.components.responses["Conflict"]).toEqual({
    description: expect.stringContaining("docs/errors.md"),
    headers: { "Retry-After": expect.any(Object) },
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  });
});

test("the docs page loads what its own server has, runs no inline script, and names each operation with its scope", async () => {
  await load();
  const page = await loaded.inject({ url: "/docs/" });
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(page.body).not.toMatch(/https?:\/\//);
  expect(page.body.replaceAll(/<script src="[^"]+"[^>]*>\s*<\/script>/g, "")).not.toContain("<script");
  const files = [...page.body.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => `/docs/${file}`);
  expect(files.length).toBeGreaterThan(5);
  for (const url of files) expect([url, (await loaded.inject({ url })).statusCode]).toEqual([url, 200]);

  const shown = (await loaded.inject({ url: "/docs/json" })).json<Document>();
  expect(Object.keys(shown.paths)).toEqual(Object.keys(document.paths));
  expect(shown.servers).toEqual([{ url: "../", description: "this engine" }]);
  expect(shown.paths["/v1/settings/{key}"]?.["put"]?.description).toContain("Scope: `settings:write`");
});

test("a code has the shape of a code, and its kind of status is an error", () => {
  for (const [code, { status, title }] of Object.entries(problemKinds)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title.length).toBeGreaterThan(3);
  }
});
