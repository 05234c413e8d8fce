import { createAnvilControl, type AnvilControl } from "../../sandbox/anvil-control.ts";
import type { Clock } from "../../src/clock.ts";
import { ChainCore } from "./chain-core.ts";
import type { Log } from "./metered-storage.ts";
import { readMethods } from "./read-methods.ts";
import { RpcError } from "./rpc-error.ts";
import { writeMethods } from "./write-methods.ts";

export interface ChainModelOptions {
  readonly chainId: number;
  /** Read when a block is made: its time is the clock's, and always after its parent's. */
  readonly clock: Clock;
  /** A block for every transaction that can be included; default false: blocks come from `mine` alone. */
  readonly automine?: boolean;
  /** How many transactions of one sender the pool holds. Default 256. */
  readonly mostPendingPerSender?: number;
}

/** What the chain really holds, whatever a node says of it. Addresses are in lower case. */
export interface ChainFact {
  readonly hash: string;
  readonly from: string;
  readonly to: string;
  readonly nonce: bigint;
  /** Wei. */
  readonly value: bigint;
  readonly status: "succeeded" | "reverted";
  readonly blockNumber: number;
  readonly logs: readonly Log[];
}

export interface ChainModel extends AnvilControl {
  /** As `reorg`, but what the blocks held waits in the pool again. */
  reorgKeeping(depth: number): void;
  /** Every transaction of the canonical chain, in its order. */
  transactions(): readonly ChainFact[];
}

const methods = new Map(Object.entries({ ...readMethods, ...writeMethods }));

/**
 * An EVM chain in this process that answers as anvil does: no socket, no timer, no chance. It knows transfers of the native
 * coin and the sandbox's token contracts, and their gas. Where anvil is laxer than the nodes of the world it sides with
 * these (geth): a replacement needs a tenth more on both fees, a transaction below the base fee or after a gap waits and is
 * not dropped, an estimate needs the value it sends, and block times rise. An unsigned send gets ample gas and fees.
 */
export function createChainModel(options: ChainModelOptions): ChainModel {
  const { automine = false, mostPendingPerSender = 256 } = options;
  const core = new ChainCore({ ...options, automine, mostPendingPerSender });
  const control = createAnvilControl({
    url: "http://chain-model.invalid",
    pid: 0,
    automine,
    async call(method, params = []) {
      try {
        const answer = methods.get(method);
        if (answer === undefined) throw new RpcError(-32_601, "Method not found");
        return { result: answer(core, params) };
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        const { code, message, data } = error;
        return { error: data === undefined ? { code, message } : { code, message, data } };
      }
    },
  });
  return {
    ...control,
    reorgKeeping: (depth) => core.reorg(depth, true),
    transactions: () =>
      core.blocks.flatMap((block) =>
        block.transactions.map(({ transaction, succeeded, blockNumber, logs }) => {
          const { hash, from, to, nonce, value } = transaction;
          const status = succeeded ? "succeeded" : "reverted";
          return { hash, from, to, nonce, value, status, blockNumber, logs };
        }),
      ),
  };
}
