import type { SendingChain } from "../chains/sending.ts";
import { sql, type Db } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { accounts, balanceOf, ledgerAccounts } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { readSignerProblem } from "./signer-state.ts";
import { findWallet, type Wallet } from "./wallet.ts";

/** One asset of one wallet, by our book and by the chain. */
export interface WalletAssetView {
  readonly walletId: string;
  readonly chain: string;
  readonly address: string;
  readonly pausedReason: string | null;
  /** Why nothing is sent from it now: why it is paused, its key cannot be used or its chain cannot be read. `null`: it sends. */
  readonly problem: string | null;
  readonly asset: string;
  readonly booked: bigint;
  /** `null`: the chain could not be asked, which says nothing of the balance. */
  readonly onChain: bigint | null;
  /** Claimed by transfers planned or under way, fees included. */
  readonly reserved: bigint;
  /** Of that, what the chain shows as gone and the book does not yet: sent, in a block, not final. */
  readonly inFlight: bigint;
  /** The same of what wallets of ours send to this one: here by the chain, and not by the book yet. */
  readonly arriving: bigint;
  /**
   * For the native coin: how many more transfers its free part pays the gas of, at what the last ones cost, or before the
   * first one at what a token's would cost now.
   */
  readonly runway: bigint | null;
}

/** Every hot wallet and every asset it ever held, sent or is owed, side by side with the chain. Reads only. */
export async function walletOverview(
  db: Db,
  chains: ReadonlyMap<string, SendingChain>,
  signal: AbortSignal,
  extraAssets: readonly string[] = [],
): Promise<WalletAssetView[]> {
  const { rows: wallets } = await sql<Wallet>`
    select * from wallet where kind = 'hot' order by chain, created_at, id`.execute(db);
  const views: WalletAssetView[] = [];
  for (const wallet of wallets) {
    const stopped = wallet.paused_reason ?? (await signerProblemOf(db, wallet));
    const native = registry.native(wallet.chain);
    const { rows } = await sql<{ asset: string }>`
      select asset from transfer where wallet_id = ${wallet.id}
      union select a.asset from ${ledgerAccounts} where a.path = ${accounts.wallet(wallet.chain, wallet.address)}`.execute(
      db,
    );
    const extra = extraAssets.filter((id) => registry.get(id).chain === wallet.chain);
    const assets = new Set([native.id, ...rows.map((row) => row.asset).toSorted(), ...extra]);
    for (const asset of assets)
      views.push(await viewAsset(db, { wallet, asset, stopped }, chains.get(wallet.chain), signal));
  }
  return views;
}

/** How many transfers wait to be signed, by the wallet that is to send them. Their fees are in no reservation yet. */
export async function countUnsigned(db: Db): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await sql<{ wallet_id: string; count: bigint }>`
    select wallet_id, count(*)::numeric as count from transfer
    where slot is null and status in ('planned', 'in_review') group by wallet_id`.execute(db);
  return new Map(rows.map(({ wallet_id: id, count }) => [id, count]));
}

/** Only the wallet in use has a key to be opened. */
async function signerProblemOf(db: Db, wallet: Wallet): Promise<string | null> {
  const inUse = await findWallet(db, wallet.chain);
  if (inUse?.id !== wallet.id) return null;
  return (await readSignerProblem(db, wallet.chain))?.problem ?? null;
}

async function viewAsset(
  db: Db,
  { wallet, asset: assetId, stopped }: { wallet: Wallet; asset: string; stopped: string | null },
  chain: SendingChain | undefined,
  signal: AbortSignal,
): Promise<WalletAssetView> {
  const isNative = assetId === registry.native(wallet.chain).id;
  const { rows } = await sql<{
    reserved: bigint;
    fees: bigint;
    in_flight: bigint;
    fees_in_flight: bigint;
    arriving: bigint;
    usual_fee: bigint | null;
  }>`
    select
      coalesce(sum(amount) filter (where asset = ${assetId}
        and (status in ('planned', 'signed', 'broadcast', 'included', 'in_review'))), 0) as reserved,
      coalesce(sum(fee_reserved) filter (where slot is not null
        and status in ('signed', 'broadcast', 'included', 'in_review')), 0) as fees,
      coalesce(sum(amount) filter (where asset = ${assetId} and block_number is not null
        and status in ('included', 'in_review')), 0) as in_flight,
      coalesce(sum(fee_paid) filter (where block_number is not null and status in ('included', 'in_review')), 0) as fees_in_flight,
      (select coalesce(sum(amount), 0) from transfer where asset = ${assetId} and to_address = ${wallet.address}
        and block_number is not null and status in ('included', 'in_review')) as arriving,
      (select ceil(avg(fee_paid)) from (
        select fee_paid from transfer where wallet_id = ${wallet.id} and fee_paid > 0 order by updated_at desc limit 20) as last)
        as usual_fee
    from transfer where wallet_id = ${wallet.id}`.execute(db);
  const claims = rows[0]!;
  const booked = await balanceOf(db, accounts.wallet(wallet.chain, wallet.address), assetId);
  const reading =
    chain === undefined ? "chain_not_configured" : await readBalance(chain, wallet.address, assetId, signal);
  const onChain = typeof reading === "bigint" ? reading : null;
  const reserved = claims.reserved + (isNative ? claims.fees : 0n);
  const fee =
    !isNative || onChain === null || chain === undefined
      ? null
      : (claims.usual_fee ?? (await feeNow(chain, wallet.address, signal)));
  return {
    walletId: wallet.id,
    chain: wallet.chain,
    address: wallet.address,
    pausedReason: wallet.paused_reason,
    problem: stopped ?? (typeof reading === "string" ? reading : null),
    asset: assetId,
    booked,
    onChain,
    reserved,
    inFlight: claims.in_flight + (isNative ? claims.fees_in_flight : 0n),
    arriving: claims.arriving,
    runway: fee === null || onChain === null ? null : runwayOf(onChain - reserved, fee),
  };
}

const runwayOf = (free: bigint, fee: bigint): bigint => (free > 0n ? free / fee : 0n);

/** What a token's transfer costs at most at this moment; `null` where the chain does not tell, or asks more than we pay. */
async function feeNow(chain: SendingChain, address: string, signal: AbortSignal): Promise<bigint | null> {
  try {
    return await chain.usualFee(address, signal);
  } catch (error) {
    if (error instanceof ProviderError || error instanceof DomainError) return null;
    throw error;
  }
}

/** A word instead of a number: why it cannot be read. */
async function readBalance(
  chain: SendingChain,
  address: string,
  asset: string,
  signal: AbortSignal,
): Promise<bigint | string> {
  try {
    return await chain.balance(address, registry.get(asset), signal);
  } catch (error) {
    if (error instanceof ProviderError)
      return error.reason === "wrong_network" ? "wrong_network" : "rpc_unavailable";
    throw error;
  }
}
