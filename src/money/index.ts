export * from "./money.ts";
export * from "./registry.ts";
export * from "./usd.ts";
export * from "./fee.ts";
