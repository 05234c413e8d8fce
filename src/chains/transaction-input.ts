import { sha256 } from "@noble/hashes/sha2.js";
import { base58, createBase58check } from "@scure/base";
import { DomainError } from "../errors.ts";
import type { ChainFamily } from "./networks.ts";
import { readExplorerLink } from "./explorer-link.ts";

/** What reading a pasted hash needs to know of the chain it was paid on. Every `ReceivingChain` is one. */
export interface HashedChain {
  readonly name: string;
  readonly family: ChainFamily;
  /** @throws {DomainError} `invalid_transaction_hash` */
  normaliseHash(text: string): string;
}

/** Longer than any explorer's link to a transaction, with all its parameters. */
const longestInput = 500;

const whatToPaste: Readonly<Record<ChainFamily, string>> = {
  evm: "the transaction hash, 0x and 64 more digits and letters",
  tron: "the transaction hash, 64 digits and letters",
  aptos: "the transaction hash, 0x and 64 more digits and letters",
  solana: "the transaction signature, about 88 letters and digits",
};

/** Characters nobody sees, which a copied text may carry anywhere; spaces and line breaks of ASCII are left to `trim`. */
const invisible = /(?![\t-\r ])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * The normal form of the transaction hash that a payer pasted: the hash, or a link to it at one of the chain's well-known
 * explorers. It only reads the text: nothing is fetched, and the link's host proves nothing.
 * @throws {DomainError} each with one sentence that tells the payer what to paste: `invalid_transaction_hash`
 *   (`details.reason`, where we know: "empty", "too_long", "unknown_link", "looks_like_address"), `wrong_network`.
 */
export function readTransactionInput(chain: HashedChain, text: string): string {
  const paste = `paste ${whatToPaste[chain.family]}, of your payment on ${chain.name}.`;
  const invalid = (what: string, reason: string) =>
    new DomainError("invalid_transaction_hash", `${what}: ${paste}`, { chain: chain.name, reason });
  const wrongNetwork = (what: string) =>
    new DomainError("wrong_network", `${what}: ${paste}`, { chain: chain.name });

  const cleaned = text.replace(invisible, "").trim();
  if (cleaned === "") throw invalid("There is no transaction hash here", "empty");
  if (cleaned.length > longestInput) throw invalid("That is too long for a transaction hash", "too_long");

  const link = cleaned.includes("/") ? readExplorerLink(cleaned) : null;
  if (link?.kind === "unknown") throw invalid("We do not know that link", "unknown_link");
  if (link?.kind === "other_network" || (link && link.chain !== chain.name))
    throw wrongNetwork(`That link is not about ${chain.name}`);
  if (link?.kind === "no_transaction") throw invalid("That link leads to no transaction", "unknown_link");

  const hash = link?.text ?? cleaned;
  const form = formOf(hash);
  if (form === "address") throw invalid("That looks like an address", "looks_like_address");
  if (form === "signature" && chain.family !== "solana")
    throw wrongNetwork("That is a transaction on solana");
  if (form === "hex_hash" && chain.family === "solana")
    throw wrongNetwork("That is a transaction on another network");
  // Letter case carries no meaning in hex, and 0X is how some keyboards begin a sentence.
  return chain.normaliseHash(hash.replace(/^0X/, "0x"));
}

const base58check = createBase58check(sha256);

function decodedLength(decode: () => Uint8Array): number {
  try {
    return decode().length;
  } catch {
    return 0; // the coders throw on the first character that is not theirs
  }
}

/** What a text cannot be mistaken for; `null` where only the chain can tell. */
function formOf(text: string): "address" | "signature" | "hex_hash" | null {
  if (/^(?:0[xX])?[0-9a-fA-F]{64}$/.test(text)) return "hex_hash";
  // 20 bytes, or 21 as Tron's nodes spell theirs. A hash of Aptos may drop zeroes, but never 24 of them by chance.
  if (/^(?:0[xX])?(?:41)?[0-9a-fA-F]{40}$/.test(text)) return "address";
  if (text.length < 32 || text.length > 90) return null;
  if (text.startsWith("T") && decodedLength(() => base58check.decode(text)) === 21) return "address";
  const length = decodedLength(() => base58.decode(text));
  if (length === 32) return "address";
  return length === 64 ? "signature" : null;
}
