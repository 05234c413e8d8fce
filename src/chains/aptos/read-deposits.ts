import type { Deposit, DepositReading, UnlistedArrival } from "../receiving.ts";
import type { AptosAssets } from "./aptos-assets.ts";
import { timeOf, type Transaction } from "./answers.ts";
import { movementsOf, type Movement } from "./movements.ts";

/** What is left of the arrivals when what left again is taken off, from the last one first. */
function netOf(movements: readonly Movement[]): Movement[] {
  const left = movements.reduce(
    (sum, { direction, amount }) => (direction === "out" ? sum + amount : sum),
    0n,
  );
  let owed = left;
  const arrivals = movements.filter(({ direction }) => direction === "in").toReversed();
  const net = arrivals.map((arrival) => {
    const taken = owed < arrival.amount ? owed : arrival.amount;
    owed -= taken;
    return { ...arrival, amount: arrival.amount - taken };
  });
  return net.filter(({ amount }) => amount > 0n).toReversed();
}

/**
 * What a committed transaction brought to the watched addresses. A coin and its fungible form are one asset. What came to a
 * store that the owner does not hold alone is told as unlisted, whatever it is: it may be taken back, and the owner's
 * balance does not show it.
 */
function arrivalsIn(
  transaction: Extract<Transaction, { type: "user_transaction" }>,
  watched: ReadonlySet<string>,
  assets: AptosAssets,
): { deposits: readonly Deposit[]; unlisted: readonly UnlistedArrival[] } {
  const movements = movementsOf(transaction, watched, assets.metadata);
  const bookable = (movement: Movement) => (movement.ownersAlone ? assets.find(movement.contract) : null);
  const groups = new Map<string, Movement[]>();
  for (const movement of movements) {
    const { owner, contract, ownersAlone } = movement;
    const key = `${owner} ${ownersAlone} ${bookable(movement)?.id ?? contract}`;
    groups.set(key, [...(groups.get(key) ?? []), movement]);
  }
  const net = [...groups.values()].flatMap(netOf).sort((a, b) => a.event - b.event);
  const deposits: Deposit[] = [];
  const unlisted: UnlistedArrival[] = [];
  for (const movement of net) {
    const { owner: to, contract, amount } = movement;
    const index = `event:${movement.event}`;
    const asset = bookable(movement);
    if (asset === null) unlisted.push({ index, contract, to, amount });
    else deposits.push({ index, asset, from: transaction.sender, to, amount });
  }
  return { deposits, unlisted };
}

/**
 * A transaction as the node gave it, as a reading. A committed one is final at once: there are no reorganisations. Its
 * place is the ledger version, and the "block hash" is the root of the ledger's accumulator after it, which vouches for all
 * that went before as a block's hash does elsewhere.
 */
export function readingOf(
  transaction: Transaction,
  watched: ReadonlySet<string>,
  assets: AptosAssets,
): DepositReading {
  if (transaction.type === "pending_transaction") return { status: "pending" };
  const { success, version, timestamp, accumulator_root_hash: blockHash } = transaction;
  const brought =
    success && transaction.type === "user_transaction"
      ? arrivalsIn(transaction, watched, assets)
      : { deposits: [], unlisted: [] };
  return {
    status: "included",
    includedIn: { blockNumber: version, blockHash, blockTime: timeOf(timestamp) },
    succeeded: success,
    confirmations: 1n,
    final: true,
    ...brought,
    mayHideTransfers: false,
  };
}
