import type { Db } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { days } from "../lifecycle/index.ts";
import {
  findRecoverable,
  forgiveRecoverable,
  leftOf,
  refuseForgive,
  recoverablesToShow,
  type Recoverable,
} from "./recoverable.ts";

/** Later earnings of the payee are given this long before a person is asked. */
const patienceMs = days(30);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What payees owe back and their later earnings did not cover; what they were paid twice, at once. */
export const recoverableDesk = ({ db }: { db: Db }): RoomDesk =>
  defineDesk<Recoverable>({
    thing: "recoverable",
    find: ({ now }) => recoverablesToShow(db, new Date(now.getTime() - patienceMs), mostOfAKind),
    show: (debt) => ({
      id: debt.id,
      status: "owed_back",
      reason: debt.reason === "refunded" ? "not_collected" : debt.reason,
      since: debt.created_at,
      owner: "operator",
      deadlineAt: new Date(debt.created_at.getTime() + patienceMs),
      money: [{ asset: debt.asset, amount: leftOf(debt) }],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const found = uuid.test(id) ? await findRecoverable(db, id) : null;
      if (found === null) throw unknownItem("recoverable", id);
      return found;
    },
    actions: {
      forgive: { refuse: refuseForgive, run: ({ id }, { now }) => forgiveRecoverable(db, { id, now }) },
    },
  });
