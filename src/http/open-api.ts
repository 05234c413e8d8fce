import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemKinds, type PublicCode } from "./problem-codes.ts";
import { problemSchema } from "./problem.ts";
import type { Route, WebhookRoute } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    idempotencyKeyRequired?: boolean;
  }
}

export const openApiInfo = {
  title: "Spillway",
  version: "1",
  description:
    "Crypto payments in, exact shares paid out. Amounts are decimal strings beside their asset, moments are ISO 8601 in " +
    "UTC, lists come in pages with an opaque cursor. Errors are RFC 9457 problems with a stable code.",
};

/** Answers by status: each with the codes that a caller may find in it. */
function problemResponses(codes: readonly PublicCode[]): Record<number, unknown> {
  const byStatus = new Map<number, PublicCode[]>();
  for (const code of new Set(codes)) {
    const { status } = problemKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => problemKinds[code].title).join(". "),
        content: { "application/problem+json": { schema: problemSchema.extend({ code: z.enum(list) }) } },
      },
    ]),
  );
}

const keyedCodes: readonly PublicCode[] = ["request_in_progress", "idempotency_key_reused"];
const bodyCodes: readonly PublicCode[] = ["malformed_json", "payload_too_large", "unsupported_media_type"];

/** What fastify validates by and OpenAPI is made of. */
export function routeSchema(route: Route) {
  const isPost = route.method === "POST";
  const codes: PublicCode[] = ["invalid_request", "unauthenticated", "forbidden", "internal_error"];
  if (route.body !== undefined) codes.push(...bodyCodes);
  if (isPost) codes.push(...keyedCodes);
  if (route.idempotent === true) codes.push("idempotency_key_required");
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.path.split("/")[2] ?? "v1"],
    operationId: operationId(route.method, route.path),
    security: [{ apiKey: [route.scope] }],
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: {
      [route.success.status]: {
        description: "Done",
        content: { "application/json": { schema: route.success.body } },
      },
      ...problemResponses([...codes, ...route.problems]),
    },
  };
}

const keyDescription =
  "1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again.";

/** Adds what validation does not need to know: that every POST below /v1 takes an Idempotency-Key. */
export const toOpenApi: typeof jsonSchemaTransform = (document) => {
  const { schema, url } = jsonSchemaTransform(document);
  if (document.route.method !== "POST" || !url.startsWith("/v1/")) return { schema, url };
  const required = document.route.config?.idempotencyKeyRequired === true ? ["idempotency-key"] : [];
  const key = { type: "string", description: keyDescription };
  return {
    schema: { ...schema, headers: { type: "object", properties: { "idempotency-key": key }, required } },
    url,
  };
};

export const webhookSchema = (route: WebhookRoute) => ({
  summary: route.summary,
  tags: ["webhooks"],
  operationId: operationId("POST", route.path),
  response: {
    200: {
      description: "Stored",
      content: { "application/json": { schema: z.object({}).loose() } },
    },
    ...problemResponses(["payload_too_large", "internal_error", ...route.problems]),
  },
});

const operationId = (method: string, path: string): string =>
  [method.toLowerCase(), ...path.split("/").filter((part) => part !== "" && part !== "v1")]
    .map((part) => part.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, ""))
    .join("_");
