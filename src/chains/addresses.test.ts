import { expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { registry } from "../money/index.ts";
import { normaliseAddressFor } from "./addresses.ts";

const normalise = (chain: string, text: string) => normaliseAddressFor(chain, text, registry);
const checksummed = "0x52908400098527886E0F7030069857D2E4169EE7";
const mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

function refusal(chain: string, text: string): { code: string; reason: unknown } {
  try {
    normalise(chain, text);
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, reason: error.details["reason"] };
  }
  throw new Error(`${text} was accepted on ${chain}`);
}

test.each([
  ["ethereum", mixed, mixed],
  ["ethereum", mixed.toLowerCase(), mixed],
  ["base", `0x${mixed.slice(2).toUpperCase()}`, mixed],
  ["arbitrum-one", checksummed, checksummed],
  ["ethereum", `  ${mixed} `, mixed],
  ["tron", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"],
  ["solana", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"],
  ["bitcoin", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"],
  ["bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"],
  ["bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
  [
    "bitcoin",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
  ],
  ["aptos", "0xABC", `0x${"0".repeat(61)}abc`],
])("%s: %s has one normal form", (chain, text, normal) => {
  expect(normalise(chain, text)).toBe(normal);
});

test.each([
  ["ethereum", mixed.replace("5aAe", "5aae"), "bad_checksum"],
  ["ethereum", mixed.slice(0, -1), "malformed"],
  ["ethereum", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "malformed"],
  ["ethereum", `0x${"0".repeat(40)}`, "zero_address"],
  ["ethereum", `0x${"0".repeat(39)}4`, "precompile"],
  ["ethereum", "0x000000000000000000000000000000000000dEaD", "burn_address"],
  ["ethereum", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "token_contract"],
  ["ethereum", "0xdac17f958d2ee523a2206206994597c13d831ec7", "token_contract"],
  ["bnb-smart-chain", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "token_contract"], // Ethereum's USDT, pasted elsewhere
  ["ethereum", "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE", "burn_address"],
  ["polygon-pos", `0x${"0".repeat(36)}1010`, "precompile"],
  ["arbitrum-one", `0x${"0".repeat(38)}64`, "precompile"],
  ["base", "0x4200000000000000000000000000000000000010", "system_contract"],
  ["tron", "TLsV52sRDL79HXGGm9yzwKibb6BeruhUzy", "burn_address"],
  ["solana", "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "program"],
  ["solana", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb", "program"],
  ["solana", "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", "program"],
  ["solana", "ComputeBudget111111111111111111111111111111", "program"],
  ["solana", "1nc1nerator11111111111111111111111111111111", "program"],
  ["solana", "So11111111111111111111111111111111111111112", "program"],
  ["bitcoin", "1BitcoinEaterAddressDontSendf59kuE", "burn_address"],
  ["bitcoin", "1111111111111111111114oLvT2", "burn_address"],
  ["aptos", `0x${"0".repeat(60)}dead`, "burn_address"],
  ["tron", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv9", "malformed"],
  ["tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "token_contract"],
  ["tron", mixed, "malformed"],
  ["solana", mixed, "malformed"],
  ["solana", "11111111111111111111111111111111", "malformed"],
  ["solana", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "token_contract"],
  ["bitcoin", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "malformed"],
  ["bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "malformed"],
  ["bitcoin", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "malformed"],
  ["aptos", "0x1", "malformed"],
  ["aptos", "0xbae207659db88bea0cbead6da0ed00aac12edcdda169e591cd41c94180b46f3b", "token_contract"],
  ["aptos", "0xf22bede237a07e121b56d91a491eb7bcdfd1f5907926a9e58338f964a01b17fa", "token_contract"],
  ["aptos", `0x${"a".repeat(65)}`, "malformed"],
])("F56 %s: %s is refused as %s", (chain, text, reason) => {
  expect(refusal(chain, text)).toEqual({ code: "invalid_address", reason });
});

test("a chain we cannot name is refused, not guessed", () => {
  expect(refusal("dogecoin", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L").code).toBe("unsupported_chain");
  expect(refusal("ton", "EQCxE6mUtQJKFnGfaROTKOt1lZbDiiX1kCixRv7Nw2Id_sDs").code).toBe("unsupported_chain");
});

const seed = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const solanaPair = `4${"z".repeat(86)}`;
test.each([
  ["ethereum", "ab".repeat(32)],
  ["ethereum", `0x${"ab".repeat(32)}`],
  ["base", seed],
  ["tron", ` ${seed.toUpperCase()}\n`],
  ["tron", "cd".repeat(32)],
  ["ethereum", seed.split(" ").join(", ")],
  [
    "ethereum",
    seed
      .split(" ")
      .map((word, index) => `${index + 1}. ${word}`)
      .join("\n"),
  ],
  ["bitcoin", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"],
  ["bitcoin", "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617"],
  ["bitcoin", `xprv9s21ZrQH143K3${"Q".repeat(94)}`],
  ["solana", solanaPair],
  ["solana", JSON.stringify(Array.from({ length: 64 }, (_, index) => index * 3))],
  ["aptos", "ef".repeat(32)],
  ["aptos", `ed25519-priv-0x${"ef".repeat(32)}`],
])("a key of a wallet pasted for an address on %s is refused, and said nowhere", (chain, text) => {
  expect(() => normalise(chain, text)).toThrow(
    expect.objectContaining({ code: "secret_pasted", message: expect.not.stringContaining(text.trim()) }),
  );
});

test("what is no address is not repeated: nobody knows what it was", () => {
  for (const chain of ["ethereum", "tron", "solana", "bitcoin", "aptos"])
    expect(() => normalise(chain, "hunter2 hunter2")).toThrow(
      expect.objectContaining({ code: "invalid_address", message: expect.not.stringContaining("hunter2") }),
    );
});
