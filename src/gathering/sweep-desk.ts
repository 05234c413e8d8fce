import { sql, type RawBuilder } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type DeskAction, type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import type { GatheringDeps } from "./deps.ts";
import { checkSweep } from "./sweep-store.ts";
import { type Sweep, sweepLife } from "./sweep.ts";

/** SQL about a `payment`: why the coins that a payer sent straight to an address of its own still lie there. */
export const whyNotGathered: RawBuilder<unknown> = sql`(
  select s.reason from deposit d join wallet w on w.chain = d.chain and w.address = d.address
  join deposit_sweep s on s.wallet_id = w.id and s.asset = d.asset and s.status = 'waiting'
  where payment.processor = 'chain' and d.order_id = payment.order_id and d.payment_id = payment.id)`;

/** What is gathered too slowly, and places where gathering failed the last time it was tried and coins still lie. */
export function sweepDesks({ db }: Pick<GatheringDeps, "db">): RoomDesk[] {
  const check: DeskAction<Pick<Sweep, "id">> = {
    run: ({ id }, { now }) => checkSweep(db, id, now),
  };
  const waiting = waitingDesk<Sweep>({
    db,
    watched: sweepLife,
    show: ({ reason, asset, amount }) => ({ reason, money: { asset, amount } }),
    actions: { check },
  });
  const failed = defineDesk<Sweep>({
    thing: "deposit_sweep",
    async find() {
      const { rows } = await sql<Sweep>`
        select s.* from deposit_sweep s
        where s.status = 'failed'
          and not exists (select from deposit_sweep n where n.wallet_id = s.wallet_id and n.asset = s.asset
            and n.status <> 'waiting' and n.id > s.id)
          and exists (select from deposit d join wallet w on w.chain = d.chain and w.address = d.address
            where w.id = s.wallet_id and d.asset = s.asset and d.final and d.swept_at is null)
        order by s.updated_at limit ${mostOfAKind}`.execute(db);
      return rows;
    },
    // The next try is on its way.
    show: ({ id, status, reason, updated_at: since, asset, amount }) => ({
      id,
      status,
      reason: reason ?? status,
      since,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset, amount }],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const { rows } = await sql<Sweep>`select * from deposit_sweep where id::text = ${id}`.execute(db);
      if (rows[0] === undefined) throw unknownItem("deposit_sweep", id);
      return rows[0];
    },
    actions: { check },
  });
  return [waiting, failed];
}
