export { createApiKey, findApiKey, listApiKeys, revokeApiKey, type ApiKey } from "./api-key.ts";
export { holdsScope, scopes, type Scope } from "./scopes.ts";
export {
  parseSetting,
  settingDefinitions,
  settingKeys,
  toSettingKey,
  type SettingKey,
  type SettingValue,
} from "./setting.ts";
export { changeSetting, getSetting, listSettingVersions, type Setting } from "./setting-store.ts";
