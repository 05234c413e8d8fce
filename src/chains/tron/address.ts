import { createBase58check } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";

const base58check = createBase58check(sha256);

/** The written form ("T…") of an address of 20 bytes in hex, as events have it: without 41 and without 0x. */
export const toBase58 = (bytes20: string): string =>
  base58check.encode(Uint8Array.from(Buffer.from(`41${bytes20}`, "hex")));

/** The 21 bytes of a written address in hex, as the node's own calls have it: with 41. */
export const toHex = (address: string): string => Buffer.from(base58check.decode(address)).toString("hex");
