import { sha3_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Nodes drop leading zeros of an address anywhere; in full length two spellings compare. @param address 0x and 1 to 64 hex digits. */
export const fullAddress = (address: string): string =>
  `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;

/** The full name of a Move type, type arguments included, with every address in full length. Names keep their letter case. */
export const fullType = (type: string): string =>
  type.replace(/\s+/g, "").replace(/(?<!\w)0x[0-9a-fA-F]{1,64}(?=::)/g, fullAddress);

/** Which rule an object's address was derived by: the last byte of what is hashed (aptos-core `object.move`). */
const schemes = { userDerived: 0xfc, named: 0xfe } as const;

const derive = (owner: string, seed: Uint8Array, scheme: keyof typeof schemes): string =>
  `0x${bytesToHex(sha3_256(concatBytes(hexToBytes(fullAddress(owner).slice(2)), seed, Uint8Array.of(schemes[scheme]))))}`;

/**
 * Where an account's fungible asset of this metadata lies. Only the framework makes objects there, and it keeps no way to
 * take from them; a store anywhere else may obey whoever made it.
 */
export const primaryStoreOf = (owner: string, metadata: string): string =>
  derive(owner, hexToBytes(fullAddress(metadata).slice(2)), "userDerived");

/**
 * The fungible asset that a coin becomes when it migrates (`coin.move`, `create_named_object`): APT's is 0xa by decree.
 * @param coinType as the chain spells it, without leading zeros.
 */
export const pairedMetadataOf = (coinType: string): string => derive("0xa", utf8ToBytes(coinType), "named");
