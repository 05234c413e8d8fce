export {
  createApiKey,
  findApiKey,
  keyModes,
  listApiKeys,
  revokeApiKey,
  type ApiKey,
  type KeyMode,
} from "./api-key.ts";
export { holdsScope, scopes, type Scope } from "./scopes.ts";
