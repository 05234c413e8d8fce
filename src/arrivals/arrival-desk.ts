import { sql, type Db } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import type { Holder } from "./arrival-store.ts";
import { idOf } from "./reattribute.ts";

interface Found extends Holder {
  readonly looked_at: Date | null;
}

/** What stands in suspense because an operator took it from whoever had it. */
const inSuspense = sql`
  select 'suspense:unclaimed' as path, asset, amount from wallet_receipt where purpose = 'unclaimed'`;

const isLoss = ({ lost, looked_at }: Found): boolean => lost > 0n && looked_at === null;

/** Arrivals that went to stronger evidence after they had been spent, until a person saw the loss; and those of nobody. */
export const arrivalDesk = ({ db }: { db: Db }): RoomDesk =>
  defineDesk<Found>({
    thing: "arrival",
    inSuspense,
    async find() {
      const { rows } = await sql<Found>`
        (select * from wallet_receipt where lost > 0 and looked_at is null order by attributed_at limit ${mostOfAKind})
        union
        (select * from wallet_receipt where purpose = 'unclaimed' order by attributed_at limit ${mostOfAKind})
        order by attributed_at`.execute(db);
      return rows;
    },
    show: (row) => ({
      id: idOf(row),
      status: row.purpose,
      reason: isLoss(row) ? "spent_before_displaced" : "unclaimed",
      since: row.attributed_at,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset: row.asset, amount: isLoss(row) ? row.lost : row.amount }],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const { rows } = await sql<Found>`
        select * from wallet_receipt
        where chain || '/' || transaction_hash || '/' || receipt_index = ${id}
          and chain = split_part(${id}, '/', 1) and transaction_hash = split_part(${id}, '/', 2)`.execute(db);
      if (rows[0] === undefined) throw unknownItem("arrival", id);
      return rows[0];
    },
    actions: {
      acknowledge: {
        needs: "seen",
        refuse: (row) =>
          isLoss(row)
            ? null
            : new DomainError("unknown_review_item", `Nothing of ${idOf(row)} was lost that nobody saw yet.`),
        run: (row, { now }) =>
          sql`
            update wallet_receipt set looked_at = ${now}
            where chain = ${row.chain} and transaction_hash = ${row.transaction_hash}
              and receipt_index = ${row.receipt_index} and seq = ${row.seq}`.execute(db),
      },
    },
  });
