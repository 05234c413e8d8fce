import { secp256k1 } from "@noble/curves/secp256k1";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256, sha3_256 } from "@noble/hashes/sha3.js";
import { base58, createBase58check } from "@scure/base";
import { getAddress } from "viem";

const base58check = createBase58check(sha256);

/** The last 20 bytes of the hash of the whole curve point: what Ethereum and Tron both call an address. */
const accountBytes = (publicKey: Uint8Array): Uint8Array =>
  keccak_256(secp256k1.ProjectivePoint.fromHex(publicKey).toRawBytes(false).subarray(1)).subarray(12);

/** EIP-55. @param publicKey secp256k1, compressed or not. */
export const evmAddress = (publicKey: Uint8Array): string =>
  getAddress(`0x${Buffer.from(accountBytes(publicKey)).toString("hex")}`);

/** Base58check, beginning with T. @param publicKey secp256k1, compressed or not. */
export const tronAddress = (publicKey: Uint8Array): string =>
  base58check.encode(Uint8Array.of(0x41, ...accountBytes(publicKey)));

/** Base58 of the key itself. @param publicKey ed25519, 32 bytes. */
export const solanaAddress = (publicKey: Uint8Array): string => base58.encode(publicKey);

/** 0x and 64 hex digits: the authentication key of one ed25519 key, whose scheme byte is 0. */
export const aptosAddress = (publicKey: Uint8Array): string =>
  `0x${Buffer.from(sha3_256(Uint8Array.of(...publicKey, 0x00))).toString("hex")}`;
