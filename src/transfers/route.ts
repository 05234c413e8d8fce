import type { Chain, Signer } from "../chains/port.ts";
import { registry, type Asset } from "../money/index.ts";
import type { TransferDeps } from "./deps.ts";
import type { Transfer } from "./transfer.ts";
import { getWallet, type Wallet } from "./wallet.ts";

/** Everything one transfer needs to move. */
export interface Route {
  readonly wallet: Wallet;
  readonly chain: Chain;
  readonly signer: Signer | undefined;
  readonly asset: Asset;
}

/** `null`: this process has no connection to the transfer's chain. */
export async function routeOf(deps: TransferDeps, transfer: Transfer): Promise<Route | null> {
  const wallet = await getWallet(deps.db, transfer.wallet_id);
  const chain = deps.chains.get(wallet.chain);
  if (chain === undefined) return null;
  const signer = deps.signers.get(`${wallet.chain}:${wallet.address}`);
  return { wallet, chain, signer, asset: registry.get(transfer.asset) };
}

export const later = (deps: TransferDeps, ms: number): Date => new Date(deps.clock.now().getTime() + ms);
