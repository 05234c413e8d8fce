import type { Fee, SendingChain } from "../chains/sending.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { divide, valueInUsd, type Asset } from "../money/index.ts";
import type { Wallet } from "../transfers/index.ts";
import type { GatheringDeps } from "./deps.ts";

/** Why coins are left where they are for now. Each heals by itself once its cause is gone. */
export type PutOffReason =
  | "fee_share_too_high"
  | "price_unavailable"
  | "rpc_unavailable"
  | "wrong_network"
  | "fee_above_cap"
  | "transfer_would_revert"
  | "insufficient_gas"
  | "signer_missing"
  | "no_wallet"
  | "wallet_paused"
  | "wallet_busy";

/** What gathering would take, at most. */
export interface SweepCost {
  /** What would be sent to the hot wallet. */
  readonly amount: bigint;
  /** Native coin that must be sent ahead; 0: what lies there is enough. */
  readonly gasAhead: bigint;
  /** All fees, and what is sent ahead for them, as a part of the coins' value; rounded up. */
  readonly shareBps: bigint;
}

export interface Gathering {
  readonly chain: SendingChain;
  readonly from: Wallet;
  readonly to: Wallet;
  readonly asset: Asset;
  /** Of the asset, as the deposits sum up. */
  readonly held: bigint;
}

interface Fees {
  readonly amount: bigint;
  readonly gasAhead: bigint;
  /** In the native coin. */
  readonly cost: bigint;
}

/** Fees are estimated now and paid minutes later, once the coin sent ahead is final. */
const withMargin = ({ most }: Fee): bigint => divide(most * 5n, 4n, "up");

const smaller = (left: bigint, right: bigint): bigint => (left < right ? left : right);

/** As the column and the setting have it: a part beyond this is too much by any measure. */
const mostBps = 2_000_000_000n;

/** Asks the chain and the price sources, with no transaction open. A word instead: why it cannot be told. */
export async function costOfSweep(
  deps: Pick<GatheringDeps, "db" | "prices">,
  gathering: Gathering,
  signal: AbortSignal,
): Promise<SweepCost | PutOffReason> {
  const { chain, asset, held } = gathering;
  const fees = await feesOf(deps, gathering, signal).catch(toPutOff);
  if (typeof fees === "string") return fees;
  const prices = await deps.prices.observe([asset, chain.native], signal).catch((error: unknown) => {
    if (error instanceof ProviderError) return null;
    throw error;
  });
  const [coins, native] = [prices?.get(asset.id), prices?.get(chain.native.id)];
  if (!coins || !native) return "price_unavailable";
  const value = valueInUsd(held, asset, coins.usd, "down");
  const cost = valueInUsd(fees.cost, chain.native, native.usd, "up");
  const share = value === 0n ? mostBps : divide(cost * 10_000n, value, "up");
  return { amount: fees.amount, gasAhead: fees.gasAhead, shareBps: smaller(share, mostBps) };
}

function toPutOff(error: unknown): PutOffReason {
  if (error instanceof ProviderError)
    return error.reason === "wrong_network" ? "wrong_network" : "rpc_unavailable";
  if (error instanceof DomainError && error.code === "fee_above_cap") return "fee_above_cap";
  if (error instanceof DomainError && error.code === "transfer_would_revert") return "transfer_would_revert";
  throw error;
}

async function feesOf(
  { db }: Pick<GatheringDeps, "db">,
  { chain, from, to, asset, held }: Gathering,
  signal: AbortSignal,
): Promise<Fees | PutOffReason> {
  const { native } = chain;
  const booked = await balanceOf(db, accounts.wallet(from.chain, from.address), native.id);
  const free = smaller(booked, await chain.balance(from.address, native, signal));
  if (asset.contract === null) {
    // Coins of a token's sweep may have paid its fee out of these.
    const there = smaller(held, free);
    if (there <= 0n) return "insufficient_gas";
    const call = { from: from.address, to: to.address, asset, amount: there };
    const fee = withMargin(await chain.estimateFee(call, signal));
    if (there <= fee) return "fee_share_too_high";
    return { amount: there - fee, gasAhead: 0n, cost: fee };
  }
  const call = { from: from.address, to: to.address, asset, amount: held };
  const fee = withMargin(await chain.estimateFee(call, signal));
  const gasAhead = fee > free ? fee - free : 0n;
  if (gasAhead === 0n) return { amount: held, gasAhead, cost: fee };
  if ((await chain.balance(to.address, native, signal)) < gasAhead) return "insufficient_gas";
  const ahead = { from: to.address, to: from.address, asset: native, amount: gasAhead };
  const { most } = await chain.estimateFee(ahead, signal);
  return { amount: held, gasAhead, cost: fee + most };
}
