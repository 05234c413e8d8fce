import type { SendingChain, Signer } from "../chains/sending.ts";
import { registry, type Asset } from "../money/index.ts";
import type { TransferDeps } from "./deps.ts";
import type { Transfer } from "./transfer.ts";
import { getWallet, type Wallet } from "./wallet.ts";

/** Everything one transfer needs to move. */
export interface Route {
  readonly wallet: Wallet;
  readonly chain: SendingChain;
  readonly signer: Signer | undefined;
  readonly asset: Asset;
}

/** `null`: this process has no connection to the transfer's chain. */
export async function routeOf(deps: TransferDeps, transfer: Transfer): Promise<Route | null> {
  const wallet = await getWallet(deps.db, transfer.wallet_id);
  const chain = deps.chains.get(wallet.chain);
  if (chain === undefined) return null;
  return { wallet, chain, signer: signerOf(deps, wallet), asset: registry.get(transfer.asset) };
}

/** The key of this very address, or none: one of another address would send from there. */
function signerOf(deps: TransferDeps, wallet: Wallet): Signer | undefined {
  const { chain, address, derivation_index: index } = wallet;
  const signer =
    index === null ? deps.signers.get(`${chain}:${address}`) : deps.depositSigner?.(chain, index);
  if (signer === undefined || (signer.address === address && signer.chain === chain)) return signer;
  deps.log.error({ chain, address, key_of: signer.address }, "the key at hand is another address's");
  return undefined;
}

export const later = (deps: TransferDeps, ms: number): Date => new Date(deps.clock.now().getTime() + ms);
