import type { Clock } from "../../src/clock.ts";
import { hashOf, inventAddress } from "./address.ts";

/** What a token's contract wrote: coins moved, or leave was given to move them. */
export interface TokenEvent {
  readonly kind: "Transfer" | "Approval";
  readonly contract: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** What a contract did inside a transaction, as a node may keep it. */
export interface InternalCall {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  /** A TRC-10 token instead of TRX. */
  readonly tokenId?: string;
  readonly rejected?: boolean;
  /** "call" unless given. "delegateResourceOfEnergy" names a receiver and an amount, and moves nothing to it. */
  readonly note?: string;
}

export type ContractType = "TransferContract" | "TransferAssetContract" | "TriggerSmartContract";

export interface SentTransaction {
  readonly type: ContractType;
  readonly from: string;
  /** The payee, or the contract called. */
  readonly to: string;
  /** TRX, or the TRC-10 token. */
  readonly amount: bigint;
  readonly tokenId?: string;
  /** How the execution failed: "OUT_OF_ENERGY". It then left no events and moved nothing. */
  readonly failure: string | null;
  readonly events: readonly TokenEvent[];
  readonly internal: readonly InternalCall[];
}

export interface LedgerTransaction extends SentTransaction {
  readonly id: string;
  readonly sentAt: number;
}

export interface Block {
  readonly number: number;
  readonly id: string;
  /** Milliseconds. */
  readonly time: number;
  readonly transactions: readonly LedgerTransaction[];
}

export interface Token {
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number;
}

/** So many blocks on top make a block solid: two thirds of 27 producers have built on it. */
const blocksToSolid = 19;

const blockId = (number: number, salt: string): string =>
  `${number.toString(16).padStart(16, "0")}${hashOf(`block ${number} ${salt}`).slice(16)}`;

/** Blocks and their transactions, without execution: what a transaction did is told with it. */
export interface Ledger {
  readonly tokens: ReadonlyMap<string, Token>;
  readonly blocks: readonly Block[];
  head(): Block;
  solidHead(): Block;
  send(transaction: SentTransaction): string;
  /** A block with all that was sent, then empty ones. */
  mine(blocks: number): void;
  /** Replaces the last blocks by empty ones of the same heights. @returns what they held. */
  reorg(depth: number): readonly LedgerTransaction[];
  /** Puts transactions back among those that wait for a block, under their own ids. */
  resend(transactions: readonly LedgerTransaction[]): void;
  find(id: string, upTo: number): { transaction: LedgerTransaction; block: Block } | null;
  issueToken(token: Token): Token;
  balanceOf(address: string, contract: string | null, upTo: number): bigint;
}

export function createLedger(clock: Clock, network: string): Ledger {
  const tokens = new Map<string, Token>();
  const blocks: Block[] = [
    { number: 0, id: blockId(0, network), time: clock.now().getTime(), transactions: [] },
  ];
  let waiting: LedgerTransaction[] = [];
  let sent = 0;
  let forks = 0;
  const head = () => blocks.at(-1)!;

  function mineOne(transactions: readonly LedgerTransaction[]): void {
    const number = head().number + 1;
    // Blocks come when told, faster than in life, and still none may be ahead of the clock by more than a blink.
    const time = Math.max(head().time + 1, clock.now().getTime());
    blocks.push({ number, id: blockId(number, `${network} ${forks}`), time, transactions });
  }

  return {
    tokens,
    blocks,
    head,
    solidHead: () => blocks[Math.max(0, head().number - blocksToSolid)]!,
    send(transaction) {
      sent += 1;
      const id = hashOf(`transaction ${network} ${sent}`);
      waiting.push({ ...transaction, id, sentAt: clock.now().getTime() });
      return id;
    },
    mine(count) {
      for (let made = 0; made < count; made += 1) {
        mineOne(waiting);
        waiting = [];
      }
    },
    reorg(depth) {
      if (depth > Math.min(blocksToSolid, head().number))
        throw new Error("Solidified blocks are never taken back.");
      const undone = blocks.splice(blocks.length - depth).flatMap(({ transactions }) => transactions);
      forks += 1;
      for (let made = 0; made < depth; made += 1) mineOne([]);
      return undone;
    },
    resend: (transactions) => void waiting.push(...transactions),
    find(id, upTo) {
      for (const block of blocks) {
        const transaction = block.transactions.find((one) => one.id === id);
        if (transaction && block.number <= upTo) return { transaction, block };
      }
      return null;
    },
    issueToken(token) {
      tokens.set(token.address, token);
      return token;
    },
    balanceOf: (address, contract, upTo) =>
      blocks
        .filter(({ number }) => number <= upTo)
        .flatMap(({ transactions }) => transactions)
        .flatMap((transaction) => movesOf(transaction, contract))
        .reduce(
          (sum, { from, to, amount }) =>
            sum + (to === address ? amount : 0n) - (from === address ? amount : 0n),
          0n,
        ),
  };
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

const movingNotes = new Set(["call", "create", "suicide"]);

/** What a transaction moved of one token, or of TRX. */
function movesOf(transaction: LedgerTransaction, contract: string | null): readonly Move[] {
  if (transaction.failure !== null) return [];
  if (contract !== null)
    return transaction.events.filter((event) => event.kind === "Transfer" && event.contract === contract);
  const inside = transaction.internal.filter(
    ({ tokenId, rejected, note = "call" }) => tokenId === undefined && !rejected && movingNotes.has(note),
  );
  return transaction.type === "TransferAssetContract" ? inside : [transaction, ...inside];
}

/** Somebody with coins to spend. */
export const payer = inventAddress("a payer");
