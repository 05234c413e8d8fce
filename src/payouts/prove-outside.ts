import { readTransactionInput, type ReceivingChain } from "../chains/index.ts";
import { inTransaction, type Tx } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { parseUnits } from "../money/index.ts";
import { hashTerms, newestAuthorisation, payoutCovered, type Authorisation } from "../policy/index.ts";
import { claimPaidOutside, swapExpects } from "../swaps/index.ts";
import { ownSenders, ownTransactionsAmong } from "../transfers/index.ts";
import { followAttempt } from "./attempt-ended.job.ts";
import { payoutTerms } from "./authority.ts";
import type { PayoutDeps } from "./deps.ts";
import { judgeReading, proofRefusals, type ProofRefusal, type ProofVerdict } from "./judge-proof.ts";
import { lockOutside, notApproved } from "./pay-outside.ts";
import { payoutLife, type Payout, type PayoutAttempt } from "./payout.ts";
import { findPayout, lockPayout } from "./payout-store.ts";
import { isOpen, judgeProof, keepProof, proofsOfPayout, type PayoutProof } from "./proof-store.ts";
import { unknownPayout } from "./refusals.ts";

/** How an operator says that they paid: by a transaction, or by what names a payment that nobody here can look up. */
export type SaidPaid =
  | { readonly transactionHash: string }
  /** `amount` in decimal digits, `currency` as the payment says it. */
  | { readonly reference: string; readonly amount: string; readonly currency: string };

/**
 * Records the payment of a payout that an operator paid elsewhere. On a chain that we read, the chain proves it: at once, or when
 * it shows the transaction final. Anything else is proved by two persons who say the very same. Safe to repeat.
 * @throws {DomainError} `unknown_payout`, `payout_not_outside`, `chain_not_read`, `invalid_transaction_hash`, `wrong_network`,
 * `payment_already_used`, `payment_refused`, `invalid_amount`, `second_person_needed`, `payout_not_approved`: its row is not what was
 * approved
 */
export async function recordPaidOutside(
  deps: PayoutDeps,
  { payoutId, said, by }: { payoutId: string; said: SaidPaid; by: string },
  signal: AbortSignal,
): Promise<void> {
  if ("reference" in said) return recordByWord(deps, { payoutId, said, by });
  const payout = await findPayout(deps.db, payoutId);
  if (payout === null) throw unknownPayout(payoutId);
  const chain = chainOf(deps, payout.destination_asset);
  const reference = readTransactionInput(chain, said.transactionHash);
  const proof = await inTransaction(deps.db, (tx) =>
    keep(deps, tx, { payoutId, chain: chain.name, reference, amount: null, currency: null, by }),
  );
  const verdict = await lookAtProof(deps, { payout, proof, chain }, signal);
  if (verdict.kind === "refused") throw refused(verdict.reason);
}

const refused = (reason: ProofRefusal): DomainError =>
  new DomainError("payment_refused", `This does not pay the payout: ${proofRefusals[reason]}.`, { reason });

/** @throws {DomainError} `chain_not_read` */
function chainOf({ registry, depositChains }: PayoutDeps, asset: string): ReceivingChain {
  const name = registry.get(asset).chain;
  const chain = depositChains.get(name);
  if (chain !== undefined) return chain;
  throw new DomainError(
    "chain_not_read",
    `Nobody here reads ${name}, so its transactions prove nothing. Say the payment by reference, amount and currency: two persons must.`,
  );
}

type Reading = Awaited<ReturnType<ReceivingChain["readDeposits"]>>;

type Kept = Pick<PayoutProof, "chain" | "reference" | "amount" | "currency"> & {
  readonly payoutId: string;
  readonly by: string;
};

/** The payment as it is kept: one that proved its payout already is told as it is. */
async function keep(deps: PayoutDeps, tx: Tx, { payoutId, by, ...said }: Kept): Promise<PayoutProof> {
  await lockPayout(tx, payoutId);
  const known = (await proofsOfPayout(tx, payoutId)).find(
    ({ proved_at: at, chain, reference }) =>
      at !== null && chain === said.chain && reference === said.reference,
  );
  if (known !== undefined) return known;
  const { attempt } = await lockOutside(tx, payoutId);
  const kept = { ...said, attempt_id: attempt.id, recorded_by: by, now: deps.clock.now() };
  const proof = await keepProof(tx, kept);
  if (proof !== null) return proof;
  throw new DomainError(
    "payment_already_used",
    `${said.reference} was recorded for another payout: one payment pays one payout.`,
  );
}

/** Two persons say that it was paid, where nobody here can look. */
async function recordByWord(
  deps: PayoutDeps,
  { payoutId, said, by }: { payoutId: string; said: Extract<SaidPaid, { reference: string }>; by: string },
): Promise<void> {
  const word = {
    reference: said.reference.trim(),
    amount: said.amount,
    currency: said.currency.toUpperCase(),
  };
  if (parseUnits(word.amount, 18) === 0n)
    throw new DomainError("invalid_amount", "A payment of nothing pays nothing: say what was paid.");
  // Kept before anybody confirms it: from now on the engine does not pay this by one person's word.
  const kept = await inTransaction(deps.db, (tx) => keepWord(deps, tx, { payoutId, ...word, by }));
  if (kept.proof.proved_at !== null) return;
  const now = deps.clock.now();
  const asked = {
    decision: "payout.paid_outside",
    subject: payoutId,
    input: word,
    because: "Nobody here can look this payment up",
    by,
    now,
  };
  const decided = deps.secondPerson.asTwo(asked, async (tx, { first, second }) => {
    const { proof, brought } = await keepWord(deps, tx, { payoutId, ...word, by: first });
    if (proof.proved_at !== null) return;
    const { payout, attempt } = await lockOutside(tx, payoutId);
    await judgeProof(tx, proof.id, { looked_at: now, brought, proved_at: now, confirmed_by: second });
    await completeOutside(deps, tx, { payout, attempt, at: now });
  });
  // Of two who confirm at once one finds it done.
  await decided.catch(async (error: unknown) => {
    const proofs = await proofsOfPayout(deps.db, payoutId);
    if (!proofs.some(({ id, proved_at: at }) => id === kept.proof.id && at !== null)) throw error;
  });
}

/** `brought` where it was paid in the payee's own asset: then it must be enough. */
async function keepWord(
  deps: PayoutDeps,
  tx: Tx,
  word: { payoutId: string; reference: string; amount: string; currency: string; by: string },
): Promise<{ proof: PayoutProof; brought: bigint | null }> {
  const proof = await keep(deps, tx, { ...word, chain: null });
  const payout = (await findPayout(tx, word.payoutId))!;
  const asset = deps.registry.get(payout.destination_asset);
  if (asset.id.toUpperCase() !== word.currency) return { proof, brought: null };
  const brought = parseUnits(word.amount, asset.decimals);
  if (brought < owedOf(payout)) throw refused("too_little");
  return { proof, brought };
}

/** The one by which it was taken: while it is paid elsewhere, nothing voids it. */
async function approvalAtTake(tx: Tx, payout: Payout): Promise<Authorisation> {
  const granted = await newestAuthorisation(tx, { subject: "payout", subjectId: payout.id });
  if (granted?.status !== "granted") throw notApproved();
  return granted;
}

/** What must reach the payee, base units of their asset: all of it, or the least that was approved where it is exchanged. */
const owedOf = (payout: Payout): bigint =>
  payout.asset === payout.destination_asset ? payout.amount : payout.least_net!;

/** Asks the chain about every payment of a payout that it has not proved or disproved. */
export async function lookAtOutside(deps: PayoutDeps, payout: Payout, signal: AbortSignal): Promise<void> {
  const open = (await proofsOfPayout(deps.db, payout.id)).filter(isOpen);
  for (const proof of open) {
    const chain = proof.chain === null ? undefined : deps.depositChains.get(proof.chain);
    if (chain === undefined) continue;
    const verdict = await lookAtProof(deps, { payout, proof, chain }, signal);
    if (verdict.kind === "proved") return;
  }
}

const hourMs = 3_600_000;

/** Asks the chain about one payment and records what that means. */
async function lookAtProof(
  deps: PayoutDeps,
  { payout: asked, proof, chain }: { payout: Payout; proof: PayoutProof; chain: ReceivingChain },
  signal: AbortSignal,
): Promise<ProofVerdict> {
  const { id: payoutId } = asked;
  const watched = chain.normaliseAddress(asked.destination_address);
  let reading: Reading | ProviderError;
  try {
    reading = await chain.readDeposits(proof.reference, new Set([watched]), signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    reading = error;
  }
  return inTransaction(deps.db, async (tx) => {
    await lockPayout(tx, payoutId);
    const before = verdictOf((await proofsOfPayout(tx, payoutId)).find(({ id }) => id === proof.id)!);
    if (before !== null) return before;
    const { payout, attempt } = await lockOutside(tx, payoutId);
    const now = deps.clock.now();
    const verdict = await judged(deps, tx, { payout, proof, reading, watched });
    const { id } = proof;
    if (verdict.kind === "proved") {
      await judgeProof(tx, id, { looked_at: now, waits_for: null, brought: verdict.brought, proved_at: now });
      await completeOutside(deps, tx, { payout, attempt, at: verdict.at });
      return verdict;
    }
    const { reason } = verdict;
    await judgeProof(tx, id, {
      looked_at: now,
      ...(verdict.kind === "refused" ? { refused_at: now, refused_because: reason } : { waits_for: reason }),
    });
    const age = now.getTime() - proof.created_at.getTime();
    const afterMs = verdict.kind === "refused" ? hourMs : Math.min(Math.max(30_000, age / 10), hourMs);
    const set = verdict.kind === "refused" ? { review_reason: reason } : {};
    await payoutLife.lookAgain(tx, payoutId, new Date(now.getTime() + afterMs), set);
    return verdict;
  });
}

/** What was decided of a payment already: of two who look at once, the second finds it so. */
function verdictOf({ proved_at: at, brought, refused_because: because }: PayoutProof): ProofVerdict | null {
  if (at !== null) return { kind: "proved", brought: brought ?? 0n, at };
  return because === null ? null : { kind: "refused", reason: because as ProofRefusal };
}

/** What the chain's answer means beside what is booked here: one transaction pays one payout, and none that the engine sent. */
async function judged(
  deps: PayoutDeps,
  tx: Tx,
  at: {
    payout: Payout;
    proof: PayoutProof;
    reading: Reading | ProviderError;
    watched: string;
  },
): Promise<ProofVerdict> {
  const { payout, proof, reading, watched } = at;
  const asset = deps.registry.get(payout.destination_asset);
  const hash = proof.reference;
  if ((await ownTransactionsAmong(tx, asset.chain, [hash])).has(hash))
    return { kind: "refused", reason: "transaction_of_ours" };
  if (reading instanceof ProviderError) return { kind: "unknown", reason: `provider: ${reading.reason}` };
  const senders = reading.status === "included" ? reading.deposits.flatMap(({ from }) => from ?? []) : [];
  const verdict = judgeReading(reading, {
    asset,
    address: watched,
    amount: owedOf(payout),
    approvedAt: (await approvalAtTake(tx, payout)).updated_at,
    ownWallets: await ownSenders(tx, asset.chain, senders),
  });
  if (verdict.kind !== "proved") return verdict;
  // What a swap under way may bring the same payee is not this payment: it is asked again once the swap has ended.
  const { destination_address: payeeAddress } = payout;
  const coins = { chain: asset.chain, asset: asset.id, amount: verdict.brought, hash };
  const awaited = { ...coins, claimantId: null, payeeAddress };
  if ((await swapExpects(tx, awaited)) !== null) return { kind: "unknown", reason: "expected_by_a_swap" };
  const claim = { chain: asset.chain, hash, now: deps.clock.now() };
  return (await claimPaidOutside(tx, claim)) ? verdict : { kind: "refused", reason: "delivery_of_a_swap" };
}

/** The payee has it. The operator advanced it: what was owed to the payee is owed to the owner now, and the coins stay here. */
async function completeOutside(
  deps: PayoutDeps,
  tx: Tx,
  { payout, attempt, at }: { payout: Payout; attempt: PayoutAttempt; at: Date },
): Promise<void> {
  const { id, payee_id: payeeId, asset, amount } = payout;
  const { terms_hash: approved } = await approvalAtTake(tx, payout);
  const isAsApproved = approved.equals(hashTerms(payoutTerms(payout)));
  if (!isAsApproved || !(await payoutCovered(tx, { id, payeeId, asset, amount }))) throw notApproved();
  await postEntry(tx, {
    id: derivedId("payout_attempt", attempt.id, "paid_outside"),
    reason: "payout_paid_outside",
    happenedAt: at,
    postings: [
      {
        debit: accounts.payee(payeeId, "held"),
        credit: accounts.platform("funding"),
        money: { asset, amount },
      },
    ],
  });
  await followAttempt(deps, tx, attempt.id);
}
