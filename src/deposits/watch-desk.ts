import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import type { DepositDeps } from "./deps.ts";
import { lookNow } from "./watch.job.ts";
import { readWatchStates, whyStanding, type WatchState } from "./watch-state.ts";

type Standing = WatchState & ReturnType<typeof whyStanding> & object;

/** Chains on which payments are not found now, with what their nodes say. */
export const watchDesk = (deps: Pick<DepositDeps, "db" | "clock">): RoomDesk => {
  const find = async (now: Date): Promise<Standing[]> =>
    (await readWatchStates(deps.db)).flatMap((state) => {
      const why = whyStanding(state, now);
      // That no worker looks, or no block is made, readiness says: neither is a provider's doing.
      return why === null || why.reason !== state.reason ? [] : [{ ...state, ...why }];
    });
  return defineDesk<Standing>({
    thing: "payment_search",
    find: ({ now }) => find(now),
    show: ({ chain, reason, since, said }) => ({
      id: chain,
      status: "standing",
      reason,
      said,
      since,
      owner: "operator",
      deadlineAt: null,
      money: [],
      usdMicros: null,
      partOf: null,
    }),
    async look(id, { now }) {
      const found = (await find(now)).find(({ chain }) => chain === id);
      if (found === undefined) throw unknownItem("payment_search", id);
      return found;
    },
    actions: { check: { run: ({ chain }) => lookNow(deps, chain) } },
  });
};
