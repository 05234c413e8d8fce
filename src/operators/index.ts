export {
  approversThere,
  createApiKey,
  findApiKey,
  getApiKey,
  keyModes,
  listApiKeys,
  noteUse,
  revokeApiKey,
  type ApiKey,
  type KeyMode,
} from "./api-key.ts";
export { needsSecondPerson, openSecondPerson } from "./second-person.ts";
export { operatorSettings } from "./settings.ts";
export { holdsScope, isPayees, isPublishable, scopes, type Scope } from "./scopes.ts";
