import type { Asset, AssetRegistry } from "../../money/index.ts";
import { toBase58 } from "./address.ts";
import type { InternalTransaction, TransactionInfo, TronContract, TronLog } from "./answers.ts";

/** One move of one thing inside a transaction, whoever it concerns. */
export interface Movement {
  readonly index: string;
  /** Null: the registry does not list it. */
  readonly asset: Asset | null;
  /** The contract's address, or "trc10:" and the token's id; empty for TRX. */
  readonly contract: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** An event of a listed token that is no transfer anybody could read. */
export class UnreadableTransfer extends Error {}

/** keccak256 of "Transfer(address,address,uint256)". */
const transferTopic = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/**
 * What contracts note of a call that carries coins. Under other notes the same fields tell of stakes and of resources lent
 * ("delegateResourceOfEnergy"), which name a receiver and an amount and move no coin to it.
 * Source: java-tron, actuator/.../vm/program/Program.java, `addInternalTx`, read 2026-11-21.
 */
const notesOfMoves = new Set(
  ["call", "create", "suicide"].flatMap((note) => [note, Buffer.from(note).toString("hex")]),
);

/** The asset a contract is, letter for letter: base58 is case-sensitive, and the registry's search is not. */
export function findToken(registry: AssetRegistry, chain: string, contract: string): Asset | null {
  const asset = registry.findByContract(chain, contract);
  return asset?.contract === contract ? asset : null;
}

interface Known {
  readonly chain: string;
  readonly registry: AssetRegistry;
}

/** Everything a successful transaction moved, in order: itself, its events, what contracts sent on. */
export function movementsOf(contract: TronContract, info: TransactionInfo, known: Known): Movement[] {
  return [
    ...ownMovements(contract, known),
    ...info.log.flatMap((log, position) => tokenMovements(log, `log+${position}`, known)),
    ...(info.internal_transactions ?? []).flatMap((internal, position) =>
      internalMovements(internal, `internal:${position}`, known),
    ),
  ];
}

const trc10 = (index: string, tokenId: string) => ({
  index: `${index}:trc10:${tokenId}`,
  asset: null,
  contract: `trc10:${tokenId}`,
});
const trx = ({ chain, registry }: Known) => ({ asset: registry.native(chain), contract: "" });

function ownMovements(contract: TronContract, known: Known): Movement[] {
  const index = "native";
  if (contract.type === "TransferContract" || contract.type === "TransferAssetContract") {
    const { value } = contract.parameter;
    const what = "asset_name" in value ? trc10(index, value.asset_name) : { index, ...trx(known) };
    return [{ ...what, from: value.owner_address, to: value.to_address, amount: value.amount }];
  }
  if (contract.type !== "TriggerSmartContract") return [];
  const { owner_address: from, contract_address: to, ...sent } = contract.parameter.value;
  return [
    { index, ...trx(known), from, to, amount: sent.call_value },
    { ...trc10(index, String(sent.token_id)), from, to, amount: sent.call_token_value },
  ];
}

/** An address in a topic: 20 bytes behind 12 zero bytes. Null: it is none. */
const addressInWord = (word: string): string | null =>
  /^0{24}[0-9a-f]{40}$/.test(word) ? toBase58(word.slice(24)) : null;

function tokenMovements(log: TronLog, index: string, { chain, registry }: Known): Movement[] {
  const [topic, fromWord, toWord, ...more] = log.topics;
  const asset = findToken(registry, chain, log.address);
  if (asset !== null && topic === undefined) throw new UnreadableTransfer();
  if (topic !== transferTopic) return [];
  const from = addressInWord(fromWord ?? "");
  const to = addressInWord(toWord ?? "");
  // An event of an NFT has the same first topic and a fourth one.
  if (from === null || to === null || more.length > 0 || log.data.length !== 64) {
    if (asset !== null) throw new UnreadableTransfer();
    return [];
  }
  return [{ index, asset, contract: log.address, from, to, amount: BigInt(`0x${log.data}`) }];
}

function internalMovements(internal: InternalTransaction, index: string, known: Known): Movement[] {
  const { caller_address: from, transferTo_address: to, callValueInfo, note, rejected } = internal;
  if (rejected || to === undefined || !notesOfMoves.has(note.toLowerCase())) return [];
  return callValueInfo.map(({ callValue: amount, tokenId }) => ({
    ...(tokenId === "" ? { index, ...trx(known) } : trc10(index, tokenId)),
    from,
    to,
    amount,
  }));
}

/**
 * What is left of the arrivals at the watched addresses, of each thing by itself: what the same transaction took from an
 * address again comes off, its last arrival first.
 */
export function netArrivals(movements: readonly Movement[], watched: ReadonlySet<string>): Movement[] {
  const real = movements.filter(({ from, to }) => from !== to);
  const keyOf = (address: string, { contract }: Movement) => `${address} ${contract}`;
  const taken = new Map<string, bigint>();
  for (const movement of real) {
    const key = keyOf(movement.from, movement);
    taken.set(key, (taken.get(key) ?? 0n) + movement.amount);
  }
  const left: Movement[] = [];
  for (const arrival of real.filter(({ to }) => watched.has(to)).toReversed()) {
    const key = keyOf(arrival.to, arrival);
    const stillTaken = taken.get(key) ?? 0n;
    const off = stillTaken < arrival.amount ? stillTaken : arrival.amount;
    taken.set(key, stillTaken - off);
    if (arrival.amount > off) left.push({ ...arrival, amount: arrival.amount - off });
  }
  return left.toReversed();
}
