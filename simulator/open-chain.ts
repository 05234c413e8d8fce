import { startAnvil, type AnvilControl, type ChainTransaction } from "../sandbox/anvil.ts";
import type { Clock } from "../src/clock.ts";
import { createChainModel } from "./chain/index.ts";

export type ChainKind = "model" | "anvil";

export interface SimulatedChain {
  readonly control: AnvilControl;
  /**
   * Takes the last blocks away. What they held waits to be included again, as it does in the world; what of it is from
   * `loser` may also be forgotten.
   */
  reorganise(depth: number, loser: { address: string; isForgotten(): boolean }): Promise<void>;
  stop(): Promise<void>;
}

async function lastTransactions(chain: AnvilControl, depth: number): Promise<ChainTransaction[]> {
  const head = await chain.blockNumber();
  const found: ChainTransaction[] = [];
  for (let height = head; height > head - depth; height--) {
    const tag = `0x${height.toString(16)}`;
    const block = await chain.rpc<{ transactions: ChainTransaction[] }>("eth_getBlockByNumber", [tag, true]);
    found.push(...block.transactions);
  }
  return found;
}

const isFrom = (address: string) => (transaction: ChainTransaction) =>
  transaction.from.toLowerCase() === address.toLowerCase();

/** The chain of a simulated world: the model in this process, or a real node. */
export async function openChain(
  kind: ChainKind,
  options: { chainId: number; clock: Clock },
): Promise<SimulatedChain> {
  if (kind === "anvil") {
    const node = await startAnvil({ blocks: "manual", chainId: options.chainId });
    return {
      ...node,
      async reorganise(depth, { address }) {
        // It forgets what it takes away; others would never send theirs again.
        const taken = await lastTransactions(node.control, depth);
        if (taken.every(isFrom(address))) await node.control.reorg(depth);
      },
    };
  }
  const model = createChainModel(options);
  return {
    control: model,
    async reorganise(depth, { address, isForgotten }) {
      const ours = (await lastTransactions(model, depth)).filter(isFrom(address));
      model.reorgKeeping(depth);
      for (const { hash } of ours) if (isForgotten()) await model.dropTransaction(hash);
    },
    stop: () => Promise.resolve(),
  };
}
