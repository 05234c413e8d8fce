import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { Deposit, UnlistedArrival } from "../receiving.ts";
import type { TokenBalance, Transaction } from "./answers.ts";

/** The token program of every mint the registry lists. Its successor has mints that take fees or can be called back. */
export const classicTokenProgram = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

export interface Registered {
  readonly chain: string;
  readonly native: Asset;
  readonly registry: AssetRegistry;
}

interface Change {
  readonly account: string;
  readonly owner: string;
  readonly mint: string;
  readonly program: string;
  /** Below zero: it left. */
  readonly amount: bigint;
}

/** The registry's row of a mint: by the exact text, because two addresses may differ in letter case alone. */
export function listedMint({ chain, registry }: Registered, mint: string): Asset | null {
  const asset = registry.findByContract(chain, mint);
  return asset?.contract === mint ? asset : null;
}

/**
 * What a transaction that succeeded brought to the watched wallets, by what they held before and after it: this holds whatever
 * programs moved it, and in how many steps. Tokens count by the owner of their account, and by the account where that itself is
 * watched, as somebody's who named it for their address; coins by the wallet itself.
 */
export function arrivalsOf(
  transaction: Transaction,
  watched: ReadonlySet<string>,
  registered: Registered,
): { readonly deposits: readonly Deposit[]; readonly unlisted: readonly UnlistedArrival[] } {
  const deposits = nativeDeposits(transaction, watched, registered.native);
  const unlisted: UnlistedArrival[] = [];
  const changes = tokenChanges(transaction);
  const byWatched = changes.map((one) => (watched.has(one.account) ? { ...one, owner: one.account } : one));
  for (const group of groupsOf(byWatched.filter(({ owner }) => watched.has(owner)))) {
    const { mint, owner, program } = group[0]!;
    const listed = program === classicTokenProgram ? listedMint(registered, mint) : null;
    const from = onlySource(changes.filter((change) => change.mint === mint));
    for (const { account, amount } of netArrivals(group)) {
      const index = `token:${mint}:${account}`;
      if (listed) deposits.push({ index, asset: listed, from, to: owner, amount });
      else unlisted.push({ index, contract: mint, to: owner, amount });
    }
  }
  return { deposits, unlisted };
}

/** By account and owner: an account that changes hands leaves one owner and reaches another. */
function tokenChanges({ keys, meta }: Transaction): Change[] {
  const changes = new Map<string, Change>();
  const add = (row: TokenBalance, sign: bigint): void => {
    const { accountIndex, mint, owner, programId: program } = row;
    const account = keys[accountIndex]!;
    const id = `${account}/${owner}/${mint}/${program}`;
    const amount = (changes.get(id)?.amount ?? 0n) + sign * row.uiTokenAmount.amount;
    changes.set(id, { account, owner, mint, program, amount });
  };
  for (const row of meta.preTokenBalances) add(row, -1n);
  for (const row of meta.postTokenBalances) add(row, 1n);
  const order = new Map(keys.map((key, place) => [key, place]));
  return [...changes.values()].sort((a, b) => order.get(a.account)! - order.get(b.account)!);
}

function groupsOf(changes: readonly Change[]): Change[][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const id = `${change.owner}/${change.mint}/${change.program}`;
    groups.set(id, [...(groups.get(id) ?? []), change]);
  }
  return [...groups.values()];
}

/** What came, less what went out of the same owner's other accounts: taken from the last arrival first. */
function netArrivals(changes: readonly Change[]): { account: string; amount: bigint }[] {
  let left = changes.reduce((sum, { amount }) => (amount < 0n ? sum - amount : sum), 0n);
  const net: { account: string; amount: bigint }[] = [];
  for (const { account, amount } of changes.toReversed()) {
    if (amount <= 0n) continue;
    const off = amount < left ? amount : left;
    left -= off;
    if (amount > off) net.unshift({ account, amount: amount - off });
  }
  return net;
}

/** Whoever alone became poorer; null where that is nobody or several. */
function onlySource(changes: readonly { readonly owner: string; readonly amount: bigint }[]): string | null {
  const sums = new Map<string, bigint>();
  for (const { owner, amount } of changes) sums.set(owner, (sums.get(owner) ?? 0n) + amount);
  const poorer = [...sums].filter(([, sum]) => sum < 0n);
  return poorer.length === 1 ? poorer[0]![0] : null;
}

function nativeDeposits(transaction: Transaction, watched: ReadonlySet<string>, native: Asset): Deposit[] {
  const { keys, meta } = transaction;
  // The first key pays the fee, which is no transfer.
  const moved = keys.map((owner, place) => ({
    owner,
    amount: meta.postBalances[place]! - meta.preBalances[place]! + (place === 0 ? meta.fee : 0n),
  }));
  const from = onlySource(moved);
  return moved.flatMap(({ owner: to, amount: gained }) => {
    if (!watched.has(to)) return [];
    const amount = gained - fromOwnTokenAccounts(transaction, to);
    return amount > 0n ? [{ index: `native:${to}`, asset: native, from, to, amount }] : [];
  });
}

/** Coins that left the owner's token accounts: rent given back, or wrapped coins unwrapped. They were the owner's before. */
function fromOwnTokenAccounts({ meta }: Transaction, owner: string): bigint {
  return meta.preTokenBalances
    .filter((row) => row.owner === owner)
    .map(({ accountIndex }) => meta.preBalances[accountIndex]! - meta.postBalances[accountIndex]!)
    .reduce((sum, lost) => (lost > 0n ? sum + lost : sum), 0n);
}
