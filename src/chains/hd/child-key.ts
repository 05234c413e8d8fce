import type { HDKey } from "@scure/bip32";
import { InvariantViolation } from "../../errors.ts";

/** Indexes are ours, from the database: one that cannot be derived is our bug, and guessing would lose money. */
export function checkIndex(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= 0x8000_0000)
    throw new InvariantViolation(
      "invalid_deposit_index",
      "A deposit address has an index from 0 to 2^31 - 1.",
      {
        index,
      },
    );
  return index;
}

/** The compressed public key of child `index`, already checked; it needs no private key of the parent. */
export const childPublicKey = (parent: HDKey, index: number): Uint8Array =>
  parent.deriveChild(index).publicKey!;
