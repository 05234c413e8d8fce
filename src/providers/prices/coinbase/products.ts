/**
 * Their products in dollars, by the registry's coin: exact matches only, a coin that wraps another is not valued as it.
 * USDC has none (they take it for a dollar), nor has TRX. A product that goes away costs a call and has no price.
 */
export const products: ReadonlyMap<string, string> = new Map([
  ["bitcoin", "BTC-USD"],
  ["ethereum", "ETH-USD"],
  ["solana", "SOL-USD"],
  ["aptos", "APT-USD"],
  ["polygon-ecosystem-token", "POL-USD"],
  ["tether", "USDT-USD"],
  ["dai", "DAI-USD"],
]);
