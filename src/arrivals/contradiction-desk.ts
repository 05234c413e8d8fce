import { sql, type Db } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { legsText, type Leg } from "./contradiction.ts";

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

/** Transactions that a node reads otherwise than the books have them for good. Until a person saw it. */
export const contradictionDesk = (deps: {
  readonly db: Db;
  /** Has a transaction read again. */
  readAgain(chain: string, transactionHash: string): Promise<void>;
}): RoomDesk =>
  defineDesk<Kept>({
    thing: "contradiction",
    async find() {
      const { rows } = await sql<Kept>`
        select * from reading_contradiction where looked_at is null order by first_seen_at limit ${mostOfAKind}`.execute(
        deps.db,
      );
      return rows;
    },
    show(row) {
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
    },
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
      check: { run: ({ chain, transaction_hash: hash }) => deps.readAgain(chain, hash) },
      acknowledge: {
        refuse: (row) =>
          row.looked_at === null
            ? null
            : new DomainError("unknown_review_item", `Somebody saw ${idOf(row)} already.`),
        run: ({ chain, transaction_hash: hash }, { by, now }) =>
          sql`
            update reading_contradiction set looked_at = ${now}, looked_by = ${by}
            where chain = ${chain} and transaction_hash = ${hash} and looked_at is null`.execute(deps.db),
      },
    },
  });
