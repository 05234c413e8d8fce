import type { IncludedIn, Receipt } from "../chains/receiving.ts";
import { sql, type Tx } from "../database/index.ts";
import { markSpendable } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { type JobContext, enqueueOnce } from "../jobs/index.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import { claimableOf, inClaim, recordReceipt } from "../arrivals/index.ts";
import { listWallets, type Wallet } from "../transfers/index.ts";
import { divide } from "../money/index.ts";
import { days } from "../lifecycle/index.ts";
import { settlementId, undivided } from "./settlement.ts";
import type { PaymentDeps } from "./deps.ts";
import { directProcessor } from "./payment.ts";
import { findPayment, type Payment } from "./payment-store.ts";
import { paymentEntryId } from "./settle-payments.ts";
import { payoutsPlan } from "./tasks.ts";

/** "tomorrow": nothing says that they come soon, as of coins in the processor's custody. */
export type ArrivalState = "done" | "later" | "tomorrow";

/** A settlement may bring this much less than announced before its earnings are held back; the platform bears it. */
const leastArrivedBps = 9_900n;
/** A hash that the chain does not show for so long may have been replaced by the processor: it is asked again. */
const hashTrustedMs = 3_600_000;

/** What waits here arrived from a processor and is not attributed to a payment yet. */
const unattributed = undivided;

/** Coins of a refunded payment were written off; should they come after all, they are noticed for so long. */
const lateCoinsMs = days(14);

const notIts: ReadonlySet<string> = new Set(["receipt_already_attributed", "arrival_contradicted"]);

/** Looks for the processor's own transfer to a wallet of ours, and books it when the chain shows it final. */
export async function followArrival(
  deps: PaymentDeps,
  payment: Payment,
  context: JobContext,
): Promise<ArrivalState> {
  const { arrival, status } = payment;
  // Coins of a direct payment are gathered from its address, and whoever gathers them says so.
  if (payment.processor === directProcessor) return arrival === "expected" ? "tomorrow" : "done";
  const writtenOff = status === "refunded" && arrival === "none";
  if (payment.settled_asset === null || arrival === "seen" || (arrival === "none" && !writtenOff))
    return "done";
  if (writtenOff && deps.clock.now().getTime() - payment.updated_at.getTime() > lateCoinsMs) return "done";
  const settlement = await findSettlement(deps, payment, context.signal);
  if (settlement === "later") return writtenOff ? "tomorrow" : "later";
  if (settlement === "tomorrow") return "tomorrow";
  const seen = await inClaim(deps, (tx) => bookSettlement(deps, tx, settlement, null)).catch(
    (error: unknown) => {
      // What it names is somebody else's, was moved by ourselves, or is denied by the chain: its own coins may still come.
      if (error instanceof DomainError && notIts.has(error.code)) return new Set<string>();
      throw error;
    },
  );
  if (seen.has(payment.id)) return "done";
  // It may come by another transfer: a rest's by one of its own, or the processor knew no better when it named this one.
  await askForHash(deps, payment, context.signal);
  context.log.error(
    { payment_id: payment.id, hash: settlement.hash },
    "the processor's transfer does not bring what it announced for this payment; its earnings are held back",
  );
  return writtenOff ? "tomorrow" : "later";
}

/** The processor's transfer that brings a payment's coins, once it is final; until then, when to look again. */
export async function findSettlement(
  deps: PaymentDeps,
  payment: Payment,
  signal: AbortSignal,
): Promise<Settlement | "later" | "tomorrow"> {
  const assetId = payment.settled_asset ?? "";
  const { chain: chainName } = deps.registry.get(assetId);
  const chain = deps.chains.get(chainName);
  if (!chain) return "tomorrow"; // not a chain we run: the coins count as the processor's until an operator moves them
  const wallets = await listWallets(deps.db, chainName);
  const told = payment.settlement_hash ?? (await askForHash(deps, payment, signal));
  if (told === null)
    return (await findPayment(deps.db, payment.id))?.arrival === "custody" ? "tomorrow" : "later";
  const hash = await normalise(deps, payment, told);
  if (hash === null || wallets.length === 0) return "later";
  const addresses = wallets.map((wallet) => wallet.address);
  const reading = await chain.readTransaction(hash, addresses, signal);
  if (reading.status !== "succeeded" || !reading.final) {
    const age = deps.clock.now().getTime() - (payment.settled_at ?? payment.created_at).getTime();
    if (reading.status !== "succeeded" && age > hashTrustedMs) await askForHash(deps, payment, signal);
    return "later";
  }
  const { includedIn, receipts } = reading;
  return { processor: payment.processor, assetId, hash, includedIn, receipts, wallets };
}

/** The hash in the chain's normal form, kept so. Null for a text that is none: the processor is asked again. */
async function normalise(deps: PaymentDeps, payment: Payment, told: string): Promise<string | null> {
  const chain = deps.chains.get(deps.registry.get(payment.settled_asset ?? "").chain);
  try {
    const hash = chain?.normaliseHash(told) ?? null;
    if (hash !== payment.settlement_hash)
      await sql`
        update payment set settlement_hash = ${hash}, arrival = case status when 'refunded' then arrival else 'expected' end
        where id = ${payment.id} and arrival <> 'seen'`.execute(deps.db);
    return hash;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    deps.log.error({ error, payment_id: payment.id }, "the processor names a settlement hash that is none");
    await sql`update payment set settlement_hash = null where id = ${payment.id}`.execute(deps.db);
    return null;
  }
}

async function askForHash(deps: PaymentDeps, payment: Payment, signal: AbortSignal): Promise<string | null> {
  const found = await deps.processors.get(payment.processor)?.fetchPayment(payment.external_id, signal);
  if (!found) return null;
  const { settlementHash, inCustody } = found.payment;
  const arrival = inCustody ? "custody" : "expected";
  await sql`
    update payment set arrival = ${arrival}, settlement_hash = coalesce(${inCustody ? null : settlementHash}, settlement_hash)
    where id = ${payment.id} and arrival in ('expected', 'custody')`.execute(deps.db);
  return inCustody ? null : settlementHash;
}

export interface Settlement {
  readonly processor: string;
  readonly assetId: string;
  readonly hash: string;
  readonly includedIn: IncludedIn;
  readonly receipts: readonly Receipt[];
  readonly wallets: readonly Wallet[];
}

/**
 * Books what one transfer of the processor's brought, once, and gives it to the payments it settles, oldest first. One
 * transfer may settle several payments, and we may hear of them one after the other: what no payment claims yet waits in
 * suspense. A payment's earnings can be spent only when its coins are here.
 * @param acceptShort a payment that an operator takes with whatever is left for it; null: none.
 * @returns the payments whose coins are here.
 */
export async function bookSettlement(
  deps: PaymentDeps,
  tx: Tx,
  settlement: Settlement,
  acceptShort: string | null,
): Promise<Set<string>> {
  const { processor, assetId, hash } = settlement;
  // Those written off as never arriving come last: what is expected has the better claim.
  const { rows: payments } = await sql<Payment>`
    select * from payment
    where processor = ${processor} and settled_asset = ${assetId} and settlement_hash = ${hash}
      and (arrival in ('expected', 'seen') or (status = 'refunded' and arrival = 'none'))
    order by status = 'refunded', id for update`.execute(tx);
  const arrived = await recordReceipts(deps, tx, settlement);
  const seen = payments.filter((payment) => payment.arrival === "seen");
  const claimed = seen.reduce((sum, payment) => sum + (payment.arrived_amount ?? 0n), 0n);
  let left = arrived > claimed ? arrived - claimed : 0n;
  const here = new Set(seen.map((payment) => payment.id));
  for (const payment of payments.filter((one) => one.arrival !== "seen")) {
    const announced = payment.settled_amount ?? 0n;
    const part = left < announced ? left : announced;
    const enough = payment.status === "refunded" || payment.id === acceptShort ? 1n : leastOf(announced);
    if (part < enough) continue;
    const happenedAt = settlement.includedIn.blockTime;
    if (payment.status === "refunded") await owePayerBack(tx, payment, { part, happenedAt });
    else await markSeen(tx, payment, { part, shortfall: announced - part, happenedAt });
    left -= part;
    here.add(payment.id);
  }
  return here;
}

const leastOf = (announced: bigint): bigint => divide(announced * leastArrivedBps, 10_000n, "up");

/** The payment was refunded and its coins came all the same: they are with us and owed to somebody. */
async function owePayerBack(
  tx: Tx,
  payment: Payment,
  { part, happenedAt }: { part: bigint; happenedAt: Date },
): Promise<void> {
  await postEntry(tx, {
    id: paymentEntryId(payment.id, "arrived_after_refund"),
    reason: "settlement_arrived_after_refund",
    happenedAt,
    postings: [
      {
        debit: unattributed,
        credit: accounts.suspense("refunds"),
        money: { asset: payment.settled_asset ?? "", amount: part },
      },
    ],
  });
  await sql`
    update payment set arrival = 'seen', arrived_amount = ${part}, next_check_at = null
    where id = ${payment.id}`.execute(tx);
}

async function recordReceipts(deps: PaymentDeps, tx: Tx, settlement: Settlement): Promise<bigint> {
  const { processor, assetId, hash, includedIn, wallets } = settlement;
  const claimant = {
    purpose: "settlement",
    purpose_id: settlementId(processor, hash),
    evidence: "named_hash",
  } as const;
  let arrived = 0n;
  for (const receipt of await claimableOf(tx, claimant, hash, settlement.receipts)) {
    const wallet = wallets.find((one) => one.address.toLowerCase() === receipt.to.toLowerCase());
    if (receipt.asset.id !== assetId || !wallet) continue;
    await recordReceipt(tx, {
      chain: wallet.chain,
      transactionHash: hash,
      receipt,
      alongside: settlement.receipts,
      wallet,
      purpose: claimant.purpose,
      purposeId: claimant.purpose_id,
      credit: unattributed,
      happenedAt: includedIn.blockTime,
      now: deps.clock.now(),
      by: processor,
      evidence: claimant.evidence,
    });
    arrived += receipt.amount;
  }
  return arrived;
}

async function markSeen(
  tx: Tx,
  payment: Payment,
  { part, shortfall, happenedAt }: { part: bigint; shortfall: bigint; happenedAt: Date },
): Promise<void> {
  const asset = payment.settled_asset ?? "";
  const credit = accounts.processor(payment.processor);
  const postings: Posting[] = [
    { debit: unattributed, credit, money: { asset, amount: part } },
    { debit: accounts.platform("variance"), credit, money: { asset, amount: shortfall } },
  ];
  await postEntry(tx, {
    id: paymentEntryId(
      payment.id,
      payment.arrivals_lost === 0 ? "arrived" : `arrived:${payment.arrivals_lost}`,
    ),
    reason: "settlement_arrived",
    happenedAt,
    postings: postings.filter((posting) => posting.money.amount > 0n),
  });
  // In review it still waits for a person.
  await sql`
    update payment set arrival = 'seen', arrived_amount = ${part}, next_check_at = case status when 'in_review' then next_check_at end,
      deadline_at = case status when 'in_review' then deadline_at end
    where id = ${payment.id}`.execute(tx);
  if (await markSpendable(tx, [payment.id])) await enqueueOnce(tx, payoutsPlan, {});
}
