import { readTransactionInput } from "../chains/index.ts";
import type { ReceivingChain } from "../chains/receiving.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { suggestChain } from "../money/index.ts";
import { newId } from "../ids.ts";
import { addressesOf, watchedAddresses } from "../addresses/index.ts";
import { findOrder, leastToPay, lockOrder, quotesOf } from "../orders/index.ts";
import { paidForOrder } from "../payments/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { DepositDeps } from "./deps.ts";
import { claimLife, type ClaimStatus, type DepositRow } from "./deposit.ts";
import { judgeClaim, type ClaimReason, type ClaimVerdict } from "./judge-claim.ts";
import { judgedOrderOf } from "./judged-order.ts";
import { readAndBookOne } from "./take-reading.ts";
import { depositTasks } from "./tasks.ts";

/** What a payer told us of a payment, and what came of it. */
export interface PaymentClaim {
  readonly id: string;
  readonly order_id: string;
  readonly chain: string;
  readonly transaction_hash: string;
  readonly status: ClaimStatus;
  readonly reason: ClaimReason;
  readonly details: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** How long a transaction that nobody finds is looked for after its order ended. */
const lookedForMs = 24 * 3_600_000;
/** Other chains of the family are asked so long after a claim was made: then the payer named the right one. */
const searchElsewhereMs = 15 * 60_000;
/** Hashes told for one order that are not decided yet. More are somebody trying. */
const mostOpenClaims = 20;

/**
 * Takes a payer's word that they paid, and asks the chain at once. The answer is a state, never an error about the payment:
 * what cannot be told yet is asked again in the background. The same hash in another spelling is the same claim.
 * @throws {DomainError} `unknown_order`, `unsupported_chain`, `chain_not_accepted`, `invalid_transaction_hash`, `wrong_network`
 *   (the text is of another network), `too_many_claims`.
 */
export async function verifyPayment(
  deps: DepositDeps,
  told: { orderId: string; chain: string; transactionHash: string },
  signal: AbortSignal,
): Promise<{ claim: PaymentClaim; deposits: DepositRow[] }> {
  const chain = chainNamed(deps, told.chain);
  const hash = readTransactionInput(chain, told.transactionHash);
  await refuseForeignChain(deps, chain, told.orderId);
  const id = await inTransaction(deps.db, (tx) =>
    openClaim(deps, tx, { orderId: told.orderId, chain: chain.name, hash }),
  );
  await checkClaim(deps, id, signal);
  return readClaim(deps.db, id);
}

/**
 * A chain on which nothing of this order's can have come. One of the family of an accepted chain is asked all the same: the
 * order's address is valid there too, and coins sent to it by mistake are found.
 * @throws {DomainError} `unknown_order`, `chain_not_accepted`
 */
async function refuseForeignChain(deps: DepositDeps, chain: ReceivingChain, orderId: string): Promise<void> {
  if ((await findOrder(deps.db, orderId)) === null)
    throw new DomainError("unknown_order", `There is no order ${orderId}.`);
  const quotes = await quotesOf(deps.db, orderId);
  const accepted = [...new Set(quotes.map(({ asset }) => deps.registry.get(asset).chain))];
  if (accepted.some((name) => deps.depositChains.get(name)?.family === chain.family)) return;
  throw new DomainError(
    "chain_not_accepted",
    accepted.length === 0
      ? "This order is paid at its checkout page, not straight on a chain."
      : `This order is not paid on ${chain.name}; it is paid on ${accepted.join(", ")}.`,
  );
}

function chainNamed(deps: DepositDeps, name: string): ReceivingChain {
  const chain = deps.depositChains.get(name);
  if (chain) return chain;
  const names = [...deps.depositChains.keys()];
  const meant = suggestChain(name.slice(0, 100), names);
  const hint = meant === null ? "." : `; did you mean ${meant}?`;
  throw new DomainError(
    "unsupported_chain",
    `"${name.slice(0, 60)}" is not a chain on which we are paid${hint} Those are: ${names.join(", ") || "none"}.`,
  );
}

async function openClaim(
  deps: DepositDeps,
  tx: Tx,
  at: { orderId: string; chain: string; hash: string },
): Promise<string> {
  const now = deps.clock.now();
  await lockOrder(tx, at.orderId, "no key update");
  const open = await sql<{ others: number; known: number }>`
    select count(*) filter (where status in ('waiting', 'in_review')) as others,
      count(*) filter (where chain = ${at.chain} and transaction_hash = ${at.hash}) as known
    from payment_claim where order_id = ${at.orderId}`.execute(tx);
  if (open.rows[0]!.known === 0 && open.rows[0]!.others >= mostOpenClaims)
    throw new DomainError(
      "too_many_claims",
      "Too many transactions of this order wait to be verified. Wait until some are decided.",
    );
  const { rows } = await sql<{ id: string }>`
    insert into payment_claim (id, order_id, chain, transaction_hash, status, reason, created_at, updated_at, next_check_at, deadline_at)
    values (${newId()}, ${at.orderId}, ${at.chain}, ${at.hash}, 'waiting', 'checking', ${now}, ${now}, ${now},
      ${claimLife.watchFrom("waiting", now).deadline_at})
    on conflict (order_id, chain, transaction_hash) do nothing returning id`.execute(tx);
  if (rows[0]) {
    const cause = { kind: "api", ref: "payments.verify" } as const;
    await claimLife.recordCreation(tx, { id: rows[0].id, to: "waiting", cause, now });
    return rows[0].id;
  }
  const same = await sql<{ id: string }>`
    select id from payment_claim
    where order_id = ${at.orderId} and chain = ${at.chain} and transaction_hash = ${at.hash}`.execute(tx);
  return same.rows[0]!.id;
}

export async function readClaim(
  db: Db,
  id: string,
): Promise<{ claim: PaymentClaim; deposits: DepositRow[] }> {
  const { rows } = await sql<PaymentClaim>`select * from payment_claim where id = ${id}`.execute(db);
  const stored = rows[0];
  if (stored === undefined) throw new DomainError("not_found", `There is no payment claim ${id}.`);
  const claim = { ...stored, reason: await reasonNow(db, stored) };
  const deposits = await sql<DepositRow>`
    select * from deposit where chain = ${claim.chain} and transaction_hash = ${claim.transaction_hash}
      and order_id = ${claim.order_id} order by transfer_index`.execute(db);
  return { claim, deposits: deposits.rows };
}

/** Whether what was credited is enough changes with the order's other payments, so it is told as of now. */
async function reasonNow(db: Db, { order_id: orderId, status, reason }: PaymentClaim): Promise<ClaimReason> {
  if (status !== "accepted" || reason === "overpaid") return reason;
  const order = await findOrder(db, orderId);
  const { paid } = await paidForOrder(db, orderId);
  return order !== null && paid >= leastToPay(order) ? "credited" : "underpaid";
}

/** Asks the chain about one claim and records where it stands. Safe to repeat. */
export async function checkClaim(deps: DepositDeps, id: string, signal: AbortSignal): Promise<void> {
  const { claim } = await readClaim(deps.db, id);
  if (claim.status === "accepted") return;
  const chain = deps.depositChains.get(claim.chain);
  if (!chain) return;
  const watched = await watchedAddresses(deps.db, chain.family);
  const cause = { kind: "api", ref: `claim ${id}` } as const;
  const searchElsewhere = deps.clock.now().getTime() - claim.created_at.getTime() < searchElsewhereMs;
  const asked = { chain, hash: claim.transaction_hash, watched, cause };
  try {
    const { reading, rows } = await readAndBookOne(deps, asked, signal);
    const foundElsewhere =
      searchElsewhere && reading.status === "not_found" && (await isElsewhere(deps, chain, claim, signal));
    await inTransaction(deps.db, async (tx) => {
      const order = await judgedOrderOf(tx, claim.order_id);
      if (order === null) return;
      const verdict = judgeClaim({
        orderId: claim.order_id,
        orderPaid: order.paidUsdMicros >= order.leastUsdMicros,
        reading,
        deposits: rows,
        unlistedForOrder: await unlistedFor(tx, claim),
        foundElsewhere,
        over:
          deps.clock.now().getTime() >
          Math.max(order.expiresAt.getTime(), claim.created_at.getTime()) + lookedForMs,
      });
      await record(deps, tx, claim, verdict, { reading: summary(reading) });
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const verdict = { status: "waiting", reason: "provider_unavailable" } as const;
    const details = { provider: error.provider, operation: error.operation, reason: error.reason };
    await inTransaction(deps.db, (tx) => record(deps, tx, claim, verdict, details));
  }
}

/** What the chain said, kept with the claim: whoever doubts a verdict can see what it was made of. */
const summary = (reading: Awaited<ReturnType<ReceivingChain["readDeposits"]>>) =>
  reading.status === "included"
    ? {
        status: reading.status,
        block: String(reading.includedIn.blockNumber),
        succeeded: reading.succeeded,
        final: reading.final,
        confirmations: String(reading.confirmations),
        block_hash: reading.includedIn.blockHash,
        may_hide_transfers: reading.mayHideTransfers,
        deposits: reading.deposits.map(({ asset, amount, ...one }) => ({
          ...one,
          asset: asset.id,
          amount: String(amount),
        })),
        unlisted: reading.unlisted.map(({ amount, ...one }) => ({ ...one, amount: String(amount) })),
      }
    : { status: reading.status };

/** Hashes of one family look alike: a payer who named the wrong network is told so. */
async function isElsewhere(
  deps: DepositDeps,
  { name, family }: ReceivingChain,
  claim: PaymentClaim,
  signal: AbortSignal,
): Promise<boolean> {
  const others = [...deps.depositChains.values()].filter((one) => one.family === family && one.name !== name);
  const watched = await watchedAddresses(deps.db, family);
  for (const chain of others)
    try {
      const cause = { kind: "api", ref: `claim ${claim.id}` } as const;
      const { reading } = await readAndBookOne(
        deps,
        { chain, hash: claim.transaction_hash, watched, cause },
        signal,
      );
      if (reading.status === "included") return true;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  return false;
}

async function unlistedFor(tx: Tx, claim: PaymentClaim): Promise<boolean> {
  const { rows } = await sql<{ address: string }>`
    select address from unlisted_arrival
    where chain = ${claim.chain} and transaction_hash = ${claim.transaction_hash}`.execute(tx);
  if (rows.length === 0) return false;
  const quoted = (await quotesOf(tx, claim.order_id)).map(({ address }) => address);
  const given = new Set([...quoted, ...(await addressesOf(tx, claim.order_id))]);
  return rows.some(({ address }) => given.has(address));
}

async function record(
  deps: DepositDeps,
  tx: Tx,
  claim: PaymentClaim,
  { status, reason }: ClaimVerdict,
  details: Record<string, unknown>,
): Promise<void> {
  const now = deps.clock.now();
  const { rows } = await sql<PaymentClaim>`
    select * from payment_claim where id = ${claim.id} for no key update`.execute(tx);
  const current = rows[0]!;
  if (current.status === "accepted") return;
  const age = now.getTime() - claim.created_at.getTime();
  // Nothing moves quickly any more once a person has to look.
  const longestMs = status === "in_review" ? 6 * 3_600_000 : 600_000;
  const runAt = new Date(now.getTime() + Math.min(Math.max(deps.settings.watchMs, age / 10), longestMs));
  const set = { reason, details: JSON.stringify(details) };
  if (current.status !== status)
    await claimLife.advance(tx, {
      id: claim.id,
      from: current.status,
      to: status,
      cause: { kind: "chain", ref: `${claim.chain}/${claim.transaction_hash}`, note: reason },
      now,
      set,
    });
  else
    await sql`
      update payment_claim set reason = ${reason}, details = ${set.details}::jsonb, updated_at = ${now}
      where id = ${claim.id}`.execute(tx);
  if (status === "waiting" || status === "in_review") await claimLife.lookAgain(tx, claim.id, runAt);
}

export const checkClaimJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.checkClaim, {
    run: ({ id }, { signal }) => checkClaim(deps, id, signal),
  });
