export { readManifest, type KeyFileName, type Manifest } from "./backup-file.ts";
export { findKeysNotBackedUp, findLastBackup, type Backup } from "./backup-store.ts";
export { assertKeysFit, restoreKeys, type KeyFilePaths } from "./key-files.ts";
export { assertRestorable, restoreBackup } from "./restore-backup.ts";
export { takeBackup } from "./take-backup.ts";
