import { address, getAddressEncoder, getProgramDerivedAddress } from "@solana/kit";
import { ProviderError } from "../../errors.ts";
import { tokenAccountsSchema } from "./answers.ts";
import { classicTokenProgram } from "./balance-changes.ts";
import type { SolanaNode } from "./node.ts";

const associatedTokenProgram = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/** Where wallets send a mint's tokens for this owner, whether or not the account has been opened yet. */
export async function associatedTokenAccount(owner: string, mint: string): Promise<string> {
  const seeds = [owner, classicTokenProgram, mint].map((seed) => getAddressEncoder().encode(address(seed)));
  const [derived] = await getProgramDerivedAddress({ programAddress: associatedTokenProgram, seeds });
  return derived;
}

export interface TokenAccount {
  readonly account: string;
  readonly mint: string;
  readonly amount: bigint;
}

/**
 * The owner's open accounts in the classic token program, of one mint or of all.
 * @throws {ProviderError} also where the answer holds somebody else's.
 */
export async function listTokenAccounts(
  node: SolanaNode,
  { owner, mint }: { readonly owner: string; readonly mint: string | null },
  signal: AbortSignal,
): Promise<TokenAccount[]> {
  const filter = mint === null ? { programId: classicTokenProgram } : { mint };
  const params = [owner, filter, { encoding: "jsonParsed", commitment: "confirmed" }];
  const answer = tokenAccountsSchema;
  const { value } = await node.call({ method: "getTokenAccountsByOwner", params, answer }, signal);
  return value.map(({ pubkey, account }) => {
    const { info } = account.data.parsed;
    const asked =
      info.owner === owner && (mint === null || info.mint === mint) && account.owner === classicTokenProgram;
    if (!asked)
      throw new ProviderError(
        {
          provider: "solana",
          operation: "getTokenAccountsByOwner",
          failure: "retryable",
          reason: "not_what_was_asked",
        },
        { owner, mint, account: pubkey },
      );
    return { account: pubkey, mint: info.mint, amount: info.tokenAmount.amount };
  });
}
