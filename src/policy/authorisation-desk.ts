import type { Db } from "../database/index.ts";
import type { RoomDesk } from "../desk-port/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import { registry } from "../money/index.ts";
import { authorisationLife, type Authorisation } from "./authorisation.ts";

/** What waits for people. It is decided where its terms and their hash are shown, not here. */
export const policyDesk = ({ db }: { readonly db: Db }): RoomDesk =>
  waitingDesk<Authorisation>({
    db,
    watched: authorisationLife,
    show: ({ because, subject, terms, usd_micros: usdMicros, subject_id: partOf }) => ({
      reason: because[0] ?? null,
      money:
        subject === "change"
          ? null
          : { asset: registry.get(String(terms["asset"])).id, amount: BigInt(String(terms["amount"])) },
      usdMicros,
      partOf,
    }),
    actions: {},
  });
