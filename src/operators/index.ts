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
export { addOperator, getOperator, listOperators, retireOperator, type Operator } from "./operator.ts";
export { changeSettingAsAllowed, limitSettings } from "./change-setting.ts";
export { needsSecondPerson, openSecondPerson } from "./second-person.ts";
export { operatorSettings } from "./settings.ts";
export {
  holdsScope,
  isPayees,
  isPublishable,
  roleNames,
  roles,
  scopes,
  type Role,
  type Scope,
} from "./scopes.ts";
