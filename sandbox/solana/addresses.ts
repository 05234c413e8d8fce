import { ed25519 } from "@noble/curves/ed25519";
import { sha256 } from "@noble/hashes/sha2.js";
import { base58 } from "@scure/base";
import { randomBytes } from "../randomness.ts";

export const programs = {
  system: "11111111111111111111111111111111",
  token: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  token2022: "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
  associatedToken: "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
} as const;

export const wrappedSol = "So11111111111111111111111111111111111111112";

const marker = new TextEncoder().encode("ProgramDerivedAddress");

function onCurve(bytes: Uint8Array): boolean {
  try {
    ed25519.ExtendedPoint.fromHex(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The account that belongs to an owner, a mint and its program by derivation, as the associated token program has it. */
export function associatedAccount(owner: string, mint: string, program: string = programs.token): string {
  const seeds = [owner, program, mint].map((seed) => base58.decode(seed));
  for (let bump = 255; bump >= 0; bump -= 1) {
    const parts = [...seeds, Uint8Array.of(bump), base58.decode(programs.associatedToken), marker];
    const derived = sha256(Buffer.concat(parts));
    if (!onCurve(derived)) return base58.encode(derived);
  }
  throw new Error(`no associated account for ${owner} and ${mint}`);
}

/** A wallet's address that nobody has the key of. */
export function inventAddress(): string {
  for (;;) {
    const bytes = randomBytes(32);
    if (onCurve(bytes)) return base58.encode(bytes);
  }
}

export const inventSignature = (): string => base58.encode(randomBytes(64));

/** Named by what it is for, so that every sandbox has the same ones. */
export const namedHash = (name: string): string => base58.encode(sha256(new TextEncoder().encode(name)));

export function decodesTo(text: unknown, length: number): text is string {
  try {
    return typeof text === "string" && base58.decode(text).length === length;
  } catch {
    return false;
  }
}
