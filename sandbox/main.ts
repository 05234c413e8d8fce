import { once } from "node:events";
import { portsAt } from "./places.ts";
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
  const { sandbox: ports } = portsAt(0);
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
