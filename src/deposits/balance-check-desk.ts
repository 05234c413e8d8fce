import { inTransaction, sql, type Db } from "../database/index.ts";
import type { Clock } from "../clock.ts";
import {
  defineDesk,
  itemChanged,
  mostOfAKind,
  unknownItem,
  type RoomDesk,
  type Shown,
} from "../desk-port/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { DomainError } from "../errors.ts";
import { minutes } from "../lifecycle/index.ts";
import { explainShared } from "./shared-balance.ts";
import { depositTasks } from "./tasks.ts";

interface Unexplained {
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly unexplained: bigint;
  readonly since: Date;
  readonly shared: boolean;
}

const columns = sql`chain, address, asset, unexplained, since, exists (select from shared_balance s
  where s.chain = balance_check.chain and s.address = balance_check.address) as shared`;

/** Book and chain are not read at one moment: what is explained by the next look was never missing. */
const shownAfterMs = minutes(5);

const show = ({ chain, address, asset, unexplained, since }: Unexplained): Shown => ({
  id: `${chain}/${address}`,
  status: "more_on_chain",
  reason: "payment_not_found",
  since,
  owner: "operator",
  deadlineAt: null,
  money: [{ asset, amount: unexplained }],
  usdMicros: null,
  partOf: null,
});

/** Addresses of payers with more coins than the books know, for which no search shows the payment. */
export const balanceCheckDesk = ({ db, clock }: { db: Db; clock: Clock }): RoomDesk => {
  const lookNow = async ({ chain, address }: Pick<Unexplained, "chain" | "address">): Promise<void> => {
    await sql`
      update balance_check set next_look_at = ${clock.now()} where chain = ${chain} and address = ${address}`.execute(
      db,
    );
    await enqueueOnce(db, depositTasks.compareBalances, {});
  };
  return defineDesk<Unexplained>({
    thing: "unexplained_balance",
    async find({ now }) {
      const { rows } = await sql<Unexplained>`
        select ${columns} from balance_check
        where unexplained is not null and since <= ${new Date(now.getTime() - shownAfterMs)}
        order by since limit ${mostOfAKind}`.execute(db);
      return rows;
    },
    show,
    async look(id) {
      const { rows } = await sql<Unexplained>`
        select ${columns} from balance_check
        where chain = split_part(${id}, '/', 1) and address = split_part(${id}, '/', 2) and unexplained is not null`.execute(
        db,
      );
      if (rows[0] === undefined) throw unknownItem("unexplained_balance", id);
      return rows[0];
    },
    actions: {
      check: { run: (row) => lookNow(row) },
      // What the operator moves to their own address is not in our book, and no payment.
      acknowledge: {
        needs: "seen",
        refuse: ({ shared }) => (shared ? null : onlyPayers()),
        async run(row) {
          await inTransaction(db, async (tx) => {
            const { rows } = await sql`
              select from balance_check
              where chain = ${row.chain} and address = ${row.address} and asset = ${row.asset} and unexplained = ${row.unexplained}
              for update`.execute(tx);
            if (rows.length === 0) throw itemChanged("unexplained_balance", show(row));
            await explainShared(tx, row);
          });
          await lookNow(row);
        },
      },
    },
  });
};

const onlyPayers = (): DomainError =>
  new DomainError(
    "unknown_review_action",
    "Only payers were given this address: what is there is a payment, and is booked when a search shows it.",
  );
