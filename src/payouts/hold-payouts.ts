import { CompiledQuery } from "kysely";
import { prepared, type Db, type Tx } from "../database/index.ts";
import { derivedId, newId } from "../ids.ts";
import { jobArguments } from "../jobs/index.ts";
import { toLedgerError } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { type Payout, type PayoutKind, payoutLife } from "./payout.ts";
import { payoutTasks } from "./tasks.ts";

/** A payout that somebody wants to be held. */
export interface Wanted {
  readonly id: string;
  readonly payeeId: string;
  readonly kind: PayoutKind;
  readonly asset: string;
  /** As its way was found for it: when the payee's destination changed meanwhile, nothing is held. */
  readonly destinationAsset: string;
  /** Nothing is held below this. */
  readonly least: bigint;
  /** Exactly so much, the last earning divided where the line runs through it; null: what there is. */
  readonly exactly: bigint | null;
  readonly plan: Pick<Payout, "route" | "usd_micros" | "least_net" | "greatest_fee_bps">;
  readonly requestedBy: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Held =
  | { readonly kind: "held"; readonly id: string; readonly amount: bigint }
  | {
      readonly kind: "refused";
      readonly reason:
        | "unknown_payee"
        | "payee_paused"
        | "destination_changed"
        /** The payee owes something back in this asset: it is collected first. */
        | "owes_back"
        | "nothing"
        | "too_much"
        | "too_little"
        | "not_divisible";
      /** What those before it left, base units. */
      readonly available: bigint;
      /** Of one that cannot be cut exactly: the nearest sums. */
      readonly below: bigint;
      readonly above: bigint;
    };

const statement = prepared(
  "payout_hold",
  `select n, amount, refusal, available, below, above
  from payout_hold($1, $2, $3, $4, $5, $6, $7, ${jobArguments({}).maxAttempts})`,
);

interface Row {
  readonly n: number;
  readonly amount: bigint | null;
  readonly refusal: Extract<Held, { kind: "refused" }>["reason"];
  readonly available: bigint;
  readonly below: bigint | null;
  readonly above: bigint | null;
}

/**
 * Holds payouts in one round trip: earnings, payout, history, journal entry, and the job that looks at it next. Those of one
 * payee are admitted in the order given, each against what the ones before it left; a refusal of one is its own. Nobody is woken.
 * @param step.collected  hold for payees who owe something back, too.
 * @param step.isLookedAt false: the caller says what happens next, and there is no such job.
 * @returns one a wanted payout, in their order.
 */
export async function holdPayouts(
  db: Db | Tx,
  wanted: readonly Wanted[],
  step: {
    readonly cause: (wanted: Wanted) => Cause;
    readonly now: Date;
    readonly collected: boolean;
    readonly isLookedAt: boolean;
  },
): Promise<Held[]> {
  if (wanted.length === 0) return [];
  const watch = payoutLife.watchFrom("requested", step.now);
  const rows = wanted.map((one, n) => ({
    n,
    id: one.id,
    entry_id: derivedId("payout", one.id, "held"),
    rest_id: one.exactly === null ? null : newId(),
    payee_id: one.payeeId,
    kind: one.kind,
    asset: one.asset,
    destination_asset: one.destinationAsset,
    least: one.least.toString(),
    exactly: one.exactly?.toString() ?? null,
    route: one.plan.route,
    usd_micros: one.plan.usd_micros?.toString() ?? null,
    least_net: one.plan.least_net?.toString() ?? null,
    greatest_fee_bps: one.plan.greatest_fee_bps,
    requested_by: one.requestedBy,
    metadata: one.metadata,
    cause: step.cause(one),
    job: { payload: { id: one.id }, failures: 0 },
  }));
  const values = [
    [...new Set(wanted.map(({ payeeId }) => payeeId))],
    JSON.stringify(rows),
    step.now,
    watch.next_check_at,
    watch.deadline_at,
    step.collected,
    step.isLookedAt ? payoutTasks.advance.name : null,
  ];
  try {
    const found = await db.executeQuery<Row>(CompiledQuery.raw(statement, values));
    const byPlace = new Map(found.rows.map((row) => [row.n, row]));
    return wanted.map(({ id }, n) => {
      const { amount, refusal: reason, available, below, above } = byPlace.get(n)!;
      return amount === null
        ? { kind: "refused", reason, available, below: below ?? 0n, above: above ?? 0n }
        : { kind: "held", id, amount };
    });
  } catch (error) {
    throw toLedgerError(error);
  }
}
