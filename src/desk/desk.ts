import type { RoomDesk, Unlooked } from "../desk-port/index.ts";
import type { OrphanKinds, Watched } from "../lifecycle/index.ts";

/** What may be forgotten, as the rooms declare it. */
export interface Overseen {
  readonly orphans: OrphanKinds;
  readonly watched: readonly Watched[];
  readonly unlooked: readonly Unlooked[];
}

/** All that the rooms put on the recovery desk. Handed to it, because it knows none of them. */
export interface Desk extends Overseen {
  readonly rooms: readonly RoomDesk[];
  /** The latest price in USD ever observed of each asset, by its id. */
  latestPrices(): Promise<ReadonlyMap<string, string>>;
}

/** Everything that the rooms may put here. */
export const reviewThings = ({ rooms }: Pick<Desk, "rooms">): string[] => [
  ...new Set(rooms.map(({ thing }) => thing)),
];

/** Everything that may be done to one of them, or another. */
export const reviewActions = ({ rooms }: Pick<Desk, "rooms">): string[] => [
  ...new Set(rooms.flatMap(({ actions }) => actions)),
];
