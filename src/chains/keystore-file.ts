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
import { keccak_256 } from "@noble/hashes/sha3.js";
import { z } from "zod";
import { DomainError } from "../errors.ts";

/** What a keystore file keeps: a secret that only the password shows, and the address it is known by, for all to read. */
export interface KeystoreContent {
  readonly secret: Uint8Array;
  /** 40 hex digits, lower case, without 0x. `null` where another tool left it out. */
  readonly address: string | null;
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
  Buffer.from(keccak_256(Buffer.concat([derived.subarray(16, 32), ciphertext])));

/**
 * Encrypts a secret into a new keystore file of version 3, readable by its owner alone. Never overwrites a file: a key
 * lost is money lost.
 * @param content.scryptN cost of one guess at the password; a power of two. Tests take a small one.
 * @throws {DomainError} `keystore_exists`, `weak_password`
 */
export async function writeKeystoreFile(
  path: string,
  password: string,
  content: { readonly secret: Uint8Array; readonly address: string; readonly scryptN?: number | undefined },
): Promise<void> {
  if (password.length < 8)
    throw new DomainError("weak_password", "The keystore password needs at least 8 characters.");
  const kdfparams = { dklen: 32, n: content.scryptN ?? 131_072, r: 8, p: 1, salt: randomBytes(32) };
  const derived = await scryptKey(password, kdfparams);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(content.secret), cipher.final()]);
  const file = {
    version: 3,
    id: randomUUID(),
    address: bareAddress(content.address),
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
}

const bareAddress = (text: string): string => text.replace(/^0x/, "").toLowerCase();

/** Whether two spellings, as 0x-hex or without, in any letter case, name one address. */
export const isSameAddress = (one: string, other: string): boolean => bareAddress(one) === bareAddress(other);

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
 * Opens a keystore file of version 3, ours or another tool's (scrypt or pbkdf2).
 * @param createdBy the command that makes such a file, for whoever has none.
 * @throws {DomainError} `keystore_missing`, `keystore_invalid`, `wrong_password`. None of them carries the secret or the password.
 */
export async function readKeystoreFile(
  path: string,
  password: string,
  createdBy: string,
): Promise<KeystoreContent> {
  const keystore = await parseKeystoreFile(path, createdBy);
  const secret = await decrypt(keystore.crypto, password);
  if (secret === null)
    throw new DomainError(
      "wrong_password",
      `The password does not open ${path}: check the password file or variable.`,
    );
  return { secret, address: keystore.address === undefined ? null : bareAddress(keystore.address) };
}

async function parseKeystoreFile(path: string, createdBy: string) {
  const text = await readFile(path, "utf8").catch(() => {
    throw new DomainError(
      "keystore_missing",
      `No keystore can be read at ${path}: create one with "${createdBy}".`,
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
