import { inTransaction, sql, type Tx } from "../database/index.ts";
import { collectRecoverables, lockFree, payeesToCollectFrom, type HeldFrom } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { enqueueMany } from "../jobs/index.ts";
import { equityByAsset } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { lockPayee, lockPayees } from "../payees/index.ts";
import { authorise, judgeAll, type Judged } from "./authorise-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import { endPayout } from "./end-payout.ts";
import { holdPayouts, type Wanted } from "./hold-payouts.ts";
import { type Payout, type PayoutKind, payoutLife } from "./payout.ts";
import { attemptsOf, lockPayout, setWaits } from "./payout-store.ts";
import {
  findOffer,
  routeBetween,
  type Offer,
  type RailQuote,
  type Wanted as Payment,
} from "./rails/index.ts";
import { underWay, unknownPayout } from "./refusals.ts";
import { readStopsBelowZero } from "./settings.ts";
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
  readonly requestedBy: string;
}

type CreateDeps = Pick<PayoutDeps, "db" | "clock" | "log" | "secondPerson">;

/** One payout, as `createPayouts`. @returns its id, or null. */
export async function createPayout(deps: CreateDeps, input: CreatePayout): Promise<string | null> {
  const [id] = await createPayouts(deps, [input]);
  return id!;
}

/**
 * Holds all that payees can be paid in an asset and writes the payouts for it, all in one transaction; where a way is known, the
 * policy is asked in the same one, and what it refuses is not held. The payees' rows are locked first, so that two planners at
 * once make one payout.
 * @param inputs no payee, asset and kind of balance twice.
 * @returns for each, the payout's id; null when there is nothing (left) to pay, less than `least`, or the policy refuses it.
 */
export async function createPayouts(
  deps: CreateDeps,
  inputs: readonly CreatePayout[],
): Promise<(string | null)[]> {
  const now = deps.clock.now();
  const created = await inTransaction(deps.db, async (tx) => {
    const found = await findPayable(tx, inputs, now);
    const judged = await judgeOffered(tx, found, now);
    const wanted = found.flatMap((one) => {
      const { plan, verdict } = judged.get(one) ?? { plan: unplanned(one.input), verdict: null };
      return verdict?.kind === "refused" ? [] : [{ ...one, plan, judged: judged.get(one) }];
    });
    const step = { cause: causeOf, now, collected: true, isLookedAt: false };
    const held = await holdPayouts(tx, wanted.map(wantedOf), step);
    const made = wanted.filter((_, index) => held[index]!.kind === "held");
    const waiting = await authoriseMade(deps, tx, made, now);
    const goOn = made.filter(({ id }) => !waiting.has(id));
    await enqueueMany(
      tx,
      payoutTasks.advance,
      goOn.map(({ id }) => ({ payload: { id } })),
    );
    return made;
  });
  for (const { id, input, amount } of created)
    deps.log.info(
      {
        payout_id: id,
        payee_id: input.payeeId,
        asset: input.asset,
        amount: amount.toString(),
        correlation_id: id,
      },
      "payout created",
    );
  const ids = new Map(created.map(({ id, input }) => [input, id]));
  return inputs.map((input) => ids.get(input) ?? null);
}

/** What there is to pay, locked. */
interface Payable {
  readonly id: string;
  readonly input: CreatePayout;
  readonly amount: bigint;
}

async function findPayable(tx: Tx, inputs: readonly CreatePayout[], now: Date): Promise<Payable[]> {
  const payeeIds = [...new Set(inputs.map(({ payeeId }) => payeeId))];
  const payees = await lockPayees(tx, payeeIds);
  for (const payeeId of await payeesToCollectFrom(tx, payeeIds)) {
    const { requestedBy: ref } = inputs.find((input) => input.payeeId === payeeId)!;
    await collectRecoverables(tx, payeeId, { cause: { kind: "job", ref }, now });
  }
  const open = inputs.filter(({ payeeId, destinationAsset }) => {
    const payee = payees.get(payeeId);
    return payee?.status === "active" && payee.destination.asset === destinationAsset;
  });
  const wishes = open.map((input) => ({ ...input, from: heldFrom(input.kind) }));
  const amounts = await lockFree(tx, wishes);
  return open
    .map((input, index) => ({ id: newId(), input, amount: amounts[index]! }))
    .filter(({ input, amount }) => amount > 0n && amount >= input.least);
}

const heldFrom = (kind: PayoutKind): HeldFrom => (kind === "instant" ? "pending" : "available");

/** What the policy says of those that have a way. Of what it refuses, the payee's row says why. */
async function judgeOffered(
  tx: Tx,
  payable: readonly Payable[],
  now: Date,
): Promise<ReadonlyMap<Payable, Judged>> {
  const offered = payable.flatMap((one) =>
    one.input.offer === null ? [] : [{ one, offer: one.input.offer }],
  );
  const questions = offered.map(({ one: { input, amount }, offer }) => ({
    payeeId: input.payeeId,
    amount,
    offer,
  }));
  const judged = await judgeAll(tx, questions, { now });
  const refused = offered.flatMap(({ one: { input } }, index) => {
    const { verdict } = judged[index]!;
    const { payeeId, asset } = input;
    return verdict.kind === "refused" ? [{ payeeId, asset, reason: verdict.reason }] : [];
  });
  await setWaits(tx, refused, now);
  return new Map(offered.map(({ one }, index) => [one, judged[index]!]));
}

const causeOf = ({ requestedBy: ref }: Wanted): Cause => ({ kind: "job", ref });

/** Exactly what was judged: it is locked, and made of whole earnings. */
const wantedOf = ({ id, input, amount, plan }: Payable & Pick<Judged, "plan">): Wanted => ({
  id,
  payeeId: input.payeeId,
  kind: input.kind,
  asset: input.asset,
  destinationAsset: input.destinationAsset,
  least: input.least,
  exactly: amount,
  plan,
  requestedBy: input.requestedBy,
  metadata: {},
});

/** @returns those for which somebody must speak first. */
async function authoriseMade(
  deps: CreateDeps,
  tx: Tx,
  made: readonly (Payable & { readonly judged: Judged | undefined })[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const judged = new Map(made.flatMap(({ id, judged: one }) => (one ? [[id, one] as const] : [])));
  if (judged.size === 0) return new Set();
  const { rows } = await sql<Payout>`
    select * from payout where id = any(${[...judged.keys()]}::uuid[]) order by id`.execute(tx);
  const asked = rows.map((payout) => ({
    ...judged.get(payout.id)!,
    payout: { ...payout, status: "requested" as const },
  }));
  const ends = await authorise(deps, tx, asked, now);
  return new Set(rows.flatMap(({ id }, index) => (ends[index] === "awaiting_approval" ? [id] : [])));
}

const unplanned = ({ asset, destinationAsset }: CreatePayout): Judged["plan"] => ({
  route: routeBetween({ asset, destinationAsset }),
  usd_micros: null,
  least_net: null,
  greatest_fee_bps: null,
});

/** Says of an asset whether nothing new leaves it, because of it more is owed than is held. */
export type IsShort = (asset: string) => boolean;

export async function readShortage({ db }: Pick<PayoutDeps, "db">): Promise<IsShort> {
  if (!(await readStopsBelowZero(db))) return () => false;
  const equity = await equityByAsset(db);
  return (asset) => (equity.get(asset) ?? 0n) < 0n;
}

/**
 * As `findOffer`, for a payout that is not there yet: where the setting says so, nothing new leaves an asset that is short.
 * @param isShort as it was read for many; read now if left out.
 */
export async function findFirstOffer(
  deps: PayoutDeps,
  wanted: Payment,
  signal: AbortSignal,
  isShort?: IsShort,
): Promise<RailQuote> {
  if ((isShort ?? (await readShortage(deps)))(wanted.money.asset))
    return { kind: "none", reason: "platform_equity_below_zero" };
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
