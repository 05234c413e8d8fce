import {
  createCipheriv,
  createDecipheriv,
  pbkdf2,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { z } from "zod";
import { DomainError, InvariantViolation } from "../../errors.ts";
import type { Signer, UnsignedTransfer } from "../port.ts";
import { transferCall } from "./estimate-fees.ts";

export interface KeystoreOptions {
  /** Cost of one guess at the password; a power of two. Tests take a small one. */
  readonly scryptN?: number;
  /** A key made elsewhere, as 0x-hex; a new random one if absent. */
  readonly privateKey?: string;
}

const hexBytes = z
  .string()
  .regex(/^(?:0x)?(?:[0-9a-fA-F]{2})*$/)
  .transform((text) => Buffer.from(text.replace(/^0x/, ""), "hex"));

const scryptParams = z.object({
  dklen: z.number().int().min(32).max(64),
  n: z
    .number()
    .int()
    .min(2)
    .max(2 ** 22),
  r: z.number().int().min(1).max(64),
  p: z.number().int().min(1).max(64),
  salt: hexBytes,
});
const pbkdf2Params = z.object({
  dklen: z.number().int().min(32).max(64),
  c: z.number().int().min(1).max(10_000_000),
  prf: z.literal("hmac-sha256"),
  salt: hexBytes,
});
const cipherFields = {
  cipher: z.literal("aes-128-ctr"),
  cipherparams: z.object({ iv: hexBytes }),
  ciphertext: hexBytes,
  mac: hexBytes,
};
/** Web3 Secret Storage, version 3. Some tools write "Crypto". */
const keystoreSchema = z.preprocess(
  (file) =>
    typeof file === "object" && file !== null && "Crypto" in file ? { ...file, crypto: file.Crypto } : file,
  z.object({
    version: z.literal(3),
    address: z.string().optional(),
    crypto: z.discriminatedUnion("kdf", [
      z.object({ ...cipherFields, kdf: z.literal("scrypt"), kdfparams: scryptParams }),
      z.object({ ...cipherFields, kdf: z.literal("pbkdf2"), kdfparams: pbkdf2Params }),
    ]),
  }),
);
type KeystoreCrypto = z.output<typeof keystoreSchema>["crypto"];

const scryptKey = (
  password: string,
  { n, r, p, dklen, salt }: z.output<typeof scryptParams>,
): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(password, salt, dklen, { N: n, r, p, maxmem: 256 * n * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );

const macOf = (derived: Buffer, ciphertext: Buffer): Buffer =>
  Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]), "bytes"));

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
  if (password.length < 8)
    throw new DomainError("weak_password", "The keystore password needs at least 8 characters.");
  const key =
    options.privateKey === undefined ? newPrivateKey() : Buffer.from(options.privateKey.slice(2), "hex");
  const { address } = toAccount(key, path);
  const kdfparams = { dklen: 32, n: options.scryptN ?? 131_072, r: 8, p: 1, salt: randomBytes(32) };
  const derived = await scryptKey(password, kdfparams);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  const file = {
    version: 3,
    id: randomUUID(),
    address: address.slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "scrypt",
      kdfparams: { ...kdfparams, salt: kdfparams.salt.toString("hex") },
      mac: macOf(derived, ciphertext).toString("hex"),
    },
  };
  await writeNewFile(path, `${JSON.stringify(file, null, 2)}\n`);
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

async function writeNewFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST")
      throw new DomainError(
        "keystore_exists",
        `${path} is there already: name another file, or move it away first.`,
      );
    throw error;
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Opens a keystore file of version 3, ours or another tool's, and returns a signer for one chain. The key stays inside.
 * @throws {DomainError} `keystore_missing`, `keystore_invalid`, `wrong_password`. None of them carries the key or the password.
 */
export async function openKeystore(
  path: string,
  password: string,
  { chain, chainId }: { chain: string; chainId: number },
): Promise<Signer> {
  const keystore = await readKeystore(path);
  const key = await decrypt(keystore.crypto, password);
  if (key === null)
    throw new DomainError(
      "wrong_password",
      `The password does not open ${path}: check the password file or variable.`,
    );
  const account = toAccount(key, path);
  const stated = keystore.address?.replace(/^0x/, "").toLowerCase();
  if (stated !== undefined && stated !== account.address.slice(2).toLowerCase())
    throw new DomainError(
      "keystore_invalid",
      `${path} names another address than its key has: restore it from a backup.`,
    );
  return {
    chain,
    address: account.address,
    async sign(transfer) {
      checkSignable(transfer, chain);
      const { to, value, data } = transferCall(transfer);
      const raw = await account.signTransaction({
        type: "eip1559",
        chainId,
        nonce: Number(transfer.nonce),
        gas: transfer.gasLimit,
        maxFeePerGas: transfer.maxFeePerGas,
        maxPriorityFeePerGas: transfer.maxPriorityFeePerGas,
        to,
        value,
        data,
      });
      return { raw, transactionHash: keccak256(raw) };
    },
  };
}

/** The last gate before a signature: whatever asked for it, these are never signed. */
function checkSignable(transfer: UnsignedTransfer, chain: string): void {
  const sane =
    transfer.asset.chain === chain &&
    /^0x[0-9a-fA-F]{40}$/.test(transfer.to) &&
    transfer.amount > 0n &&
    transfer.nonce >= 0n &&
    transfer.nonce <= BigInt(Number.MAX_SAFE_INTEGER) &&
    transfer.gasLimit > 0n &&
    transfer.maxPriorityFeePerGas <= transfer.maxFeePerGas;
  if (!sane)
    throw new InvariantViolation(
      "unsignable_transfer",
      `A transfer that must not be signed reached the signer of ${chain}.`,
      {
        asset: transfer.asset.id,
        to: transfer.to,
        amount: String(transfer.amount),
      },
    );
}

function toAccount(key: Buffer, path: string) {
  try {
    return privateKeyToAccount(`0x${key.toString("hex")}`);
  } catch {
    // The library's message may repeat what it was given.
    throw new DomainError(
      "keystore_invalid",
      `${path} does not hold a usable key: restore it from a backup.`,
    );
  }
}

async function readKeystore(path: string) {
  const text = await readFile(path, "utf8").catch(() => {
    throw new DomainError(
      "keystore_missing",
      `No keystore can be read at ${path}: create one with "spillway keys create".`,
    );
  });
  try {
    return keystoreSchema.parse(JSON.parse(text));
  } catch {
    throw new DomainError("keystore_invalid", `${path} is not a version 3 keystore file: check the path.`);
  }
}

/** `null` where the password is wrong, told by the file's own checksum before anything is decrypted. */
async function decrypt(crypto: KeystoreCrypto, password: string): Promise<Buffer | null> {
  const derived =
    crypto.kdf === "scrypt"
      ? await scryptKey(password, crypto.kdfparams)
      : await promisify(pbkdf2)(
          password,
          crypto.kdfparams.salt,
          crypto.kdfparams.c,
          crypto.kdfparams.dklen,
          "sha256",
        );
  const mac = macOf(derived, crypto.ciphertext);
  if (mac.length !== crypto.mac.length || !timingSafeEqual(mac, crypto.mac)) return null;
  const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), crypto.cipherparams.iv);
  return Buffer.concat([decipher.update(crypto.ciphertext), decipher.final()]);
}
