import { sql, type Db } from "../database/index.ts";
import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { enqueue } from "../jobs/index.ts";
import { ledgerAccounts } from "../ledger/index.ts";
import type { Desk } from "./desk.ts";
import { findOrphansTask } from "./find-orphans.job.ts";
import { findOrphans, type Orphan } from "./find-orphans.ts";

const nobodysOwn = { since: null, deadlineAt: null, usdMicros: null, partOf: null } as const;

/** What no room has released. */
export const orphanDesk = (deps: { db: Db; desk: Pick<Desk, "orphans"> }): RoomDesk =>
  defineDesk<Pick<Orphan, "kind" | "id"> & Partial<Orphan>>({
    thing: "orphan",
    find: ({ now }) => findOrphans(deps, now),
    show: ({ kind, id, thing = kind, asset, amount }) => ({
      ...nobodysOwn,
      id: `${kind}:${id}`,
      status: thing,
      reason: kind,
      owner: "system",
      money: asset == null || amount == null ? [] : [{ asset, amount }],
    }),
    // Whatever became of it, all are looked for again.
    look: (id) => Promise.resolve({ kind: "", id }),
    actions: { check: { run: () => enqueue(deps.db, findOrphansTask, {}) } },
  });

interface Unexplained {
  readonly path: string;
  readonly asset: string;
  readonly amount: bigint;
}

/** Money in suspense beyond what the things of the rooms explain, in one snapshot. */
export const suspenseDesk = ({ db, rooms }: { db: Db; rooms: readonly RoomDesk[] }): RoomDesk =>
  defineDesk<Unexplained>({
    thing: "suspense",
    async find() {
      const explained = rooms.flatMap(({ inSuspense }) => (inSuspense === null ? [] : [inSuspense]));
      const { rows } = await sql<Unexplained>`
        with explained as (${sql.join(explained, sql` union all `)})
        select path, asset, amount from (
          select a.path, a.asset, ledger_balance(a.path, a.asset) - coalesce((
            select sum(e.amount) from explained e where e.path = a.path and e.asset = a.asset), 0) as amount
          from ${ledgerAccounts} where a.path like 'suspense:%') as open
        where amount <> 0 order by path, asset`.execute(db);
      return rows;
    },
    show: ({ path, asset, amount }) => ({
      ...nobodysOwn,
      id: `${path.slice("suspense:".length)}:${asset}`,
      status: "unexplained",
      reason: path,
      owner: "operator",
      money: [{ asset, amount }],
    }),
    look: (id) => Promise.reject(unknownItem("suspense", id)),
    actions: {},
  });
