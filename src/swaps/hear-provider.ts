import { sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { days, hours } from "../lifecycle/index.ts";
import type { ProviderSwap } from "../providers/port.ts";
import { pairOf } from "./choose-quote.ts";
import { providerOf } from "./chosen-provider.ts";
import type { SwapDeps } from "./deps.ts";
import { normaliseHash } from "./see-on-chain.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { recordTold } from "./swap-store.ts";

/**
 * Asks a swap's provider about it, and keeps its words.
 * @returns null: it does not know the swap.
 * @throws {ProviderError} it gives no answer now.
 */
export async function hearProvider(
  deps: SwapDeps,
  swap: Swap,
  signal: AbortSignal,
): Promise<ProviderSwap | null> {
  const askedAt = deps.clock.now();
  const told = await providerOf(deps, swap).status(swap.provider_id ?? "", pairOf(deps, swap), signal);
  const { chain } = deps.registry.get(swap.target_asset);
  const hash = normaliseHash(deps, chain, told?.payoutHash ?? null);
  await recordTold(deps.db, swap, { told, hash, askedAt, now: deps.clock.now() });
  return told;
}

/** Who does not answer about another payout holds this one up for so long. */
const heldUpMs = hours(1);
/** What was given up longer ago is followed no more. */
const followedMs = days(90);

/**
 * Asks about every other payout to a chain that may have been paid by a transaction, and whose provider was not asked since that
 * was named for this one: a provider that mistakes one for another names it for both.
 * @throws {ProviderError} one of them gives no answer, and was not waited for long enough.
 */
export async function hearOthers(
  deps: SwapDeps,
  swap: Swap,
  hash: string,
  signal: AbortSignal,
): Promise<void> {
  const now = deps.clock.now();
  const { chain } = deps.registry.get(swap.target_asset);
  const { rows: own } = await sql<{ at: Date }>`
    select told_hash_at as at from swap where id = ${swap.id} and told_hash = ${hash}`.execute(deps.db);
  const namedAt = own[0]?.at ?? now;
  const { rows } = await sql<Swap>`
    select * from swap
    where purpose = 'payout_attempt' and id <> ${swap.id} and transfer_id is not null and status <> 'funding'
      and starts_with(target_asset, ${`${chain}:`}) and provider = any (${[...deps.swapProviders.keys()]}::text[])
      and (status <> all (${[...endedSwaps]}::text[])
        or (status = 'written_off' and loss_finding <> 'delivered'
          and updated_at > ${new Date(now.getTime() - followedMs)}))
      and (told_at is null or told_at < ${namedAt})
    order by told_at nulls first, id`.execute(deps.db);
  const patient = now.getTime() - namedAt.getTime() < heldUpMs;
  for (const other of rows)
    try {
      await hearProvider(deps, other, signal);
    } catch (error) {
      if (patient || !(error instanceof ProviderError) || signal.aborted) throw error;
    }
}
