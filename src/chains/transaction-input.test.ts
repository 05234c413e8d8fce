import { base58 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import type { ChainFamily } from "./networks.ts";
import { readTransactionInput, type HashedChain } from "./transaction-input.ts";

/** The forms of each family: pattern of what it accepts, and the normal form of it. */
const forms: Record<ChainFamily, (text: string) => string | undefined> = {
  evm: (text) => prefixed(/^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)?.[1]),
  tron: (text) => /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)?.[1]?.toLowerCase(),
  aptos: (text) => prefixed(/^0x([0-9a-fA-F]{1,64})$/.exec(text)?.[1]?.padStart(64, "0")),
  solana: (text) => (/^[1-9A-HJ-NP-Za-km-z]{64,88}$/.test(text) ? text : undefined),
};
const prefixed = (digits: string | undefined) => digits && `0x${digits.toLowerCase()}`;

function chainOf(name: string, family: ChainFamily): HashedChain {
  const normaliseHash = (text: string): string => {
    const hash = forms[family](text);
    if (hash === undefined)
      throw new DomainError("invalid_transaction_hash", `Not a hash of ${name}.`, { reason: "chain" });
    return hash;
  };
  return { name, family, normaliseHash };
}
const chains = {
  ethereum: chainOf("ethereum", "evm"),
  bsc: chainOf("bnb-smart-chain", "evm"),
  polygon: chainOf("polygon-pos", "evm"),
  base: chainOf("base", "evm"),
  arbitrum: chainOf("arbitrum-one", "evm"),
  solana: chainOf("solana", "solana"),
  tron: chainOf("tron", "tron"),
  aptos: chainOf("aptos", "aptos"),
};
type Name = keyof typeof chains;

const digits = "4c3248d4c2f3a5ca1617e43e69332c66586478871ab90b1c2f0d3e4b5a697887";
const hex = `0x${digits}`;
const signature = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW";
const evmAddress = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

function refusal(chain: HashedChain, text: string): DomainError {
  try {
    readTransactionInput(chain, text);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 100)} was accepted`);
}

test.each<[Name, string, string]>([
  ["ethereum", hex, hex],
  ["ethereum", digits, hex],
  ["ethereum", `0X${digits.toUpperCase()}`, hex],
  ["ethereum", ` \n\t${hex}\r\n`, hex],
  ["tron", `0X${digits.toUpperCase()}`, digits],
  ["tron", digits, digits],
  ["aptos", `0X${digits.toUpperCase()}`, hex],
  ["solana", ` ${signature}\n`, signature],
])("§7 14 every spelling of one hash is one hash: %s %j", (name, text, hash) => {
  expect(readTransactionInput(chains[name], text)).toBe(hash);
});

test.each<[Name, string]>([
  ["ethereum", `https://etherscan.io/tx/${hex}`],
  ["ethereum", `HTTPS://WWW.ETHERSCAN.IO/TX/0X${digits.toUpperCase()}`],
  ["ethereum", `etherscan.io/tx/${hex}#eventlog`],
  ["ethereum", `https://eth.blockscout.com/tx/${hex}?tab=logs`],
  ["bsc", `https://bscscan.com/tx/${hex}/`],
  ["polygon", `https://polygonscan.com/tx/${hex}`],
  ["polygon", `https://polygon.blockscout.com/tx/${hex}`],
  ["base", `https://basescan.org/tx/${hex}`],
  ["base", `https://base.blockscout.com/tx/${hex}`],
  ["arbitrum", `http://www.arbiscan.io/tx/${hex}`],
  ["arbitrum", `https://arbitrum.blockscout.com/tx/${hex}`],
  ["solana", `https://solscan.io/tx/${signature}`],
  ["solana", `https://explorer.solana.com/tx/${signature}?cluster=mainnet-beta`],
  ["solana", `https://solana.fm/tx/${signature}?cluster=mainnet-solanafmbeta`],
  ["tron", `https://tronscan.org/#/transaction/${digits}`],
  ["tron", `https://tronscan.io/#/transaction/${digits}?lang=en`],
  ["aptos", `https://explorer.aptoslabs.com/txn/${hex}/userTxnOverview?network=mainnet`],
  ["aptos", `https://aptoscan.com/transaction/${hex}`],
])("an explorer's link stands for the hash in it: %s %s", (name, link) => {
  const canonical = { solana: signature, tron: digits }[name as string] ?? hex;
  expect(readTransactionInput(chains[name], link)).toBe(canonical);
});

test.each<[Name, string]>([
  ["base", `https://etherscan.io/tx/${hex}`],
  ["ethereum", `https://basescan.org/tx/${hex}`],
  ["ethereum", `https://bscscan.com/address/${evmAddress}`],
  ["ethereum", `https://tronscan.org/#/transaction/${digits}`],
  ["tron", `https://solscan.io/tx/${signature}`],
  ["ethereum", `https://sepolia.etherscan.io/tx/${hex}`],
  ["ethereum", `https://optimistic.etherscan.io/tx/${hex}`],
  ["ethereum", `https://optimism.blockscout.com/tx/${hex}`],
  ["tron", `https://nile.tronscan.org/#/transaction/${digits}`],
  ["solana", `https://explorer.solana.com/tx/${signature}?cluster=devnet`],
  ["solana", `https://solscan.io/tx/${signature}?cluster=testnet`],
  ["aptos", `https://explorer.aptoslabs.com/txn/${hex}?network=testnet`],
  ["ethereum", signature],
  ["tron", signature],
  ["aptos", signature],
  ["solana", hex],
  ["solana", digits],
])("another network's transaction is refused as such: %s %s", (name, text) => {
  const error = refusal(chains[name], text);
  expect(error.code).toBe("wrong_network");
  expect(error.message).toContain(chains[name].name);
});

test.each<[Name, string, string]>([
  ["ethereum", "", "empty"],
  ["ethereum", "  \u200b\ufeff\u00a0\n", "empty"],
  ["ethereum", "I paid!", "chain"],
  ["ethereum", hex.slice(0, -1), "chain"],
  ["ethereum", `${hex} ${hex}`, "chain"],
  ["ethereum", hex.replace("4", "О"), "chain"],
  ["solana", signature.slice(0, -30), "chain"],
  ["ethereum", "a".repeat(501), "too_long"],
  ["ethereum", `https://etherscan.io/tx/${"a".repeat(500)}`, "too_long"],
  ["ethereum", `https://etherscan.io.evil.example/tx/${hex}`, "unknown_link"],
  ["ethereum", `https://etherscan.io@evil.example/tx/${hex}`, "unknown_link"],
  ["ethereum", `https://notetherscan.io/tx/${hex}`, "unknown_link"],
  ["ethereum", `https://еtherscan.io/tx/${hex}`, "unknown_link"], // a Cyrillic е
  ["ethereum", `https://etherscan.io:8443/tx/${hex}`, "unknown_link"],
  ["ethereum", `ftp://etherscan.io/tx/${hex}`, "unknown_link"],
  ["ethereum", `javascript:alert(1)//etherscan.io/tx/${hex}`, "unknown_link"],
  ["ethereum", "https://", "unknown_link"],
  ["ethereum", "https://etherscan.io/tx/", "unknown_link"],
  ["ethereum", `https://etherscan.io/block/${hex}`, "unknown_link"],
  ["ethereum", evmAddress, "looks_like_address"],
  ["ethereum", evmAddress.slice(2).toUpperCase(), "looks_like_address"],
  ["ethereum", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "looks_like_address"],
  ["ethereum", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", "looks_like_address"],
  ["ethereum", `https://etherscan.io/tx/${evmAddress}`, "looks_like_address"],
  ["solana", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", "looks_like_address"],
  ["solana", evmAddress, "looks_like_address"],
  ["tron", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "looks_like_address"],
  ["tron", "415cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb", "looks_like_address"],
  ["aptos", evmAddress, "looks_like_address"],
])("what is no hash is refused: %s %j is %3$s", (name, text, reason) => {
  const error = refusal(chains[name], text);
  expect([error.code, error.details["reason"]]).toEqual(["invalid_transaction_hash", reason]);
});

test("a refusal is one sentence that says what to paste, and does not repeat the text", () => {
  for (const chain of Object.values(chains))
    for (const text of ["", "x".repeat(600), "https://evil.example/<b>", evmAddress, hex, signature]) {
      let message: string;
      try {
        readTransactionInput(chain, text);
        continue; // it is of this family
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/^[A-Z][^.]*: paste the transaction (?:hash|signature), [^.]*\.$/);
      expect(message).toContain(chain.name);
      expect(message).not.toMatch(/evil|xxx|5aAeb|4c3248|5VERv/);
    }
});

describe("whatever is pasted", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const hexHash = bytes(32).map((value) => `0x${Buffer.from(value).toString("hex")}`);
  /** A chain, and a hash of it as its family spells hashes. */
  const paid = fc.oneof(
    fc.tuple(fc.constantFrom(chains.ethereum, chains.base, chains.aptos), hexHash),
    fc.tuple(
      fc.constant(chains.tron),
      hexHash.map((hash) => hash.slice(2)),
    ),
    fc.tuple(
      fc.constant(chains.solana),
      bytes(64).map((value) => base58.encode(value)),
    ),
  );
  const invisible = fc.constantFrom(
    ..."\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2063\u2066\u2800\u3164\ufe0f\ufeff\u00a0\u2009\u202f\u3000\ufff9\u0000\u0007\u007f\u0085",
  );
  const inserted = fc.array(fc.tuple(fc.nat(200), invisible), { maxLength: 40 });
  const withInserted = (text: string, places: [number, string][]): string =>
    places.reduce((soFar, [at, character]) => {
      const place = at % (soFar.length + 1);
      return soFar.slice(0, place) + character + soFar.slice(place);
    }, text);
  const outcome = (chain: HashedChain, text: string): string => {
    try {
      return readTransactionInput(chain, text);
    } catch (error) {
      if (error instanceof DomainError) return `${error.code}: ${error.message}`;
      throw error;
    }
  };

  test("a normal form is its own normal form", () => {
    fc.assert(
      fc.property(paid, ([chain, hash]) => {
        const once = readTransactionInput(chain, `  ${hash}\n`);
        expect(once).toBe(hash);
        expect(readTransactionInput(chain, once)).toBe(once);
      }),
    );
  });

  test("invisible characters change nothing, wherever they are", () => {
    const link = fc.constantFrom(`https://etherscan.io/tx/${hex}`, "https://evil.example/tx/1", "I paid", "");
    const pasted = fc.oneof(
      paid,
      link.map((text) => [chains.ethereum, text] as [HashedChain, string]),
    );
    fc.assert(
      fc.property(pasted, inserted, ([chain, text], places) => {
        expect(outcome(chain, withInserted(text, places))).toBe(outcome(chain, text));
      }),
      { numRuns: 500 },
    );
  });

  test("it is a hash or a DomainError, never another failure", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 600, unit: "binary" }),
      fc.webUrl(),
      fc.string({ unit: fc.constantFrom(..."0xX/:.#?%aT1z "), maxLength: 120 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(chains)), text, (chain, pasted) => {
        expect(typeof outcome(chain, pasted)).toBe("string");
      }),
      { numRuns: 1000 },
    );
  });
});
