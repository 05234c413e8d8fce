import { once } from "node:events";
import { createServer } from "node:net";
import { DomainError } from "../src/errors.ts";
import type { SandboxOptions } from "./types.ts";

type Ports = NonNullable<SandboxOptions["ports"]>;

/** Where a world that is to be found again listens. Another one beside it takes the same ports a hundred higher, and so on. */
const firstPorts = {
  anvil: 8545,
  rpc: 8546,
  bsc: 8547,
  "bsc-anvil": 8548,
  control: 8600,
  nowpayments: 8601,
  changenow: 8602,
  coingecko: 8603,
  simpleswap: 8604,
  binance: 8605,
  coinbase: 8606,
  solana: 8607,
  tron: 8608,
  aptos: 8609,
  telegram: 8610,
  mail: 8611,
  flutterwave: 8612,
} satisfies Ports;
const enginePort = 8080;
const step = 100;
const places = 100;

/** The ports of the world at a place, 0 being the first, and of an engine beside it. */
export const portsAt = (place: number): { readonly sandbox: Required<Ports>; readonly engine: number } => ({
  sandbox: Object.fromEntries(
    Object.entries(firstPorts).map(([name, port]) => [name, port + step * place]),
  ) as Required<Ports>,
  engine: enginePort + step * place,
});

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    if (server.listening) await new Promise((done) => server.close(done));
  }
}

/** The first port of a world at the place that somebody listens on already; `null`: all are free. */
export async function takenAt(place: number): Promise<number | null> {
  for (const port of Object.values(portsAt(place).sandbox)) if (!(await isFree(port))) return port;
  return null;
}

/** The first place that is free at this moment, for a world and an engine beside it. */
export async function findFreePlace(): Promise<number> {
  for (let place = 0; place < places; place++)
    if ((await isFree(portsAt(place).engine)) && (await takenAt(place)) === null) return place;
  throw new DomainError(
    "port_unavailable",
    `No ports are free for a sandbox, up to ${enginePort + step * places}. Stop what listens there.`,
  );
}
