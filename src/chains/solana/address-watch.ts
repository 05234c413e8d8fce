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

/** How far an account's list is passed, and which of its transactions were final and named although they are not passed. */
interface Place {
  readonly mark: Mark | null;
  readonly named: readonly string[];
}

const signature = z.string().refine(isSignature);
const positionSchema = z.record(
  z.string().refine(isAddress),
  z
    .tuple([signature.nullable(), signature.nullable()], signature)
    .transform(([last, beforeLast, ...named]): Place => ({
      mark: last === null ? null : { last, beforeLast },
      named,
    })),
);
type Position = ReadonlyMap<string, Place>;

/**
 * What touched a wallet or any of its token accounts: a payment in tokens need not name the wallet.
 * @param lagSlots so many slots late a node may list a transaction: those so near the newest one are listed again.
 */
export function createAddressWatch(
  endpoints: EndpointList<SolanaNode>,
  registered: Registered,
  lagSlots: bigint,
): AddressWatch {
  return {
    kind: "addresses",
    listSince(address, since, signal) {
      const position = parsePosition(since);
      return endpoints.first(async (node) => {
        const list = async (account: string): Promise<Row[]> => {
          const listed = await listAfter(node, account, position.get(account)?.mark ?? null, signal);
          return listed.map((row) => ({ ...row, account }));
        };
        const rows = await list(address);
        const owned = { owner: address, position, wasNamed: rows.length > 0 };
        for (const account of await accountsOf(node, owned, registered, signal))
          rows.push(...(await list(account)));
        return nextPage(position, rows, lagSlots);
      });
    },
  };
}

interface Row extends ListedSignature {
  readonly account: string;
}

/**
 * The token accounts of listed mints that a wallet owns now, and those it was listed with before. Its associated accounts too, open
 * or not, where its own list goes on: one may be opened, paid and closed between two looks, and both opening and closing name the
 * wallet. To ask about them each time would be several requests for every wallet that nothing comes to.
 */
async function accountsOf(
  node: SolanaNode,
  { owner, position, wasNamed }: { owner: string; position: Position; wasNamed: boolean },
  registered: Registered,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { chain, registry } = registered;
  const mints = registry.all.flatMap((asset) => (asset.chain === chain ? (asset.contract ?? []) : []));
  const associated = wasNamed
    ? await Promise.all(mints.map((mint) => associatedTokenAccount(owner, mint)))
    : [];
  const open = await listTokenAccounts(node, { owner, mint: null }, signal);
  const listed = open.filter(({ mint }) => listedMint(registered, mint) !== null);
  const accounts = new Set([...associated, ...listed.map(({ account }) => account), ...position.keys()]);
  accounts.delete(owner);
  return accounts;
}

/**
 * The oldest of the rows, and the position behind them. Rows that are not final are named but not passed: should their block be
 * dropped, no later list would reach back to them. Nor are those passed that are so near the newest one that an older one may be
 * listed later; each of them is named once.
 */
function nextPage(position: Position, rows: readonly Row[], lagSlots: bigint) {
  const oldestFirst = rows.toSorted((a, b) => (a.slot < b.slot ? -1 : a.slot > b.slot ? 1 : 0));
  const final = oldestFirst.filter(({ confirmationStatus }) => confirmationStatus === "finalized");
  const complete = (final.at(-1)?.slot ?? 0n) - lagSlots;
  const named = new Map([...position].map(([account, place]) => [account, new Set(place.named)]));
  const isNew = (row: Row): boolean =>
    row.err === null && named.get(row.account)?.has(row.signature) !== true;
  const hashes = new Set<string>();
  const passed = new Map(position);
  for (const row of final.filter(({ slot }) => slot <= complete)) {
    if (isNew(row) && !hashes.has(row.signature) && hashes.size >= mostHashes)
      return { hashes: [...hashes], next: presentPosition(passed), more: true };
    if (isNew(row)) hashes.add(row.signature);
    const before = passed.get(row.account);
    const mark = { last: row.signature, beforeLast: before?.mark?.last ?? null };
    passed.set(row.account, { mark, named: before?.named ?? [] });
  }
  for (const row of oldestFirst) if (isNew(row)) hashes.add(row.signature);
  const ahead = final.filter(({ slot, err }) => slot > complete && err === null);
  for (const account of new Set([...passed.keys(), ...ahead.map((row) => row.account)])) {
    const own = ahead.filter((row) => row.account === account);
    passed.set(account, {
      mark: passed.get(account)?.mark ?? null,
      named: own.map((row) => row.signature),
    });
  }
  return { hashes: [...hashes], next: presentPosition(passed), more: false };
}

/** Null as long as nothing was final, which means the same: from the first transaction. */
function presentPosition(position: Position): string | null {
  const entries = [...position].map(([account, { mark, named }]) => [
    account,
    [mark?.last ?? null, mark?.beforeLast ?? null, ...named],
  ]);
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
