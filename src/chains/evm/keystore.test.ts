import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerializedEIP1559,
} from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registry } from "../../money/index.ts";
import { toFee } from "../evm-fee.ts";
import { createKeystore, openKeystore } from "./keystore.ts";

const privateKey = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const address = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";
const password = "correct horse battery";
const ethereum = { chain: "ethereum", chainId: 1 };
const payee = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const fees = { gasLimit: 60_000n, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "keystore-"))));
afterAll(() => rm(folder, { recursive: true }));

const withCode = (code: string) => expect.objectContaining({ code });

test("a keystore is created once, for its owner's eyes, and holds no readable key", async () => {
  const path = join(folder, "keys", "hot.json");
  expect(await createKeystore(path, password, { scryptN: 1024, privateKey })).toEqual({ address });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const before = await readFile(path, "utf8");
  expect(before).not.toContain(privateKey.slice(2));
  await expect(createKeystore(path, password, { scryptN: 1024 })).rejects.toEqual(
    withCode("keystore_exists"),
  );
  expect(await readFile(path, "utf8")).toBe(before);
  await expect(createKeystore(join(folder, "weak.json"), "short")).rejects.toEqual(withCode("weak_password"));
});

test("a keystore opens with its password only, and no error carries the key", async () => {
  const path = join(folder, "a.json");
  await createKeystore(path, password, { scryptN: 1024, privateKey });
  expect((await openKeystore(path, password, ethereum)).address).toBe(address);
  await expect(openKeystore(path, "wrong password", ethereum)).rejects.toEqual(withCode("wrong_password"));
  await expect(openKeystore(join(folder, "none.json"), password, ethereum)).rejects.toEqual(
    withCode("keystore_missing"),
  );
  await writeFile(join(folder, "bad.json"), '{"version":3}');
  await expect(openKeystore(join(folder, "bad.json"), password, ethereum)).rejects.toEqual(
    withCode("keystore_invalid"),
  );
  const tampered = (await readFile(path, "utf8")).replace(address.slice(2).toLowerCase(), "00".repeat(20));
  await writeFile(join(folder, "other.json"), tampered);
  await expect(openKeystore(join(folder, "other.json"), password, ethereum)).rejects.toEqual(
    withCode("keystore_invalid"),
  );
  const shown = JSON.stringify(await openKeystore(path, password, ethereum));
  expect(shown).not.toContain(privateKey.slice(2));
});

test("a file of another tool, with pbkdf2, opens too", async () => {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived = pbkdf2Sync(password, salt, 1000, 32, "sha256");
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(privateKey.slice(2), "hex")), cipher.final()]);
  const file = {
    version: 3,
    address,
    Crypto: {
      cipher: "aes-128-ctr",
      cipherparams: { iv: iv.toString("hex") },
      ciphertext: ciphertext.toString("hex"),
      kdf: "pbkdf2",
      kdfparams: { c: 1000, dklen: 32, prf: "hmac-sha256", salt: salt.toString("hex") },
      mac: keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2),
    },
  };
  await writeFile(join(folder, "pbkdf2.json"), JSON.stringify(file));
  expect((await openKeystore(join(folder, "pbkdf2.json"), password, ethereum)).address).toBe(address);
});

test("F51 F55 what is signed is the asset and amount asked for, on this chain, to the last base unit", async () => {
  const path = join(folder, "b.json");
  await createKeystore(path, password, { scryptN: 1024, privateKey });
  const signer = await openKeystore(path, password, ethereum);
  const sign = (asset: string, amount: bigint) =>
    signer.sign({
      slot: { kind: "number", number: 7n },
      asset: registry.get(asset),
      to: payee,
      amount,
      fee: toFee(fees),
    });

  const token = await sign("ethereum:USDT", 9_007_199_254_740_993n);
  const parsed = parseTransaction(token.raw as `0x${string}`);
  expect(token.transactionHash).toBe(keccak256(token.raw as `0x${string}`));
  expect(parsed).toMatchObject({ type: "eip1559", chainId: 1, nonce: 7, gas: 60_000n });
  expect(parsed.to?.toLowerCase()).toBe("0xdac17f958d2ee523a2206206994597c13d831ec7");
  expect(parsed.value ?? 0n).toBe(0n);
  expect(parsed.data?.slice(0, 10)).toBe("0xa9059cbb");
  expect(BigInt(`0x${parsed.data?.slice(74)}`)).toBe(9_007_199_254_740_993n);
  const serializedTransaction = token.raw as TransactionSerializedEIP1559;
  expect(await recoverTransactionAddress({ serializedTransaction })).toBe(address);

  const native = parseTransaction((await sign("ethereum:ETH", 3_117_000n)).raw as `0x${string}`);
  expect(native).toMatchObject({ value: 3_117_000n });
  expect(native.to?.toLowerCase()).toBe(payee.toLowerCase());

  await expect(sign("base:USDC", 1n)).rejects.toEqual(withCode("unsignable_transfer"));
  await expect(sign("ethereum:USDT", 0n)).rejects.toEqual(withCode("unsignable_transfer"));
});
