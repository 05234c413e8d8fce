import type { Preparation } from "../chains/sending.ts";
import { DomainError, ProviderError } from "../errors.ts";
import type { OnChainBalances } from "./available-funds.ts";
import type { Route } from "./route.ts";
import type { Transfer, WaitingReason } from "./transfer.ts";

/** What the chain says before a transfer is signed. */
export interface Quote extends Preparation {
  readonly onChain: OnChainBalances;
}

/** Everything that must be asked of the chain, with no transaction open. A word instead: why the transfer cannot be signed now. */
export async function askChain(
  transfer: Transfer,
  route: Route,
  readAt: Date,
  signal: AbortSignal,
): Promise<Quote | WaitingReason> {
  try {
    route.chain.normaliseAddress(transfer.to_address);
  } catch (error) {
    if (error instanceof DomainError) return "invalid_destination";
    throw error;
  }
  try {
    return await quote(transfer, route, readAt, signal);
  } catch (error) {
    if (error instanceof ProviderError)
      return error.reason === "wrong_network" ? "wrong_network" : "rpc_unavailable";
    if (error instanceof DomainError && error.code === "fee_above_cap") return "fee_above_cap";
    throw error;
  }
}

async function quote(
  transfer: Transfer,
  { chain, wallet, asset }: Route,
  readAt: Date,
  signal: AbortSignal,
): Promise<Quote | WaitingReason> {
  const { to_address: to, amount } = transfer;
  const native = await chain.balance(wallet.address, chain.native, signal);
  const balance = asset.contract === null ? native : await chain.balance(wallet.address, asset, signal);
  // Asked before the simulation, which would call the same shortage a revert.
  if (balance < amount) return "insufficient_asset";
  try {
    const prepared = await chain.prepare({ from: wallet.address, to, asset, amount }, signal);
    return { ...prepared, onChain: { asset: balance, native, readAt } };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "transfer_would_revert") throw error;
    // Another transfer may have been mined in between, and then it is the shortage after all.
    const now = await chain.balance(wallet.address, asset, signal);
    return now < amount ? "insufficient_asset" : "transfer_would_revert";
  }
}
