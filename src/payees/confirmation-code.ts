import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Destination } from "./payee.ts";

// No sign looks like another (Crockford's base 32). Sixty random bits: not guessed in a few tries, nor from a plain hash in a day.
const signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A code as it is told: K7QM-2XPA-9RTD. */
export const newCode = (): string =>
  Array.from(randomBytes(12), (byte) => signs[byte & 31])
    .join("")
    .replace(/(.{4})(?=.)/g, "$1-");

/** As people type it: in any case, with or without dashes, O for 0. */
const inOneForm = (code: string): string =>
  code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");

/** What a code is good for: this change of this payee to exactly this destination. */
interface Purpose {
  readonly id: string;
  readonly payeeId: string;
  readonly destination: Destination;
}

export const hashCode = (code: string, { id, payeeId, destination }: Purpose): Buffer => {
  const { asset, address, memo } = destination;
  return createHash("sha256")
    .update(JSON.stringify(["change_destination", id, payeeId, asset, address, memo, inOneForm(code)]))
    .digest();
};

export const isCodeOf = (code: string, purpose: Purpose, hash: Buffer): boolean =>
  timingSafeEqual(hashCode(code, purpose), hash);
