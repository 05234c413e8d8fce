export * from "./port.ts";
export { carriesMemos, normaliseAddressFor } from "./addresses.ts";
export * from "./deposit-port.ts";
export { findNetwork, networks, type ChainFamily, type Network } from "./networks.ts";
export { readTransactionInput } from "./transaction-input.ts";
