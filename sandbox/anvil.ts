import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createQueue } from "./background.ts";
import { DomainError, ProviderError } from "../src/errors.ts";

export interface AnvilOptions {
  readonly blocks: number | "automine" | "manual";
  readonly chainId: number;
  readonly port?: number;
}

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

/** What a test may do to the chain. Heights are plain numbers, amounts wei. */
export interface AnvilControl {
  readonly url: string;
  readonly pid: number;
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
  sendAs(transaction: { from: string; to: string; value?: bigint; data?: string }): Promise<string>;
}

const howToGetIt =
  "Install the optional packages (npm ci without --omit=optional) on Linux x64, or install Foundry " +
  "(https://getfoundry.sh) so that `anvil` is on the PATH.";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The packaged anvil where it fits this machine, else the one on the PATH. @throws {DomainError} `anvil_missing` */
export function findAnvil(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (process.platform === "linux" && process.arch === "x64") {
    try {
      const require = createRequire(import.meta.url);
      const packaged = require.resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");
      if (isExecutable(packaged)) return packaged;
    } catch {
      // The optional package is not installed: the PATH decides.
    }
  }
  const onPath = (environment["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "anvil"))
    .find(isExecutable);
  if (onPath === undefined)
    throw new DomainError("anvil_missing", `The sandbox needs anvil, a local Ethereum node. ${howToGetIt}`);
  return onPath;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

const toHex = (value: bigint | number): string => `0x${value.toString(16)}`;

function createRpc(url: string): AnvilControl["rpc"] {
  let id = 0;
  return async function rpc<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    id += 1;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    });
    const answer = (await response.json()) as { result?: T; error?: { message: string } };
    if (answer.error !== undefined)
      throw new ProviderError(
        {
          provider: "anvil",
          operation: method,
          failure: "rejected",
          reason: "rpc_error",
          message: answer.error.message,
        },
        { params },
      );
    return answer.result as T;
  };
}

function createControl(url: string, pid: number, startsWithAutomine: boolean): AnvilControl {
  const rpc = createRpc(url);
  const queues = new Map<string, ReturnType<typeof createQueue>>();
  const call = async (method: string, ...params: readonly unknown[]): Promise<void> =>
    void (await rpc(method, params));
  let automine = startsWithAutomine;

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
    rpc,
    blockNumber: async () => parseInt(await rpc<string>("eth_blockNumber"), 16),
    mine: (blocks = 1) => call("anvil_mine", toHex(blocks)),
    async setAutomine(on) {
      await call("evm_setAutomine", on);
      automine = on;
    },
    async setInterval(seconds) {
      await call("evm_setIntervalMining", seconds);
      automine = false;
    },
    getBalance: async (address) => BigInt(await rpc<string>("eth_getBalance", [address, "latest"])),
    setBalance: (address, wei) => call("anvil_setBalance", address, toHex(wei)),
    setCode: (address, code) => call("anvil_setCode", address, code),
    setStorage: (address, slot, value) =>
      call("anvil_setStorageAt", address, slot, `0x${value.toString(16).padStart(64, "0")}`),
    setNonce: (address, nonce) => call("anvil_setNonce", address, toHex(nonce)),
    reorg: (depth) => call("anvil_reorg", depth, []),
    dropTransaction: async (hash) => (await rpc<string | null>("anvil_dropTransaction", [hash])) !== null,
    snapshot: () => rpc<string>("evm_snapshot"),
    async revert(snapshot) {
      if (!(await rpc<boolean>("evm_revert", [snapshot])))
        throw new Error(`There is no snapshot ${snapshot}.`);
    },
    async increaseTime(seconds) {
      await call("evm_increaseTime", toHex(seconds));
      await call("anvil_mine", "0x1");
    },
    setNextBlockBaseFee: (wei) => call("anvil_setNextBlockBaseFeePerGas", toHex(wei)),
    getTransaction: (hash) => rpc<ChainTransaction | null>("eth_getTransactionByHash", [hash]),
    getReceipt: (hash) => rpc<ChainReceipt | null>("eth_getTransactionReceipt", [hash]),
    sendAs({ from, to, value = 0n, data = "0x" }) {
      // The node chooses the nonce; two sends at once would be given the same one.
      const key = from.toLowerCase();
      const queue = queues.get(key) ?? createQueue();
      queues.set(key, queue);
      return queue(async () => {
        await call("anvil_impersonateAccount", from);
        const hash = await rpc<string>("eth_sendTransaction", [{ from, to, value: toHex(value), data }]);
        await awaitBlock(hash);
        return hash;
      });
    },
  };
}

/** A shell that ends the node when we are gone, however we went: the pipe to it closes even on kill -9. */
function guard(pid: number): ChildProcess {
  const script = `cat > /dev/null; kill -9 ${pid} 2> /dev/null`;
  const guardian = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guardian.on("error", () => undefined); // no shell, no guard: `stop` still ends the node
  guardian.unref();
  // The pipe must not keep us alive: a process that has nothing else to do ends, and with it the node.
  (guardian.stdin as unknown as { unref(): void }).unref();
  return guardian;
}

async function launch(
  binary: string,
  options: AnvilOptions,
  port: number,
): Promise<{ child: ChildProcess; url: string }> {
  const blocks =
    options.blocks === "automine"
      ? []
      : options.blocks === "manual"
        ? ["--no-mining"]
        : ["--block-time", String(options.blocks)];
  const fixed = ["--quiet", "--host", "127.0.0.1", "--slots-in-an-epoch", "1", "--accounts", "1"];
  const child = spawn(
    binary,
    [...fixed, "--port", String(port), "--chain-id", String(options.chainId), ...blocks],
    {
      stdio: "ignore",
      detached: true, // Ctrl-C in a terminal is ours to answer: the chain must outlive an orderly stop
    },
  );
  let failure: unknown = null;
  child.on("error", (error) => (failure = error));
  const url = `http://127.0.0.1:${port}`;
  const rpc = createRpc(url);
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await delay(20)) {
    if (failure !== null || child.exitCode !== null) break;
    const chainId = await rpc<string>("eth_chainId").catch(() => null);
    if (chainId === toHex(options.chainId) && child.exitCode === null) return { child, url };
  }
  child.kill("SIGKILL");
  throw new DomainError(
    "anvil_failed",
    `The local Ethereum node (${binary}) did not start on port ${port}. ${howToGetIt}`,
    { exitCode: child.exitCode },
    failure ?? undefined,
  );
}

/** Starts a chain of our own. It ends with `stop`, and with our process however that ends. */
export async function startAnvil(
  options: AnvilOptions,
): Promise<{ control: AnvilControl; stop(): Promise<void> }> {
  const binary = findAnvil();
  let started: Awaited<ReturnType<typeof launch>> | null = null;
  // Somebody may take the free port before the node does: another one is tried.
  for (let attempt = 1; started === null; attempt += 1) {
    try {
      started = await launch(binary, options, options.port ?? (await freePort()));
    } catch (error) {
      if (options.port !== undefined || attempt === 3) throw error;
    }
  }
  const { child, url } = started;
  if (child.pid === undefined) throw new Error("a running child has a pid");
  const guardian = guard(child.pid);
  return {
    control: createControl(url, child.pid, options.blocks === "automine"),
    async stop() {
      guardian.kill("SIGKILL");
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL"); // it holds nothing worth saving
      await gone;
    },
  };
}
