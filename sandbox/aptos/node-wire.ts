import type { Clock } from "../../src/clock.ts";
import { Refusal, type WireAnswer, type WireRequest } from "../wire-server.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { WireObject } from "./types.ts";

/** What may be made to go wrong with the node and the indexer. */
export interface Condition {
  chainId: number;
  nodeLagMs: number;
  indexerLag: bigint;
  oldest: bigint;
  readonly tampered: Map<string, (transaction: WireObject) => void>;
}

export interface NodeParts {
  readonly ledger: Ledger;
  /** By hash: submitted, not committed. */
  readonly mempool: ReadonlyMap<string, WireObject>;
  readonly clock: Clock;
  readonly condition: Condition;
}

const refuse = (status: number, error_code: string, message: string): never => {
  throw new Refusal(status, { message, error_code, vm_error_code: null });
};

function tell({ condition }: NodeParts, entry: Entry): WireAnswer {
  if (entry.version < condition.oldest)
    return refuse(410, "version_pruned", `Ledger version(${entry.version}) has been pruned`);
  const wire = structuredClone(entry.wire);
  condition.tampered.get(entry.hash)?.(wire);
  return { status: 200, body: wire };
}

/** The REST interface of a full node, as far as somebody who waits for money needs it. */
export function answerNode(parts: NodeParts, { method, path }: WireRequest): WireAnswer {
  const { ledger, mempool, clock, condition } = parts;
  const seenUntil = clock.now().getTime() - condition.nodeLagMs;
  const seen =
    condition.nodeLagMs === 0 ? ledger.entries : ledger.entries.filter(({ at }) => at.getTime() <= seenUntil);
  const head = condition.nodeLagMs === 0 ? ledger.head : (seen.at(-1)?.version ?? 0n);
  if (method !== "GET") throw new Refusal(405, "Method Not Allowed");
  if (path === "/v1" || path === "/v1/")
    return {
      status: 200,
      body: {
        chain_id: condition.chainId,
        epoch: "13000",
        ledger_version: String(head),
        oldest_ledger_version: String(condition.oldest),
        ledger_timestamp: `${seenUntil}000`,
        node_role: "full_node",
        oldest_block_height: "0",
        block_height: "500000000",
        git_hash: "0".repeat(40),
      },
    };
  const [, kind, asked = ""] = /^\/v1\/transactions\/(by_hash|by_version)\/(\w+)$/.exec(path) ?? [];
  const found = seen.find(({ hash, version }) => (kind === "by_hash" ? hash : String(version)) === asked);
  if (found !== undefined) return tell(parts, found);
  if (kind === "by_hash") {
    const waiting = mempool.get(asked);
    if (waiting !== undefined) return { status: 200, body: { ...waiting, type: "pending_transaction" } };
    return refuse(404, "transaction_not_found", `Transaction not found by Transaction hash(${asked})`);
  }
  if (kind === "by_version")
    return refuse(404, "transaction_not_found", `Transaction not found by Ledger version(${asked})`);
  const [, account, asset] = /^\/v1\/accounts\/(0x[0-9a-f]+)\/balance\/([^/]+)$/.exec(path) ?? [];
  if (account === undefined || asset === undefined) throw new Refusal(404, "Not Found");
  return {
    status: 200,
    // A bare number, whatever its size.
    body: String(ledger.balanceOf(account, decodeURIComponent(asset))),
    headers: { "content-type": "application/json" },
  };
}
