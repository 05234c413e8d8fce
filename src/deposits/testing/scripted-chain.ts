import type { BlockWatch, ReceivingChain, DepositReading } from "../../chains/receiving.ts";
import { ProviderError } from "../../errors.ts";
import { registry } from "../../money/index.ts";

export interface ScriptedTransaction {
  readonly hash: string;
  readonly to: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly from?: string;
  readonly succeeded?: boolean;
}

export interface ScriptedChain extends ReceivingChain {
  /** Puts transactions into one new block. */
  mine(...transactions: readonly ScriptedTransaction[]): void;
  /** Throws the newest blocks away; what was in them is in no block any more. */
  reorganise(depth: number): void;
  /** No call is answered until it is healed. */
  down: boolean;
  /** Transactions that no search shows yet, though their blocks are there. */
  readonly unlisted: Set<string>;
  readonly blocks: readonly {
    readonly hash: string;
    readonly transactions: readonly ScriptedTransaction[];
  }[];
}

const finalDepth = 6;

interface Block {
  readonly hash: string;
  readonly transactions: readonly ScriptedTransaction[];
}

/** A chain as the port promises it, one block at a time, whose blocks a test makes and takes away. */
export function createScriptedChain(startedAt: Date): ScriptedChain {
  const blocks: Block[] = [{ hash: "0xgenesis", transactions: [] }];
  let made = 0;
  const finalNumber = () => Math.max(0, blocks.length - 1 - finalDepth);
  const answer = <T>(given: T): Promise<T> =>
    chain.down ? Promise.reject(outage()) : Promise.resolve(given);
  const chain: ScriptedChain = {
    name: "ethereum",
    family: "evm",
    native: registry.native("ethereum"),
    down: false,
    unlisted: new Set(),
    blocks,
    mine: (...transactions) => void blocks.push({ hash: `0xblock${(made += 1)}`, transactions }),
    reorganise: (depth) => void blocks.splice(Math.max(finalNumber() + 1, blocks.length - depth)),
    normaliseAddress: (text) => text,
    normaliseHash: (text) => text.trim().toLowerCase(),
    head: () =>
      answer({
        number: BigInt(blocks.length - 1),
        finalNumber: BigInt(finalNumber()),
        time: timeOf(startedAt, blocks.length - 1),
      }),
    balance: (address, asset) =>
      answer(
        blocks
          .flatMap(({ transactions }) => transactions)
          .filter((one) => one.to === address && one.asset === asset.id && one.succeeded !== false)
          .reduce((sum, { amount }) => sum + amount, 0n),
      ),
    readDeposits: (hash, watched) =>
      answer(read({ blocks, startedAt, finalNumber: finalNumber() }, hash, watched)),
    watch: {
      kind: "blocks",
      mostBlocks: 3,
      lagBlocks: 4n,
      blockHash: (number) => answer(blocks.find((_block, at) => BigInt(at) === number)?.hash ?? null),
      scan({ from, to }, watched) {
        const found = blocks.filter((_block, at) => BigInt(at) >= from && BigInt(at) <= to);
        const hashes = found.flatMap(({ transactions }) =>
          transactions
            .filter((one) => watched.has(one.to) && !chain.unlisted.has(one.hash))
            .map((one) => one.hash),
        );
        const parentHash = blocks.find((_block, at) => BigInt(at) === from - 1n)?.hash ?? "";
        return answer({ hashes, parentHash, endHash: found.at(-1)?.hash ?? "" });
      },
      async searchAgain(range, watched, signal) {
        const watch = chain.watch as BlockWatch;
        return (await watch.scan(range, watched, signal)).hashes;
      },
    },
  };
  return chain;
}

const timeOf = (startedAt: Date, number: number): Date => new Date(startedAt.getTime() + number * 12_000);

const outage = (): ProviderError =>
  new ProviderError({ provider: "ethereum", operation: "scripted", failure: "retryable", reason: "down" });

function read(
  { blocks, startedAt, finalNumber }: { blocks: readonly Block[]; startedAt: Date; finalNumber: number },
  hash: string,
  watched: ReadonlySet<string>,
): DepositReading {
  const number = blocks.findIndex((block) => block.transactions.some((one) => one.hash === hash));
  const found = blocks[number]?.transactions.find((one) => one.hash === hash);
  if (!found) return { status: "not_found" };
  const succeeded = found.succeeded ?? true;
  const { to, amount, from = null } = found;
  return {
    status: "included",
    includedIn: {
      blockNumber: BigInt(number),
      blockHash: blocks[number]!.hash,
      blockTime: timeOf(startedAt, number),
    },
    succeeded,
    confirmations: BigInt(blocks.length - number),
    final: number <= finalNumber,
    deposits:
      succeeded && watched.has(to)
        ? [{ index: "log+0", asset: registry.get(found.asset), from, to, amount }]
        : [],
    unlisted: [],
    mayHideTransfers: false,
  };
}
