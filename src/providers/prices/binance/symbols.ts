/**
 * Their symbols in USDT, by the registry's coin: exact matches only, a coin that wraps another is not valued as it. USDT
 * itself has none: it is what they count in. A symbol that goes away costs a call and has no price.
 */
export const symbols: ReadonlyMap<string, string> = new Map([
  ["bitcoin", "BTCUSDT"],
  ["ethereum", "ETHUSDT"],
  ["binancecoin", "BNBUSDT"],
  ["polygon-ecosystem-token", "POLUSDT"],
  ["solana", "SOLUSDT"],
  ["tron", "TRXUSDT"],
  ["aptos", "APTUSDT"],
  ["the-open-network", "TONUSDT"],
  ["usd-coin", "USDCUSDT"],
  ["first-digital-usd", "FDUSDUSDT"],
  ["wrapped-bitcoin", "WBTCUSDT"],
]);
