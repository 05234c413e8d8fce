export { createApiKey, findApiKey, listApiKeys, revokeApiKey, type ApiKey } from "./api-key.ts";
export { holdsScope, scopes, type Scope } from "./scopes.ts";
