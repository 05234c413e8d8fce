import { derivedId } from "../ids.ts";
import { accounts } from "../ledger/index.ts";

/** Where a processor's transfer waits until it is divided among the payments that it settles. */
export const undivided = accounts.suspense("settlements");

/** What a processor's transfer is called as a claimant of its coins. */
export const settlementId = (processor: string, hash: string): string =>
  derivedId("settlement", processor, hash);
