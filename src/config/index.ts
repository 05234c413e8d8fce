export {
  configTable,
  loadConfig,
  loadDatabaseConfig,
  loadKeystoreConfig,
  type Config,
  type DatabaseConfig,
  type EvmConfig,
  type KeystoreConfig,
  type LogLevel,
  type PriceSourceName,
  type Role,
} from "./config.ts";
