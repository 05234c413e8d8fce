import { entropyToMnemonic, generateMnemonic, mnemonicToEntropy, mnemonicToSeed } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english";
import { DomainError } from "../../errors.ts";
import { isSameAddress, readKeystoreFile, writeKeystoreFile } from "../keystore-file.ts";
import { createDepositKeys, type DepositKeys } from "./deposit-keys.ts";

export interface DepositSeedOptions {
  /** Cost of one guess at the password; a power of two. Tests take a small one. */
  readonly scryptN?: number;
}

/** 24 words of a seed that nobody has yet. `importDepositSeed` keeps them. */
export const newMnemonic = (): string => generateMnemonic(wordlist, 256);

/**
 * Creates the seed of all deposit addresses in a new encrypted keystore file, and returns its 24 words, this once, for a
 * backup on paper. Never overwrites a file.
 * @throws {DomainError} `keystore_exists`, `weak_password`
 */
export async function createDepositSeed(
  path: string,
  password: string,
  options: DepositSeedOptions = {},
): Promise<{ mnemonic: string }> {
  const mnemonic = newMnemonic();
  await importDepositSeed(path, password, mnemonic, options);
  return { mnemonic };
}

/**
 * Keeps a seed made before, here or by another wallet, in a new encrypted keystore file. Never overwrites a file.
 * @param mnemonic 12 to 24 English BIP-39 words, in any letter case and spacing; a passphrase beside them is not supported.
 * @throws {DomainError} `invalid_mnemonic` (it never repeats a word), `keystore_exists`, `weak_password`
 */
export async function importDepositSeed(
  path: string,
  password: string,
  mnemonic: string,
  options: DepositSeedOptions = {},
): Promise<void> {
  const secret = toEntropy(mnemonic);
  const keys = await keysOf(secret);
  await writeKeystoreFile(path, password, {
    secret,
    address: keys.address("evm", 0),
    scryptN: options.scryptN,
  });
}

/**
 * Opens the file that `createDepositSeed` or `importDepositSeed` wrote. The seed stays inside.
 * @throws {DomainError} `keystore_missing`, `keystore_invalid`, `wrong_password`. None of them carries the seed or the password.
 */
export async function openDepositKeys(path: string, password: string): Promise<DepositKeys> {
  const { secret, address } = await readKeystoreFile(path, password, "spillway keys create-seed");
  const keys = await keysOf(secret).catch(() => null);
  // Tells a wallet's key, whose 32 bytes would pass for a seed, and a derivation that changed since the file was written.
  if (keys === null || address === null || !isSameAddress(address, keys.address("evm", 0)))
    throw new DomainError(
      "keystore_invalid",
      `${path} is not a deposit seed, or does not give the address it names: check the path, or restore it from the words.`,
    );
  return keys;
}

const keysOf = async (entropy: Uint8Array): Promise<DepositKeys> =>
  createDepositKeys(await mnemonicToSeed(entropyToMnemonic(entropy, wordlist)));

const invalid = (message: string, reason: string) => new DomainError("invalid_mnemonic", message, { reason });

function toEntropy(mnemonic: string): Uint8Array {
  const words = mnemonic.normalize("NFKD").toLowerCase().trim().split(/\s+/);
  if (words.length < 12 || words.length > 24 || words.length % 3 !== 0)
    throw invalid("A seed has 12, 15, 18, 21 or 24 words: enter all of them, in their order.", "word_count");
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0)
    throw invalid(
      `Word ${unknown + 1} is not in the English BIP-39 list: compare it with the paper.`,
      "unknown_word",
    );
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    // The library's message may repeat what it was given.
    throw invalid(
      "The words do not fit together: one is wrong or in the wrong place; compare them with the paper.",
      "checksum",
    );
  }
}
