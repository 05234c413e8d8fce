import { sql } from "../database/index.ts";
import { defineDesk, mostOfAKind, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { registry } from "../money/index.ts";
import type { DepositDeps } from "./deps.ts";
import { refundSurplus } from "./refund-deposit-surplus.ts";
import { listSurplus, readSurplus, refuseSurplusRefund, type Surplus } from "./surplus.ts";

const name = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(.+)$/;

/** What was paid beyond orders' prices and is not on its way back, as `<order id>:<asset id>`. */
export const surplusDesk = (deps: DepositDeps): RoomDesk =>
  defineDesk<Surplus>({
    thing: "surplus",
    find: () => listSurplus(deps.db, mostOfAKind),
    show: ({ orderId, asset, amount, gathered, since }) => ({
      id: `${orderId}:${asset}`,
      status: "overpaid",
      reason: gathered ? "paid_beyond_price" : "not_gathered_yet",
      since,
      owner: "operator",
      deadlineAt: null,
      money: [{ asset, amount }],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const [, orderId, asset] = name.exec(id) ?? [];
      if (orderId === undefined || asset === undefined) throw unknownItem("surplus", id);
      const { rows } = await sql`select from pay_order where id = ${orderId}`.execute(deps.db);
      if (rows.length === 0) throw new DomainError("unknown_order", `There is no order ${orderId}.`);
      return readSurplus(deps.db, { orderId, asset: registry.get(asset).id });
    },
    actions: {
      refund: {
        needs: "address",
        refuse: (surplus) => refuseSurplusRefund(deps, surplus),
        run: ({ orderId, asset }, { input, by }) =>
          refundSurplus(deps, { orderId, asset, toAddress: input.address!, by }),
      },
    },
  });
