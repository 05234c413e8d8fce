import { z } from "zod";
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

interface Position {
  /** Up to this version the indexer said that it had everything. */
  readonly until: bigint;
  /** Where the next page begins, in the middle of a list. */
  readonly page: bigint | null;
  /** Versions that were named already and are listed again, because the indexer may still lack some beside them. */
  readonly named: readonly bigint[];
}

const versionSchema = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt);
const positionSchema = z.union([
  versionSchema.transform((until): Position => ({ until, page: null, named: [] })),
  z
    .tuple([versionSchema, versionSchema.nullable()], versionSchema)
    .transform(([until, page, ...named]): Position => ({ until, page, named })),
]);

/** A version alone, as it was kept before there was an overlap, is one with nothing to list again. */
function readPosition(since: string | null): Position {
  if (since === null) return { until: 0n, page: null, named: [] }; // version 0 is the genesis, which pays nobody
  try {
    return positionSchema.parse(since.startsWith("[") ? JSON.parse(since) : since);
  } catch (cause) {
    throw new InvariantViolation("bad_watch_position", "A watch position is garbled.", { since }, cause);
  }
}

const presentPosition = ({ until, page, named }: Position): string =>
  JSON.stringify([String(until), page === null ? null : String(page), ...named.map(String)]);

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
 * for before the rows are. That may be said by one of its databases and the rows be read from another that is behind: so what is
 * nearer than `lagVersions` to it is listed again, and named if it was not. What it lists are hints.
 */
export function createAddressWatch(
  indexer: AptosIndexer,
  hashAt: (version: bigint, signal: AbortSignal) => Promise<string>,
  { clock, lagVersions }: { readonly clock: Clock; readonly lagVersions: bigint },
): AddressWatch {
  return {
    kind: "addresses",
    async listSince(address, since, signal) {
      const position = readPosition(since);
      const { version: until, time } = await indexer.processed(signal);
      if (until <= position.until) {
        const lagMs = time === null ? 0 : clock.now().getTime() - time.getTime();
        if (lagMs > mostIndexerLagMs) throw unusable("listSince", "indexer_lagging", { lagMs });
      }
      // As far as it has been seen to be: an indexer that has less by now takes no position back.
      const upTo = until > position.until ? until : position.until;
      const overlap = position.until > lagVersions ? position.until - lagVersions : 0n;
      const from = position.page ?? overlap;
      if (upTo <= from) return { hashes: [], next: since, more: false };
      const rows = await indexer.activities(
        { owner: address, since: from, until: upTo, limit: pageRows },
        signal,
      );
      requireInOrder(rows, from, upTo);
      const versions = [...new Set(rows)];
      const known = new Set(position.named);
      const unnamed = versions.filter((listed) => !known.has(listed));
      const hashes: string[] = [];
      for (let at = 0; at < unnamed.length; at += lookUpsAtOnce)
        hashes.push(
          ...(await Promise.all(
            unnamed.slice(at, at + lookUpsAtOnce).map((listed) => hashAt(listed, signal)),
          )),
        );
      // A full page may end within a transaction, whose hash is listed all the same.
      const more = rows.length === pageRows;
      const named = [...position.named, ...unnamed].filter((listed) => listed > upTo - lagVersions);
      const next = more
        ? { until: position.until, page: versions.at(-1)!, named }
        : { until: upTo, page: null, named };
      return { hashes, next: presentPosition(next), more };
    },
  };
}
