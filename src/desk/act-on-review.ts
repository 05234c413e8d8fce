import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { DomainError, EngineError } from "../errors.ts";
import { newId } from "../ids.ts";
import { endDeadLetter, enqueue } from "../jobs/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import { acceptShortSettlement, findPayment, type PaymentDeps } from "../payments/index.ts";
import { askProcessor, assignPayment, dismissEvent, refundUnmatched, replayEvent } from "../intake/index.ts";
import { assignDeposit, refundDeposit, refundSurplus, type DepositDeps } from "../deposits/index.ts";
import { checkSweep } from "../gathering/index.ts";
import { attemptsOf, resolvePayout } from "../payouts/index.ts";
import {
  abandonUnfundedSwap,
  acceptSwapDelivery,
  acceptSwapRefund,
  writeOffSwap,
  type SwapDeps,
} from "../swaps/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { bookTopUp, resumeWallet } from "../transfers/index.ts";
import type { ReviewAction, ReviewThing } from "./review-item.ts";

export interface ReviewDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly payments: PaymentDeps;
  readonly deposits: DepositDeps;
  readonly swaps: SwapDeps & { readonly registry: AssetRegistry };
}

/** What some actions need beyond the item they are for. */
export interface ReviewInput {
  /** `assign`: the order that unmatched money is for. */
  readonly orderId?: string | undefined;
  /** `refund`: where the payer wants the coins; checked as an address of their chain. */
  readonly address?: string | undefined;
  /** `top_up`, and `accept_delivery` or `accept_refund` where the provider names none: the transaction that brought the coins. */
  readonly transactionHash?: string | undefined;
}

interface Acting {
  readonly id: string;
  readonly input: ReviewInput;
  readonly by: string;
  readonly signal: AbortSignal;
}

type Act = (deps: ReviewDeps, acting: Acting) => Promise<unknown>;

function need<Field extends keyof ReviewInput>(input: ReviewInput, field: Field, what: string): string {
  const given = input[field];
  if (given === undefined)
    throw new DomainError(
      "review_input_missing",
      `This action needs ${what}. Say it and send the action again.`,
    );
  return given;
}

const wake =
  (task: string, payload: (id: string) => object = (id) => ({ id })): Act =>
  ({ db }, { id }) =>
    enqueue(db, task, payload(id), { key: `${task}:${id}` });

async function checkPayment({ db, payments }: ReviewDeps, { id, signal }: Acting): Promise<void> {
  const payment = await findPayment(db, id);
  if (payment === null) throw new DomainError("unknown_payment", `There is no payment ${id}.`);
  await askProcessor(payments, payment, signal);
  await enqueue(db, "payments.follow", { paymentId: id }, { key: `payments.follow:${id}` });
}

async function checkDeposit({ db }: ReviewDeps, { id }: Acting): Promise<void> {
  const { rows } = await sql<{ chain: string; hash: string }>`
    select chain, transaction_hash as hash from deposit where id = ${id}`.execute(db);
  const at = rows[0];
  if (at === undefined) throw unknownItem("deposit", id);
  await enqueue(db, "payments.follow_deposits", at, {
    key: `payments.follow_deposits:${at.chain}:${at.hash}`,
  });
}

/** `<order id>:<asset id>`, as a surplus is called. */
async function refundOverpaid({ deposits }: ReviewDeps, { id, input, by }: Acting): Promise<void> {
  const toAddress = need(input, "address", "the payer's address");
  const orderId = id.slice(0, 36);
  if (!uuid.test(orderId) || id[36] !== ":") throw unknownItem("surplus", id);
  await refundSurplus(deposits, { orderId, asset: id.slice(37), toAddress, by });
}

const checkOrder = ({ db }: ReviewDeps, { id }: Acting): Promise<void> =>
  inTransaction(db, async (tx) => {
    await enqueue(tx, "orders.refresh", { orderId: id, cause: "recovery desk" });
    await enqueue(tx, "orders.open_checkout", { orderId: id }, { key: `orders.open_checkout:${id}` });
  });

const checkPayout = ({ db }: ReviewDeps, { id }: Acting): Promise<void> =>
  inTransaction(db, async (tx) => {
    await enqueue(tx, "payouts.advance", { id }, { key: `payouts.advance:${id}` });
    for (const attempt of await attemptsOf(tx, id))
      if (attempt.status === "sending") await enqueue(tx, "payouts.attempt_ended", { id: attempt.id });
  });

const resolve =
  (resolution: "retry" | "give_back"): Act =>
  (deps, { id: payoutId, by }) =>
    resolvePayout(deps, { payoutId, resolution, by });

/** `<wallet id>:<asset id>`, as a wallet's difference is called. */
async function topUp(deps: ReviewDeps, { id, input, signal }: Acting): Promise<void> {
  const transactionHash = need(
    input,
    "transactionHash",
    "the hash of the transaction that brought the coins",
  );
  const { rows } = await sql<{ chain: string }>`
    select chain from wallet where id::text = ${id.slice(0, 36)}`.execute(deps.db);
  if (rows[0] === undefined) throw unknownItem("wallet_difference", id);
  await bookTopUp(deps, { chain: rows[0].chain, transactionHash }, signal);
}

const eventId = (id: string): number => (/^\d{1,15}$/.test(id) ? Number.parseInt(id, 10) : 0);

/** What may be done to each thing. Whoever decides is named in the histories of what moves. */
const acts: Readonly<Record<ReviewThing, Readonly<Partial<Record<ReviewAction, Act>>>>> = {
  order: { check: checkOrder },
  payment: {
    check: checkPayment,
    assign: ({ payments }, { id, input, by, signal }) =>
      assignPayment(
        payments,
        { paymentId: id, orderId: need(input, "orderId", "the order's id"), by },
        signal,
      ),
    refund: ({ payments }, { id, input, by, signal }) =>
      refundUnmatched(
        payments,
        { paymentId: id, toAddress: need(input, "address", "the payer's address"), by },
        signal,
      ),
    accept_short: ({ payments }, { id, signal }) =>
      acceptShortSettlement(payments, { paymentId: id }, signal),
  },
  deposit: {
    check: checkDeposit,
    assign: ({ deposits }, { id, input, by, signal }) =>
      assignDeposit(
        deposits,
        { depositId: id, orderId: need(input, "orderId", "the order's id"), by },
        signal,
      ),
    refund: ({ deposits }, { id, input, by }) =>
      refundDeposit(deposits, {
        depositId: id,
        toAddress: need(input, "address", "the payer's address"),
        by,
      }),
  },
  payment_claim: { check: wake("payments.check_claim", (claimId) => ({ claimId })) },
  surplus: { refund: refundOverpaid },
  deposit_sweep: { check: ({ db, clock }, { id }) => checkSweep(db, id, clock.now()) },
  event: {
    replay: ({ db }, { id }) => replayEvent(db, eventId(id)),
    dismiss: ({ db }, { id, by }) => dismissEvent(db, { eventId: eventId(id), by }),
  },
  conversion: { check: wake("conversions.advance") },
  swap: {
    check: wake("swaps.advance"),
    accept_delivery: ({ swaps }, { id, by, input: { transactionHash }, signal }) =>
      acceptSwapDelivery(swaps, id, { by, transactionHash }, signal),
    accept_refund: ({ swaps }, { id, by, input: { transactionHash }, signal }) =>
      acceptSwapRefund(swaps, id, { by, transactionHash }, signal),
    write_off: ({ swaps }, { id, by, signal }) => writeOffSwap(swaps, id, { by }, signal),
    abandon: ({ swaps }, { id, by }) => abandonUnfundedSwap(swaps, id, { by }),
  },
  transfer: { check: wake("transfers.advance", (transferId) => ({ transferId })) },
  payout: { check: checkPayout, retry: resolve("retry"), give_back: resolve("give_back") },
  orphan: { check: ({ db }) => enqueue(db, "reconciliation.find_orphans", {}) },
  dead_letter: {
    retry: ({ db }, { id }) => endDeadLetter(db, id, "retry"),
    dismiss: ({ db }, { id }) => endDeadLetter(db, id, "dismiss"),
  },
  suspense: {},
  wallet: { resume: ({ db }, { id }) => resumeWallet(db, id) },
  wallet_difference: { top_up: topUp },
};

const unknownItem = (thing: string, id: string): DomainError =>
  new DomainError("unknown_review_item", `There is no ${thing} ${id}. Read the recovery desk again.`);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const named = new Set<ReviewThing>([
  "order",
  "payment",
  "deposit",
  "payment_claim",
  "deposit_sweep",
  "conversion",
  "swap",
  "transfer",
  "payout",
  "wallet",
]);

/**
 * Does what a person decided about an item of the recovery desk, and keeps who decided what and what came of it: written
 * before the act, completed after it.
 * @throws {DomainError} `unknown_review_item`, `unknown_review_action`, `review_input_missing`, and the refusals of the room
 * that acts.
 * @throws {ProviderError} whoever had to be asked first does not answer: nothing was done.
 */
export async function actOnReview(
  deps: ReviewDeps,
  decision: { thing: ReviewThing; id: string; action: ReviewAction; input: ReviewInput; by: string },
  signal: AbortSignal,
): Promise<void> {
  const { thing, id, action, input, by } = decision;
  const act = acts[thing][action];
  if (act === undefined)
    throw new DomainError(
      "unknown_review_action",
      `A ${thing} has no action "${action}"; it has: ${Object.keys(acts[thing]).join(", ") || "none"}.`,
    );
  if (named.has(thing) && !uuid.test(id)) throw unknownItem(thing, id);
  const recordId = newId();
  await sql`
    insert into review_action (id, thing, thing_id, action, input, taken_by, taken_at)
    values (${recordId}, ${thing}, ${id}, ${action}, ${JSON.stringify(input)}::jsonb, ${by}, ${deps.clock.now()})`.execute(
    deps.db,
  );
  const record = (outcome: string) =>
    sql`update review_action set outcome = ${outcome} where id = ${recordId}`.execute(deps.db);
  try {
    await act(deps, { id, input, by, signal });
  } catch (error) {
    await record(error instanceof EngineError ? error.code : "internal_error");
    throw error;
  }
  await record("done");
  deps.log.info({ thing, id, action, by }, "an operator acted at the recovery desk");
}

/** Every thing with its actions, as the API and the command line offer them. */
export const reviewThings = Object.keys(acts) as ReviewThing[];
export const reviewActions = [
  ...new Set(Object.values(acts).flatMap((of) => Object.keys(of))),
] as ReviewAction[];
