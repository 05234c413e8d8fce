import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createAnvilControl, toHex, type AnvilControl } from "./anvil-control.ts";
import { DomainError } from "../src/errors.ts";

export type { AnvilControl, ChainReceipt, ChainTransaction } from "./anvil-control.ts";

export interface AnvilOptions {
  readonly blocks: number | "automine" | "manual";
  readonly chainId: number;
  readonly port?: number;
}

const howToGetIt =
  "Install the optional packages (npm ci without --omit=optional), or install Foundry (https://getfoundry.sh) " +
  "so that `anvil` is on the PATH.";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const program = process.platform === "win32" ? "anvil.exe" : "anvil";

/** The optional package for this machine holds it; null: there is none, or it was not installed. */
function packagedAnvil(): string | null {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  try {
    const packaged = createRequire(import.meta.url).resolve(`${name}/bin/${program}`);
    return isExecutable(packaged) ? packaged : null;
  } catch {
    return null;
  }
}

/** The packaged anvil where it fits this machine, else the one on the PATH. @throws {DomainError} `anvil_missing` */
export function findAnvil(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const packaged = packagedAnvil();
  if (packaged !== null) return packaged;
  const onPath = (environment["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
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

function createCall(url: string): AnvilControl["call"] {
  let id = 0;
  return async (method, params = []) => {
    id += 1;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    });
    const { result, error } = (await response.json()) as {
      result?: unknown;
      error?: { code: number; message: string; data?: unknown };
    };
    return error === undefined ? { result } : { error };
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
): Promise<{ child: ChildProcess; url: string; call: AnvilControl["call"] }> {
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
  const call = createCall(url);
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await delay(20)) {
    if (failure !== null || child.exitCode !== null) break;
    const reply = await call("eth_chainId").catch(() => null);
    const ours = reply !== null && "result" in reply && reply.result === toHex(options.chainId);
    if (ours && child.exitCode === null) return { child, url, call };
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
  const { child, url, call } = started;
  if (child.pid === undefined) throw new Error("a running child has a pid");
  const guardian = guard(child.pid);
  return {
    control: createAnvilControl({ url, pid: child.pid, call, automine: options.blocks === "automine" }),
    async stop() {
      guardian.kill("SIGKILL");
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL"); // it holds nothing worth saving
      await gone;
    },
  };
}
