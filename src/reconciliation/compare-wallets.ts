import type { ReceivingChain } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Db } from "../database/index.ts";
import { readDepositWallets } from "../deposits/index.ts";
import { ProviderError } from "../errors.ts";
import { walletOverview } from "../transfers/index.ts";

/** A wallet's balance of one asset: in our book, on the chain, and what explains that they may differ for a moment. */
export interface WalletComparison {
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  readonly onChain: bigint;
  /** Sent on chain, and not booked before it is final: amounts and fees, less what came so from a wallet of ours. */
  readonly notFinal: bigint;
  /** On chain + not final − booked: zero, or there is something to explain. */
  readonly difference: bigint;
}

/**
 * Compares every hot wallet with its chain, asset by asset, and the newest of payers' addresses that hold something.
 * @throws {ProviderError} a chain gave no answer: unknown is not zero.
 */
export async function compareWallets(
  deps: {
    db: Db;
    chains: ReadonlyMap<string, SendingChain>;
    depositChains?: ReadonlyMap<string, ReceivingChain>;
  },
  signal: AbortSignal,
): Promise<WalletComparison[]> {
  const hot = (await walletOverview(deps.db, deps.chains, signal)).map((view) => ({
    ...view,
    notFinal: view.inFlight - view.arriving,
  }));
  const { db, depositChains = new Map<string, ReceivingChain>() } = deps;
  const views = [...hot, ...(await readDepositWallets({ db, depositChains }, signal))];
  return views.map(({ chain, address, asset, booked, onChain, notFinal }) => {
    if (onChain === null)
      throw new ProviderError({
        provider: chain,
        operation: "balance",
        failure: "retryable",
        reason: "no_answer",
      });
    return { chain, address, asset, booked, onChain, notFinal, difference: onChain + notFinal - booked };
  });
}
