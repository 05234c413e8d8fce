import { base58, bech32, bech32m, createBase58check } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { DomainError } from "../errors.ts";
import { fiatChain, type AssetRegistry } from "../money/index.ts";
import { normaliseEvmAddress } from "./evm/address.ts";
import { refuseOwnerless } from "./ownerless.ts";
import { refuseSecret } from "./pasted-secret.ts";

type Normaliser = (text: string) => string | null;

const base58check = createBase58check(sha256);

/** `null` where the text is not of that encoding at all; the coders throw on the first wrong character or checksum. */
function decoded<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

function normaliseTron(text: string): string | null {
  const bytes = decoded(() => base58check.decode(text));
  return bytes?.length === 21 && bytes[0] === 0x41 && bytes.subarray(1).some((byte) => byte !== 0)
    ? text
    : null;
}

function normaliseSolana(text: string): string | null {
  const bytes = decoded(() => base58.decode(text));
  // All zeroes is the system program: coins sent there are lost.
  return bytes?.length === 32 && bytes.some((byte) => byte !== 0) ? text : null;
}

function normaliseSegwit(text: string): string | null {
  const lower = text === text.toUpperCase() ? text.toLowerCase() : text;
  const versionOf = (coder: typeof bech32 | typeof bech32m) =>
    decoded(() => {
      const { prefix, words } = coder.decode(lower as `${string}1${string}`, 90);
      const [version = -1, ...program] = words;
      return prefix === "bc" ? { version, length: coder.fromWords(program).length } : null;
    });
  const first = versionOf(bech32);
  if (first?.version === 0 && (first.length === 20 || first.length === 32)) return lower;
  const later = versionOf(bech32m); // BIP-350: witness version 1 and above
  const known = later !== null && later.version >= 1 && later.version <= 16;
  return known && later.length >= 2 && later.length <= 40 && (later.version !== 1 || later.length === 32)
    ? lower
    : null;
}

function normaliseBitcoin(text: string): string | null {
  const legacy = decoded(() => base58check.decode(text));
  if (legacy) return legacy.length === 21 && (legacy[0] === 0x00 || legacy[0] === 0x05) ? text : null;
  return normaliseSegwit(text);
}

function normaliseAptos(text: string): string | null {
  const digits = /^0x([0-9a-fA-F]{1,64})$/.exec(text)?.[1];
  if (digits === undefined) return null;
  const padded = digits.toLowerCase().padStart(64, "0");
  // 0x0 to 0xf are the framework's own addresses.
  return /^0{63}/.test(padded) ? null : `0x${padded}`;
}

const families: ReadonlyMap<string, { normalise: Normaliser; looksLike: string }> = new Map([
  ["tron", { normalise: normaliseTron, looksLike: "T and 33 more letters and digits" }],
  ["solana", { normalise: normaliseSolana, looksLike: "32 to 44 letters and digits" }],
  ["bitcoin", { normalise: normaliseBitcoin, looksLike: "bc1…, 1… or 3…" }],
  ["aptos", { normalise: normaliseAptos, looksLike: "0x and up to 64 hex digits" }],
]);

/** Chains whose payments name an account at their receiver's by a memo, and whose memos every way to pay there carries. */
const memoChains: ReadonlySet<string> = new Set(["ton", fiatChain]);

export const carriesMemos = (chain: string): boolean => memoChains.has(chain);

/**
 * The normal form of a destination on any chain we can name, checksum verified, for chains we run and chains we do not.
 * @throws {DomainError} `invalid_address`: it cannot be paid, and the message says why; `secret_pasted`; `unsupported_chain`.
 * Nothing of what was given is in them, unless it is an address: people paste what nobody may see.
 */
export function normaliseAddressFor(chain: string, text: string, registry: AssetRegistry): string {
  const native = registry.all.find((asset) => asset.chain === chain);
  if (native?.chainId.startsWith("eip155:")) return normaliseEvmAddress(text, chain, registry);
  const family = families.get(chain);
  if (!family)
    throw new DomainError("unsupported_chain", `"${chain.slice(0, 60)}" is not a chain we can pay on.`, {
      chain,
    });
  refuseSecret(text, native?.chainId.split(":")[0] ?? null);
  const address = family.normalise(text.trim());
  if (address === null)
    throw new DomainError(
      "invalid_address",
      `This is not an address on ${chain} (${family.looksLike}): check every character.`,
      { chain, reason: "malformed" },
    );
  refuseOwnerless(address, native?.chainId ?? "", registry);
  return address;
}
