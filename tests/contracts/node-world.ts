import { keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { AnvilControl } from "../../sandbox/anvil-control.ts";
import { createRpcProxy, type RpcProxy } from "../../sandbox/rpc-proxy.ts";
import { fund, placeTokens, transferData, usdtSwitches } from "../../sandbox/tokens.ts";
import type { UsdtControl } from "../../sandbox/types.ts";
import { createEvmChain, type EvmChain } from "../../src/chains/evm/index.ts";
import type { TransactionReading } from "../../src/chains/index.ts";
import { systemClock } from "../../src/clock.ts";
import { registry, type Asset } from "../../src/money/index.ts";
import { fetchThrough } from "./fetch-through.ts";

/** A node that makes blocks only when told. */
export interface ChainNode {
  readonly control: AnvilControl;
  stop(): Promise<void>;
}

export const gwei = 10n ** 9n;
export const ether = 10n ** 18n;
export const eth = registry.get("ethereum:ETH");
export const usdt = registry.get("ethereum:USDT");
export const usdc = registry.get("ethereum:USDC");
export const payee = "0x2000000000000000000000000000000000000002";
export const collector = "0x6000000000000000000000000000000000000006";
export const signal = new AbortController().signal;
export const toHex = (value: number): string => `0x${value.toString(16)}`;

const chainId = 1;
const operator = "0x5000000000000000000000000000000000000005";

export type Account = ReturnType<typeof privateKeyToAccount>;
export interface Fields {
  readonly nonce?: number;
  readonly to?: string;
  readonly value?: bigint;
  readonly data?: string;
  readonly gas?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly maxPriorityFeePerGas?: bigint;
  readonly chainId?: number;
}

/** A signed transaction; what is not said is a send of 1 wei to the payee with nonce 0. */
export const sign = (account: Account, fields: Fields = {}): Promise<string> =>
  account.signTransaction({
    type: "eip1559",
    chainId,
    nonce: 0,
    gas: 21_000n,
    value: 1n,
    maxFeePerGas: 100n * gwei,
    maxPriorityFeePerGas: gwei,
    ...fields,
    to: (fields.to ?? payee) as `0x${string}`,
    data: (fields.data ?? "0x") as `0x${string}`,
  });

export const hashOf = (raw: string): string => keccak256(raw as `0x${string}`);

/** The call of a token transfer with gas enough for any receiver. */
export const tokenCall = (asset: Asset, amount: bigint, to = payee): Fields => ({
  to: asset.contract ?? "",
  value: 0n,
  data: transferData(to, amount),
  gas: 100_000n,
});

let made = 0x1000n;
/** A key that nobody used before. */
export function newAccount(): Account {
  made += 1n;
  return privateKeyToAccount(`0x${made.toString(16).padStart(64, "0")}`);
}

/** One node, and the engine's own view of it through the sandbox's proxy. */
export interface NodeWorld {
  readonly node: AnvilControl;
  readonly proxy: RpcProxy;
  readonly chain: EvmChain;
  readonly switches: UsdtControl;
  /** New in every test, with one ether and 10^9 units of each token. */
  readonly account: Account;
  read(hash: string, watched?: readonly string[]): Promise<TransactionReading>;
  balance(address: string, asset?: Asset): Promise<bigint>;
  /** The account's. */
  nonce(at: "latest" | "final" | "pending"): Promise<bigint>;
  /** Signs and broadcasts what must be taken. @returns its hash */
  send(fields?: Fields): Promise<string>;
  /** Sends, and mines a block. */
  land(fields?: Fields): Promise<string>;
  gasOf(hash: string): Promise<bigint>;
}

/** Hooks up one node for all tests of the describe it is called in. */
export function startNodeWorld(make: () => Promise<ChainNode>): NodeWorld {
  let stop: () => Promise<void>;
  const world = {
    read: (hash: string, watched: readonly string[] = [payee]) =>
      world.chain.readTransaction(hash, watched, signal),
    balance: (address: string, asset = eth) => world.chain.balance(address, asset, signal),
    nonce: (at: "latest" | "final" | "pending") => world.chain.minedNonce(world.account.address, at, signal),
    async send(fields: Fields = {}) {
      const raw = await sign(world.account, fields);
      expect(await world.chain.broadcast(raw, signal)).toEqual({ kind: "accepted" });
      return hashOf(raw);
    },
    async land(fields: Fields = {}) {
      const hash = await world.send(fields);
      await world.node.mine();
      return hash;
    },
    async gasOf(hash: string) {
      const receipt = await world.node.rpc<{ gasUsed: string }>("eth_getTransactionReceipt", [hash]);
      return BigInt(receipt.gasUsed);
    },
  } as { -readonly [Key in keyof NodeWorld]: NodeWorld[Key] };

  beforeAll(async () => {
    const started = await make();
    world.node = started.control;
    stop = () => started.stop();
    world.proxy = createRpcProxy(world.node);
    world.chain = createEvmChain({
      name: "ethereum",
      chainId,
      rpcUrls: ["http://node.invalid"],
      registry,
      clock: systemClock,
      maxFeePerGasCap: 500n * gwei,
      requestTimeoutMs: 5_000,
      fetch: fetchThrough(world.proxy),
    });
    world.switches = usdtSwitches(world.node, operator);
    await placeTokens(world.node);
    await fund(world.node, operator, "ethereum:ETH", 10n * ether);
  });
  afterAll(() => stop());
  beforeEach(async () => {
    world.account = newAccount();
    await fund(world.node, world.account.address, "ethereum:ETH", ether);
    for (const { id } of [usdt, usdc]) await fund(world.node, world.account.address, id, 10n ** 9n);
  });
  afterEach(() => world.proxy.heal());
  return world;
}
