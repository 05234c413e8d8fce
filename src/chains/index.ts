export * from "./port.ts";
export { normaliseAddressFor } from "./addresses.ts";
