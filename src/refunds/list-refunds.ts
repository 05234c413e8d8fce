import {
  equals,
  equalsInAnyCase,
  readPage,
  searchList,
  thingList,
  type Db,
  type Found,
  type PageOf,
  type ThingFilters,
} from "../database/index.ts";
import type { Refund, RefundStatus } from "./refund.ts";

export type RefundFilters = ThingFilters<RefundStatus> & {
  readonly order_id?: string | undefined;
  /** What is refunded: a payment, a deposit, or the order of a surplus. */
  readonly subject_id?: string | undefined;
  /** That the payer has it by. */
  readonly transaction_hash?: string | undefined;
};

/** Refunds, and what they may be narrowed by. */
export const refundList = thingList<RefundFilters>({
  table: "refund",
  filters: {
    order_id: equals("order_id"),
    subject_id: equals("subject_id"),
    transaction_hash: equalsInAnyCase("transaction_hash"),
  },
  searched: ["transaction_hash"],
});

/** A page, newest first. */
export const listRefunds = (db: Db, page: PageOf<RefundFilters>): Promise<Refund[]> =>
  readPage(db, refundList, page);

/** The refunds that a word names. */
export const searchRefunds = (db: Db, word: string, limit: number): Promise<Found<Refund>[]> =>
  searchList(db, refundList, word, limit);
