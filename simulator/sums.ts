import type { AnvilControl } from "../sandbox/anvil.ts";
import { processorWallet } from "../sandbox/nowpayments.ts";
import { balanceOf, localAssetIds } from "../sandbox/tokens.ts";
import { sql, type Db } from "../src/database/index.ts";
import type { ChainTruth } from "./chain-truth.ts";
import { payer } from "./world.ts";

/** Where the coins of one asset went, in base units. */
export interface Sum {
  readonly asset: string;
  /** Sent to us by the processor and by those who pay straight, as the chain shows. */
  readonly customers: bigint;
  readonly fees: bigint;
  readonly owed: bigint;
  readonly paidOut: bigint;
  /** Turned into another asset by conversions, and received from them. */
  readonly convertedOut: bigint;
  readonly convertedIn: bigint;
  /** From customers, and not attributed: suspense, surplus of orders, and what a processor sent beyond its payments. */
  readonly unattributed: bigint;
  /** Sent back to payers by us. */
  readonly sentBack: bigint;
  /** Of refunded payments, what payees had already and still owe, or were forgiven. */
  readonly owedBack: bigint;
  /** What two persons gave to customers or payments that was somebody else's; negative: what of theirs they gave away. */
  readonly given: bigint;
  /** customers + convertedIn + owedBack + given − fees − owed − paidOut − convertedOut − unattributed − sentBack: zero. */
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
    /** What payees owe. */
    readonly recoverable: bigint;
    /** onChain − fees − owed − unattributed − surplus − float + gas + variance + recoverable: zero. */
    readonly unexplained: bigint;
  };
}

export type Sums = readonly Sum[];

type Booked = Omit<Sum, "asset" | "customers" | "unexplained" | "wallet"> &
  Pick<Sum["wallet"], "float" | "variance" | "surplus" | "recoverable">;

/**
 * SQL, a relation `(asset, amount)`: how far two persons changed what was booked for customers' coins, arrival by arrival. What payees
 * had of a payment that was given away, in another asset or paid out already, went to the platform.
 */
const givenByTwo = sql`(
  select w.asset, sum(case when h.purpose in ('settlement', 'deposit', 'unclaimed') then h.taken else 0 end)
    - case when lower(w.from_address) in (lower(${processorWallet}), lower(${payer})) then w.amount else 0 end as amount
  from wallet_receipt w
  join lateral (
    select w.purpose, w.evidence, w.amount as taken
    union all select a.purpose, a.evidence, a.lost from arrival_attribution a
    where a.chain = w.chain and a.transaction_hash = w.transaction_hash and a.receipt_index = w.receipt_index
  ) h on true
  group by w.chain, w.transaction_hash, w.receipt_index, w.asset, w.from_address, w.amount
  having bool_or(h.evidence in ('reattributed', 'none'))
  union all
  select e.available_asset, -sum(e.available_amount) from earning e join payment p on p.id = e.payment_id
  where p.processor = 'chain' and p.status = 'reversed' and e.status = 'reversed'
    and (e.available_asset <> e.asset or exists (select from recoverable r where r.id = e.id))
  group by e.available_asset)`;

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
        where asset = ${asset} and (path like 'suspense:%' or path like 'order:%' or path like 'processor:%') and path <> 'suspense:swap_surplus') as unattributed,
      (select coalesce(sum(amount), 0) from refund where status = 'sent' and asset = ${asset}) as "sentBack",
      (select coalesce(sum(case reason when 'refunded' then amount - collected else -collected end), 0)
        from recoverable where asset = ${asset}) as "owedBack",
      (select coalesce(sum(amount), 0) from ${givenByTwo} as g where asset = ${asset}) as given,
      (select coalesce(-sum(ledger_balance(path, asset)), 0) from ledger_account
        where asset = ${asset} and path like 'payee:%:recoverable') as recoverable,
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
  at: { chain: AnvilControl; ours: ReadonlySet<string> },
): Promise<Sums> {
  const payers = [processorWallet.toLowerCase(), payer.toLowerCase()];
  const sums: Sum[] = [];
  for (const asset of localAssetIds) {
    const customers = truth.moves
      .filter(({ from, to }) => payers.includes(from) && at.ours.has(to))
      .filter((move) => move.asset === asset)
      .reduce((sum, { amount }) => sum + amount, 0n);
    const { float, variance, surplus, recoverable, ...booked } = await readBooked(db, asset);
    const { fees, owed, paidOut, convertedOut, convertedIn, unattributed, sentBack, owedBack, given } =
      booked;
    let onChain = 0n;
    let gas = 0n;
    for (const address of at.ours) {
      onChain += await balanceOf(at.chain, address, asset);
      if (asset === "ethereum:ETH") gas += truth.fees.get(address) ?? 0n;
    }
    sums.push({
      asset,
      customers,
      ...booked,
      unexplained:
        customers +
        convertedIn +
        owedBack +
        given -
        (fees + owed + paidOut + convertedOut + unattributed + sentBack),
      wallet: {
        onChain,
        float,
        gas,
        surplus,
        variance,
        recoverable,
        unexplained: onChain - fees - owed - unattributed - surplus - float + gas + variance + recoverable,
      },
    });
  }
  return sums;
}
