import { systemClock } from "../../src/clock.ts";
import { createBackground } from "../background.ts";
import { createFaults, createJournal } from "../faults.ts";
import { Refusal, startWireServer, type WireAnswer, type WireRequest } from "../wire-server.ts";
import { answerIndexer } from "./indexer-wire.ts";
import { Ledger, submitted } from "./ledger.ts";
import { fakeUsdtMetadata, inventHash, stranger } from "./names.ts";
import { answerNode, type Condition, type NodeParts } from "./node-wire.ts";
import type { AptosOptions, AptosSandbox, WireObject } from "./types.ts";

export type * from "./types.ts";

/**
 * An Aptos full node and its indexer on loopback, at the wire: shapes as in `chains/fixtures/aptos-*.json`. One server for
 * both, as Aptos Labs' gateway is one. It ends with `stop`.
 */
export async function startAptos(options: AptosOptions = {}): Promise<AptosSandbox> {
  const { clock = systemClock, chainId = 1, port, apiKey } = options;
  const ledger = new Ledger(clock);
  const mempool = new Map<string, WireObject>();
  const healthy = { nodeLagMs: 0, indexerLag: 0n, oldest: 0n, chainId };
  const condition: Condition = { ...healthy, tampered: new Map() };
  const parts: NodeParts = { ledger, mempool, clock, condition };
  const faults = createFaults(clock);
  const journal = createJournal();
  const background = createBackground();

  function handle(request: WireRequest): WireAnswer {
    if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`)
      throw new Refusal(401, { message: "Unauthorized" });
    const isIndexer = request.method === "POST" && request.path === "/v1/graphql";
    return isIndexer ? answerIndexer(ledger, condition, request) : answerNode(parts, request);
  }

  const server = await startWireServer({
    world: { server: "aptos", faults, journal },
    prefix: "",
    port,
    clock,
    background,
    handle,
  });
  const entryOf = (hash: string) => {
    const entry = ledger.entries.find((candidate) => candidate.hash === hash);
    if (entry === undefined) throw new Error(`The sandbox has no transaction ${hash}.`);
    return entry;
  };
  return {
    url: `${server.url}/v1`,
    indexerUrl: `${server.url}/v1/graphql`,
    journal,
    fakeUsdt: fakeUsdtMetadata,
    pay: (transfer, how) => ledger.commit([transfer], how).hash,
    payMany: (transfers, how) => ledger.commit(transfers, how).hash,
    submit(transfer) {
      const hash = inventHash();
      mempool.set(hash, { hash, ...submitted(transfer.from ?? stranger, [transfer], {}, clock.now()) });
      return {
        hash,
        commit() {
          if (mempool.delete(hash)) ledger.commit([transfer], {}, hash);
        },
      };
    },
    balanceOf: (owner, asset) => ledger.balanceOf(owner, asset),
    versionOf: (hash) => entryOf(hash).version,
    nodeLag: (ms) => void (condition.nodeLagMs = ms),
    indexerLag: (versions) => void (condition.indexerLag = BigInt(versions)),
    prune: (before) => void (condition.oldest = before),
    serve: (served) => void (condition.chainId = served),
    tamper: (hash, change) => void condition.tampered.set(entryOf(hash).hash, change),
    fault: (rule) => faults.next("aptos", rule),
    heal() {
      faults.heal();
      condition.tampered.clear();
      Object.assign(condition, healthy);
    },
    async stop() {
      await background.stop();
      await server.close();
    },
  };
}
