import type { ReceivingChain } from "../chains/receiving.ts";
import type { Db, Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { accounts } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { getWallet } from "../transfers/index.ts";
import { broughtTo, findHolder, lockArrivals, type ArrivalPlace, type Holder } from "./arrival-store.ts";
import type { ArrivalDeps, Claimant, Taking } from "./deps.ts";
import { recordReceipt } from "./record-receipt.ts";

/** Whose an operator says that an arrival is. */
export type Recipient =
  /** The owner's own funds. */
  | { readonly kind: "top_up" }
  /** A payment whose processor owes its coins: they are divided among the payments of that transaction. */
  | { readonly kind: "payment"; readonly id: string }
  /** An order that a payer's coins are for: they are booked for it as a deposit that an operator assigns. */
  | { readonly kind: "order"; readonly id: string }
  /** Nobody's, until somebody shows more than whoever had it. */
  | { readonly kind: "unclaimed" };

export interface Reattribute {
  readonly at: ArrivalPlace;
  readonly to: Recipient;
  readonly reason: string;
  readonly proof: string;
  readonly by: string;
}

export interface ReattributeDeps extends ArrivalDeps {
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
}

/**
 * Gives an arrival to somebody else, against what was booked, by the word of two persons. The chain is read first: what it
 * does not show, or shows as a move of our own, is not given to anybody.
 * @throws {DomainError} `unknown_arrival`, `arrival_contradicted`, `arrival_kept`, `receipt_already_attributed`,
 * `unknown_order`, `second_person_needed`, and what the room of whoever is to have it says.
 * @throws {ProviderError} the chain gives no answer: nothing was done.
 */
export async function reattribute(
  deps: ReattributeDeps,
  asked: Reattribute,
  signal: AbortSignal,
): Promise<void> {
  const { at, to, reason, proof, by } = asked;
  const seen = await getArrival(deps.db, at);
  refuseKept(seen);
  await assertOnChain(deps, seen, signal);
  const now = deps.clock.now();
  const id = "id" in to ? to.id : null;
  const input = { to: to.kind, id, reason, proof };
  const subject = idOf(seen);
  await deps.secondPerson.asTwo(
    { decision: "arrival.reattribute", subject, input, by, now },
    async (tx, both) => {
      // From here on nobody else gives it away: whoever has it now is asked to give it back, and nobody who had it before.
      await lockArrivals(tx, [at]);
      const holder = await getArrival(tx, at);
      refuseKept(holder);
      const note = `given to ${to.kind}${id === null ? "" : ` ${id}`}: ${reason}; by ${both.first} and ${both.second}`;
      const step = { cause: { kind: "operator", ref: by, note } as const, now };
      const { book, ...claimant } = await claimantOf(deps, tx, holder, to);
      const wallet = await getWallet(tx, holder.wallet_id);
      const released = await releasedBy(deps, tx, holder, step);
      await recordReceipt(tx, {
        ...at,
        receipt: {
          index: at.index,
          asset: registry.get(holder.asset),
          from: holder.from_address,
          to: wallet.address,
          amount: holder.amount,
        },
        alongside: null, // the chain was read for this very one
        wallet,
        ...claimant,
        happenedAt: holder.received_at,
        now,
        by: `${both.first}, ${both.second}`,
        evidence: "reattributed",
        why: { reason, proof, released, holdsBy: to.kind === "unclaimed" ? "none" : "reattributed" },
      });
      await book?.(holder.seq + 1, step);
    },
  );
}

/** What an arrival is called where one word must name it. */
export const idOf = (one: Pick<Holder, "chain" | "transaction_hash" | "receipt_index">): string =>
  `${one.chain}/${one.transaction_hash}/${one.receipt_index}`;

/** @throws {DomainError} `unknown_arrival` */
export async function getArrival(db: Db | Tx, at: ArrivalPlace): Promise<Holder> {
  const holder = await findHolder(db, at);
  if (holder === null)
    throw new DomainError(
      "unknown_arrival",
      `Nothing is booked of ${at.transactionHash} (${at.index}) on ${at.chain}. List the arrivals to find it.`,
    );
  return holder;
}

function refuseKept(holder: Holder): void {
  if (holder.evidence === "own_transfer")
    throw new DomainError(
      "arrival_contradicted",
      "These coins left an address of ours, as the chain shows: they were moved, and are nobody else's.",
    );
}

async function assertOnChain(
  { db, depositChains }: ReattributeDeps,
  holder: Holder,
  signal: AbortSignal,
): Promise<void> {
  const chain = depositChains.get(holder.chain);
  if (chain === undefined)
    throw new DomainError(
      "unsupported_chain",
      `${holder.chain} is not configured here. Configure it, then try again.`,
    );
  const { address } = await getWallet(db, holder.wallet_id);
  const reading = await chain.readDeposits(holder.transaction_hash, new Set([address]), signal);
  const shown =
    reading.status === "included" &&
    reading.succeeded &&
    reading.final &&
    reading.deposits.some(
      ({ index, asset, amount }) =>
        // What came again after a reorganisation has its count behind the chain's own word.
        index === holder.receipt_index.split(/[#~]/)[0] &&
        asset.id === holder.asset &&
        amount === holder.amount,
    );
  if (!shown)
    throw new DomainError(
      "arrival_contradicted",
      `${holder.chain} does not show ${holder.transaction_hash} (${holder.receipt_index}) as a final arrival of that amount now. Nothing was changed.`,
    );
}

/** Base units that whoever has it gives back; null: what stands in its account tells. */
async function releasedBy(
  { arrivals }: ReattributeDeps,
  tx: Tx,
  holder: Holder,
  step: Omit<Taking, "brought">,
): Promise<bigint | null> {
  const ask = arrivals.released.get(holder.purpose);
  return ask === undefined ? null : ask(tx, holder, { ...step, brought: await broughtTo(tx, holder) });
}

async function claimantOf(
  { arrivals }: ReattributeDeps,
  tx: Tx,
  holder: Holder,
  to: Recipient,
): Promise<Claimant> {
  if (to.kind === "order") return arrivals.forOrder(tx, to.id, holder);
  if (to.kind === "payment" && holder.purpose === "deposit")
    throw new DomainError(
      "arrival_kept",
      "These coins came to an address that payers are given: no processor settles there. Give them to an order.",
    );
  if (to.kind === "payment") return arrivals.forPayment(tx, to.id, holder);
  const purposeId = holder.wallet_id;
  return to.kind === "top_up"
    ? { purpose: "top_up", purposeId, credit: accounts.platform("funding") }
    : { purpose: "unclaimed", purposeId, credit: accounts.suspense("unclaimed") };
}
