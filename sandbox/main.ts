import { once } from "node:events";
import { startSandbox } from "./start-sandbox.ts";
import type { Sandbox, SandboxOptions } from "./types.ts";

/**
 * Starts the sandbox for a person: prints what the engine needs in its environment, one `NAME=value` a line, and
 * runs until the signal aborts. Ports are fixed unless given, so that a restarted world is found again.
 */
export async function runSandbox(options: {
  readonly sandbox?: SandboxOptions;
  readonly signal: AbortSignal;
  print(line: string): void;
  started?(sandbox: Sandbox): Promise<void> | void;
}): Promise<void> {
  const ports = {
    anvil: 8545,
    rpc: 8546,
    nowpayments: 8601,
    changenow: 8602,
    coingecko: 8603,
    simpleswap: 8604,
    binance: 8605,
    coinbase: 8606,
    bsc: 8547,
    "bsc-anvil": 8548,
    solana: 8607,
    tron: 8608,
    aptos: 8609,
    telegram: 8610,
    mail: 8611,
    control: 8600,
  };
  const chains = { bsc: true, solana: true, tron: true, aptos: true };
  const sandbox = await startSandbox({ ports, chains, markets: true, notices: true, ...options.sandbox });
  try {
    for (const [name, value] of Object.entries(sandbox.env)) options.print(`${name}=${value}`);
    options.print(`# controls: ${sandbox.urls.control}`);
    await options.started?.(sandbox);
    if (!options.signal.aborted) await once(options.signal, "abort");
  } finally {
    await sandbox.stop();
  }
}
