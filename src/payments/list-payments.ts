import {
  equals,
  equalsInAnyCase,
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
import { paymentsSharedBy } from "../earnings/index.ts";
import type { Payment } from "./payment-store.ts";
import type { PaymentStatus } from "./payment.ts";

export type PaymentFilters = ThingFilters<PaymentStatus> & {
  readonly order_id?: string | undefined;
  readonly payee_id?: string | undefined;
  /** Of the processor. */
  readonly external_id?: string | undefined;
  /** What it settled in. */
  readonly asset?: string | undefined;
  /** What brought its coins. */
  readonly hash?: string | undefined;
};

/** Payments, and what they may be narrowed by. */
export const paymentList = thingList<PaymentFilters>({
  table: "payment",
  filters: {
    order_id: equals("order_id"),
    payee_id: (id) => sql`t.id in ${paymentsSharedBy(id)}`,
    external_id: equals("external_id"),
    asset: equals("settled_asset"),
    hash: equalsInAnyCase("settlement_hash"),
  },
  searched: ["external_id", "hash"],
});

/** A page, newest first. */
export const listPayments = (db: Db | Tx, page: PageOf<PaymentFilters>): Promise<Payment[]> =>
  readPage(db, paymentList, page);

/** The payments that a word names. */
export const searchPayments = (db: Db, word: string, limit: number): Promise<Found<Payment>[]> =>
  searchList(db, paymentList, word, limit);
