export { depositAddressesFromXpub } from "./deposit-addresses-from-xpub.ts";
export type { DepositKeys } from "./deposit-keys.ts";
export {
  createDepositSeed,
  importDepositSeed,
  newMnemonic,
  openDepositKeys,
  type DepositSeedOptions,
} from "./deposit-seed.ts";
