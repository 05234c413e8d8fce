/**
 * The currencies that a bank provider pays. A thousandth of the unit is booked, because fees have three decimals; what is sent
 * has no more than `sentDecimals`.
 */
const currencies = [
  { symbol: "NGN", country: "NG", sentDecimals: 2 },
  { symbol: "GHS", country: "GH", sentDecimals: 2 },
  { symbol: "KES", country: "KE", sentDecimals: 2 },
  { symbol: "UGX", country: "UG", sentDecimals: 0 },
  { symbol: "ZAR", country: "ZA", sentDecimals: 2 },
  { symbol: "TZS", country: "TZ", sentDecimals: 2 },
] as const;

/** What the registry calls where money is that is on no chain. */
export const fiatChain = "fiat";

/** Digits of a booked amount. */
export const fiatDecimals = 3;

export interface Currency {
  /** ISO 4217. */
  readonly symbol: string;
  /** Whose banks it is paid to, ISO 3166. */
  readonly country: string;
  /** Digits of an amount that a bank takes. */
  readonly sentDecimals: number;
}

export const fiatCurrencies: readonly Currency[] = currencies;

/** Rows of the registry. */
export const fiatAssets = currencies.map(({ symbol }) => ({
  symbol,
  chain: fiatChain,
  chainId: `iso4217:${symbol}`,
  contract: null,
  decimals: fiatDecimals,
  coingeckoId: `fiat-${symbol.toLowerCase()}`,
  kind: "fiat",
  later: true,
}));

/** By ISO code or asset id; null: no bank of ours pays it. */
export const currencyOf = (name: string): Currency | null =>
  currencies.find(({ symbol }) => name === symbol || name === `${fiatChain}:${symbol}`) ?? null;
