import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519";
import { HDKey } from "@scure/bip32";
import { mnemonicToEntropy, mnemonicToSeedSync } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english";
import fc from "fast-check";
import { parseTransaction, recoverTransactionAddress, type TransactionSerializedEIP1559 } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registry } from "../../money/index.ts";
import { normaliseAddressFor } from "../addresses.ts";
import type { ChainFamily } from "../networks.ts";
import { writeKeystoreFile } from "../keystore-file.ts";
import { createDepositKeys } from "./deposit-keys.ts";
import { createDepositSeed, depositAddressesFromXpub, importDepositSeed, openDepositKeys } from "./index.ts";
import { toFee } from "../evm-fee.ts";
import { deriveEd25519, ed25519Master } from "./slip10.ts";

const password = "correct horse battery";
const cheap = { scryptN: 1024 };
const junk = "test test test test test test test test test test test junk";
const neither = "neither lonely flavor argue grass remind eye tag avocado spot unusual intact";
const shoot = "shoot island position soft burden budget tooth cruel issue economy destroy above";
const keysOf = (mnemonic: string) => createDepositKeys(mnemonicToSeedSync(mnemonic));
const withCode = (code: string) => expect.objectContaining({ code });

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "deposit-seed-"))));
afterAll(() => rm(folder, { recursive: true }));

// As published: Hardhat's accounts, Trust Wallet's core, the Solana cookbook, the Aptos TypeScript SDK.
test.each<[ChainFamily, string, number, string]>([
  ["evm", junk, 0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"],
  ["evm", junk, 1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
  ["tron", junk, 0, "TWer2Ygk5TEheHp3TPuYeqxmB6SsGZmaL6"],
  ["tron", junk, 1, "TPjjvMwjPoDC32V2dGDYTkLH4E5LAtBZ6C"],
  ["tron", shoot, 0, "TQ5NMqJjhpQGK7YJbESKtNCo86PJ89ujio"],
  ["solana", neither, 0, "5vftMkHL72JaJG6ExQfGAsT2uGVHpRR7oTNUPMs68Y2N"],
  ["solana", neither, 1, "GcXbfQ5yY3uxCyBNDPBbR5FjumHf89E7YHXuULfGDBBv"],
  ["solana", neither, 2, "7QPgyQwNLqnoSwHEuK8wKy2Y3Ani6EHoZRihTuWkwxbc"],
  ["aptos", shoot, 0, "0x07968dab936c1bad187c60ce4082f307d030d780e91e694ae03aef16aba73f30"],
])("%s addresses are those of the family's own wallets: %s, %i", (family, mnemonic, index, address) => {
  expect(keysOf(mnemonic).address(family, index)).toBe(address);
});

// SLIP-10, "Test vector 1 for ed25519", read 2026-11-21.
test.each([
  [
    [],
    "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
    "a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed",
  ],
  [
    [0, 1, 2, 2, 1_000_000_000],
    "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
    "3c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a",
  ],
])("ed25519 keys are derived as SLIP-10 says: %j", (steps, privateKey, publicKey) => {
  const { key } = deriveEd25519(ed25519Master(Buffer.from("000102030405060708090a0b0c0d0e0f", "hex")), steps);
  expect(Buffer.from(key).toString("hex")).toBe(privateKey);
  expect(Buffer.from(ed25519.getPublicKey(key)).toString("hex")).toBe(publicKey);
});

test("every address is its own normal form and belongs to one index alone", () => {
  const keys = keysOf(junk);
  const chains = { evm: "ethereum", tron: "tron", solana: "solana", aptos: "aptos" } as const;
  const families = ["evm", "tron", "solana", "aptos"] as const;
  fc.assert(
    fc.property(fc.constantFrom(...families), fc.nat(2 ** 31 - 2), (family, index) => {
      const address = keys.address(family, index);
      expect(normaliseAddressFor(chains[family], address, registry)).toBe(address);
      expect(keys.address(family, index + 1)).not.toBe(address);
    }),
    { numRuns: 60 },
  );
});

test.each([-1, 0.5, 2 ** 31, Number.NaN])("index %d has no address and no key", (index) => {
  const keys = keysOf(junk);
  const external = HDKey.fromMasterSeed(mnemonicToSeedSync(junk)).derive("m/44'/60'/0'/0");
  const watching = depositAddressesFromXpub("evm", external.publicExtendedKey);
  for (const ask of [
    () => keys.address("evm", index),
    () => keys.address("solana", index),
    () => keys.evmSigner("ethereum", 1, index),
    () => watching.address(index),
  ])
    expect(ask).toThrow(withCode("invalid_deposit_index"));
});

test("the signer of an index signs for the address of that index, and shows no key", async () => {
  const keys = keysOf(junk);
  const signer = keys.evmSigner("base", 8453, 7);
  expect(signer.address).toBe(keys.address("evm", 7));
  const transfer = { asset: registry.get("base:USDC"), to: keys.address("evm", 1), amount: 5n };
  const fees = { gasLimit: 60_000n, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
  const { raw } = await signer.sign({ ...transfer, slot: { kind: "number", number: 0n }, fee: toFee(fees) });
  const serializedTransaction = raw as TransactionSerializedEIP1559;
  expect(await recoverTransactionAddress({ serializedTransaction })).toBe(signer.address);
  expect(parseTransaction(serializedTransaction)).toMatchObject({ chainId: 8453, nonce: 0 });
  const { privateKey } = HDKey.fromMasterSeed(mnemonicToSeedSync(junk)).derive("m/44'/60'/0'/0/7");
  const secret = Buffer.from(privateKey!).toString("hex");
  expect(privateKeyToAddress(`0x${secret}`)).toBe(signer.address); // the key to look for is the right one
  expect(JSON.stringify([keys, signer])).not.toContain(secret);
});

test("a new seed has 24 words that open to the same addresses, in a file for its owner's eyes", async () => {
  const path = join(folder, "keys", "deposits.json");
  const { mnemonic } = await createDepositSeed(path, password, cheap);
  expect(mnemonic.split(" ")).toHaveLength(24);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const written = await readFile(path, "utf8");
  expect(written).not.toContain(mnemonic);
  expect(written).not.toContain(Buffer.from(mnemonicToEntropy(mnemonic, wordlist)).toString("hex"));
  const keys = await openDepositKeys(path, password);
  for (const family of ["evm", "tron", "solana", "aptos"] as const)
    expect(keys.address(family, 3)).toBe(keysOf(mnemonic).address(family, 3));
  await expect(createDepositSeed(path, password, cheap)).rejects.toEqual(withCode("keystore_exists"));
  expect(await readFile(path, "utf8")).toBe(written);
  const other = await createDepositSeed(join(folder, "other.json"), password, cheap);
  expect(other.mnemonic).not.toBe(mnemonic);
});

test("words from paper open to the same addresses, however they are typed", async () => {
  const path = join(folder, "imported.json");
  await importDepositSeed(path, password, `\n  ${junk.toUpperCase().replaceAll(" ", "\n ")}\n`, cheap);
  expect((await openDepositKeys(path, password)).address("evm", 0)).toBe(
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
  );
});

test.each([
  ["", "word_count"],
  [junk.replace(" junk", ""), "word_count"],
  [junk.replace("junk", "tset"), "unknown_word"],
  [junk.replace("junk", "test"), "checksum"],
])("words that are no seed are refused and not repeated: %s", async (mnemonic, reason) => {
  const refused = importDepositSeed(join(folder, "refused.json"), password, mnemonic, cheap);
  await expect(refused).rejects.toMatchObject({ code: "invalid_mnemonic", details: { reason } });
  await expect(refused).rejects.not.toThrow(/tset|junk|\btest\b/);
  await expect(stat(join(folder, "refused.json"))).rejects.toThrow("ENOENT");
});

test("a seed file opens with its password only; a wallet's key or a changed file is not taken for one", async () => {
  const path = join(folder, "sealed.json");
  await importDepositSeed(path, password, junk, cheap);
  await expect(openDepositKeys(path, "wrong password")).rejects.toEqual(withCode("wrong_password"));
  await expect(openDepositKeys(join(folder, "none.json"), password)).rejects.toEqual(
    withCode("keystore_missing"),
  );
  const secret = Buffer.from("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318", "hex");
  const address = privateKeyToAddress(`0x${secret.toString("hex")}`);
  const changed = (await readFile(path, "utf8")).replace("f39fd6e51aad88f6f4ce6ab8827279cfffb92266", "00");
  await writeKeystoreFile(join(folder, "hot.json"), password, { secret, address, ...cheap });
  await writeKeystoreFile(join(folder, "odd.json"), password, {
    secret: secret.subarray(0, 31),
    address,
    ...cheap,
  });
  await writeFile(join(folder, "changed.json"), changed);
  await writeFile(join(folder, "garbled.json"), "{}");
  for (const file of ["hot.json", "odd.json", "changed.json", "garbled.json"])
    await expect(openDepositKeys(join(folder, file), password), file).rejects.toEqual(
      withCode("keystore_invalid"),
    );
});

test.each(["evm", "tron"] as const)("an xpub watches the %s addresses that the seed spends", (family) => {
  const coin = { evm: 60, tron: 195 }[family];
  const external = HDKey.fromMasterSeed(mnemonicToSeedSync(junk)).derive(`m/44'/${coin}'/0'/0`);
  const watching = depositAddressesFromXpub(family, ` ${external.publicExtendedKey}\n`);
  const keys = keysOf(junk);
  for (const index of [0, 1, 4711, 2 ** 31 - 1])
    expect(watching.address(index)).toBe(keys.address(family, index));
});

test("what is not the xpub of an external chain is refused, and never repeated", () => {
  const root = HDKey.fromMasterSeed(mnemonicToSeedSync(junk));
  const external = root.derive("m/44'/60'/0'/0");
  const refusals = [
    [external.privateExtendedKey, "private_key"],
    [external.publicExtendedKey.slice(0, -1), "malformed"],
    ["", "malformed"],
    [root.derive("m/44'/60'/0'").publicExtendedKey, "wrong_depth"],
    [root.derive("m/44'/60'/0'/1").publicExtendedKey, "wrong_depth"],
    [external.deriveChild(0).publicExtendedKey, "wrong_depth"],
  ] as const;
  for (const [given, reason] of refusals) {
    expect(() => depositAddressesFromXpub("evm", given), given).toThrow(
      expect.objectContaining({
        code: "invalid_xpub",
        details: { reason },
        message: expect.not.stringMatching(/xp(?:ub|rv)[1-9A-Za-z]{9}/),
      }),
    );
  }
});
