import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";

/** A private key of ed25519 and what its children are made with; 32 bytes each. */
export interface Ed25519Node {
  readonly key: Uint8Array;
  readonly chainCode: Uint8Array;
}

const toNode = (digest: Uint8Array): Ed25519Node => ({
  key: digest.subarray(0, 32),
  chainCode: digest.subarray(32),
});

/** The root of all ed25519 keys of a seed (SLIP-10). */
export const ed25519Master = (seed: Uint8Array): Ed25519Node =>
  toNode(hmac(sha512, new TextEncoder().encode("ed25519 seed"), seed));

/**
 * Walks down a path of hardened steps, the only kind that ed25519 has: [44, 501] is m/44'/501' from the master.
 * @param steps each from 0 to 2^31 - 1.
 */
export const deriveEd25519 = (from: Ed25519Node, steps: readonly number[]): Ed25519Node =>
  steps.reduce((node, index) => {
    const data = new Uint8Array(37);
    data.set(node.key, 1);
    new DataView(data.buffer).setUint32(33, 0x8000_0000 + index);
    return toNode(hmac(sha512, node.chainCode, data));
  }, from);
