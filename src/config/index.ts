export type {
  Config,
  DatabaseConfig,
  EvmConfig,
  KeystoreConfig,
  LogLevel,
  PriceSourceName,
  Role,
} from "./config.ts";
export { expectedInstead, readEnvText, renderEnvExample, setInEnvText } from "./env-file.ts";
export { loadConfig, loadDatabaseConfig, loadKeyPaths, loadKeystoreConfig } from "./load.ts";
export { configTable } from "./variables.ts";
