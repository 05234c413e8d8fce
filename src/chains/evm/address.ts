import { getAddress } from "viem";
import { DomainError } from "../../errors.ts";
import type { AssetRegistry } from "../../money/index.ts";

const invalid = (message: string, reason: string) => new DomainError("invalid_address", message, { reason });

/** Precompiled contracts sit at 0x01 to 0x11 and are growing in number: coins sent there are gone. */
const lastReservedAddress = 0xffffn;

/**
 * The EIP-55 form of an address that may be paid. Mixed letter case is a checksum and must match; one case carries none.
 * @throws {DomainError} `invalid_address`: malformed, mistyped, or an address that nobody owns.
 */
export function normaliseEvmAddress(text: string, chain: string, registry: AssetRegistry): string {
  const trimmed = text.trim();
  const digits = /^0[xX]([0-9a-fA-F]{40})$/.exec(trimmed)?.[1];
  if (digits === undefined)
    throw invalid(
      `"${trimmed.slice(0, 90)}" is not an address on ${chain}: it needs 0x and 40 hex digits.`,
      "malformed",
    );
  const checksummed = getAddress(`0x${digits.toLowerCase()}`);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && checksummed.slice(2) !== digits)
    throw invalid(
      `${trimmed} fails its checksum: a letter is wrong. Copy the address again from its owner.`,
      "bad_checksum",
    );
  refuseOwnerless(checksummed, chain, registry);
  return checksummed;
}

function refuseOwnerless(address: string, chain: string, registry: AssetRegistry): void {
  const value = BigInt(address);
  if (value === 0n)
    throw invalid("The zero address belongs to nobody: coins sent there are lost.", "zero_address");
  if (/0{30,}dead$/i.test(address))
    throw invalid(`${address} is a burn address: coins sent there are lost.`, "burn_address");
  if (value <= lastReservedAddress)
    throw invalid(`${address} is a precompiled contract: coins sent there are lost.`, "precompile");
  const token = registry.findByContract(chain, address);
  if (token)
    throw invalid(
      `${address} is the contract of ${token.symbol} itself, not a wallet: give the address of a wallet.`,
      "token_contract",
    );
}
