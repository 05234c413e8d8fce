export {
  defineSetting,
  parseSetting,
  settingRegistry,
  type SettingDefinition,
  type SettingRegistry,
  type SettingValue,
} from "./setting.ts";
export {
  changeSetting,
  getSetting,
  listSettingVersions,
  newestVersionOf,
  type Setting,
} from "./setting-store.ts";
export { amountsUpTo, assetValue, bpsBetween, moneyUpTo, usdBetween } from "./setting-values.ts";
