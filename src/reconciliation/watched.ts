import { conversionWaits } from "../conversions/index.ts";
import { orderWaits } from "../orders/index.ts";
import { paymentWaits } from "../payments/index.ts";
import { payoutWaits } from "../payouts/index.ts";
import { swapWaits } from "../swaps/index.ts";
import { transferWaits } from "../transfers/index.ts";
import type { Wait } from "../wait.ts";

/** One kind of row that is looked at again at its `next_check_at` while it waits. */
export interface Watched {
  readonly thing: "order" | "payment" | "conversion" | "swap" | "transfer" | "payout";
  readonly table: string;
  readonly waits: Readonly<Partial<Record<string, Wait>>>;
  /** SQL: the rows that are at rest although their status can wait. */
  readonly resting?: string;
  /** SQL: when the recovery desk shows a row. */
  readonly deadline: string;
}

export const watched: readonly Watched[] = [
  {
    thing: "order",
    table: "pay_order",
    waits: orderWaits,
    deadline: `expires_at + interval '1 hour' + case status when 'partially_paid' then interval '14 days' else interval '0' end`,
  },
  {
    thing: "payment",
    table: "payment",
    waits: paymentWaits,
    resting: "status = 'settled' and arrival in ('none', 'seen')",
    deadline: "deadline_at",
  },
  { thing: "conversion", table: "conversion", waits: conversionWaits, deadline: "deadline_at" },
  { thing: "swap", table: "swap", waits: swapWaits, deadline: "deadline_at" },
  { thing: "transfer", table: "transfer", waits: transferWaits, deadline: "deadline_at" },
  { thing: "payout", table: "payout", waits: payoutWaits, deadline: "deadline_at" },
];

/** The statuses of a kind that wait, all of them or those of some owners. */
export const waitingStatuses = ({ waits }: Watched, owner?: Wait["owner"]): string[] =>
  Object.entries(waits).flatMap(([status, wait]) =>
    wait !== undefined && (owner === undefined || wait.owner === owner) ? [status] : [],
  );
