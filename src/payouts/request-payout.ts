import {
  againAfterClash,
  createLane,
  inTransaction,
  sqlStateOf,
  type Db,
  type Lane,
} from "../database/index.ts";
import { collectRecoverables } from "../earnings/index.ts";
import { DomainError, EngineError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Cause } from "../lifecycle/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { findPayees, lockPayee, type Payee } from "../payees/index.ts";
import { cooldownOf, readPolicy } from "../policy/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { holdPayouts, type Held, type Wanted } from "./hold-payouts.ts";
import { routeBetween } from "./rails/index.ts";
import { leastWithdrawals } from "./settings.ts";

interface PayoutRequest {
  readonly payeeId: string;
  readonly kind?: "operator" | "withdrawal";
  readonly asset: string;
  /** Base units; all that is available if left out. */
  readonly amount?: bigint | undefined;
  readonly requestedBy: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

type RequestDeps = Pick<PayoutDeps, "db" | "clock" | "log" | "registry">;

/**
 * Asks for what a payee has available in one asset, all of it or an exact amount, below the threshold too. It is held when this
 * resolves, and nobody outside is asked: its way is found, and the policy asked, afterwards. Those who ask at the same moment
 * share a commit, and are admitted in the order in which they asked; each call still succeeds or fails by itself.
 * @throws {DomainError} `unknown_asset`, `unknown_payee`, `payee_paused`, `destination_cooldown`, `nothing_to_pay`,
 * `insufficient_balance`, `below_minimum`, `amount_not_divisible`
 */
export async function requestPayout(deps: RequestDeps, request: PayoutRequest): Promise<string> {
  deps.registry.get(request.asset);
  const asked = { id: newId(), request, deps };
  const answer = await laneOf(deps.db)(asked);
  if (answer instanceof DomainError) throw answer;
  deps.log.info(
    {
      payout_id: asked.id,
      payee_id: request.payeeId,
      asset: request.asset,
      amount: answer.toString(),
      correlation_id: asked.id,
    },
    "payout created",
  );
  return asked.id;
}

interface Asked {
  readonly id: string;
  readonly request: PayoutRequest;
  readonly deps: RequestDeps;
}

/** What is held, base units, or why nothing is. */
type Answer = bigint | DomainError;

const lanes = new WeakMap<Db, Lane<Asked, Answer>>();

/** Where those who ask on one database wait for each other. Workers find the jobs by themselves within a second. */
function laneOf(db: Db): Lane<Asked, Answer> {
  const known = lanes.get(db);
  if (known) return known;
  const lane = createLane<Asked, Answer>({
    largestBatch: 1_000,
    work: (asked) => admit(asked[0]!.deps, asked),
    isOwnFault: (error) => error instanceof EngineError || /^(22|23|P0)/.test(sqlStateOf(error) ?? ""),
  });
  lanes.set(db, lane);
  return lane;
}

const causeOf = ({ requestedBy: ref }: Wanted): Cause => ({ kind: "job", ref });

interface Terms {
  readonly payees: ReadonlyMap<string, Payee>;
  /** Base units. */
  least(asset: string): bigint;
  /** Until when a payee's destination is too new to be paid to; null: it is not. */
  cooldown(payee: Payee): Date | null;
}

async function readTerms(db: Db, asked: readonly Asked[], now: Date): Promise<Terms> {
  const [payees, least] = await Promise.all([
    findPayees(db, [...new Set(asked.map(({ request }) => request.payeeId))]),
    asked.some(({ request }) => request.kind === "withdrawal") ? leastWithdrawals(db) : () => 1n,
  ]);
  const moved = [...payees.values()].some(({ destinationChangedAt }) => destinationChangedAt !== null);
  const inForce = moved ? await readPolicy(db) : null;
  const cooldown = ({ destinationChangedAt }: Payee): Date | null =>
    inForce && cooldownOf(inForce.policy, destinationChangedAt, now);
  return { payees, least, cooldown };
}

const leastOf = ({ kind, asset }: PayoutRequest, { least }: Pick<Terms, "least">): bigint =>
  kind === "withdrawal" ? least(asset) : 1n;

/** What is wrong with a request, whatever the balance is. */
function refuse(request: PayoutRequest, terms: Terms): DomainError | null {
  const payee = terms.payees.get(request.payeeId);
  if (payee === undefined) return unknownPayee(request);
  if (payee.status !== "active") return paused();
  const until = terms.cooldown(payee);
  if (until !== null) return coolingDown(until);
  const least = leastOf(request, terms);
  return request.amount !== undefined && request.amount < least ? belowMinimum(request, least) : null;
}

async function admit(deps: RequestDeps, asked: readonly Asked[]): Promise<Answer[]> {
  const { db, clock } = deps;
  const now = clock.now();
  const terms = await readTerms(db, asked, now);
  const answers = new Map<Asked, Answer>();
  const wanted = new Map<Asked, Wanted>();
  for (const one of asked) {
    const refusal = refuse(one.request, terms);
    if (refusal !== null) answers.set(one, refusal);
    else wanted.set(one, wantedOf(one, terms));
  }
  const step = { cause: causeOf, now, isLookedAt: true };
  const held = await againAfterClash(() =>
    holdPayouts(db, [...wanted.values()], { ...step, collected: false }),
  );
  const again: Asked[] = [];
  const owing: Asked[] = [];
  for (const [index, one] of [...wanted.keys()].entries()) {
    const result = held[index]!;
    if (result.kind === "refused" && result.reason === "destination_changed") again.push(one);
    else if (result.kind === "refused" && result.reason === "owes_back") owing.push(one);
    else answers.set(one, answerOf(result, one.request, terms));
  }
  for (const one of owing) {
    const { payeeId } = one.request;
    const [result] = await inTransaction(db, async (tx) => {
      await lockPayee(tx, payeeId);
      await collectRecoverables(tx, payeeId, { cause: causeOf(wanted.get(one)!), now });
      return holdPayouts(tx, [wanted.get(one)!], { ...step, collected: true });
    });
    answers.set(one, answerOf(result!, one.request, terms));
  }
  // Asked once more where their payee's destination changed since we looked.
  for (const [index, answer] of (again.length > 0 ? await admit(deps, again) : []).entries())
    answers.set(again[index]!, answer);
  return asked.map((one) => answers.get(one)!);
}

function wantedOf({ id, request }: Asked, terms: Terms): Wanted {
  const destinationAsset = terms.payees.get(request.payeeId)!.destination.asset;
  return {
    id,
    payeeId: request.payeeId,
    kind: request.kind ?? "operator",
    asset: request.asset,
    destinationAsset,
    least: leastOf(request, terms),
    exactly: request.amount ?? null,
    plan: {
      route: routeBetween({ asset: request.asset, destinationAsset }),
      usd_micros: null,
      least_net: null,
      greatest_fee_bps: null,
    },
    requestedBy: request.requestedBy,
    metadata: request.metadata ?? {},
  };
}

const inCoins = (amount: bigint, asset: string): string => formatUnits(amount, registry.get(asset).decimals);

const unknownPayee = ({ payeeId }: PayoutRequest): DomainError =>
  new DomainError("unknown_payee", `There is no payee ${payeeId}.`);

const paused = (): DomainError =>
  new DomainError("payee_paused", "This payee is paused. Resume the payee first.");

const coolingDown = (until: Date): DomainError =>
  new DomainError(
    "destination_cooldown",
    `The payee's destination was changed, and is paid to from ${until.toISOString()} on.`,
    { until: until.toISOString() },
  );

const belowMinimum = ({ asset }: PayoutRequest, least: bigint): DomainError =>
  new DomainError("below_minimum", `The least that can be withdrawn is ${inCoins(least, asset)} ${asset}.`);

function answerOf(held: Held, request: PayoutRequest, terms: Terms): Answer {
  if (held.kind === "held") return held.amount;
  const { asset, amount = 0n } = request;
  const available = inCoins(held.available, asset);
  switch (held.reason) {
    case "unknown_payee":
      return unknownPayee(request);
    case "payee_paused":
      return paused();
    case "too_little":
      return belowMinimum(request, leastOf(request, terms));
    case "too_much":
      return new DomainError(
        "insufficient_balance",
        `${inCoins(amount, asset)} ${asset} is more than the ${available} that this payee has available.`,
        { available },
      );
    case "not_divisible":
      return new DomainError(
        "amount_not_divisible",
        `Exactly ${inCoins(amount, asset)} cannot be taken from this balance; the nearest are ${inCoins(held.below, asset)} and ${inCoins(held.above, asset)}.`,
      );
    default:
      return new DomainError(
        "nothing_to_pay",
        `This payee has nothing available in ${asset}. Earnings become available after their conversion.`,
      );
  }
}
