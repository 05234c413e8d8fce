import { createHash } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1";
import { keccak256, parseTransaction, serializeTransaction, type TransactionSerializableEIP1559 } from "viem";
import { publicKeyToAddress } from "viem/accounts";
import { invalidParams, poolRefusal } from "./rpc-error.ts";

/** Addresses and hashes are in lower case, amounts in wei. */
export interface Transaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: bigint;
  readonly value: bigint;
  readonly data: string;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/**
 * Who signed. Viem has a function for this, but it loads its curve anew at every call, through another thread: in a
 * simulation, no two runs would be the same.
 */
function signerOf({ r, s, yParity, v: _v, ...content }: TransactionSerializableEIP1559): string {
  const digest = keccak256(serializeTransaction(content)).slice(2);
  const signature = new secp256k1.Signature(BigInt(r ?? 0), BigInt(s ?? 0)).addRecoveryBit(yParity ?? 0);
  return publicKeyToAddress(`0x${signature.recoverPublicKey(digest).toHex(false)}`).toLowerCase();
}

function parseSigned(raw: string) {
  try {
    const parsed = parseTransaction(raw as `0x02${string}`);
    return { ...parsed, from: signerOf(parsed) };
  } catch {
    throw invalidParams("Failed to decode transaction");
  }
}

/**
 * Reads signed EIP-1559 bytes.
 * @throws {RpcError} they are no such transaction, or one of another chain
 */
export function decodeTransaction(raw: string, chainId: number): Transaction {
  const parsed = parseSigned(raw);
  if (parsed.chainId !== chainId) throw poolRefusal("invalid chain id for signer");
  if (typeof parsed.to !== "string") throw invalidParams("The model creates no contracts");
  return {
    hash: keccak256(raw as `0x${string}`),
    from: parsed.from,
    to: parsed.to.toLowerCase(),
    nonce: BigInt(parsed.nonce ?? 0),
    value: parsed.value ?? 0n,
    data: parsed.data ?? "0x",
    gasLimit: parsed.gas ?? 0n,
    maxFeePerGas: parsed.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: parsed.maxPriorityFeePerGas ?? 0n,
  };
}

/** A hash of the model's own making, which nobody else needs to compute: any 32 bytes that follow from the text. */
export const ownHash = (text: string): string => `0x${createHash("sha256").update(text).digest("hex")}`;

/** A transaction that nobody signed: its hash follows from what it says. */
export function unsignedTransaction(content: Omit<Transaction, "hash">): Transaction {
  const { from, to, nonce, value, data, gasLimit, maxFeePerGas } = content;
  const text = [from, to, nonce, value, data, gasLimit, maxFeePerGas].join("/");
  return { ...content, hash: ownHash(text) };
}

/** What everybody adds to the base fee here, as with anvil: one gwei. */
export const usualTip = 1_000_000_000n;

const plainGas = 21_000n;

/** What the bytes cost before anything runs, and the least they cost whatever runs (EIP-7623). */
export function intrinsicGas(data: string): { readonly start: bigint; readonly floor: bigint } {
  let zeros = 0;
  for (let at = 2; at < data.length; at += 2) if (data.startsWith("00", at)) zeros += 1;
  const tokens = BigInt(zeros + 4 * ((data.length - 2) / 2 - zeros));
  return { start: plainGas + 4n * tokens, floor: plainGas + 10n * tokens };
}

/** What the block's maker earns for a unit of gas. */
export function effectiveTip(transaction: Transaction, baseFee: bigint): bigint {
  const room = transaction.maxFeePerGas - baseFee;
  return room < transaction.maxPriorityFeePerGas ? room : transaction.maxPriorityFeePerGas;
}

/** The most it can cost its sender. */
export const greatestCost = ({ value, gasLimit, maxFeePerGas }: Transaction): bigint =>
  value + gasLimit * maxFeePerGas;
