import type { SendingChain } from "../chains/sending.ts";
import type { Db } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { readSignerProblem } from "./signer-state.ts";
import { findWallet, restored } from "./wallet.ts";

/**
 * One readiness check a chain: whether its wallet may send, and if not, what to do. None is critical: all else goes on.
 * @param patience how long a chain may take from now on.
 */
export function walletChecks(
  { db, chains }: { db: Db; chains: ReadonlyMap<string, SendingChain> },
  patience: () => AbortSignal,
) {
  return [...chains.values()].map((chain) => ({
    name: `wallet:${chain.name}`,
    critical: false,
    check: () => checkWallet(db, chain, patience()),
  }));
}

const stepAfter = (reason: string): string =>
  reason === restored ? "Compare by `spillway reconcile` what was sent since the backup" : "Find out why";

async function checkWallet(db: Db, chain: SendingChain, signal: AbortSignal): Promise<string> {
  const signer = await readSignerProblem(db, chain.name);
  if (signer !== null) throw new DomainError(signer.problem, signer.message);
  const wallet = await findWallet(db, chain.name);
  if (wallet === null)
    throw new DomainError("no_wallet", `There is no wallet on ${chain.name} yet. Start a worker once.`);
  if (wallet.paused_reason !== null)
    throw new DomainError(
      "wallet_paused",
      `${wallet.address} signs nothing, because: ${wallet.paused_reason}. ${stepAfter(wallet.paused_reason)}, then run "spillway wallets resume".`,
    );
  try {
    await chain.head(signal);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.reason !== "wrong_network") throw error;
    throw new DomainError(
      "wrong_network",
      `Every RPC endpoint of ${chain.name} serves another network than the one this database knows. Correct the URLs; or, if the chain was replaced on purpose, run "spillway wallets accept-chain".`,
      {},
      error,
    );
  }
  return wallet.address;
}
