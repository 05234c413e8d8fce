import { inTransaction, recordCreation, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId, newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { Money } from "../money/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { findRoute } from "./find-route.ts";
import { watchOf, type PayoutKind, type PayoutRoute } from "./payout.ts";
import { advancePayout, clearWait } from "./payout-store.ts";

interface PayeeRow {
  readonly id: string;
  readonly status: "active" | "paused";
  readonly destination_asset: string;
  readonly destination_address: string;
  readonly destination_memo: string | null;
}

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
    const { rows } = await sql<PayeeRow>`select * from payee where id = ${input.payeeId} for update`.execute(
      tx,
    );
    const payee = rows[0];
    if (!payee || payee.status !== "active" || payee.destination_asset !== input.destinationAsset)
      return null;
    const amount = await holdEarnings(tx, id, input);
    if (amount === 0n || amount < input.least) {
      await sql`update earning set status = ${input.kind === "instant" ? "pending" : "available"}, payout_id = null
        ${input.kind === "instant" ? sql`, available_asset = null, available_amount = null` : sql``} where payout_id = ${id}`.execute(
        tx,
      );
      return null;
    }
    const watch = watchOf("requested", now);
    await sql`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, destination_memo, route,
        status, requested_by, created_at, updated_at, next_check_at, deadline_at)
      values (${id}, ${payee.id}, ${input.kind}, ${input.asset}, ${amount}, ${payee.destination_asset}, ${payee.destination_address},
        ${payee.destination_memo}, ${input.route}, 'requested', ${input.requestedBy}, ${now}, ${now},
        ${watch.next_check_at}, ${watch.deadline_at})`.execute(tx);
    await postEntry(tx, {
      id: derivedId("payout", id, "held"),
      reason: "payout_held",
      happenedAt: now,
      postings: [
        {
          debit: accounts.payee(payee.id, input.kind === "instant" ? "pending" : "available"),
          credit: accounts.payee(payee.id, "held"),
          money: { asset: input.asset, amount },
        },
      ],
    });
    await recordCreation(tx, {
      thing: "payout",
      id,
      to: "requested",
      cause: { kind: "job", ref: input.requestedBy },
      now,
    });
    const cause = { kind: "job", ref: "payouts.plan", note: "no policy asks for approval" } as const;
    await advancePayout(tx, { id, status: "requested" }, { to: "approved", cause, now });
    await clearWait(tx, payee.id, input.asset);
    await enqueue(tx, "payouts.advance", { id });
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

/** Holds whole earnings only, so that a payout's parts explain its amount to the base unit. */
async function holdEarnings(tx: Tx, payoutId: string, input: CreatePayout): Promise<bigint> {
  const which =
    input.kind === "instant"
      ? sql`status = 'pending' and spendable and route = 'instant' and asset = ${input.asset}`
      : sql`status = 'available' and available_asset = ${input.asset}`;
  const { rows } = await sql<{ amount: bigint | null }>`
    with gathered as (
      select id, sum(coalesce(available_amount, amount)) over (order by id) as up_to_here
      from earning where payee_id = ${input.payeeId} and payout_id is null and ${which}
    ), held as (
      update earning e set status = 'held', payout_id = ${payoutId},
        available_asset = coalesce(e.available_asset, e.asset), available_amount = coalesce(e.available_amount, e.amount)
      from gathered g
      where e.id = g.id and (${input.most}::numeric is null or g.up_to_here <= ${input.most}::numeric)
      returning e.available_amount
    )
    select sum(available_amount) as amount from held`.execute(tx);
  return rows[0]?.amount ?? 0n;
}

/**
 * Pays a payee all that is available in one asset now, below the threshold too: an operator's command.
 * @throws {DomainError} `unknown_payee`, `payee_paused`, `nothing_to_pay`, `no_route` (with the reason).
 */
export async function requestPayout(
  deps: PayoutDeps,
  input: { payeeId: string; asset: string; requestedBy: string },
  signal: AbortSignal,
): Promise<string> {
  const { rows } = await sql<PayeeRow & { amount: bigint }>`
    select p.*, coalesce((select sum(available_amount) from earning
      where payee_id = p.id and status = 'available' and available_asset = ${input.asset}), 0) as amount
    from payee p where p.id = ${input.payeeId}`.execute(deps.db);
  const payee = rows[0];
  if (!payee) throw new DomainError("unknown_payee", `There is no payee ${input.payeeId}.`);
  if (payee.status !== "active")
    throw new DomainError("payee_paused", "This payee is paused. Resume the payee first.");
  const money: Money = { asset: deps.registry.get(input.asset).id, amount: payee.amount };
  const nothing = new DomainError(
    "nothing_to_pay",
    `This payee has nothing available in ${input.asset}. Earnings become available after their conversion.`,
  );
  if (money.amount === 0n) throw nothing;
  const route = await findRoute(deps, money, payee.destination_asset, signal);
  if (route.kind === "none")
    throw new DomainError(
      "no_route",
      `There is no way to pay this balance now: ${route.reason}. Try again later, or wait until it has grown.`,
    );
  const id = await createPayout(deps, {
    payeeId: payee.id,
    kind: "operator",
    asset: input.asset,
    route: route.kind,
    destinationAsset: payee.destination_asset,
    least: 1n,
    most: route.kind === "swap" ? route.most : null,
    requestedBy: input.requestedBy,
  });
  if (id === null) throw nothing;
  return id;
}
