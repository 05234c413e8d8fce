import { z } from "zod";
import { InvariantViolation } from "../../errors.ts";
import type { AddressWatch } from "../receiving.ts";
import type { EndpointList } from "../endpoint-list.ts";
import { isAddress, isSignature, type ListedSignature } from "./answers.ts";
import { listedMint, type Registered } from "./balance-changes.ts";
import { listAfter, type Mark } from "./list-signatures.ts";
import type { SolanaNode } from "./node.ts";
import { associatedTokenAccount, listTokenAccounts } from "./token-accounts.ts";

/** Few enough that whoever reads each of them comes to store the position in between. */
const mostHashes = 100;

const signature = z.string().refine(isSignature);
const positionSchema = z.record(
  z.string().refine(isAddress),
  z.tuple([signature, signature.nullable()]).transform(([last, beforeLast]): Mark => ({ last, beforeLast })),
);
type Position = ReadonlyMap<string, Mark>;

/** What touched a wallet or any of its token accounts: a payment in tokens need not name the wallet. */
export function createAddressWatch(
  endpoints: EndpointList<SolanaNode>,
  registered: Registered,
): AddressWatch {
  return {
    kind: "addresses",
    listSince(address, since, signal) {
      const position = parsePosition(since);
      return endpoints.first(async (node) => {
        const rows: Row[] = [];
        for (const account of await accountsOf(node, address, position, registered, signal)) {
          const listed = await listAfter(node, account, position.get(account) ?? null, signal);
          rows.push(...listed.map((row) => ({ ...row, account })));
        }
        return nextPage(position, rows);
      });
    },
  };
}

interface Row extends ListedSignature {
  readonly account: string;
}

/**
 * The wallet, its associated account of each listed mint (open or not: one may be opened, paid and closed between two looks),
 * whatever other account of a listed mint it owns now, and those it was listed with before.
 */
async function accountsOf(
  node: SolanaNode,
  owner: string,
  position: Position,
  registered: Registered,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { chain, registry } = registered;
  const mints = registry.all.flatMap((asset) => (asset.chain === chain ? (asset.contract ?? []) : []));
  const associated = await Promise.all(mints.map((mint) => associatedTokenAccount(owner, mint)));
  const open = await listTokenAccounts(node, { owner, mint: null }, signal);
  const listed = open.filter(({ mint }) => listedMint(registered, mint) !== null);
  return new Set([owner, ...associated, ...listed.map(({ account }) => account), ...position.keys()]);
}

/**
 * The oldest of the rows, and the position behind them. Rows that are not final are named but not passed: should their block be
 * dropped, no later list would reach back to them.
 */
function nextPage(position: Position, rows: readonly Row[]) {
  const oldestFirst = rows.toSorted((a, b) => (a.slot < b.slot ? -1 : a.slot > b.slot ? 1 : 0));
  const hashes = new Set<string>();
  const passed = new Map(position);
  let more = false;
  for (const row of oldestFirst.filter(({ confirmationStatus }) => confirmationStatus === "finalized")) {
    more = row.err === null && !hashes.has(row.signature) && hashes.size >= mostHashes;
    if (more) break;
    if (row.err === null) hashes.add(row.signature);
    passed.set(row.account, {
      last: row.signature,
      beforeLast: passed.get(row.account)?.last ?? null,
    });
  }
  if (!more) for (const row of oldestFirst) if (row.err === null) hashes.add(row.signature);
  return { hashes: [...hashes], next: presentPosition(passed), more };
}

/** Null as long as nothing was passed, which means the same: from the first transaction. */
function presentPosition(position: Position): string | null {
  const entries = [...position].map(([account, { last, beforeLast }]) => [account, [last, beforeLast]]);
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
}

/** @throws {InvariantViolation} `malformed_position`: not a text that we gave. */
function parsePosition(since: string | null): Position {
  if (since === null) return new Map();
  try {
    return new Map(Object.entries(positionSchema.parse(JSON.parse(since))));
  } catch (cause) {
    throw new InvariantViolation("malformed_position", "A watch position is garbled.", { since }, cause);
  }
}
