import { HDKey } from "@scure/bip32";
import { DomainError } from "../../errors.ts";
import { checkIndex, childPublicKey } from "./child-key.ts";
import { evmAddress, tronAddress } from "./public-key-address.ts";

const invalid = (message: string, reason: string) => new DomainError("invalid_xpub", message, { reason });

/** Depth of m/44'/60'/0'/0: an account's own xpub is one higher and would give addresses that no wallet looks at. */
const externalChainDepth = 4;

/**
 * The deposit addresses of a seed that is kept elsewhere, for a machine that watches and cannot spend: address(index) is
 * that of `DepositKeys` with the same index. Solana and Aptos have no public derivation.
 * @param xpub of the external chain: m/44'/60'/0'/0 for EVM, m/44'/195'/0'/0 for Tron. It does not say for which of the two.
 * @throws {DomainError} `invalid_xpub`; it never repeats what was given.
 */
export function depositAddressesFromXpub(
  family: "evm" | "tron",
  xpub: string,
): { address(index: number): string } {
  const node = parseXpub(xpub.trim());
  const toAddress = family === "evm" ? evmAddress : tronAddress;
  return { address: (index) => toAddress(childPublicKey(node, checkIndex(index))) };
}

function parseXpub(xpub: string): HDKey {
  if (/^[a-z]prv/.test(xpub))
    throw invalid(
      "That is a private key, not an xpub: whoever saw it can spend, so move what it holds to a new seed.",
      "private_key",
    );
  let node: HDKey;
  try {
    node = HDKey.fromExtendedKey(xpub);
  } catch {
    throw invalid(
      "That is not an xpub: copy it again, with every character from xpub to its end.",
      "malformed",
    );
  }
  if (node.depth !== externalChainDepth || node.index !== 0)
    throw invalid(
      "That xpub is not of an external chain: export the one of m/44'/60'/0'/0 for EVM, of m/44'/195'/0'/0 for Tron.",
      "wrong_depth",
    );
  return node;
}
