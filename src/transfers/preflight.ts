import { sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Quote } from "./ask-chain.ts";
import { availableFunds } from "./available-funds.ts";
import type { TransferDeps, TransferLimits, TransferPermission } from "./deps.ts";
import type { Route } from "./route.ts";
import type { Transfer, WaitingReason } from "./transfer.ts";
import { pauseWallet, type Wallet } from "./wallet.ts";

/** Pools keep few transactions of one sender; beyond that they drop some and leave a gap. */
const maxInFlight = 15;

const dayMs = 24 * 3_600_000;

interface Candidate {
  /** Locked by the caller, and before the transfer. */
  readonly wallet: Wallet;
  readonly transfer: Transfer;
  readonly route: Route;
  readonly quote: Quote;
  readonly limits: TransferLimits;
}

/** `authorisedBy`: on whose word it may be signed, as the gate names it. */
type Clearance = { readonly waits: WaitingReason } | { readonly authorisedBy: string };

/** The last look before a signature: whether the transfer may be signed now. Pauses a wallet whose key is used elsewhere. */
export async function preflight(deps: TransferDeps, tx: Tx, candidate: Candidate): Promise<Clearance> {
  const { wallet, transfer, quote } = candidate;
  if (wallet.paused_reason !== null) return { waits: "wallet_paused" };
  const included = quote.slot.kind === "number" ? quote.slot.included : 0n;
  if (wallet.next_slot_number !== null && included > wallet.next_slot_number) {
    // A number we never gave out is used: another process, or a thief, signs with this key.
    deps.log.error({ wallet_id: wallet.id, mined: String(included) }, "the wallet's key is used elsewhere");
    await pauseWallet(tx, wallet.id, "nonce_used_elsewhere");
    return { waits: "wallet_paused" };
  }
  const permission = await askPermission(deps, tx, candidate);
  if (permission.kind === "refused") {
    if (permission.reason === "not_authorised")
      deps.log.error(
        { transfer_id: transfer.id, purpose: transfer.purpose, purpose_id: transfer.purpose_id },
        "nobody who may say so wants this transfer as it is, and it is not signed",
      );
    return { waits: permission.reason };
  }
  const waits = (await limitReached(deps, tx, candidate)) ?? (await shortage(tx, candidate));
  return waits === null ? { authorisedBy: permission.word } : { waits };
}

/** Whether the purpose's own row still wants this very amount of this asset at this address, and the gate lets it leave. */
async function askPermission(
  deps: TransferDeps,
  tx: Tx,
  { transfer, route }: Candidate,
): Promise<TransferPermission> {
  const refused = { kind: "refused", reason: "not_authorised" } as const;
  const intent = await deps.intents.get(transfer.purpose)?.(tx, transfer.purpose_id);
  if (!intent || intent.asset !== transfer.asset || intent.amount !== transfer.amount) return refused;
  try {
    if (route.chain.normaliseAddress(intent.toAddress) !== transfer.to_address) return refused;
  } catch (error) {
    if (error instanceof DomainError) return refused;
    throw error;
  }
  return intent.mayLeave(route.wallet.chain);
}

async function limitReached(
  deps: TransferDeps,
  tx: Tx,
  { wallet, transfer, limits }: Candidate,
): Promise<WaitingReason | null> {
  if (wallet.kind === "deposit") return null; // its coins only ever move into the hot wallet, whose limits hold
  const perTransfer = limits.perTransfer.get(transfer.asset);
  if (perTransfer !== undefined && transfer.amount > perTransfer) return "above_transfer_limit";
  const perDay = limits.perDay.get(transfer.asset);
  if (perDay === undefined) return null;
  const since = new Date(deps.clock.now().getTime() - dayMs);
  const { rows } = await sql<{ sent: bigint }>`
    select coalesce(sum(t.amount), 0) as sent
    from transfer t join transfer_attempt a on a.transfer_id = t.id and a.seq = 1
    where t.wallet_id = ${wallet.id} and t.asset = ${transfer.asset} and a.signed_at > ${since}
      and t.status not in ('reverted', 'displaced')`.execute(tx);
  return rows[0]!.sent + transfer.amount > perDay ? "above_daily_limit" : null;
}

async function shortage(
  tx: Tx,
  { wallet, transfer, route, quote, limits }: Candidate,
): Promise<WaitingReason | null> {
  const { native } = route.chain;
  const fee = quote.fee.most;
  const free = await availableFunds(tx, {
    wallet,
    transfer,
    native,
    onChain: quote.onChain,
    feePerTransfer: fee,
    honourQueue: true,
  });
  const isNative = transfer.asset === native.id;
  if (free.asset < transfer.amount) return "insufficient_asset";
  const left = free.native - fee - (isNative ? transfer.amount : 0n);
  if (left < 0n) return "insufficient_gas";
  const reserve = wallet.kind === "hot" ? (limits.gasReserve.get(native.id) ?? 0n) : 0n;
  if (isNative && left < reserve) return "below_gas_reserve";
  return free.inFlight >= maxInFlight ? "too_many_in_flight" : null;
}
