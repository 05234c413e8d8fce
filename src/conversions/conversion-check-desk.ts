import { sql, type Db } from "../database/index.ts";
import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { pendingAssets } from "../earnings/index.ts";
import { checkConversions } from "./check-conversions.job.ts";
import type { ConversionDeps } from "./deps.ts";

/** What only the operator can change. */
const operatorsTurn: ReadonlySet<string> = new Set(["no_swap_provider", "no_wallet_for_settlement_asset"]);
/** What grows, or ends, by itself. */
const noObstacle: ReadonlySet<string> = new Set([
  "below_trigger",
  "below_provider_minimum",
  "conversion_under_way",
]);
/** Prices and providers come back by themselves; after this long a person looks why they did not. */
const patienceMs = 24 * 3_600_000;

interface Obstructed {
  readonly asset: string;
  readonly reason: string;
  readonly amount: bigint;
  readonly usd: bigint | null;
  /** The first check in a row that said so. */
  readonly since: Date;
}

/** The latest word on an asset that waits, and since when every check has said the same; null: the last one converted. */
async function readObstacle(db: Db, asset: string): Promise<Obstructed | null> {
  const { rows } = await sql<Obstructed>`
    with latest as (select * from conversion_check where asset = ${asset} order by id desc limit 1)
    select l.asset, l.reason, l.pending_amount as amount, l.pending_usd_micros as usd, (
        select min(c.checked_at) from conversion_check c where c.asset = l.asset and c.id > coalesce((
          select max(o.id) from conversion_check o
          where o.asset = l.asset and (o.decision = 'converted' or o.reason <> l.reason)), 0)) as since
    from latest l where l.decision = 'waiting'`.execute(db);
  return rows[0] ?? null;
}

/** Assets whose earnings cannot be converted: nobody swaps them, no wallet takes the proceeds, or for a day nobody answered. */
export const conversionCheckDesk = (deps: ConversionDeps): RoomDesk =>
  defineDesk<Obstructed>({
    thing: "conversion_check",
    async find({ now }) {
      const { weights } = await deps.readTrigger();
      const assets = (await pendingAssets(deps.db, weights)).map(({ asset }) => asset);
      const found = await Promise.all(assets.map((asset) => readObstacle(deps.db, asset)));
      return found.filter(
        (one): one is Obstructed =>
          one !== null &&
          !noObstacle.has(one.reason) &&
          (operatorsTurn.has(one.reason) || now.getTime() - one.since.getTime() >= patienceMs),
      );
    },
    show: ({ asset, reason, since, amount, usd }) => ({
      id: asset,
      status: "waiting",
      reason,
      since,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset, amount }],
      usdMicros: usd,
      partOf: null,
    }),
    async look(asset) {
      const found = await readObstacle(deps.db, asset);
      if (found === null) throw unknownItem("conversion_check", asset);
      return found;
    },
    actions: { check: { run: (_, { signal }) => checkConversions(deps, signal) } },
  });
