import { randomBytes } from "node:crypto";
import { privateKeyToAccount } from "viem/accounts";
import { DomainError } from "../../errors.ts";
import { createEvmSigner } from "../evm-signer.ts";
import { isSameAddress, readKeystoreFile, writeKeystoreFile } from "../keystore-file.ts";
import type { Signer } from "../sending.ts";

export interface KeystoreOptions {
  /** Cost of one guess at the password; a power of two. Tests take a small one. */
  readonly scryptN?: number;
  /** A key made elsewhere, as 0x-hex; a new random one if absent. */
  readonly privateKey?: string;
}

/**
 * Creates an encrypted keystore file, readable by its owner alone, and returns its address. Never overwrites a file:
 * a key lost is money lost.
 * @throws {DomainError} `keystore_exists`, `weak_password`
 */
export async function createKeystore(
  path: string,
  password: string,
  options: KeystoreOptions = {},
): Promise<{ address: string }> {
  const secret =
    options.privateKey === undefined ? newPrivateKey() : Buffer.from(options.privateKey.slice(2), "hex");
  const { address } = toAccount(secret, path);
  await writeKeystoreFile(path, password, { secret, address, scryptN: options.scryptN });
  return { address };
}

function newPrivateKey(): Buffer {
  for (;;) {
    const key = randomBytes(32);
    try {
      privateKeyToAccount(`0x${key.toString("hex")}`);
      return key;
    } catch {
      // Zero, or beyond the curve's order: once in 2^127 draws.
    }
  }
}

/**
 * Opens a keystore file of version 3, ours or another tool's, once for all chains: its password costs a second to try.
 * @returns a signer for each chain, in order. The key stays inside.
 * @throws {DomainError} `keystore_missing`, `keystore_invalid`, `wrong_password`. None of them carries the key or the password.
 */
export async function openKeystoreFor(
  path: string,
  password: string,
  chains: readonly { chain: string; chainId: number }[],
): Promise<Signer[]> {
  const { secret, address } = await readKeystoreFile(path, password, "spillway keys create");
  const account = toAccount(secret, path);
  if (address !== null && !isSameAddress(address, account.address))
    throw new DomainError(
      "keystore_invalid",
      `${path} names another address than its key has: restore it from a backup.`,
    );
  return chains.map((at) => createEvmSigner(account, at));
}

/** As `openKeystoreFor`, for one chain. */
export async function openKeystore(
  path: string,
  password: string,
  at: { chain: string; chainId: number },
): Promise<Signer> {
  return (await openKeystoreFor(path, password, [at]))[0]!;
}

function toAccount(key: Uint8Array, path: string) {
  try {
    return privateKeyToAccount(`0x${Buffer.from(key).toString("hex")}`);
  } catch {
    // The library's message may repeat what it was given.
    throw new DomainError(
      "keystore_invalid",
      `${path} does not hold a usable key: restore it from a backup.`,
    );
  }
}
