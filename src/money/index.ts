export * from "./money.ts";
export * from "./registry.ts";
export { suggestChain } from "./suggest-asset.ts";
export * from "./usd.ts";
export * from "./fee.ts";
export { currencyOf, fiatChain, fiatCurrencies, fiatDecimals, type Currency } from "./fiat.ts";
