import type { ReceivingChain } from "../../chains/receiving.ts";
import type { SoldPlace } from "../../deposits/index.ts";
import { DomainError } from "../../errors.ts";
import { formatUnits, type Asset } from "../../money/index.ts";

/** Addresses asked about for one conversion: beyond, the operator names an earlier moment and sells in several parts. */
const mostAsked = 500;
const askedAtOnce = 5;
/** Of native coin so much may stay behind, for a wallet seldom spends its fee to the last unit. */
const nativeLeftBps = 100n;
const mostNamed = 10;

/**
 * Asks the chain whether what was sold is gone, and what is kept is not.
 * @throws {DomainError} `coins_still_there`, `deposits_in_review`, `too_many_addresses`
 * @throws {ProviderError} an address's balance is unknown.
 */
export async function assertCoinsGone(
  chain: ReceivingChain,
  asset: Asset,
  places: readonly SoldPlace[],
  signal: AbortSignal,
): Promise<void> {
  if (places.length > mostAsked)
    throw new DomainError(
      "too_many_addresses",
      `These coins lay at ${places.length} addresses, and one conversion takes ${mostAsked}. Name an earlier moment up to which deposits were sold, then convert the rest.`,
    );
  const found: { place: SoldPlace; balance: bigint }[] = [];
  for (let at = 0; at < places.length; at += askedAtOnce) {
    const asked = places.slice(at, at + askedAtOnce).map(async (place) => ({
      place,
      balance: await chain.balance(place.address, asset, signal),
    }));
    found.push(...(await Promise.all(asked)));
  }
  refuseStillThere(asset, found);
  refuseTakenAlong(found);
}

type Found = readonly { readonly place: SoldPlace; readonly balance: bigint }[];

function refuseStillThere(asset: Asset, found: Found): void {
  const tolerated = ({ sold }: SoldPlace): bigint =>
    asset.contract === null ? (sold * nativeLeftBps) / 10_000n : 0n;
  const still = found.filter(({ place, balance }) => balance > place.mostLeft + tolerated(place));
  if (still.length === 0) return;
  const named = still.map(
    ({ place, balance }) =>
      `${place.address} (${formatUnits(balance - place.mostLeft, asset.decimals)} too much)`,
  );
  throw new DomainError(
    "coins_still_there",
    `Coins of ${asset.id} that these proceeds are for have not left ${listed(named)}. Move and sell them too and name that transaction as well, or name an earlier moment up to which deposits were sold. Coins that arrived just now are known in a minute.`,
    { addresses: still.map(({ place }) => place.address) },
  );
}

function refuseTakenAlong(found: Found): void {
  const taken = found.filter(({ place, balance }) => balance < place.kept);
  if (taken.length === 0) return;
  const ids = taken.flatMap(({ place }) => place.keptIds);
  throw new DomainError(
    "deposits_in_review",
    `Coins of deposits that are not settled, or partly owed to a payer, left with the others: ${listed(ids)}. Settle those first, on the recovery desk.`,
    { deposits: ids },
  );
}

const listed = (names: readonly string[]): string =>
  names.slice(0, mostNamed).join(", ") +
  (names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "");
