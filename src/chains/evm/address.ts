import { getAddress } from "viem";
import { DomainError } from "../../errors.ts";
import type { AssetRegistry } from "../../money/index.ts";
import { refuseOwnerless } from "../ownerless.ts";
import { refuseSecret } from "../pasted-secret.ts";

const invalid = (message: string, reason: string) => new DomainError("invalid_address", message, { reason });

/**
 * The EIP-55 form of an address that may be paid. Mixed letter case is a checksum and must match; one case carries none.
 * @throws {DomainError} `invalid_address`: malformed, mistyped, or an address that nobody owns; `secret_pasted`.
 */
export function normaliseEvmAddress(text: string, chain: string, registry: AssetRegistry): string {
  refuseSecret(text, "eip155");
  const trimmed = text.trim();
  const digits = /^0[xX]([0-9a-fA-F]{40})$/.exec(trimmed)?.[1];
  if (digits === undefined)
    throw invalid(`This is not an address on ${chain}: it needs 0x and 40 hex digits.`, "malformed");
  const checksummed = getAddress(`0x${digits.toLowerCase()}`);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && checksummed.slice(2) !== digits)
    throw invalid(
      `${trimmed} fails its checksum: a letter is wrong. Copy the address again from its owner.`,
      "bad_checksum",
    );
  refuseOwnerless(checksummed, registry.native(chain).chainId, registry);
  return checksummed;
}
