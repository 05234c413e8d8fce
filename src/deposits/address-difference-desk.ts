import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import type { DepositDeps } from "./deps.ts";
import { differenceOf, readDepositWallets, type DepositWalletView } from "./deposit-wallets.ts";

/** Payers' addresses whose book and chain differ. What came to one unannounced is a deposit's matter, and no top-up. */
export const addressDifferenceDesk = (deps: Pick<DepositDeps, "db" | "depositChains">): RoomDesk =>
  defineDesk<DepositWalletView>({
    thing: "wallet_difference",
    asksEveryAddress: true,
    find: async ({ signal }) =>
      (await readDepositWallets(deps, signal)).filter((view) => differenceOf(view) !== 0n),
    show: (view) => ({
      id: `${view.walletId}:${view.asset}`,
      status: differenceOf(view) > 0n ? "more_on_chain" : "less_on_chain",
      reason: "book_and_chain_differ",
      since: null,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset: view.asset, amount: differenceOf(view) }],
      usdMicros: null,
      partOf: null,
    }),
    look: (id) => Promise.reject(unknownItem("wallet_difference", id)),
    actions: {},
  });
