import type { ReceivingChain } from "../chains/receiving.ts";
import { sql, type Db } from "../database/index.ts";
import {
  defineDesk,
  itemChanged,
  mostOfAKind,
  unknownItem,
  type Asked,
  type RoomDesk,
  type Shown,
} from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { listWallets } from "../transfers/index.ts";
import { isContradicted, keepContradiction, legsAsJson, legsText, type Leg } from "./contradiction.ts";

interface Kept {
  readonly chain: string;
  readonly transaction_hash: string;
  readonly booked: readonly StoredLeg[];
  readonly read: readonly StoredLeg[];
  readonly first_seen_at: Date;
  readonly looked_at: Date | null;
}
type StoredLeg = Omit<Leg, "amount"> & { readonly amount: string };

const legsOf = (stored: readonly StoredLeg[]): Leg[] =>
  stored.map((leg) => ({ ...leg, amount: BigInt(leg.amount) }));
const idOf = ({ chain, transaction_hash: hash }: Kept): string => `${chain}/${hash}`;

function show(row: Kept): Shown {
  const booked = legsOf(row.booked);
  return {
    id: idOf(row),
    status: "contradicted",
    reason: "final_reading_differs",
    said: `booked ${legsText(booked)}; read ${legsText(legsOf(row.read))}`,
    since: row.first_seen_at,
    owner: "operator",
    deadlineAt: null,
    money: booked.map(({ asset, amount }) => ({ asset, amount })),
    usdMicros: null,
    partOf: null,
  };
}

interface Deps {
  readonly db: Db;
  /** Every chain that we read. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  /** Has a transaction read again for what it brought to payers' addresses, and booked. */
  readAgain(chain: string, transactionHash: string): Promise<void>;
}

/**
 * Reads a transaction again for every address that is in question, whichever kind of ours it is. What the reading says now is what
 * a person decides about; one that denies nothing any more ends the contradiction.
 * @throws {ProviderError} the chain gives no answer.
 */
async function check(deps: Deps, row: Kept, { now, signal }: Asked): Promise<void> {
  const { chain: name, transaction_hash: hash } = row;
  await deps.readAgain(name, hash);
  const chain = deps.depositChains.get(name);
  if (chain === undefined) return;
  const booked = legsOf(row.booked);
  const hot = (await listWallets(deps.db, name)).map(({ address }) => address);
  const inQuestion = [...booked, ...legsOf(row.read)].map(({ to }) => to);
  const watched = new Set([...hot, ...inQuestion].map((address) => chain.normaliseAddress(address)));
  const reading = await chain.readDeposits(hash, watched, signal);
  // What may still change, or hide what a contract sent on, decides nothing.
  if (reading.status !== "included" || !reading.final || reading.mayHideTransfers) return;
  const read = reading.deposits.map(({ index, asset, amount, to }) => ({
    index,
    asset: asset.id,
    amount,
    to,
  }));
  if (isContradicted({ booked, read }, { complete: true }))
    return keepContradiction(deps.db, { chain: name, transactionHash: hash, booked, read }, now);
  await sql`
    update reading_contradiction set read = ${legsAsJson(read)}::jsonb, looked_at = ${now}, looked_by = 'chain'
    where chain = ${name} and transaction_hash = ${hash} and looked_at is null
      and read = ${JSON.stringify(row.read)}::jsonb`.execute(deps.db);
}

/** Transactions that a node reads otherwise than the books have them for good. Until a person saw it. */
export const contradictionDesk = (deps: Deps): RoomDesk =>
  defineDesk<Kept>({
    thing: "contradiction",
    async find() {
      const { rows } = await sql<Kept>`
        select * from reading_contradiction where looked_at is null order by first_seen_at limit ${mostOfAKind}`.execute(
        deps.db,
      );
      return rows;
    },
    show,
    async look(id) {
      const { rows } = await sql<Kept>`
        select * from reading_contradiction
        where chain = split_part(${id}, '/', 1) and chain || '/' || transaction_hash = ${id}`.execute(
        deps.db,
      );
      if (rows[0] === undefined) throw unknownItem("contradiction", id);
      return rows[0];
    },
    actions: {
      check: { run: (row, asked) => check(deps, row, asked) },
      acknowledge: {
        refuse: (row) =>
          row.looked_at === null
            ? null
            : new DomainError("unknown_review_item", `Somebody saw ${idOf(row)} already.`),
        needs: "seen",
        async run(row, { by, now }) {
          const { chain, transaction_hash: hash } = row;
          const { numAffectedRows: closed } = await sql`
            update reading_contradiction set looked_at = ${now}, looked_by = ${by}
            where chain = ${chain} and transaction_hash = ${hash} and looked_at is null
              and booked = ${JSON.stringify(row.booked)}::jsonb and read = ${JSON.stringify(row.read)}::jsonb`.execute(
            deps.db,
          );
          if (closed === 0n) throw itemChanged("contradiction", show(row));
        },
      },
    },
  });
