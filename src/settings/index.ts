export {
  parseSetting,
  settingDefinitions,
  settingKeys,
  toSettingKey,
  type SettingKey,
  type SettingValue,
} from "./setting.ts";
export { changeSetting, getSetting, listSettingVersions, type Setting } from "./setting-store.ts";
