import { cpus, totalmem } from "node:os";
import type { BenchServer } from "./database.ts";

/** What the figures were measured on. `durable`: an answer survives a power cut. */
export function describeMachine({ settings }: BenchServer) {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    postgresql: settings.version,
    durable: settings.fsync === "on" && settings.synchronousCommit === "on",
  };
}
