import { InvariantViolation } from "../errors.ts";
import { accounts } from "../ledger/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap } from "./swap.ts";

function nameOf(swap: Swap): string {
  if (swap.provider !== null) return swap.provider;
  throw new InvariantViolation(
    "swap_without_provider",
    `Swap ${swap.id} is ${swap.status} and has no provider.`,
  );
}

/** The provider a swap was created at, whoever is preferred now. */
export function providerOf({ swapProviders }: Pick<SwapDeps, "swapProviders">, swap: Swap): SwapProvider {
  const provider = swapProviders.get(nameOf(swap));
  if (!provider) throw new Error(`swap provider ${swap.provider} is not configured`);
  return provider;
}

/** The ledger account of what that provider owes us. */
export const swapAccount = (swap: Swap): string => accounts.swap(nameOf(swap));
