import { sql, type Db, type Tx } from "../database/index.ts";
import { divide, parseProviderUnits, usdDecimals, type Asset } from "../money/index.ts";
import type { Swap } from "./swap.ts";

/** Swaps whose money a provider has, is about to get, or may yet get. What was never funded and never will be is left out. */
const inFlight = sql`status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
  and not (status = 'in_review' and transfer_id is null)`;

/**
 * Gives a swap that is being opened to a provider, unless the value in flight there would pass the limit. Those who ask at
 * once ask one after the other, until the caller's transaction ends.
 * @param room.limit USD micros; null: none. A swap is counted at the value observed when it was planned.
 * @returns false: no room, or the swap is not being opened any more.
 */
export async function takeRoom(
  tx: Tx,
  swap: Swap,
  room: { provider: string; limit: bigint | null },
): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`swap_exposure:${room.provider}`}, 0))`.execute(
    tx,
  );
  const { rows } = await sql`
    update swap set provider = ${room.provider}
    where id = ${swap.id} and status = 'quoted' and (${room.limit}::numeric is null or ${room.limit}::numeric >=
      source_usd_micros + (select coalesce(sum(other.source_usd_micros), 0) from swap other
        where other.provider = ${room.provider} and other.id <> ${swap.id} and ${inFlight}))
    returning id`.execute(tx);
  return rows.length > 0;
}

export interface SwapExposure {
  readonly provider: string;
  readonly swaps: number;
  readonly usd_micros: bigint;
}

/** What is in flight at each provider, as the limit counts it. */
export async function swapExposure(db: Db): Promise<SwapExposure[]> {
  const { rows } = await sql<SwapExposure>`
    select provider, count(*)::integer as swaps, sum(source_usd_micros) as usd_micros from swap
    where provider is not null and ${inFlight} group by provider order by provider`.execute(db);
  return rows;
}

/** The most of an asset that is worth no more than this: what one swap may take where exposure is limited. */
export function amountWorth(usdMicros: bigint, asset: Asset, price: string): bigint {
  const priceDecimals = 18;
  const scaled = parseProviderUnits(price, priceDecimals, "up");
  if (scaled === 0n) return 0n;
  return divide(usdMicros * 10n ** BigInt(asset.decimals + priceDecimals - usdDecimals), scaled, "down");
}
