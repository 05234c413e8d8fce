import type { SwaggerTransform, SwaggerTransformObject } from "@fastify/swagger";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { finishDocument, type Document } from "./open-api-components.ts";
import type { PublicCode } from "./problem-codes.ts";
import type { Route, WebhookRoute } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    idempotencyKeyRequired?: boolean;
  }
  interface FastifySchema {
    "x-problems"?: readonly PublicCode[];
    "x-body-optional"?: boolean;
    operationId?: string;
    deprecated?: boolean;
  }
}

const tags = {
  payees: "People who are owed a share, and where they want it.",
  orders: "What a payer is asked to pay, and who gets which part of it.",
  payments: "What arrived, and what became of it.",
  deposits: "Transfers to our addresses, as their chains show them.",
  refunds: "What goes back to payers.",
  "provider-events": "What payment processors told us, as it came.",
  conversions: "Small batches of earnings turned into the settlement asset.",
  "conversion-checks": "Why an asset was, or was not, converted.",
  payouts: "Money out to payees.",
  "payout-plans": "Planning payouts without waiting for the schedule.",
  own: "What a payee does by their own key: reads where they stand, and changes where and how they are paid.",
  withdrawals: "A payee's own balance, taken out by the payee.",
  policy: "What the policy says of a payout.",
  authorisations: "What may leave: what exactly, and on whose word.",
  "approval-queue": "What waits for somebody's approval.",
  "approval-decisions": "Who approved or rejected what.",
  pauses: "What is stopped until an operator lets it go on.",
  "payout-waits": "Why somebody who is due is not paid yet.",
  reconciliation: "The books against themselves and against the chains.",
  review: "The recovery desk: everything a person should look at.",
  wallets: "Wallets of ours.",
  arrivals: "What reached a wallet of ours, and whose it is.",
  settings: "What changes at run time.",
  operators: "Who may use the API.",
  "api-keys": "By what the API is used, each key an operator's.",
  banks: "Which banks a currency is paid to.",
  "bank-accounts": "Whose a bank account is.",
  assets: "What is offered, and for what.",
  search: "Whatever an id, hash, address or external id names.",
  webhooks: "What providers send us.",
};

/** @param publicUrl where the world reaches us; null: wherever the document was read. */
export const openApiDocument = (publicUrl: string | null) => ({
  openapi: "3.1.0",
  info: {
    title: "Spillway",
    version: "1",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    description:
      "Crypto payments in, exact shares paid out. Amounts are decimal strings beside their asset, moments are ISO 8601 in " +
      "UTC, ids are UUIDs, lists come in pages with an opaque cursor. Errors are RFC 9457 problems with a stable code. " +
      "Fields and parameters that are not named here are refused. Every GET has an ETag: send it as If-None-Match, and what did not change answers 304. " +
      "How many requests are left this minute is told by RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds).",
  },
  servers: [{ url: publicUrl ?? "/", description: "This engine" }],
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  components: {
    securitySchemes: {
      apiKey: {
        type: "http" as const,
        scheme: "bearer",
        description:
          "An API key: spw_live_… or spw_test_…, and spw_pub_… in a web page. Each operation names the scope that it needs.",
      },
    },
  },
});

const keyedCodes: readonly PublicCode[] = ["request_in_progress", "idempotency_key_reused"];
const bodyCodes: readonly PublicCode[] = ["malformed_json", "payload_too_large", "unsupported_media_type"];

/** Every code that a caller of the route may find in an answer. */
function problemsOf(route: Route): readonly PublicCode[] {
  const isPost = route.method === "POST";
  const takesInput = [route.params, route.query, route.body].some((schema) => schema !== undefined) || isPost;
  return [
    ...(takesInput ? (["invalid_request"] as const) : []),
    ...(route.body === undefined ? [] : bodyCodes),
    ...(route.idempotent === true ? (["idempotency_key_required"] as const) : []),
    "unauthenticated",
    "forbidden",
    "rate_limited",
    ...(isPost ? keyedCodes : []),
    ...route.problems,
    "internal_error",
  ];
}

/** What fastify validates by and OpenAPI is made of. */
export function routeSchema(route: Route) {
  return {
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(route.deprecated === true && { deprecated: true }),
    tags: [route.tag ?? route.path.split("/")[2] ?? "v1"],
    operationId: route.operationId,
    security: (route.scopeByPath?.scopes ?? [route.scope]).map((scope) => ({ apiKey: [scope] })),
    ...(route.params !== undefined && { params: route.params }),
    ...(route.query !== undefined && { querystring: route.query }),
    ...(route.body !== undefined && { body: route.body }),
    response: {
      [route.success.status]: {
        description: "Done",
        content: {
          "application/json": { schema: route.success.body },
          ...Object.fromEntries((route.also ?? []).map(({ type }) => [type, { schema: z.string() }])),
        },
      },
    },
    "x-problems": problemsOf(route),
    "x-body-optional": route.body?.safeParse(undefined).success ?? false,
  };
}

export const webhookSchema = (route: WebhookRoute) => ({
  summary: route.summary,
  tags: ["webhooks"],
  operationId: `receive_${route.path.split("/").at(-1) ?? ""}`.replace(
    /[^A-Za-z0-9]+(.)/g,
    (_, letter: string) => letter.toUpperCase(),
  ),
  security: [], // no key: the signature says who sent it
  response: {
    200: {
      description: "Stored",
      content: { "application/json": { schema: z.object({}).loose() } },
    },
  },
  "x-problems": [...route.problems, "payload_too_large", "internal_error"] as const,
});

const zodToJsonConfig = {
  // An answer may gain a field: only what is asked for is closed, by strictObject.
  override({
    zodSchema,
    jsonSchema,
  }: {
    zodSchema: z.core.$ZodTypes;
    jsonSchema: z.core.JSONSchema.BaseSchema;
  }) {
    if (zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined)
      delete jsonSchema.additionalProperties;
  },
};
const transformRoute = createJsonSchemaTransform({ zodToJsonConfig });
const transformDocument = createJsonSchemaTransformObject({ zodToJsonConfig });

const keyDescription =
  "1 to 200 visible ASCII characters. The same request with the same key runs once and gets the first answer again.";

/** Adds what validation does not need to know: that every POST below /v1 takes an Idempotency-Key. */
export const toOpenApi: SwaggerTransform = (document) => {
  const { schema, url } = transformRoute(document as Parameters<typeof transformRoute>[0]);
  if (document.route.method !== "POST" || !url.startsWith("/v1/")) return { schema, url };
  const required = document.route.config?.idempotencyKeyRequired === true ? ["idempotency-key"] : [];
  const key = { type: "string", description: keyDescription };
  return {
    schema: { ...schema, headers: { type: "object", properties: { "idempotency-key": key }, required } },
    url,
  };
};

/** The whole document with what repeats in it named once. */
export const toOpenApiDocument: SwaggerTransformObject = (document) =>
  finishDocument(
    transformDocument(document as Parameters<typeof transformDocument>[0]) as Document,
  ) as ReturnType<SwaggerTransformObject>;
