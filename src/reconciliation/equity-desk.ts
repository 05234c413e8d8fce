import type { Db } from "../database/index.ts";
import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { equityByAsset } from "../ledger/index.ts";

/** An asset in which more is owed than is held, and by how much. */
export interface Shortfall {
  readonly asset: string;
  /** Base units, above zero. */
  readonly amount: bigint;
}

export const shortfalls = async (db: Db): Promise<Shortfall[]> =>
  [...(await equityByAsset(db))].flatMap(([asset, equity]) =>
    equity < 0n ? [{ asset, amount: -equity }] : [],
  );

/** What the platform lacks to pay all that it owes: it ends with a top-up. */
export const equityDesk = ({ db }: { readonly db: Db }): RoomDesk =>
  defineDesk<Shortfall>({
    thing: "platform_equity",
    find: () => shortfalls(db),
    show: (shortfall) => ({
      id: shortfall.asset,
      status: "below_zero",
      reason: "more_owed_than_held",
      since: null,
      owner: "operator",
      deadlineAt: null,
      money: [shortfall],
      usdMicros: null,
      partOf: null,
    }),
    look: (id) => Promise.reject(unknownItem("platform_equity", id)),
    actions: {},
  });
