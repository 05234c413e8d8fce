import { sql, type Db } from "../database/index.ts";
import { type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk, type OrphanKinds } from "../lifecycle/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { conversionLife, type Conversion } from "./conversion.ts";
import { conversionTasks } from "./tasks.ts";

/** Conversions that take too long. */
export const conversionDesk = ({ db }: { db: Db }): RoomDesk =>
  waitingDesk<Conversion>({
    db,
    watched: conversionLife,
    show: ({ source_asset: asset, source_amount: amount }) => ({ reason: null, money: { asset, amount } }),
    actions: {
      check: {
        run: ({ id }) => enqueueOnce(db, conversionTasks.advance, { id }),
      },
    },
  });

/** A conversion between two swaps waits this long for the next one, and then some. */
const betweenSwaps = sql`interval '45 minutes'`;

export const conversionOrphans: OrphanKinds = {
  conversion_without_swap: {
    thing: "conversion",
    query: (now) => sql`
      select c.id, c.source_asset as asset, c.source_amount as amount from conversion c
      where c.status in ('claimed', 'swapping') and greatest(c.updated_at, (select max(s.updated_at) from swap s
          where s.purpose = 'conversion' and s.purpose_id = c.id)) < ${now} - ${betweenSwaps}
        and not exists (select from swap s where s.purpose = 'conversion' and s.purpose_id = c.id
          and s.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off'))`,
    task: conversionTasks.advance,
  },
  earning_of_dead_conversion: {
    thing: "conversion",
    query: () => sql`
      select e.conversion_id as id, e.asset, sum(e.amount) as amount
      from earning e left join conversion c on c.id = e.conversion_id
      where e.status = 'converting' and coalesce(c.status, 'gone') not in ('claimed', 'swapping')
      group by e.conversion_id, e.asset`,
    task: conversionTasks.releaseOrphans,
  },
};
