import { conversionWaits } from "../conversions/index.ts";
import { orderWaits } from "../orders/index.ts";
import { claimWaits, depositWaits } from "../deposits/index.ts";
import { paymentWaits } from "../payments/index.ts";
import { sweepWaits } from "../gathering/index.ts";
import { payoutWaits } from "../payouts/index.ts";
import { swapWaits } from "../swaps/index.ts";
import { transferWaits } from "../transfers/index.ts";
import type { Wait } from "../lifecycle/index.ts";

/** One kind of row that is looked at again at its `next_check_at` while it waits. */
export interface Watched {
  readonly thing:
    | "order"
    | "payment"
    | "deposit"
    | "payment_claim"
    | "deposit_sweep"
    | "conversion"
    | "swap"
    | "transfer"
    | "payout";
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
  {
    thing: "deposit",
    table: "deposit",
    waits: depositWaits,
    resting: "status = 'credited' and final",
    deadline: "deadline_at",
  },
  { thing: "payment_claim", table: "payment_claim", waits: claimWaits, deadline: "deadline_at" },
  {
    thing: "deposit_sweep",
    table: "deposit_sweep",
    waits: sweepWaits,
    // Dust may lie where it is for ever.
    resting: `status = 'waiting' and not exists (
      select from deposit d join wallet w on w.chain = d.chain and w.address = d.address
      where w.id = wallet_id and d.asset = deposit_sweep.asset and d.status <> 'ignored' and d.swept_at is null)`,
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
