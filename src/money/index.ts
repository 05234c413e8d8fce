export * from "./money.ts";
export * from "./registry.ts";
export { suggestChain } from "./suggest-asset.ts";
export * from "./usd.ts";
export * from "./fee.ts";
export {
  bankAccountText,
  currencyOf,
  fiatChain,
  fiatDecimals,
  parseBankAccount,
  type BankAccountAddress,
  type Currency,
} from "./fiat.ts";
