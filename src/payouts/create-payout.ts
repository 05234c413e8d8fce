import { inTransaction, sql, type Tx } from "../database/index.ts";
import {
  availableTo,
  collectRecoverables,
  cutEarnings,
  holdEarnings,
  releaseHeld,
} from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId, newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, equityByAsset, postEntry } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { findPayee, lockPayee } from "../payees/index.ts";
import { cooldownOf, readPolicy } from "../policy/index.ts";
import { authorise, judge, type Judged } from "./authorise-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import { endPayout } from "./end-payout.ts";
import { type Payout, type PayoutKind, payoutLife } from "./payout.ts";
import { attemptsOf, clearWait, lockPayout, setWait } from "./payout-store.ts";
import { findOffer, routeBetween, type Offer, type RailQuote, type Wanted } from "./rails/index.ts";
import { underWay, unknownPayout } from "./refusals.ts";
import { leastWithdrawal, readStopsBelowZero } from "./settings.ts";
import { payoutTasks } from "./tasks.ts";

export interface CreatePayout {
  readonly payeeId: string;
  readonly kind: PayoutKind;
  readonly asset: string;
  /** As the way was found for it: when the payee's destination changed meanwhile, nothing is created. */
  readonly destinationAsset: string;
  /** The way it goes; null: it is found once the payout is there. */
  readonly offer: Offer | null;
  /** Nothing is created below this. */
  readonly least: bigint;
  /** Earnings are held in the order of their ids up to this; null: all of them. */
  readonly most: bigint | null;
  /** Exactly so much, of what was converted; null: what there is. */
  readonly exactly: bigint | null;
  readonly requestedBy: string;
  /** Words of whoever asked for it; none if left out. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Holds all that a payee can be paid in one asset and writes the payout for it, in one transaction; where its way is known, the
 * policy is asked in the same one, and what it refuses is not held. The payee's row is locked first, so that two planners at
 * once make one payout.
 * @returns the payout's id; null when there is nothing (left) to pay, less than `least`, or the policy refuses it.
 * @throws {DomainError} `insufficient_balance`, `amount_not_divisible`: of what is asked for exactly
 */
export async function createPayout(
  deps: Pick<PayoutDeps, "db" | "clock" | "log" | "secondPerson">,
  input: CreatePayout,
): Promise<string | null> {
  const now = deps.clock.now();
  const id = newId();
  const cause: Cause = { kind: "job", ref: input.requestedBy };
  const created = await inTransaction(deps.db, async (tx) => {
    const payee = await lockPayee(tx, input.payeeId);
    if (!payee || payee.status !== "active" || payee.destination.asset !== input.destinationAsset)
      return null;
    await collectRecoverables(tx, payee.id, { cause, now });
    const from = input.kind === "instant" ? "pending" : "available";
    const ids = input.exactly === null ? undefined : await cut(tx, input, input.exactly);
    const amount = await holdEarnings(tx, { ...input, ids, payoutId: id, from });
    const undo = async (): Promise<null> => {
      await releaseHeld(tx, { payoutId: id, to: from }, { cause, now });
      return null;
    };
    if (input.exactly !== null && amount !== input.exactly) throw await tooMuch(tx, input, input.exactly); // a refund took some of it at this moment
    if (amount === 0n || amount < input.least) return undo();
    const judged = input.offer && (await judge(tx, { payeeId: payee.id, amount, offer: input.offer, now }));
    if (judged?.verdict.kind === "refused") {
      await setWait(tx, { payeeId: payee.id, asset: input.asset, reason: judged.verdict.reason, now });
      return undo();
    }
    const plan = judged?.plan ?? unplanned(input);
    const watch = payoutLife.watchFrom("requested", now);
    const { rows } = await sql<Payout>`
      insert into payout (id, payee_id, kind, asset, amount, destination_asset, destination_address, destination_memo, route,
        usd_micros, least_net, greatest_fee_bps, status, requested_by, metadata, created_at, updated_at, next_check_at, deadline_at)
      values (${id}, ${payee.id}, ${input.kind}, ${input.asset}, ${amount}, ${payee.destination.asset}, ${payee.destination.address},
        ${payee.destination.memo}, ${plan.route}, ${plan.usd_micros}, ${plan.least_net}, ${plan.greatest_fee_bps}, 'requested', ${input.requestedBy},
        ${JSON.stringify(input.metadata ?? {})}::jsonb, ${now}, ${now},
        ${watch.next_check_at}, ${watch.deadline_at}) returning *`.execute(tx);
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
    await payoutLife.recordCreation(tx, { id, to: "requested", cause, now });
    await clearWait(tx, payee.id, input.asset);
    if (judged) await authorise(deps, tx, { ...rows[0]!, status: "requested" }, { ...judged, now });
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

/** The ids of the earnings that are exactly so much. */
async function cut(tx: Tx, { payeeId, asset }: CreatePayout, amount: bigint): Promise<string[]> {
  if ((await availableTo(tx, payeeId, asset)) < amount) throw await tooMuch(tx, { payeeId, asset }, amount);
  const nearest = await cutEarnings(tx, { payeeId, asset, amount });
  if ("ids" in nearest) return nearest.ids;
  const { decimals } = registry.get(asset);
  throw new DomainError(
    "amount_not_divisible",
    `Exactly ${formatUnits(amount, decimals)} cannot be taken from this balance; the nearest are ${formatUnits(nearest.below, decimals)} and ${formatUnits(nearest.above, decimals)}.`,
  );
}

async function tooMuch(
  tx: Tx,
  { payeeId, asset }: Pick<CreatePayout, "payeeId" | "asset">,
  amount: bigint,
): Promise<DomainError> {
  const { decimals } = registry.get(asset);
  const available = formatUnits(await availableTo(tx, payeeId, asset), decimals);
  return new DomainError(
    "insufficient_balance",
    `${formatUnits(amount, decimals)} ${asset} is more than the ${available} that this payee has available.`,
    { available },
  );
}

const unplanned = ({ asset, destinationAsset }: CreatePayout): Judged["plan"] => ({
  route: routeBetween({ asset, destinationAsset }),
  usd_micros: null,
  least_net: null,
  greatest_fee_bps: null,
});

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
  const found = await findOffer(deps, wanted, signal);
  // An asset that no source lists goes to people, for want of a value. One whose sources are silent now waits for them instead.
  const isUnvalued = found.kind === "offer" && found.valueOf(wanted.money.amount) === null;
  const isListed = deps.prices.listedBy?.(deps.registry.get(wanted.money.asset)).length !== 0;
  return isUnvalued && isListed ? { kind: "none", reason: "no_price" } : found;
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
 * Asks for what a payee has available in one asset, all of it or an exact amount, below the threshold too. It is held in this
 * transaction, and nobody outside is asked: its way is found, and the policy asked, afterwards.
 * @throws {DomainError} `unknown_payee`, `payee_paused`, `destination_cooldown`, `nothing_to_pay`, `insufficient_balance`,
 * `below_minimum`, `amount_not_divisible`
 */
export async function requestPayout(
  deps: PayoutDeps,
  input: {
    payeeId: string;
    kind?: "operator" | "withdrawal";
    asset: string;
    /** Base units; all that is available if left out. */
    amount?: bigint | undefined;
    requestedBy: string;
    metadata?: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const payee = await findPayee(deps.db, input.payeeId);
  if (!payee) throw new DomainError("unknown_payee", `There is no payee ${input.payeeId}.`);
  if (payee.status !== "active")
    throw new DomainError("payee_paused", "This payee is paused. Resume the payee first.");
  const { policy } = await readPolicy(deps.db);
  const until = cooldownOf(policy, payee.destinationChangedAt, deps.clock.now());
  if (until !== null)
    throw new DomainError(
      "destination_cooldown",
      `The payee's destination was changed, and is paid to from ${until.toISOString()} on.`,
      { until: until.toISOString() },
    );
  const { id: asset, decimals } = deps.registry.get(input.asset);
  const { kind = "operator", amount = null } = input;
  const least = kind === "withdrawal" ? await leastWithdrawal(deps.db, asset) : 1n;
  const tooLittle = new DomainError(
    "below_minimum",
    `The least that can be withdrawn is ${formatUnits(least, decimals)} ${asset}.`,
  );
  if (amount !== null && amount < least) throw tooLittle;
  const id = await createPayout(deps, {
    payeeId: payee.id,
    kind,
    asset,
    offer: null,
    destinationAsset: payee.destination.asset,
    least,
    most: null,
    exactly: amount,
    requestedBy: input.requestedBy,
    ...(input.metadata && { metadata: input.metadata }),
  });
  if (id !== null) return id;
  if ((await availableTo(deps.db, payee.id, asset)) > 0n) throw tooLittle;
  throw new DomainError(
    "nothing_to_pay",
    `This payee has nothing available in ${asset}. Earnings become available after their conversion.`,
  );
}

/**
 * Takes back a payout of which nothing was done outside yet: the balance is the payee's again.
 * @throws {DomainError} `unknown_payout`, `payout_under_way`, `payout_ended`
 */
export async function cancelPayout(
  deps: Pick<PayoutDeps, "db" | "clock">,
  { payoutId, by }: { payoutId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const payout = await lockPayout(tx, payoutId);
    if (payout === null) throw unknownPayout(payoutId);
    if (payout.status === "cancelled") return;
    if (payoutLife.hasEnded(payout.status))
      throw new DomainError("payout_ended", `This payout is ${payout.status}: there is nothing to cancel.`);
    const mayStop = payout.status === "requested" || payout.status === "awaiting_approval";
    if (!mayStop && !(payout.status === "approved" && (await attemptsOf(tx, payoutId)).length === 0))
      throw underWay();
    const cause: Cause = { kind: "operator", ref: by };
    await endPayout(tx, payout, { to: "cancelled", outcome: "cancelled_by_operator", cause, now });
  });
}
