import { createHash } from "node:crypto";
import { base58, base64, createBase58check } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { getAddress, isAddress } from "viem";
import { registry } from "../src/money/index.ts";
import { randomBytes } from "./randomness.ts";

type Family = "evm" | "bitcoin" | "litecoin" | "tron" | "solana" | "aptos" | "ton";

/** A coin as the emulated services know it. */
export interface Coin {
  /** The processor's flat ticker; null when only the swap provider has it. */
  readonly processorTicker: string | null;
  /** The swap provider's ticker and network; null when only the processor has it. */
  readonly swap: { readonly ticker: string; readonly network: string } | null;
  readonly name: string;
  /** Null: the engine's registry has no such asset. */
  readonly assetId: string | null;
  readonly coingeckoId: string;
  readonly decimals: number;
  readonly contract: string | null;
  readonly family: Family;
  /** The registry's name of its chain; where the sandbox has that chain, transfers are real. */
  readonly chain: string;
  /** What the swap provider takes for sending it, whole coins. */
  readonly withdrawalFee: string;
}

const familyOf = (chain: string): Family => {
  if (chain === "bitcoin" || chain === "tron" || chain === "solana" || chain === "aptos" || chain === "ton")
    return chain;
  return "evm";
};

function describe(
  assetId: string,
  tickers: { processor?: string; swap?: string },
  withdrawalFee: string,
): Coin {
  const asset = registry.get(assetId);
  const [ticker, network] = tickers.swap?.split("/") ?? [];
  return {
    processorTicker: tickers.processor ?? null,
    swap: ticker !== undefined && network !== undefined ? { ticker, network } : null,
    name: asset.symbol,
    assetId,
    coingeckoId: asset.coingeckoId,
    decimals: asset.decimals,
    contract: asset.contract,
    family: familyOf(asset.chain),
    chain: asset.chain,
    withdrawalFee,
  };
}

const litecoin: Coin = {
  processorTicker: "ltc",
  swap: { ticker: "ltc", network: "ltc" },
  name: "LTC",
  assetId: null,
  coingeckoId: "litecoin",
  decimals: 8,
  contract: null,
  family: "litecoin",
  chain: "litecoin",
  withdrawalFee: "0.001",
};

export const coins: readonly Coin[] = [
  describe("bitcoin:BTC", { processor: "btc", swap: "btc/btc" }, "0.00002"),
  describe("ethereum:ETH", { processor: "eth", swap: "eth/eth" }, "0.0002"),
  describe("ethereum:USDT", { processor: "usdterc20", swap: "usdt/eth" }, "1.2"),
  describe("ethereum:USDC", { processor: "usdc", swap: "usdc/eth" }, "1.2"),
  describe("ethereum:DAI", { processor: "dai", swap: "dai/eth" }, "1.2"),
  describe("bnb-smart-chain:BNB", { processor: "bnbbsc", swap: "bnb/bsc" }, "0.0002"),
  describe("bnb-smart-chain:USDT", { processor: "usdtbsc", swap: "usdt/bsc" }, "0.3"),
  describe("bnb-smart-chain:USDC", { processor: "usdcbsc", swap: "usdc/bsc" }, "0.3"),
  describe("bnb-smart-chain:ETH", { processor: "ethbsc" }, "0.0001"),
  describe("polygon-pos:POL", { processor: "maticmainnet", swap: "matic/matic" }, "0.1"),
  describe("polygon-pos:USDT", { processor: "usdtmatic", swap: "usdt/matic" }, "0.1"),
  describe("polygon-pos:USDC", { processor: "usdcmatic", swap: "usdc/matic" }, "0.1"),
  describe("base:ETH", { processor: "ethbase", swap: "eth/base" }, "0.00005"),
  describe("base:USDC", { processor: "usdcbase", swap: "usdc/base" }, "0.1"),
  describe("arbitrum-one:ETH", { swap: "eth/arbitrum" }, "0.00005"),
  describe("arbitrum-one:USDT", { processor: "usdtarb", swap: "usdt/arbitrum" }, "0.1"),
  describe("arbitrum-one:USDC", { processor: "usdcarb", swap: "usdc/arbitrum" }, "0.1"),
  describe("solana:SOL", { processor: "sol", swap: "sol/sol" }, "0.001"),
  describe("solana:USDT", { processor: "usdtsol", swap: "usdt/sol" }, "0.4"),
  describe("solana:USDC", { processor: "usdcsol", swap: "usdc/sol" }, "0.4"),
  describe("tron:TRX", { processor: "trx", swap: "trx/trx" }, "1"),
  describe("tron:USDT", { processor: "usdttrc20", swap: "usdt/trx" }, "1"),
  describe("tron:USDC", { swap: "usdc/trx" }, "1"),
  describe("aptos:APT", { processor: "apt" }, "0.01"),
  describe("ton:TON", { processor: "ton", swap: "ton/ton" }, "0.02"),
  describe("ton:USDT", { processor: "usdtton", swap: "usdt/ton" }, "0.3"),
  litecoin,
];

export const findProcessorCoin = (ticker: unknown): Coin | null =>
  coins.find((coin) => typeof ticker === "string" && coin.processorTicker === ticker.toLowerCase()) ?? null;

const base58check = createBase58check(sha256);
const versionByte = { bitcoin: 0x00, litecoin: 0x30, tron: 0x41 } as const;

/** A well-formed address that nobody has the key of. The same seed gives the same address. */
export function inventAddress(family: Family, seed: string): string {
  const bytes = createHash("sha256").update(`address/${family}/${seed}`).digest();
  switch (family) {
    case "evm":
      return getAddress(`0x${bytes.subarray(0, 20).toString("hex")}`);
    case "aptos":
      return `0x${bytes.toString("hex")}`;
    case "solana":
      return base58.encode(bytes);
    case "ton":
      return `UQ${bytes.toString("base64url").padEnd(46, "A").slice(0, 46)}`;
    default:
      return base58check.encode(new Uint8Array([versionByte[family], ...bytes.subarray(0, 20)]));
  }
}

/** A transaction hash in the chain's form, of a transaction that never was. */
export function inventHash(family: Family): string {
  const bytes = randomBytes(family === "solana" ? 64 : 32);
  if (family === "evm" || family === "aptos") return `0x${bytes.toString("hex")}`;
  if (family === "solana") return base58.encode(bytes);
  if (family === "ton") return base64.encode(bytes);
  return bytes.toString("hex");
}

function isBase58check(address: string, version: number): boolean {
  try {
    const bytes = base58check.decode(address);
    return bytes.length === 21 && bytes[0] === version;
  } catch {
    return false;
  }
}

function isSolana(address: string): boolean {
  try {
    return base58.decode(address).length === 32;
  } catch {
    return false;
  }
}

/** Whether the address has the form its chain wants. */
export function isAddressOf(family: Family, address: string): boolean {
  switch (family) {
    case "evm":
      return isAddress(address, { strict: /[a-f]/.test(address.slice(2)) && /[A-F]/.test(address) });
    case "bitcoin":
      return (
        isBase58check(address, 0x00) ||
        isBase58check(address, 0x05) ||
        /^bc1[02-9ac-hj-np-z]{11,71}$/.test(address)
      );
    case "litecoin":
      return isBase58check(address, 0x30) || /^ltc1[02-9ac-hj-np-z]{11,71}$/.test(address);
    case "tron":
      return isBase58check(address, 0x41);
    case "solana":
      return isSolana(address);
    case "aptos":
      return /^0x[0-9a-f]{1,64}$/i.test(address);
    case "ton":
      return /^[EUk0]Q[\w-]{46}$/.test(address) || /^-?\d:[0-9a-f]{64}$/i.test(address);
  }
}
