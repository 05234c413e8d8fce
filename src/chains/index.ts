export * from "./receiving.ts";
export { carriesMemos, normaliseAddressFor } from "./addresses.ts";
export { refuseSecret } from "./pasted-secret.ts";
export * from "./sending.ts";
export { findNetwork, networks, type ChainFamily, type Network } from "./networks.ts";
export { readTransactionInput } from "./transaction-input.ts";
