import { DomainError } from "../errors.ts";

const base58 = "[1-9A-HJ-NP-Za-km-z]";

/** What wallets write their keys as. No address that we can pay to looks like any of these. */
const secrets: readonly RegExp[] = [
  /^(?:0[xX])?[0-9a-fA-F]{128}$/,
  new RegExp(`^[5KLc9]${base58}{50,51}$`), // WIF
  new RegExp(`^6P${base58}{56}$`), // BIP-38
  /^[a-zA-Z]prv[0-9A-Za-z]{40,}$/, // BIP-32
  new RegExp(`^${base58}{85,90}$`), // a Solana key pair
  /^\[?\s*\d{1,3}(?:\s*,\s*\d{1,3}){31,}\s*\]?$/, // the same, as a file has it
  /^(?:ed25519|secp256k1)-priv-/, // AIP-80
  /PRIVATE KEY/,
];

/** The words of a seed, in whatever language, numbered or not: there are twelve at least, and an address is one. */
const isSeed = (text: string): boolean =>
  text.split(/[\s,;]+/).filter((word) => /^(?:\d{1,2}[.:)])?[\p{L}\p{M}]+$/u.test(word)).length >= 12;

/** On chains whose addresses are not 32 bytes; a transaction's hash looks the same. */
const key32 = /^(?:0[xX])?[0-9a-fA-F]{64}$/;

/**
 * Refuses what looks like a private key or a seed phrase where something else was asked for. The text itself is in no error:
 * it must be nowhere, not in a log and not in a stored answer.
 * @param namespace of the chain's CAIP-2 id: where 0x and 64 digits are an address
 * @throws {DomainError} `secret_pasted`
 */
export function refuseSecret(text: string, namespace: string | null): void {
  const trimmed = text.trim();
  const isAddress = namespace === "aptos" && /^0x/i.test(trimmed);
  const isKey = secrets.some((form) => form.test(trimmed)) || (!isAddress && key32.test(trimmed));
  if (!isKey && !isSeed(trimmed)) return;
  throw new DomainError(
    "secret_pasted",
    "This looks like a private key or a seed phrase. Nobody needs it to pay to a wallet, and it was kept nowhere here. " +
      "If it is one, move what the wallet holds to a new wallet: whoever saw it can take it. Then name the new wallet's address.",
  );
}
