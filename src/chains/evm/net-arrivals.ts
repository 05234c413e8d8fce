import type { Asset } from "../../money/index.ts";

/** One movement inside a transaction, addresses in lower case. */
export interface Movement {
  readonly index: string;
  readonly asset: Asset;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/**
 * What arrived at the watched addresses, in the order of the movements. What one transaction brings and takes again did not
 * arrive: departures are netted off, last arrival first. Nothing and moves to oneself are left out.
 */
export function netArrivals(
  movements: readonly Movement[],
  watched: { has(lowerCase: string): boolean },
): Movement[] {
  const real = movements.filter(({ from, to, amount }) => amount > 0n && from !== to);
  const arrivals = real.filter(({ to }) => watched.has(to)).map((movement) => ({ ...movement }));
  for (const departure of real.filter(({ from }) => watched.has(from))) {
    let left = departure.amount;
    for (const arrival of arrivals.toReversed()) {
      if (arrival.to !== departure.from || arrival.asset.id !== departure.asset.id) continue;
      const taken = arrival.amount < left ? arrival.amount : left;
      arrival.amount -= taken;
      left -= taken;
    }
  }
  return arrivals.filter(({ amount }) => amount > 0n);
}
