import { setTimeout as delay } from "node:timers/promises";
import { createQueue } from "./background.ts";
import { ProviderError } from "../src/errors.ts";

export interface ChainTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly value: string;
  readonly nonce: string;
  readonly blockNumber: string | null;
}

export interface ChainReceipt {
  readonly transactionHash: string;
  readonly status: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly logs: readonly {
    readonly address: string;
    readonly topics: readonly string[];
    readonly data: string;
    readonly logIndex: string;
  }[];
}

/** What a node answers: a result, or its refusal in its own words. */
export type RpcReply =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** What a test may do to the chain. Heights are plain numbers, amounts wei. */
export interface AnvilControl {
  readonly url: string;
  readonly pid: number;
  /** Any JSON-RPC call, its refusal as the node words it. */
  call(method: string, params?: readonly unknown[]): Promise<RpcReply>;
  /** Any JSON-RPC call. @throws {ProviderError} the node refused it. */
  rpc<T>(method: string, params?: readonly unknown[]): Promise<T>;
  blockNumber(): Promise<number>;
  mine(blocks?: number): Promise<void>;
  setAutomine(on: boolean): Promise<void>;
  /** Seconds between blocks; 0 stops them. */
  setInterval(seconds: number): Promise<void>;
  getBalance(address: string): Promise<bigint>;
  setBalance(address: string, wei: bigint): Promise<void>;
  setCode(address: string, code: string): Promise<void>;
  setStorage(address: string, slot: string, value: bigint): Promise<void>;
  setNonce(address: string, nonce: number): Promise<void>;
  /** Replaces the last `depth` blocks by empty ones of the same heights: what they held never happened. */
  reorg(depth: number): Promise<void>;
  /** Takes a pending transaction out of the pool. @returns whether it was there. */
  dropTransaction(hash: string): Promise<boolean>;
  snapshot(): Promise<string>;
  revert(snapshot: string): Promise<void>;
  /** Moves the chain's clock on and mines a block. */
  increaseTime(seconds: number): Promise<void>;
  setNextBlockBaseFee(wei: bigint): Promise<void>;
  getTransaction(hash: string): Promise<ChainTransaction | null>;
  getReceipt(hash: string): Promise<ChainReceipt | null>;
  /**
   * Sends from any address, its key unknown. Sends of one address get nonces in the order of the calls.
   * With automine it returns when the transaction is in its block.
   */
  sendAs(transaction: {
    from: string;
    to: string;
    value?: bigint;
    data?: string;
    /** Estimated by the node unless given, which refuses what would revert. */
    gas?: bigint;
  }): Promise<string>;
}

export const toHex = (value: bigint | number): string => `0x${value.toString(16)}`;

function createRpc(call: AnvilControl["call"]): AnvilControl["rpc"] {
  return async function rpc<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    const reply = await call(method, params);
    if ("result" in reply) return reply.result as T;
    throw new ProviderError(
      {
        provider: "anvil",
        operation: method,
        failure: "rejected",
        reason: "rpc_error",
        message: reply.error.message,
      },
      { params },
    );
  };
}

/** The control of a node that understands anvil's own methods. */
export function createAnvilControl(node: {
  readonly url: string;
  readonly pid: number;
  readonly call: AnvilControl["call"];
  readonly automine: boolean;
}): AnvilControl {
  const { url, pid, call } = node;
  const rpc = createRpc(call);
  const queues = new Map<string, ReturnType<typeof createQueue>>();
  const tell = async (method: string, ...params: readonly unknown[]): Promise<void> =>
    void (await rpc(method, params));
  let automine = node.automine;

  /** The node answers a moment before it mines. A caller that was promised a block should not meet that moment. */
  async function awaitBlock(hash: string): Promise<void> {
    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline) {
      if (!automine || (await rpc("eth_getTransactionReceipt", [hash])) !== null) return;
      await delay(2);
    }
  }

  return {
    url,
    pid,
    call,
    rpc,
    blockNumber: async () => parseInt(await rpc<string>("eth_blockNumber"), 16),
    mine: (blocks = 1) => tell("anvil_mine", toHex(blocks)),
    async setAutomine(on) {
      await tell("evm_setAutomine", on);
      automine = on;
    },
    async setInterval(seconds) {
      await tell("evm_setIntervalMining", seconds);
      automine = false;
    },
    getBalance: async (address) => BigInt(await rpc<string>("eth_getBalance", [address, "latest"])),
    setBalance: (address, wei) => tell("anvil_setBalance", address, toHex(wei)),
    setCode: (address, code) => tell("anvil_setCode", address, code),
    setStorage: (address, slot, value) =>
      tell("anvil_setStorageAt", address, slot, `0x${value.toString(16).padStart(64, "0")}`),
    setNonce: (address, nonce) => tell("anvil_setNonce", address, toHex(nonce)),
    reorg: (depth) => tell("anvil_reorg", depth, []),
    dropTransaction: async (hash) => (await rpc<string | null>("anvil_dropTransaction", [hash])) !== null,
    snapshot: () => rpc<string>("evm_snapshot"),
    async revert(snapshot) {
      if (!(await rpc<boolean>("evm_revert", [snapshot])))
        throw new Error(`There is no snapshot ${snapshot}.`);
    },
    async increaseTime(seconds) {
      await tell("evm_increaseTime", toHex(seconds));
      await tell("anvil_mine", "0x1");
    },
    setNextBlockBaseFee: (wei) => tell("anvil_setNextBlockBaseFeePerGas", toHex(wei)),
    getTransaction: (hash) => rpc<ChainTransaction | null>("eth_getTransactionByHash", [hash]),
    getReceipt: (hash) => rpc<ChainReceipt | null>("eth_getTransactionReceipt", [hash]),
    sendAs({ from, to, value = 0n, data = "0x", gas }) {
      // The node chooses the nonce; two sends at once would be given the same one.
      const key = from.toLowerCase();
      const queue = queues.get(key) ?? createQueue();
      queues.set(key, queue);
      return queue(async () => {
        await tell("anvil_impersonateAccount", from);
        const limit = gas === undefined ? {} : { gas: toHex(gas) };
        const hash = await rpc<string>("eth_sendTransaction", [
          { from, to, value: toHex(value), data, ...limit },
        ]);
        await awaitBlock(hash);
        return hash;
      });
    },
  };
}
