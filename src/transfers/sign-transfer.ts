import type { FeeEstimate, Signer } from "../chains/port.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { availableFunds, type AvailableFunds, type OnChainBalances } from "./available-funds.ts";
import type { TransferDeps } from "./deps.ts";
import { later, type Route } from "./route.ts";
import { advanceTransfer, checkAgain, insertAttempt, lockTransfer } from "./transfer-store.ts";
import type { Transfer, WaitingReason } from "./transfer.ts";
import { lockWallet, pauseWallet, type Wallet } from "./wallet.ts";

/** Pools keep few transactions of one sender; beyond that they drop some and leave a gap. */
const maxInFlight = 15;

/** Reasons a person should look at at once. The others heal by themselves, until the deadline. */
const reviewedAtOnce: ReadonlySet<WaitingReason> = new Set(["transfer_would_revert", "invalid_destination"]);

interface Quote {
  readonly fees: FeeEstimate;
  readonly onChain: OnChainBalances;
  /** The chain's own counts: mined, and with what its node holds unmined. */
  readonly mined: bigint;
  readonly pending: bigint;
}

const maxFee = (fees: FeeEstimate): bigint => fees.gasLimit * fees.maxFeePerGas;

/**
 * Signs a planned transfer with the wallet's next nonce and stores the bytes, or writes down why not yet.
 * @returns whether bytes are stored now; if not, the next look is scheduled.
 */
export async function signTransfer(
  deps: TransferDeps,
  transfer: Transfer,
  route: Route,
  signal: AbortSignal,
): Promise<boolean> {
  const quote = await askChain(transfer, route, deps.clock.now(), signal);
  return inTransaction(deps.db, async (tx) => {
    // The wallet first, always: whoever holds it decides nonces and reservations alone.
    const wallet = await lockWallet(tx, transfer.wallet_id);
    const current = await lockTransfer(tx, transfer.id);
    if (current.nonce !== null) return true;
    if (current.status !== "planned" && current.status !== "in_review") return false;
    const { signer } = route;
    if (typeof quote === "string" || signer === undefined) {
      await recordWait(deps, tx, current, typeof quote === "string" ? quote : "signer_missing");
      return false;
    }
    const reason = await preflight(deps, tx, { wallet, transfer: current, route, quote });
    if (reason !== null) {
      await recordWait(deps, tx, current, reason);
      return false;
    }
    await signWithNextNonce(deps, tx, { wallet, transfer: current, route, quote, signer });
    return true;
  });
}

/** Everything that must be asked of the chain, with no transaction open. A word instead: why the transfer cannot be signed now. */
async function askChain(
  transfer: Transfer,
  route: Route,
  readAt: Date,
  signal: AbortSignal,
): Promise<Quote | WaitingReason> {
  const { chain, wallet, asset } = route;
  const { to_address: to, amount } = transfer;
  try {
    chain.normaliseAddress(to);
  } catch (error) {
    if (error instanceof DomainError) return "invalid_destination";
    throw error;
  }
  try {
    const native = await chain.balance(wallet.address, chain.native, signal);
    const balance = asset.contract === null ? native : await chain.balance(wallet.address, asset, signal);
    // Asked before the simulation, which would call the same shortage a revert.
    if (balance < amount) return "insufficient_asset";
    const fees = await chain.estimate({ from: wallet.address, to, asset, amount }, signal);
    const mined = await chain.minedNonce(wallet.address, "latest", signal);
    const pending = await chain.minedNonce(wallet.address, "pending", signal);
    return { fees, onChain: { asset: balance, native, readAt }, mined, pending };
  } catch (error) {
    if (error instanceof ProviderError) return "rpc_unavailable";
    if (
      error instanceof DomainError &&
      (error.code === "fee_above_cap" || error.code === "transfer_would_revert")
    )
      return error.code;
    throw error;
  }
}

async function preflight(
  deps: TransferDeps,
  tx: Tx,
  { wallet, transfer, route, quote }: { wallet: Wallet; transfer: Transfer; route: Route; quote: Quote },
): Promise<WaitingReason | null> {
  if (wallet.paused_reason !== null) return "wallet_paused";
  if (wallet.next_nonce !== null && quote.mined > wallet.next_nonce) {
    // A nonce we never gave out is mined: another process, or a thief, signs with this key.
    deps.log.error(
      { wallet_id: wallet.id, mined: String(quote.mined) },
      "the wallet's key is used elsewhere",
    );
    await pauseWallet(tx, wallet.id, "nonce_used_elsewhere");
    return "wallet_paused";
  }
  const fee = maxFee(quote.fees);
  const { native } = route.chain;
  const free = await availableFunds(tx, {
    wallet,
    transfer,
    native,
    onChain: quote.onChain,
    feePerTransfer: fee,
    honourQueue: true,
  });
  return shortage(transfer, { free, fee, isNative: transfer.asset === native.id });
}

function shortage(
  transfer: Transfer,
  { free, fee, isNative }: { free: AvailableFunds; fee: bigint; isNative: boolean },
): WaitingReason | null {
  if (free.asset < transfer.amount) return "insufficient_asset";
  if (free.native < fee + (isNative ? transfer.amount : 0n)) return "insufficient_gas";
  return free.inFlight >= maxInFlight ? "too_many_in_flight" : null;
}

async function signWithNextNonce(
  deps: TransferDeps,
  tx: Tx,
  step: { wallet: Wallet; transfer: Transfer; route: Route; quote: Quote; signer: Signer },
): Promise<void> {
  const { wallet, transfer, route, quote } = step;
  const now = deps.clock.now();
  const nonce = wallet.next_nonce ?? (await seedNonce(tx, wallet.id, quote));
  const signed = await step.signer.sign({
    nonce,
    asset: route.asset,
    to: transfer.to_address,
    amount: transfer.amount,
    ...quote.fees,
  });
  await insertAttempt(tx, { transferId: transfer.id, seq: 1, signed, fees: quote.fees, now });
  await sql`update wallet set next_nonce = ${nonce + 1n} where id = ${wallet.id}`.execute(tx);
  await advanceTransfer(tx, transfer, {
    to: "signed",
    cause: { kind: "job", ref: "transfers.advance", note: `nonce ${nonce}` },
    set: {
      nonce,
      fee_reserved: maxFee(quote.fees),
      waiting_reason: null,
      review_reason: null,
      deadline_at: later(deps, deps.settings.deadlineMs),
    },
    now,
  });
  await checkAgain(tx, transfer.id, later(deps, deps.settings.pollMs));
}

/** The first nonce of a wallet, or the first after a pause: above all the chain knows of and all we gave out. */
async function seedNonce(tx: Tx, walletId: string, { mined, pending }: Quote): Promise<bigint> {
  const { rows } = await sql<{ next: bigint }>`
    select coalesce(max(nonce) + 1, 0) as next from transfer where wallet_id = ${walletId}`.execute(tx);
  const ours = rows[0]!.next;
  const chains = pending > mined ? pending : mined;
  return ours > chains ? ours : chains;
}

/** Keeps the transfer in its place, says why, and looks again; past its deadline a person is told too. */
async function recordWait(
  deps: TransferDeps,
  tx: Tx,
  transfer: Transfer,
  reason: WaitingReason,
): Promise<void> {
  const now = deps.clock.now();
  const { pollMs, deadlineMs } = deps.settings;
  const deadline = transfer.deadline_at ?? later(deps, deadlineMs);
  await sql`update transfer set waiting_reason = ${reason}, deadline_at = ${deadline} where id = ${transfer.id}`.execute(
    tx,
  );
  const review = reviewedAtOnce.has(reason);
  if (transfer.waiting_reason !== reason)
    deps.log.warn(
      { transfer_id: transfer.id, correlation_id: transfer.correlation_id, reason },
      "transfer waits",
    );
  if (transfer.status === "planned" && (review || deadline <= now))
    await advanceTransfer(tx, transfer, {
      to: "in_review",
      cause: { kind: "job", ref: "transfers.advance", note: reason },
      set: { review_reason: reason },
      now,
    });
  await checkAgain(tx, transfer.id, later(deps, review ? 10 * pollMs : pollMs));
}
