export * from "./port.ts";
export { normaliseAddressFor } from "./addresses.ts";
export * from "./deposit-port.ts";
export { readTransactionInput } from "./transaction-input.ts";
