import type { Asset } from "../money/index.ts";
import { sql, type Tx } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { lettingOthersPass, type Transfer } from "./transfer.ts";
import type { Wallet } from "./wallet.ts";

/** What the chain said of a wallet, and when it was asked. */
export interface OnChainBalances {
  readonly asset: bigint;
  readonly native: bigint;
  readonly readAt: Date;
}

export interface AvailableFunds {
  /** What this transfer may take of its asset, and of the native coin. Negative: others have claimed more than there is. */
  readonly asset: bigint;
  readonly native: bigint;
  /** Slots given out whose transactions are in no block yet. */
  readonly inFlight: number;
}

interface Claims {
  booked_asset: bigint;
  booked_native: bigint;
  chain_asset: bigint;
  chain_native: bigint;
  ahead: bigint;
  in_flight: number;
}

const smaller = (left: bigint, right: bigint): bigint => (left < right ? left : right);

/**
 * What is left for one transfer: the smaller of book and chain, less what other transfers have claimed. A transfer planned
 * earlier claims before a later one, so a large one waiting for funds is not starved by small ones behind it. Gas is the
 * exception: a native amount that waits does not keep tokens from being sent.
 * The caller holds the wallet's lock.
 * @param request.feePerTransfer expected for each transfer ahead that has no fee of its own yet, in native base units.
 * @param request.honourQueue    false for a transfer that is signed already: nobody is ahead of it any more.
 */
export async function availableFunds(
  tx: Tx,
  request: {
    wallet: Wallet;
    transfer: Transfer;
    native: Asset;
    onChain: OnChainBalances;
    feePerTransfer: bigint;
    honourQueue: boolean;
  },
): Promise<AvailableFunds> {
  const { wallet, transfer, native, onChain } = request;
  const claims = await readClaims(tx, request);
  const path = accounts.wallet(wallet.chain, wallet.address);
  const bookedAsset = await balanceOf(tx, path, transfer.asset);
  const bookedNative = await balanceOf(tx, path, native.id);
  const feesAhead = claims.ahead * request.feePerTransfer;
  return {
    asset: smaller(bookedAsset - claims.booked_asset, onChain.asset - claims.chain_asset),
    native: smaller(bookedNative - claims.booked_native, onChain.native - claims.chain_native) - feesAhead,
    inFlight: claims.in_flight,
  };
}

/**
 * The book shows a transfer once it is final, the chain once it is in a block. So the book's balance is claimed by all
 * that are signed and not final; the chain's by those not in a block when the balance was read.
 */
async function readClaims(
  tx: Tx,
  { wallet, transfer, native, onChain, honourQueue }: Parameters<typeof availableFunds>[1],
): Promise<Claims> {
  const isNative = transfer.asset === native.id;
  const { rows } = await sql<Claims>`
    with other as (
      select asset, amount, fee_reserved, status,
        slot is not null and status in ('signed', 'broadcast', 'included', 'in_review') as not_booked,
        slot is not null and (status in ('signed', 'broadcast') or (status = 'in_review' and block_number is null)
          or (updated_at >= ${onChain.readAt} and status in ('included', 'final', 'reverted', 'in_review'))) as not_seen,
        ${honourQueue} and slot is null and status in ('planned', 'in_review')
          and not coalesce(waiting_reason, '') = any (${lettingOthersPass}::text[])
          and (created_at, id) < (${transfer.created_at}::timestamptz, ${transfer.id}::uuid) as ahead
      from transfer where wallet_id = ${wallet.id} and id <> ${transfer.id}
        and (status in ('planned', 'signed', 'broadcast', 'included', 'in_review') or updated_at >= ${onChain.readAt})
    )
    select
      coalesce(sum(amount) filter (where asset = ${transfer.asset} and (not_booked or ahead)), 0) as booked_asset,
      coalesce(sum(amount) filter (where asset = ${native.id} and (not_booked or (ahead and ${isNative}))), 0)
        + coalesce(sum(fee_reserved) filter (where not_booked), 0) as booked_native,
      coalesce(sum(amount) filter (where asset = ${transfer.asset} and (not_seen or ahead)), 0) as chain_asset,
      coalesce(sum(amount) filter (where asset = ${native.id} and (not_seen or (ahead and ${isNative}))), 0)
        + coalesce(sum(fee_reserved) filter (where not_seen), 0) as chain_native,
      count(*) filter (where ahead)::numeric as ahead,
      count(*) filter (where status in ('signed', 'broadcast')) as in_flight
    from other`.execute(tx);
  return rows[0]!;
}
