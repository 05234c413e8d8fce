import {
  equals,
  readPage,
  searchList,
  sql,
  thingList,
  type Db,
  type Found,
  type PageOf,
  type ThingFilters,
  type Tx,
} from "../database/index.ts";
import { columnsOf, toOrder, type OrderRow } from "./order-store.ts";
import type { Order, OrderStatus } from "./order.ts";

export type OrderFilters = ThingFilters<OrderStatus> & {
  readonly external_id?: string | undefined;
  readonly payee_id?: string | undefined;
  /** Accepted straight on its chain. */
  readonly asset?: string | undefined;
  /** Where its payer was asked to send coins. */
  readonly address?: string | undefined;
};

/** Orders, and what they may be narrowed by. */
export const orderList = thingList<OrderFilters>({
  table: "pay_order",
  columns: columnsOf("t"),
  filters: {
    external_id: equals("external_id"),
    payee_id: (id) => sql`t.id in (select s.order_id from pay_order_split s where s.payee_id = ${id})`,
    asset: (asset) => sql`t.id in (select q.order_id from order_quote q where q.asset = ${asset})`,
    address: (address) =>
      sql`t.id in (select q.order_id from order_quote q where q.address in (${address}, ${address.toLowerCase()}))`,
  },
  searched: ["external_id", "address"],
});

/** A page, newest first. */
export const listOrders = async (db: Db | Tx, page: PageOf<OrderFilters>): Promise<Order[]> =>
  (await readPage<OrderRow, OrderFilters>(db, orderList, page)).map(toOrder);

/** The orders that a word names. */
export const searchOrders = (db: Db, word: string, limit: number): Promise<Found<OrderRow>[]> =>
  searchList(db, orderList, word, limit);
