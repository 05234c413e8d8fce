import { inTransaction } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import type { Asset } from "../money/index.ts";
import { abandonSwap } from "./abandon-swap.ts";
import type { SwapDeps } from "./deps.ts";
import { hearProvider } from "./hear-provider.ts";
import { findWhatItBrought, wordsOf, type Finding, type Word } from "./finding.ts";
import {
  deliveryUsed,
  isOlderThanFunding,
  readPayeeDelivery,
  type UnbelievableReason,
} from "./payee-delivery.ts";
import { recordDelivery, recordRefund, recordWriteOff } from "./record-end.ts";
import { normaliseHash, notAttributedElsewhere, type Arrived } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";
import { findSwap } from "./swap-store.ts";

/** Who decides. Each decision asks the provider and the chain first, and books what they show at that moment. */
export interface SwapDecision {
  readonly by: string;
  /** The transaction that brought the coins, where the provider's answer names none or another one. The chain proves it. */
  readonly transactionHash?: string | undefined;
}

const decided = ({ by }: SwapDecision, note: string): Cause => ({ kind: "operator", ref: by, note });

/** @throws {DomainError} `unknown_swap`, `swap_not_in_review` */
async function swapInReview(deps: SwapDeps, id: string, want: "funded" | "unfunded"): Promise<Swap> {
  const swap = await findSwap(deps.db, id);
  if (swap === null) throw unknownSwap(id);
  const refusal = refuseDecision(swap, want);
  if (refusal !== null) throw refusal;
  return swap;
}

export const unknownSwap = (id: string): DomainError =>
  new DomainError("unknown_swap", `There is no swap ${id}.`);

type Decided = Pick<Swap, "status" | "transfer_id" | "deadline_at">;

/** @returns `swap_not_in_review`, `swap_not_funded`, `swap_under_way`, or null: it is a person's to decide about. */
export function refuseDecision(swap: Decided, want: "funded" | "unfunded"): DomainError | null {
  if (swap.status !== "in_review")
    return new DomainError("swap_not_in_review", `This swap is ${swap.status}: there is nothing to decide.`);
  if ((swap.transfer_id !== null) === (want === "funded")) return null;
  return want === "funded"
    ? new DomainError("swap_not_funded", "Nothing was sent for this swap. Abandon it instead.")
    : new DomainError(
        "swap_under_way",
        "Money was sent for this swap. Accept what arrived, or write it off.",
      );
}

const overdueMsOf = (swap: Decided, now: Date): number =>
  now.getTime() - (swap.deadline_at?.getTime() ?? Infinity);

/** Until its deadline nothing is given up. @returns as `refuseDecision`, or `swap_not_dead`. */
export function refuseWriteOff(swap: Decided, now: Date): DomainError | null {
  const refusal = refuseDecision(swap, "funded");
  if (refusal !== null || overdueMsOf(swap, now) > 0) return refusal;
  return new DomainError(
    "swap_not_dead",
    `This swap has until ${swap.deadline_at?.toISOString()}. Until then it cannot be written off.`,
  );
}

/** A transaction, and whose word it is that it is this swap's. */
interface Named {
  readonly told: string | null;
  readonly namedBy: Arrived["namedBy"];
}

/** What the provider names itself is the stronger word, also where an operator says the same. */
function namedIn({ transactionHash }: SwapDecision, told: string | null): Named {
  const theirs = transactionHash === undefined || transactionHash.toLowerCase() === told?.toLowerCase();
  return theirs ? { told, namedBy: "provider" } : { told: transactionHash, namedBy: "operator" };
}

/**
 * The largest arrival of a told transaction that belongs to nothing else; null: the chain shows none.
 * @throws {DomainError} `swap_arriving`: it is on its way.
 */
async function findArrival(
  deps: SwapDeps,
  swap: Swap,
  what: { asset: Asset; address: string; named: Named },
  signal: AbortSignal,
): Promise<Arrived | null> {
  const { told, namedBy } = what.named;
  const hash = normaliseHash(deps, what.asset.chain, told);
  const chain = deps.chains.get(what.asset.chain);
  if (hash === null || !chain) return null;
  const reading = await chain.readTransaction(hash, [what.address], signal);
  if (reading.status === "pending" || (reading.status === "succeeded" && !reading.final))
    throw new DomainError("swap_arriving", `${hash} is not final yet. Try again in some minutes.`);
  if (reading.status !== "succeeded") return null;
  const receipts = reading.receipts.filter((one) => one.asset.id === what.asset.id);
  const ours = await notAttributedElsewhere(deps, swap, { hash, namedBy }, receipts);
  if (await isOlderThanFunding(deps.db, swap, what.asset.chain, reading)) return null;
  const receipt = ours.toSorted((a, b) => (a.amount < b.amount ? 1 : -1))[0];
  return receipt ? { hash, receipt, reading, namedBy } : null;
}

function deliveryOf(deps: SwapDeps, swap: Swap, named: Named, signal: AbortSignal): Promise<Arrived | null> {
  const asset = deps.registry.get(swap.target_asset);
  return findArrival(deps, swap, { asset, address: swap.target_address, named }, signal);
}

function refundOf(deps: SwapDeps, swap: Swap, named: Named, signal: AbortSignal): Promise<Arrived | null> {
  const asset = deps.registry.get(swap.source_asset);
  return findArrival(deps, swap, { asset, address: swap.refund_address, named }, signal);
}

const unbelievable = (hash: string, reason: UnbelievableReason): DomainError =>
  reason === "delivery_already_used"
    ? deliveryUsed(hash)
    : new DomainError(
        "delivery_older_than_funding",
        `${hash} is in a block from before this swap was funded: it is another one's.`,
      );

const nothingArrived = (what: string) =>
  new DomainError(
    "nothing_arrived",
    `The chain shows no final ${what} of this swap that belongs to nothing else. Wait, ask the provider's support, or write it off.`,
  );

/**
 * Ends a swap in review with less than its provider says it sent: what the chain shows is what it brought, and the
 * conversion or payout goes on with that.
 * @throws {DomainError} `unknown_swap`, `swap_not_in_review`, `swap_not_funded`, `swap_arriving`, `nothing_arrived`,
 * `delivery_already_used`, `delivery_older_than_funding`; of a transaction that only the operator names, or that is named for
 * another payout too where no chain shows whose it is: what `claimByWord` says
 * @throws {ProviderError} the provider or the chain gives no answer.
 */
export async function acceptSwapDelivery(
  deps: SwapDeps,
  id: string,
  decision: SwapDecision,
  signal: AbortSignal,
): Promise<void> {
  const swap = await swapInReview(deps, id, "funded");
  const told = await hearProvider(deps, swap, signal);
  const cause = decided(decision, "accepted what arrived");
  const named = namedIn(decision, told?.payoutHash ?? null);
  if (swap.purpose === "conversion") {
    const arrived = await deliveryOf(deps, swap, named, signal);
    if (arrived === null) throw nothingArrived("delivery");
    const { hash, receipt } = arrived;
    return recordDelivery(deps, id, { hash, amount: receipt.amount, cause, arrived });
  }
  const chain = deps.registry.get(swap.target_asset).chain;
  const hash = normaliseHash(deps, chain, named.told);
  // Where we cannot look, it is the provider that says whether it delivered.
  if (hash === null || told === null || (!deps.depositChains.has(chain) && told.status !== "delivered"))
    throw nothingArrived("delivery");
  const sent = await readPayeeDelivery(deps, swap, { hash, told, least: 1n }, signal);
  if (sent.kind === "unbelievable") throw unbelievable(hash, sent.reason);
  if (sent.kind === "nothing" || sent.amount === 0n) throw nothingArrived("delivery");
  const { amount, indexes } = sent;
  await recordDelivery(deps, id, { hash, amount, cause, sent: { indexes, namedBy: named.namedBy } });
}

/**
 * Ends a swap in review with a refund that lacks more than a network fee. The shortfall is the platform's; what the swap
 * was for is owed in full, as after any refund.
 * @throws as `acceptSwapDelivery`
 */
export async function acceptSwapRefund(
  deps: SwapDeps,
  id: string,
  decision: SwapDecision,
  signal: AbortSignal,
): Promise<void> {
  const swap = await swapInReview(deps, id, "funded");
  const told = await hearProvider(deps, swap, signal);
  const named = namedIn(decision, told?.refundHash ?? null);
  const arrived = await refundOf(deps, swap, named, signal);
  if (arrived === null) throw nothingArrived("refund");
  await recordRefund(deps, id, { arrived, cause: decided(decision, "accepted what came back") });
}

/** After this long past the deadline nothing more is waited for, whatever the provider says, or if it says nothing. */
const patienceMs = 30 * 24 * 3_600_000;

/**
 * Gives up what was sent for a swap in review: a loss of the platform's. Past its deadline, one person may where the provider
 * and the chain show that nothing reached the target; what the swap was for stays owed then. Where neither can tell, two
 * persons may, and a payee is not paid again for it. What is seen, or may still come, is not given up.
 * @throws {DomainError} `unknown_swap`, `swap_not_in_review`, `swap_not_funded`, `swap_not_dead`, `swap_arriving`,
 * `swap_arrived`, `second_person_needed`
 * @throws {ProviderError} the provider or the chain gives no answer.
 */
export async function writeOffSwap(
  deps: SwapDeps,
  id: string,
  decision: SwapDecision,
  signal: AbortSignal,
): Promise<void> {
  const swap = await swapInReview(deps, id, "funded");
  const now = deps.clock.now();
  const refusal = refuseWriteOff(swap, now);
  if (refusal !== null) throw refusal;
  const patient = overdueMsOf(swap, now) > patienceMs;
  const word = await askForItsWord(deps, swap, patient, signal);
  const finding = await findEnd(deps, swap, { word, patient }, signal);
  if (finding.verdict === "seen")
    throw new DomainError(
      "swap_arrived",
      `Seen: ${finding.why}. Accept its delivery or refund instead of writing it off.`,
    );
  if (finding.verdict === "open")
    throw new DomainError(
      "swap_not_dead",
      `Cannot tell yet: the provider may still end it (${finding.why}). Ask its support; it can be written off 30 days after its deadline.`,
    );
  if (finding.verdict === "absent") {
    const cause = decided(decision, `written off, absent: ${finding.why}`);
    return inTransaction(deps.db, (tx) => recordWriteOff(deps, tx, id, { cause, finding: "absent" }));
  }
  const asked = {
    decision: "swap.write_off",
    subject: id,
    input: { finding: finding.verdict, word: wordsOf(word) },
    because: `Cannot tell: ${finding.why}`,
    by: decision.by,
    now,
  };
  await deps.secondPerson.asTwo(asked, async (tx, { first, second }) => {
    const note = `written off, cannot tell: ${finding.why}; by ${first} and ${second}`;
    await recordWriteOff(deps, tx, id, { cause: decided(decision, note), finding: "cannot_tell" });
  });
}

/** A provider that gives no answer is waited for as long as anybody. @throws {ProviderError} it gives none now. */
async function askForItsWord(
  deps: SwapDeps,
  swap: Swap,
  patient: boolean,
  signal: AbortSignal,
): Promise<Word> {
  try {
    return await hearProvider(deps, swap, signal);
  } catch (error) {
    if (patient && error instanceof ProviderError) return "silent";
    throw error;
  }
}

async function findEnd(
  deps: SwapDeps,
  swap: Swap,
  asked: { word: Word; patient: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const told = asked.word === "silent" ? null : asked.word;
  const arrived =
    (swap.purpose === "conversion"
      ? await deliveryOf(deps, swap, { told: told?.payoutHash ?? null, namedBy: "provider" }, signal)
      : null) ??
    (await refundOf(deps, swap, { told: told?.refundHash ?? null, namedBy: "provider" }, signal));
  return arrived === null
    ? findWhatItBrought(deps, swap, asked, signal)
    : { verdict: "seen", why: `${arrived.hash} brought coins of this swap` };
}

/**
 * Gives up a swap in review for which nothing was sent; whoever asked for it is told.
 * @throws {DomainError} `unknown_swap`, `swap_not_in_review`, `swap_under_way`
 */
export async function abandonUnfundedSwap(deps: SwapDeps, id: string, decision: SwapDecision): Promise<void> {
  await swapInReview(deps, id, "unfunded");
  const cause = decided(decision, "abandoned");
  await inTransaction(deps.db, (tx) => abandonSwap(tx, id, { cause, now: deps.clock.now() }));
}
