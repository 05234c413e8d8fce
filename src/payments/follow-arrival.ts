import type { IncludedIn, Receipt } from "../chains/port.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { enqueue, type JobContext } from "../jobs/index.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import { listWallets, recordReceipt, type Wallet } from "../transfers/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { findPayment, type Payment } from "./payment-store.ts";
import { paymentEntryId } from "./settle-payments.ts";

export type ArrivalState = "done" | "later" | "in_custody";

/** A settlement may bring this much less than announced before its earnings are held back; the platform bears it. */
const leastArrivedBps = 9_900n;
/** A hash that the chain does not show for so long may have been replaced by the processor: it is asked again. */
const hashTrustedMs = 3_600_000;

/** What waits here arrived from a processor and is not attributed to a payment yet. */
const unattributed = accounts.suspense("settlements");

/** Looks for the processor's own transfer to a wallet of ours, and books it when the chain shows it final. */
export async function followArrival(
  deps: PaymentDeps,
  payment: Payment,
  context: JobContext,
): Promise<ArrivalState> {
  const { arrival, settled_asset: assetId, status } = payment;
  if (assetId === null || status === "refunded" || arrival === "none" || arrival === "seen") return "done";
  const { chain: chainName } = deps.registry.get(assetId);
  const chain = deps.chains.get(chainName);
  if (!chain) return "done"; // not a chain we run: the coins count as the processor's until an operator moves them
  const wallets = await listWallets(deps.db, chainName);
  const told = payment.settlement_hash ?? (await askForHash(deps, payment, context.signal));
  if (told === null)
    return (await findPayment(deps.db, payment.id))?.arrival === "custody" ? "in_custody" : "later";
  const hash = await normalise(deps, payment, told);
  if (hash === null || wallets.length === 0) return "later";
  const addresses = wallets.map((wallet) => wallet.address);
  const reading = await chain.readTransaction(hash, addresses, context.signal);
  if (reading.status !== "succeeded" || !reading.final) {
    const age = deps.clock.now().getTime() - (payment.settled_at ?? payment.created_at).getTime();
    if (reading.status !== "succeeded" && age > hashTrustedMs)
      await askForHash(deps, payment, context.signal);
    return "later";
  }
  const { includedIn, receipts } = reading;
  const settlement: Settlement = {
    processor: payment.processor,
    assetId,
    hash,
    includedIn,
    receipts,
    wallets,
  };
  const seen = await inTransaction(deps.db, (tx) => bookSettlement(deps, tx, settlement));
  if (seen.has(payment.id)) return "done";
  context.log.error(
    { payment_id: payment.id, hash },
    "the processor's transfer does not bring what it announced for this payment; its earnings are held back",
  );
  return "later";
}

/** The hash in the chain's normal form, kept so. Null for a text that is none: the processor is asked again. */
async function normalise(deps: PaymentDeps, payment: Payment, told: string): Promise<string | null> {
  const chain = deps.chains.get(deps.registry.get(payment.settled_asset ?? "").chain);
  try {
    const hash = chain?.normaliseHash(told) ?? null;
    if (hash !== payment.settlement_hash)
      await sql`update payment set settlement_hash = ${hash}, arrival = 'expected' where id = ${payment.id} and arrival <> 'seen'`.execute(
        deps.db,
      );
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

interface Settlement {
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
 * @returns the payments whose coins are here.
 */
async function bookSettlement(deps: PaymentDeps, tx: Tx, settlement: Settlement): Promise<Set<string>> {
  const { processor, assetId, hash } = settlement;
  const { rows: payments } = await sql<Payment>`
    select * from payment
    where processor = ${processor} and settled_asset = ${assetId} and settlement_hash = ${hash} and arrival in ('expected', 'seen')
    order by id for update`.execute(tx);
  const arrived = await recordReceipts(deps, tx, settlement);
  const seen = payments.filter((payment) => payment.arrival === "seen");
  const claimed = seen.reduce((sum, payment) => sum + (payment.settled_amount ?? 0n), 0n);
  let left = arrived > claimed ? arrived - claimed : 0n;
  const here = new Set(seen.map((payment) => payment.id));
  for (const payment of payments.filter((one) => one.arrival === "expected")) {
    const announced = payment.settled_amount ?? 0n;
    if (left * 10_000n < announced * leastArrivedBps) continue;
    const part = left < announced ? left : announced;
    await markSeen(tx, payment, {
      part,
      shortfall: announced - part,
      happenedAt: settlement.includedIn.blockTime,
    });
    left -= part;
    here.add(payment.id);
  }
  return here;
}

async function recordReceipts(deps: PaymentDeps, tx: Tx, settlement: Settlement): Promise<bigint> {
  const { processor, assetId, hash, includedIn, wallets } = settlement;
  let arrived = 0n;
  for (const receipt of settlement.receipts) {
    const wallet = wallets.find((one) => one.address.toLowerCase() === receipt.to.toLowerCase());
    if (receipt.asset.id !== assetId || !wallet) continue;
    await recordReceipt(tx, {
      chain: wallet.chain,
      transactionHash: hash,
      receipt,
      walletId: wallet.id,
      purpose: "settlement",
      purposeId: derivedId("settlement", processor, hash),
      credit: unattributed,
      happenedAt: includedIn.blockTime,
      now: deps.clock.now(),
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
    id: paymentEntryId(payment.id, "arrived"),
    reason: "settlement_arrived",
    happenedAt,
    postings: postings.filter((posting) => posting.money.amount > 0n),
  });
  await sql`update payment set arrival = 'seen', next_check_at = null, deadline_at = null where id = ${payment.id}`.execute(
    tx,
  );
  const { rows } = await sql<{ route: string }>`
    update earning set spendable = true where payment_id = ${payment.id} returning route`.execute(tx);
  if (rows.some((row) => row.route === "instant"))
    await enqueue(tx, "payouts.plan", {}, { key: "payouts.plan:instant" });
}
