import type { AnvilControl } from "../sandbox/anvil.ts";
import { processorWallet } from "../sandbox/nowpayments.ts";
import { balanceOf, localAssetIds } from "../sandbox/tokens.ts";
import { sql, type Db } from "../src/database/index.ts";
import type { ChainTruth } from "./chain-truth.ts";

/** Where the coins of one asset went, in base units. */
export interface Sum {
  readonly asset: string;
  /** Sent to our wallet by the processor, as the chain shows. */
  readonly customers: bigint;
  readonly fees: bigint;
  readonly owed: bigint;
  readonly paidOut: bigint;
  /** Turned into another asset by conversions, and received from them. */
  readonly convertedOut: bigint;
  readonly convertedIn: bigint;
  /** From customers, and not attributed: suspense and surplus of orders. */
  readonly unattributed: bigint;
  /** customers + convertedIn − fees − owed − paidOut − convertedOut − unattributed: zero. */
  readonly unexplained: bigint;
  readonly wallet: {
    readonly onChain: bigint;
    /** The operator's own. */
    readonly float: bigint;
    /** As the chain shows. */
    readonly gas: bigint;
    /** Sent by swap providers beyond their swaps. */
    readonly surplus: bigint;
    /** What providers kept beyond their word; negative: what they gave beyond it. The operator's, never the payees'. */
    readonly variance: bigint;
    /** onChain − fees − owed − unattributed − surplus − float + gas + variance: zero. */
    readonly unexplained: bigint;
  };
}

export type Sums = readonly Sum[];

type Booked = Pick<Sum, "fees" | "owed" | "paidOut" | "convertedOut" | "convertedIn" | "unattributed"> &
  Pick<Sum["wallet"], "float" | "variance" | "surplus">;

async function readBooked(db: Db, asset: string): Promise<Booked> {
  const { rows } = await sql<Booked>`
    select
      (select coalesce(sum(fee_amount), 0) from payment where status = 'settled' and settled_asset = ${asset}) as fees,
      (select coalesce(sum(amount), 0) from earning where status in ('pending', 'converting') and asset = ${asset})
        + (select coalesce(sum(available_amount), 0) from earning where status in ('available', 'held') and available_asset = ${asset}) as owed,
      (select coalesce(sum(amount), 0) from payout where status = 'completed' and asset = ${asset}) as "paidOut",
      (select coalesce(sum(source_amount), 0) from conversion where status = 'distributed' and source_asset = ${asset}) as "convertedOut",
      (select coalesce(sum(target_amount), 0) from conversion where status = 'distributed' and target_asset = ${asset}) as "convertedIn",
      (select coalesce(sum(ledger_balance(path, asset)), 0) from ledger_account
        where asset = ${asset} and (path like 'suspense:%' or path like 'order:%') and path <> 'suspense:swap_surplus') as unattributed,
      (select coalesce(sum(ledger_balance(path, asset)), 0) from ledger_account
        where asset = ${asset} and path = 'suspense:swap_surplus') as surplus,
      (select coalesce(sum(ledger_balance(path, asset)), 0) from ledger_account
        where asset = ${asset} and path = 'platform:funding') as float,
      (select coalesce(-sum(ledger_balance(path, asset)), 0) from ledger_account
        where asset = ${asset} and path = 'platform:variance') as variance`.execute(db);
  return rows[0]!;
}

/** Adds up what the chain shows and what the rooms' tables say; the ledger is asked only for what has no table. */
export async function readSums(
  db: Db,
  truth: ChainTruth,
  at: { chain: AnvilControl; wallet: string },
): Promise<Sums> {
  const wallet = at.wallet.toLowerCase();
  const sums: Sum[] = [];
  for (const asset of localAssetIds) {
    const customers = truth.moves
      .filter(({ from, to }) => from === processorWallet.toLowerCase() && to === wallet)
      .filter((move) => move.asset === asset)
      .reduce((sum, { amount }) => sum + amount, 0n);
    const { float, variance, surplus, ...booked } = await readBooked(db, asset);
    const { fees, owed, paidOut, convertedOut, convertedIn, unattributed } = booked;
    const onChain = await balanceOf(at.chain, at.wallet, asset);
    const gas = asset === "ethereum:ETH" ? (truth.fees.get(wallet) ?? 0n) : 0n;
    sums.push({
      asset,
      customers,
      ...booked,
      unexplained: customers + convertedIn - fees - owed - paidOut - convertedOut - unattributed,
      wallet: {
        onChain,
        float,
        gas,
        surplus,
        variance,
        unexplained: onChain - fees - owed - unattributed - surplus - float + gas + variance,
      },
    });
  }
  return sums;
}
