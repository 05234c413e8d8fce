import { ProviderError } from "../errors.ts";
import { currencyOf, divide, parseBankAccount, type Asset } from "../money/index.ts";
import type { BankProvider } from "../providers/bank-provider.ts";

export interface BankQuote {
  readonly kind: "quote";
  readonly provider: string;
  /** Base units of the currency that reach the account. */
  readonly net: bigint;
  /** On top of it, out of the float. */
  readonly fee: bigint;
}

export type BankAnswer = BankQuote | { readonly kind: "none"; readonly reason: string };

const probeUnits = 100_000n;

/** Whether two spellings name one holder: every word of the one that was given is in the bank's, in any order and case. */
export function isSameHolder(given: string, told: string): boolean {
  const words = (text: string): string[] =>
    text
      .normalize("NFD")
      .replaceAll(/\p{M}/gu, "")
      .toUpperCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 1);
  const own = new Set(words(told));
  const asked = words(given);
  return asked.length > 0 && asked.every((word) => own.has(word)) && (asked.length > 1 || own.size === 1);
}

async function whyNotThere(
  bank: BankProvider,
  { asset, address, holder }: { asset: Asset; address: string | null; holder: string | null },
  signal: AbortSignal,
): Promise<string | null> {
  if (address === null) return null;
  if (holder === null) return "account_holder_missing";
  if (currencyOf(asset.id)?.tellsHolder !== true) return null;
  const told = await bank.holderOf(parseBankAccount(asset.symbol, address), signal);
  if (told === null) return "bank_account_unknown";
  return isSameHolder(holder, told) ? null : "account_holder_differs";
}

/**
 * What a bank account would get for so much, and what it costs. Asks the provider, and tells it nothing.
 * @param wanted.address null: not looked at yet, so neither is whose it is.
 * @param wanted.usdMicros what is to be paid out, in dollars, our own margin taken off.
 * @throws {ProviderError}
 */
export async function quoteBank(
  bank: BankProvider,
  wanted: { asset: Asset; address: string | null; holder: string | null; usdMicros: bigint },
  signal: AbortSignal,
): Promise<BankAnswer> {
  const { asset, usdMicros } = wanted;
  const currency = currencyOf(asset.id);
  if (currency === null || !bank.serves(asset)) return { kind: "none", reason: "no_bank" };
  try {
    const refused = await whyNotThere(bank, wanted, signal);
    if (refused !== null) return { kind: "none", reason: refused };
    const unit = 10n ** BigInt(asset.decimals);
    const probe = await bank.rate({ asset, amount: probeUnits * unit }, signal);
    if (probe.usdMicros <= 0n || probe.amount <= 0n) return { kind: "none", reason: "no_rate" };
    const gross = divide(usdMicros * probe.amount, probe.usdMicros, "down");
    if (gross < unit) return { kind: "none", reason: "below_bank_minimum" };
    const fee = await bank.fee({ asset, amount: gross }, signal);
    const step = 10n ** BigInt(asset.decimals - currency.sentDecimals);
    const net = ((gross - fee) / step) * step;
    if (net <= 0n) return { kind: "none", reason: "below_bank_minimum" };
    return { kind: "quote", provider: bank.name, net, fee };
  } catch (error) {
    if (error instanceof ProviderError && error.failure === "rejected")
      return { kind: "none", reason: `bank: ${error.reason}` };
    throw error;
  }
}
