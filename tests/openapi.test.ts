import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { z } from "zod";

const text = readFileSync(new URL("../openapi.json", import.meta.url), "utf8");

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: unknown;
  anyOf?: Schema[];
  examples?: unknown[];
}
interface Operation {
  operationId: string;
  summary: string;
  deprecated?: boolean;
  security?: object[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>;
}
const document = JSON.parse(text) as {
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation & { tags: string[] }>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, object> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

test("the checked-in document stays small enough to be read: below six hundred kilobytes", () => {
  expect(Buffer.byteLength(text)).toBeLessThan(600_000);
});

test("a linter of OpenAPI documents finds nothing", async () => {
  const config = await createConfig({
    extends: ["recommended"],
    rules: {
      // /payments/verify/{id} and /payments/{id}/explain: an id is a UUID, and "verify" is none.
      "no-ambiguous-paths": "off",
    },
  });
  const found = await lintFromString({ source: text, absoluteRef: "openapi.json", config });
  expect(
    found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ""} ${message}`),
  ).toEqual([]);
});

test("what has a name is used, and every name leads somewhere", () => {
  const used = new Set(
    [...text.matchAll(/"#\/components\/((?:schemas|responses)\/\w+)"/g)].map(([, name]) => name),
  );
  const { schemas, responses } = document.components;
  const there = [
    ...Object.keys(schemas).map((name) => `schemas/${name}`),
    ...Object.keys(responses).map((name) => `responses/${name}`),
  ];
  expect([...used].toSorted()).toEqual(there.toSorted());
  for (const name of [
    "Order",
    "Payment",
    "Payee",
    "Payout",
    "Money",
    "Problem",
    "Conversion",
    "Deposit",
    "ApiKey",
  ])
    expect(schemas).toHaveProperty(name);
});

test("every operation has a name for clients and says how it may be refused", () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, method, operationId, tags, requestBody, responses, security } of operations) {
    const where = `${method} ${path}`;
    expect(operationId, where).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
    expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
    const refused = Object.entries(responses).filter(([, answer]) => answer.$ref !== undefined);
    const expected = [
      "500",
      ...(security?.length ? ["401", "403"] : []),
      ...(path.includes("{") ? ["404"] : []),
      ...(requestBody ? ["400", "413", "415"] : []),
      ...(method === "post" && security?.length ? ["400", "409", "422"] : []),
    ];
    expect(
      refused.map(([status]) => status),
      where,
    ).toEqual(expect.arrayContaining(expected));
  }
  expect(document.paths["/v1/payments/verify"]?.["post"]?.responses).toHaveProperty("429");
});

test("whatever is asked for is closed: a field that no schema names is refused", () => {
  const schemaOf = ({ $ref, ...own }: Schema): Schema =>
    $ref === undefined ? own : document.components.schemas[$ref.split("/").at(-1)!]!;
  const open = (given: Schema, path: string): string[] => {
    const schema = schemaOf(given);
    return [
      ...(schema.properties !== undefined && schema.additionalProperties !== false ? [path] : []),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => open(field, `${path}.${name}`)),
      ...(schema.items ? open(schema.items, `${path}[]`) : []),
      ...(schema.anyOf ?? []).flatMap((one) => open(one, path)),
    ];
  };
  const bodies = operations.flatMap(({ operationId, requestBody }) =>
    requestBody === undefined ? [] : open(requestBody.content["application/json"]!.schema, operationId),
  );
  expect(bodies).toEqual([]);
});

/** Every field of a schema, with its path. */
function fields(schema: Schema, path: string): [string, Schema][] {
  const inner = [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.items ? [["[]", schema.items] as const] : []),
  ];
  return [
    ...inner.flatMap(([name, field]): [string, Schema][] => [
      [`${path}.${name}`, field],
      ...fields(field, `${path}.${name}`),
    ]),
    ...(schema.anyOf ?? []).flatMap((one) => fields(one, path)),
  ];
}

test("a field that may be null says what null means", () => {
  const all = Object.entries(document.components.schemas).flatMap(([name, schema]) => fields(schema, name));
  const nullable = all.filter(
    ([, { type, anyOf }]) => type?.includes("null") || anyOf?.some((one) => one.type === "null"),
  );
  expect(nullable.length).toBeGreaterThan(30);
  for (const [path, { description }] of nullable) expect(description ?? "", path).toMatch(/\bnull\b/);
});

test("examples are what they are examples of", () => {
  const asDefinitions = JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
  ) as Record<string, z.core.JSONSchema.BaseSchema>;
  const shown = Object.entries(document.components.schemas).filter(
    ([, { examples }]) => examples !== undefined,
  );
  expect(shown.length).toBeGreaterThan(10);
  for (const [name, { examples = [] }] of shown) {
    const schema = z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: asDefinitions });
    for (const example of examples) expect(schema.safeParse(example).error?.issues ?? [], name).toEqual([]);
  }
});

test("the former path of provider events still answers, and says that it is the former one", () => {
  expect(document.paths["/v1/events"]?.["get"]).toMatchObject({ deprecated: true });
  expect(document.paths["/v1/events/{id}/replay"]?.["post"]).toMatchObject({ deprecated: true });
  expect(document.paths["/v1/provider-events"]?.["get"]?.deprecated).toBeUndefined();
});
