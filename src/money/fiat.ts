import { DomainError } from "../errors.ts";

/**
 * The currencies that a bank provider pays. A thousandth of the unit is booked, because fees have three decimals; what is sent
 * has no more than `sentDecimals`.
 */
const currencies = [
  { symbol: "NGN", country: "NG", sentDecimals: 2, tellsHolder: true },
  { symbol: "GHS", country: "GH", sentDecimals: 2, tellsHolder: false },
  { symbol: "KES", country: "KE", sentDecimals: 2, tellsHolder: false },
  { symbol: "UGX", country: "UG", sentDecimals: 0, tellsHolder: false },
  { symbol: "ZAR", country: "ZA", sentDecimals: 2, tellsHolder: false },
  { symbol: "TZS", country: "TZ", sentDecimals: 2, tellsHolder: false },
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
  /** Whether its banks tell whose an account is. */
  readonly tellsHolder: boolean;
}

/** Rows of the registry. */
export const fiatAssets = currencies.map(({ symbol }) => ({
  symbol,
  chain: fiatChain,
  chainId: `iso4217:${symbol}`,
  contract: null,
  decimals: fiatDecimals,
  coingeckoId: `fiat-${symbol.toLowerCase()}`,
  kind: "fiat",
}));

/** Where money is paid to. As an address: `044:0690000031`, or `GH280100:1234567890:GH280102` where the bank has branches. */
export interface BankAccountAddress {
  readonly bankCode: string;
  readonly accountNumber: string;
  readonly branchCode: string | null;
}

/** @throws {DomainError} `invalid_address` */
export function parseBankAccount(symbol: string, text: string): BankAccountAddress {
  const found = /^([A-Z0-9]{2,20}):([A-Z0-9]{4,34})(?::([A-Z0-9]{2,20}))?$/.exec(
    text.replaceAll(" ", "").toUpperCase(),
  );
  const [, bankCode, accountNumber, branchCode] = found ?? [];
  const isWellFormed =
    symbol !== "NGN" || (/^\d{3,6}$/.test(bankCode ?? "") && /^\d{10}$/.test(accountNumber ?? ""));
  if (bankCode === undefined || accountNumber === undefined || !isWellFormed)
    throw new DomainError(
      "invalid_address",
      `That is no bank account for ${symbol}. Write the bank's code, a colon and the account's number: 044:0690000031.`,
    );
  return { bankCode, accountNumber, branchCode: branchCode ?? null };
}

export const bankAccountText = ({ bankCode, accountNumber, branchCode }: BankAccountAddress): string =>
  [bankCode, accountNumber, ...(branchCode === null ? [] : [branchCode])].join(":");

/** By ISO code or asset id; null: no bank of ours pays it. */
export const currencyOf = (name: string): Currency | null =>
  currencies.find(({ symbol }) => name === symbol || name === `${fiatChain}:${symbol}`) ?? null;
