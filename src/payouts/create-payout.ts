import { inTransaction, sql } from "../database/index.ts";
import { availableTo, collectRecoverables, holdEarnings, releaseHeld } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId, newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, equityByAsset, postEntry } from "../ledger/index.ts";
import type { Money } from "../money/index.ts";
import { findPayee, lockPayee } from "../payees/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { type PayoutKind, type PayoutRoute, payoutLife } from "./payout.ts";
import { clearWait } from "./payout-store.ts";
import { findOffer, type RailQuote, type Wanted } from "./rails/index.ts";
import { readStopsBelowZero } from "./settings.ts";
import { payoutTasks } from "./tasks.ts";

export interface CreatePayout {
  readonly payeeId: string;
  readonly kind: PayoutKind;
  readonly asset: string;
  readonly route: PayoutRoute;
  /** As the route was found for it: when the payee's destination changed meanwhile, nothing is created. */
  readonly destinationAsset: string;
  /** Nothing is created below this. */
  readonly least: bigint;
  /** Earnings are held in the order of their ids up to this; null: all of them. */
  readonly most: bigint | null;
  readonly requestedBy: string;
  /** Words of whoever asked for it; none if left out. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Holds all that a payee can be paid in one asset and writes the payout for it, in one transaction. The payee's row is
 * locked first, so that two planners at once make one payout.
 * @returns the payout's id; null when there is nothing (left) to pay, or less than `least`.
 */
export async function createPayout(
  deps: Pick<PayoutDeps, "db" | "clock" | "log">,
  input: CreatePayout,
): Promise<string | null> {
  const now = deps.clock.now();
  const id = newId();
  const created = await inTransaction(deps.db, async (tx) => {
    const payee = await lockPayee(tx, input.payeeId);
    if (!payee || payee.status !== "active" || payee.destination.asset !== input.destinationAsset)
      return null;
    await collectRecoverables(tx, payee.id, { cause: { kind: "job", ref: input.requestedBy }, now });
    const from = input.kind === "instant" ? "pending" : "available";
    const amount = await holdEarnings(tx, { ...input, payoutId: id, from });
    if (amount === 0n || amount < input.least) {
      await releaseHeld(
        tx,
        { payoutId: id, to: from },
        { cause: { kind: "job", ref: input.requestedBy }, now },
      );
      return null;
    }
    const watch = payoutLife.watchFrom("requested", now);
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, destination_memo, route,
        status, requested_by, metadata, created_at, updated_at, next_check_at, deadline_at)
      values (${id}, ${payee.id}, ${input.kind}, ${input.asset}, ${amount}, ${payee.destination.asset}, ${payee.destination.address},
        ${payee.destination.memo}, ${input.route}, 'requested', ${input.requestedBy},
        ${JSON.stringify(input.metadata ?? {})}::jsonb, ${now}, ${now},
        ${watch.next_check_at}, ${watch.deadline_at})`.execute(tx);
    await postEntry(tx, {
      id: derivedId("payout", id, "held"),
      reason: "payout_held",
      happenedAt: now,
      postings: [
        {
          debit: accounts.payee(payee.id, from),
          credit: accounts.payee(payee.id, "held"),
          money: { asset: input.asset, amount },
        },
      ],
    });
    await payoutLife.recordCreation(tx, {
      id,
      to: "requested",
      cause: { kind: "job", ref: input.requestedBy },
      now,
    });
    const cause = { kind: "job", ref: "payouts.plan", note: "no policy asks for approval" } as const;
    await payoutLife.advance(tx, { id, from: "requested", to: "approved", cause, now });
    await clearWait(tx, payee.id, input.asset);
    await enqueue(tx, payoutTasks.advance, { id });
    return amount;
  });
  if (created === null) return null;
  deps.log.info(
    {
      payout_id: id,
      payee_id: input.payeeId,
      asset: input.asset,
      amount: created.toString(),
      correlation_id: id,
    },
    "payout created",
  );
  return id;
}

/** As `findOffer`, for a payout that is not there yet: where the setting says so, nothing new leaves an asset that is short. */
export async function findFirstOffer(
  deps: PayoutDeps,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<RailQuote> {
  if (await readStopsBelowZero(deps.db)) {
    const equity = (await equityByAsset(deps.db)).get(wanted.money.asset) ?? 0n;
    if (equity < 0n) return { kind: "none", reason: "platform_equity_below_zero" };
  }
  return findOffer(deps, wanted, signal);
}

/** Keeps what a payee owes back of what they could be paid now. */
export async function collectFrom(
  deps: Pick<PayoutDeps, "db" | "clock">,
  payeeId: string,
  ref: string,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    await lockPayee(tx, payeeId);
    await collectRecoverables(tx, payeeId, { cause: { kind: "job", ref }, now: deps.clock.now() });
  });
}

/**
 * Pays a payee all that is available in one asset now, below the threshold too: an operator's command.
 * @throws {DomainError} `unknown_payee`, `payee_paused`, `nothing_to_pay`, `no_route` (with the reason).
 */
export async function requestPayout(
  deps: PayoutDeps,
  input: {
    payeeId: string;
    asset: string;
    requestedBy: string;
    metadata?: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
): Promise<string> {
  const payee = await findPayee(deps.db, input.payeeId);
  if (!payee) throw new DomainError("unknown_payee", `There is no payee ${input.payeeId}.`);
  if (payee.status !== "active")
    throw new DomainError("payee_paused", "This payee is paused. Resume the payee first.");
  await collectFrom(deps, payee.id, input.requestedBy);
  const money: Money = {
    asset: deps.registry.get(input.asset).id,
    amount: await availableTo(deps.db, payee.id, input.asset),
  };
  const nothing = new DomainError(
    "nothing_to_pay",
    `This payee has nothing available in ${input.asset}. Earnings become available after their conversion.`,
  );
  if (money.amount === 0n) throw nothing;
  const offer = await findFirstOffer(deps, { money, destinationAsset: payee.destination.asset }, signal);
  if (offer.kind === "none")
    throw new DomainError(
      "no_route",
      `There is no way to pay this balance now: ${offer.reason}. Try again later, or wait until it has grown.`,
    );
  const id = await createPayout(deps, {
    payeeId: payee.id,
    kind: "operator",
    asset: input.asset,
    route: offer.route,
    destinationAsset: payee.destination.asset,
    least: 1n,
    most: offer.most,
    requestedBy: input.requestedBy,
    ...(input.metadata && { metadata: input.metadata }),
  });
  if (id === null) throw nothing;
  return id;
}
