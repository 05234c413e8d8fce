import { z } from "zod";
import {
  createApiKey,
  getApiKey,
  keyModes,
  listApiKeys,
  revokeApiKey,
  roleNames,
  roles,
  scopes,
  type ApiKey,
} from "../../../operators/index.ts";
import { listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { presentTime, timestampSchema, timestampView } from "../../schemas.ts";

const scopeView = z.enum(scopes).meta({ id: "Scope", description: "admin may do everything" });

const apiKeyView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    owner: z.string().describe("Whose it is: keys of one owner are one person where a decision needs two"),
    operator_id: z.uuid().nullable().describe("Of its owner; null: a payee's own key"),
    hint: z.string().describe("Its first characters"),
    mode: z.enum(keyModes).describe("What the key says of itself; keys that say nothing are live"),
    scopes: z.array(scopeView),
    payee_id: z.uuid().nullable().describe("Whose own withdrawals it asks for; null: an operator's key"),
    created_by: z.string().nullable().describe("null: that was not kept"),
    created_at: timestampView,
    expires_at: timestampView.nullable().describe("From then on it is refused; null: never"),
    last_used_at: timestampView.nullable().describe("To the minute; null: never"),
    revoked_at: timestampView.nullable().describe("null: it was not revoked"),
  })
  .meta({ id: "ApiKey", description: "Who may use the API, and for what" });

export const newApiKeyView = apiKeyView
  .extend({ key: z.string().nullable().describe("The key. null in a replay: it is not stored") })
  .meta({ id: "NewApiKey", description: "An API key; this answer alone shows the key itself" });

export const presentApiKey = (apiKey: ApiKey): z.output<typeof apiKeyView> => ({
  id: apiKey.id,
  name: apiKey.name,
  owner: apiKey.owner,
  operator_id: apiKey.operatorId,
  hint: apiKey.hint,
  mode: apiKey.mode,
  scopes: [...apiKey.scopes],
  payee_id: apiKey.payeeId,
  created_by: apiKey.createdBy,
  created_at: presentTime(apiKey.createdAt),
  expires_at: apiKey.expiresAt === null ? null : presentTime(apiKey.expiresAt),
  last_used_at: apiKey.lastUsedAt === null ? null : presentTime(apiKey.lastUsedAt),
  revoked_at: apiKey.revokedAt === null ? null : presentTime(apiKey.revokedAt),
});

const createRoute = defineRoute({
  method: "POST",
  path: "/v1/api-keys",
  operationId: "createApiKey",
  scope: "admin",
  summary: "Create an API key; it is shown in this answer only",
  body: z
    .strictObject({
      name: z.string().trim().min(1).max(100),
      owner: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .optional()
        .describe("Whose the key is; an owner called like the key, if left out"),
      scopes: z.array(scopeView).min(1).optional(),
      role: z
        .enum(roleNames)
        .optional()
        .describe("Instead of scopes: those of a viewer, an operator, an approver or an administrator"),
      expires_at: timestampSchema.optional().describe("From then on it is refused; never, if left out"),
      mode: z
        .enum(keyModes)
        .optional()
        .describe(
          "What the key says of itself: spw_live_… or spw_test_…; that of the key that asks, if left out",
        ),
    })
    .refine(({ scopes: named, role }) => (named === undefined) !== (role === undefined), {
      message: "must name either scopes or a role",
      path: ["scopes"],
    })
    .meta({ id: "CreateApiKey" }),
  success: { status: 201, body: newApiKeyView },
  problems: ["invalid_expiry", "invalid_scope", "operator_retired"],
  storedAnswer: (body) => ({ ...body, key: null }),
  async handle({ body, principal }, { db, clock }) {
    const mode = body.mode ?? principal.mode;
    const { apiKey, key } = await createApiKey(db, {
      ...body,
      scopes: body.scopes ?? roles[body.role!],
      expiresAt: body.expires_at,
      mode,
      createdBy: principal.ref,
      now: clock.now(),
    });
    return { ...presentApiKey(apiKey), key };
  },
});

const list = listRoute({
  path: "/v1/api-keys",
  operationId: "listApiKeys",
  scope: "admin",
  summary: "List API keys, newest first",
  filters: {},
  key: z.uuid(),
  item: apiKeyView,
  read: listApiKeys,
  keyOf: ({ id }: ApiKey) => id,
  present: presentApiKey,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/api-keys/:id",
  operationId: "getApiKey",
  scope: "admin",
  summary: "Read what an API key may do; the key itself is not kept",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: apiKeyView },
  problems: ["api_key_not_found"],
  handle: async ({ params: { id } }, { db }) => presentApiKey(await getApiKey(db, id)),
});

const revokeRoute = defineRoute({
  method: "DELETE",
  path: "/v1/api-keys/:id",
  operationId: "revokeApiKey",
  scope: "admin",
  summary: "Revoke an API key, at once and for ever",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: apiKeyView },
  problems: ["api_key_not_found"],
  handle: async ({ params }, { db, clock }) => presentApiKey(await revokeApiKey(db, params.id, clock.now())),
});

export const apiKeyRoutes: readonly Route[] = [createRoute, list, getRoute, revokeRoute];
