import { DomainError } from "../errors.ts";
import type { CreatedSwap } from "../providers/port.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap } from "./swap.ts";

/** What is wrong with the exchange we were given, or null. Nothing is funded that is not exactly what we asked for. */
export function unacceptableExchange(
  deps: Pick<SwapDeps, "chains" | "registry">,
  swap: Swap,
  created: CreatedSwap,
): string | null {
  if (!sameAmount(swap.source_amount, created.sourceAmount, deps.registry.get(swap.source_asset).decimals))
    return "amount_mismatch";
  if (created.payinMemo !== null) return "payin_memo_unsupported";
  try {
    return payinAddressOf(deps, swap, created) === swap.refund_address ? "payin_address_is_ours" : null;
  } catch (error) {
    if (error instanceof DomainError) return "payin_address_invalid";
    throw error;
  }
}

/**
 * Providers echo amounts with eight digits after the point where a coin has eighteen. What such an echo cannot show is no
 * mismatch: we send what we asked for.
 */
export function sameAmount(ours: bigint, echoed: bigint, decimals: number): boolean {
  const step = decimals > 8 ? 10n ** BigInt(decimals - 8) : 1n;
  const difference = ours > echoed ? ours - echoed : echoed - ours;
  return difference < step;
}

/** Where the provider wants the deposit, in the chain's normal form. @throws {DomainError} `invalid_address`, `unknown_chain` */
export function payinAddressOf(
  deps: Pick<SwapDeps, "chains" | "registry">,
  swap: Swap,
  created: CreatedSwap,
): string {
  const chain = deps.chains.get(deps.registry.get(swap.source_asset).chain);
  if (!chain) throw new DomainError("unknown_chain", `No chain is configured for ${swap.source_asset}.`);
  return chain.normaliseAddress(created.payinAddress);
}
