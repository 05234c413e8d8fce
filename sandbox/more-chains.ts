import type { Clock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import { startAnvil, type AnvilControl } from "./anvil.ts";
import { startAptos, type AptosSandbox } from "./aptos/index.ts";
import type { Background } from "./background.ts";
import type { Faults, Journal } from "./faults.ts";
import { createRpcProxy, type RpcProxy } from "./rpc-proxy.ts";
import { startSolana, type SolanaEmulator } from "./solana/index.ts";
import { startTron, type Tron } from "./tron/index.ts";
import type { SandboxOptions } from "./types.ts";

export interface MoreChains {
  readonly bsc: { readonly anvil: AnvilControl; readonly rpc: RpcProxy } | null;
  readonly solana: SolanaEmulator | null;
  readonly tron: (Tron & { confirm(): void }) | null;
  readonly aptos: AptosSandbox | null;
}

interface Surroundings {
  readonly clock: Clock;
  readonly background: Background;
  readonly faults: Faults;
  readonly journal: Journal;
  /** What is started is ended by these, also when something after it fails to start. */
  readonly stops: (() => Promise<unknown>)[];
}

const bscChainId = 56;
const tronBlockMs = 3_000;
/** So many more blocks make one of Tron's solid, and one to spare. */
const tronBlocksToSolid = 20;

/** Starts the chains that were asked for beside Ethereum. */
export async function startMoreChains(
  { chains = {}, blocks = 1, chainStepMs = 250, ports = {} }: SandboxOptions,
  surroundings: Surroundings,
): Promise<MoreChains> {
  const { clock, stops, faults, journal } = surroundings;
  const kept = <T extends { stop(): Promise<unknown> }>(started: T): T => {
    stops.push(() => started.stop());
    return started;
  };
  const portOf = (name: keyof typeof ports) => (ports[name] === undefined ? {} : { port: ports[name] });
  const bsc = chains.bsc
    ? kept(await startAnvil({ blocks, chainId: bscChainId, ...portOf("bsc-anvil") })).control
    : null;
  const world = { server: "solana" as const, faults, journal };
  const solana = chains.solana
    ? kept(await startSolana({ clock, world, slotMs: chainStepMs, ...portOf("solana") }))
    : null;
  const tron = chains.tron ? kept(await startTron({ clock, ...portOf("tron") })) : null;
  const aptos = chains.aptos ? kept(await startAptos({ clock, ...portOf("aptos") })) : null;
  return {
    bsc: bsc && { anvil: bsc, rpc: createRpcProxy(bsc) },
    solana,
    tron: tron && moveOn(tron, chainStepMs, surroundings),
    aptos,
  };
}

/**
 * Gives Tron the registry's tokens and blocks of its own. It makes them fast only after a payment, until that is solid: its
 * blocks are three seconds apart, and a chain that always hurried would live in the future.
 */
function moveOn(tron: Tron, stepMs: number, { background, clock }: Surroundings): MoreChains["tron"] {
  for (const { chain, contract, symbol, decimals } of registry.all)
    if (chain === "tron" && contract !== null) tron.issueToken({ symbol, decimals, address: contract });
  let owed = 0;
  if (stepMs > 0)
    void background.start(async () => {
      for (;;) {
        await background.sleep(stepMs);
        const idle = clock.now().getTime() - tron.head().time.getTime() >= tronBlockMs;
        if (owed > 0 || idle) tron.mine(1);
        owed = Math.max(0, owed - 1);
      }
    });
  return { ...tron, requests: tron.requests, confirm: () => void (owed = tronBlocksToSolid) };
}

/** Tron's and Aptos's emulators keep their own scripts of faults; whoever scripts the world's need not know. */
export function joinFaults(own: Faults, { tron, aptos }: MoreChains): Faults {
  return {
    applied: own.applied,
    get pending() {
      return own.pending;
    },
    take: (request) => own.take(request),
    next(server, rule) {
      if (server === "tron" && tron) tron.faults.next(rule);
      else if (server === "aptos" && aptos) aptos.fault(rule);
      else own.next(server, rule);
    },
    outage(server) {
      if (server === "tron" && tron) tron.faults.outage();
      else if (server === "aptos" && aptos) aptos.fault({ kind: "http", status: 503, times: Infinity });
      else own.outage(server);
    },
    heal(server) {
      if (server === undefined || server === "tron") tron?.faults.heal();
      if (server === undefined || server === "aptos") aptos?.heal();
      own.heal(server);
    },
  };
}
