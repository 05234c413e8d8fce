import { z } from "zod";
import { createApiKey, listApiKeys, revokeApiKey, scopes, type ApiKey } from "../../../operators/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { pageQuery, pageView, presentPage, presentTime, timestampView } from "../../schemas.ts";

const apiKeyView = z.object({
  id: z.uuid(),
  name: z.string(),
  hint: z.string().describe("Its first characters"),
  scopes: z.array(z.enum(scopes)),
  created_at: timestampView,
  revoked_at: timestampView.nullable(),
});

const presentApiKey = (apiKey: ApiKey): z.output<typeof apiKeyView> => ({
  id: apiKey.id,
  name: apiKey.name,
  hint: apiKey.hint,
  scopes: [...apiKey.scopes],
  created_at: presentTime(apiKey.createdAt),
  revoked_at: apiKey.revokedAt === null ? null : presentTime(apiKey.revokedAt),
});

const createRoute = defineRoute({
  method: "POST",
  path: "/v1/api-keys",
  scope: "admin",
  summary: "Create an API key; it is shown in this answer only",
  body: z.strictObject({ name: z.string().trim().min(1).max(100), scopes: z.array(z.enum(scopes)).min(1) }),
  success: {
    status: 201,
    body: apiKeyView.extend({
      key: z.string().nullable().describe("The key. null in a replay: it is not stored"),
    }),
  },
  problems: [],
  storedAnswer: (body) => ({ ...body, key: null }),
  async handle({ body }, { db, clock }) {
    const { apiKey, key } = await createApiKey(db, { ...body, now: clock.now() });
    return { ...presentApiKey(apiKey), key };
  },
});

const listRoute = defineRoute({
  method: "GET",
  path: "/v1/api-keys",
  scope: "admin",
  summary: "List API keys, newest first",
  query: pageQuery(z.uuid()),
  success: { status: 200, body: pageView(apiKeyView) },
  problems: [],
  async handle({ query: { cursor, limit } }, { db }) {
    const rows = await listApiKeys(db, { before: cursor, limit: limit + 1 });
    return presentPage(rows, { limit, key: ({ id }) => id, present: presentApiKey });
  },
});

const revokeRoute = defineRoute({
  method: "DELETE",
  path: "/v1/api-keys/:id",
  scope: "admin",
  summary: "Revoke an API key, at once and for ever",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: apiKeyView },
  problems: ["api_key_not_found"],
  handle: async ({ params }, { db, clock }) => presentApiKey(await revokeApiKey(db, params.id, clock.now())),
});

export const apiKeyRoutes: readonly Route[] = [createRoute, listRoute, revokeRoute];
