import { DomainError } from "../../errors.ts";
import { isAddress, isSignature } from "./answers.ts";

/**
 * A transaction's first signature, its letter case kept: case carries meaning.
 * @throws {DomainError} `invalid_transaction_hash`; reason "looks_like_address" where a wallet's address was given.
 */
export function normaliseSignature(text: string): string {
  const trimmed = text.trim();
  if (isSignature(trimmed)) return trimmed;
  if (isAddress(trimmed))
    throw new DomainError(
      "invalid_transaction_hash",
      `"${trimmed}" is the address of a wallet or token, not of a transaction: copy the signature, about 88 letters and digits.`,
      { reason: "looks_like_address" },
    );
  throw new DomainError(
    "invalid_transaction_hash",
    `"${trimmed.slice(0, 90)}" is not a Solana transaction signature: it has about 88 letters and digits, check every one.`,
    { reason: "malformed" },
  );
}
