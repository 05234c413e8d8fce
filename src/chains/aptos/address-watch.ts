import type { Clock } from "../../clock.ts";
import { InvariantViolation } from "../../errors.ts";
import type { AddressWatch } from "../receiving.ts";
import { unusable } from "./answers.ts";
import type { AptosIndexer } from "./indexer.ts";

const pageRows = 100;
/** The indexer knows versions only; each costs a question to a node. */
const lookUpsAtOnce = 10;
/** Past this, an indexer that makes no progress is reported: it would hide every new deposit. */
const mostIndexerLagMs = 600_000;

function readPosition(since: string | null): bigint {
  if (since === null) return 0n; // version 0 is the genesis, which pays nobody
  if (/^\d{1,20}$/.test(since)) return BigInt(since);
  throw new InvariantViolation("bad_watch_position", "A position of the Aptos watch is a ledger version.", {
    since,
  });
}

/** @throws {ProviderError} the rows are not those asked for, and may lack some. */
function requireInOrder(versions: readonly bigint[], since: bigint, until: bigint): void {
  const inOrder = versions.every(
    (version, at) => version > since && version <= until && version >= (versions[at - 1] ?? since),
  );
  if (!inOrder || versions.length > pageRows)
    throw unusable("listSince", "malformed_answer", { rows: versions.length });
}

/**
 * Watches an address by the indexer. The position is a ledger version up to which the indexer says it has everything, asked
 * for before the rows are, so that rows which it writes later are not passed over. What it lists are hints.
 */
export function createAddressWatch(
  indexer: AptosIndexer,
  hashAt: (version: bigint, signal: AbortSignal) => Promise<string>,
  clock: Clock,
): AddressWatch {
  return {
    kind: "addresses",
    async listSince(address, position, signal) {
      const since = readPosition(position);
      const { version: until, time } = await indexer.processed(signal);
      if (until <= since) {
        const lagMs = time === null ? 0 : clock.now().getTime() - time.getTime();
        if (lagMs > mostIndexerLagMs) throw unusable("listSince", "indexer_lagging", { lagMs });
        return { hashes: [], next: position, more: false };
      }
      const rows = await indexer.activities({ owner: address, since, until, limit: pageRows }, signal);
      requireInOrder(rows, since, until);
      const versions = [...new Set(rows)];
      const hashes: string[] = [];
      for (let at = 0; at < versions.length; at += lookUpsAtOnce)
        hashes.push(
          ...(await Promise.all(
            versions.slice(at, at + lookUpsAtOnce).map((version) => hashAt(version, signal)),
          )),
        );
      // A full page may end within a transaction, whose hash is listed all the same.
      const more = rows.length === pageRows;
      return { hashes, next: String(more ? versions.at(-1) : until), more };
    },
  };
}
