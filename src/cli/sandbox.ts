import { Command } from "commander";
import { print } from "./screen.ts";

export const sandboxCommand = (): Command =>
  new Command("sandbox")
    .description(
      "Run the sandbox world alone: emulated providers, local Ethereum and BNB Smart Chain, emulated Solana, Tron and Aptos, on loopback",
    )
    .action(async () => {
      const { runSandbox } = await import("../../sandbox/index.ts");
      const stopping = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
      await runSandbox({ signal: stopping.signal, print });
    });
