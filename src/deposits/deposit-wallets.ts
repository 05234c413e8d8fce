import type { ReceivingChain } from "../chains/receiving.ts";
import { sql, type Db } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { registry } from "../money/index.ts";
import { holdingsAt, ourTransactions, payersHoldings, type PayersHolding } from "../transfers/index.ts";

/** One asset at one address that payers were given: by our book and by its chain. */
export interface DepositWalletView {
  /** Null: nothing was ever booked there. */
  readonly walletId: string | null;
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  /** `null`: the chain could not be asked. */
  readonly onChain: bigint | null;
  /** What explains that chain and book differ: left and not final, less what is here and not booked yet. */
  readonly notFinal: bigint;
}

type Chains = ReadonlyMap<string, ReceivingChain>;

const askedAtOnce = 8;

/** What our book says should lie there now, base units. */
export const knownOf = ({ booked, notFinal }: DepositWalletView): bigint => booked - notFinal;

/** What the chain shows beyond that; less than nothing: it shows less. Nothing where it could not be asked. */
export const differenceOf = (view: DepositWalletView): bigint =>
  view.onChain === null ? 0n : view.onChain - knownOf(view);

/** Payers' addresses with coins in our book, on the chains that can be read here, side by side with the chain. Reads only. */
export async function readDepositWallets(
  { db, depositChains }: { db: Db; depositChains: Chains },
  signal: AbortSignal,
): Promise<DepositWalletView[]> {
  return compareHoldings({ db, depositChains }, await payersHoldings(db, [...depositChains.keys()]), signal);
}

/** The same of these assets at one address, whether or not our book has any. */
export async function readDepositWallet(
  { db, depositChains }: { db: Db; depositChains: Chains },
  at: { chain: string; address: string; assets: readonly string[] },
  signal: AbortSignal,
): Promise<DepositWalletView[]> {
  return compareHoldings({ db, depositChains }, await holdingsAt(db, at), signal);
}

/** The book is read first: what it has is on the chain already, and what comes meanwhile is explained by the next look. */
async function compareHoldings(
  { db, depositChains }: { db: Db; depositChains: Chains },
  holdings: readonly PayersHolding[],
  signal: AbortSignal,
): Promise<DepositWalletView[]> {
  const held = await withComing(db, holdings);
  const views: DepositWalletView[] = [];
  for (let at = 0; at < held.length; at += askedAtOnce) {
    const asked = held.slice(at, at + askedAtOnce).map(async (row) => {
      const onChain = await readBalance(depositChains.get(row.chain)!, row, signal);
      const fees = row.asset === registry.native(row.chain).id ? row.fees : 0n;
      const { id: walletId, chain, address, asset, booked, leaving, arriving, coming } = row;
      return {
        walletId,
        chain,
        address,
        asset,
        booked,
        onChain,
        notFinal: leaving + fees - arriving - coming,
      };
    });
    views.push(...(await Promise.all(asked)));
  }
  return views;
}

/** With what is seen there and not booked yet. */
async function withComing(
  db: Db,
  holdings: readonly PayersHolding[],
): Promise<(PayersHolding & { coming: bigint })[]> {
  const { rows } = await sql<{ chain: string; address: string; asset: string; coming: bigint }>`
    select d.chain, d.address, d.asset, sum(d.amount) as coming from deposit d
    where d.status = 'confirming' and d.address = any(${holdings.map(({ address }) => address)}::text[])
      and not exists (select from ${ourTransactions} where a.transaction_hash = d.transaction_hash)
    group by d.chain, d.address, d.asset`.execute(db);
  const key = (at: { chain: string; address: string; asset: string }) =>
    `${at.chain}/${at.address}/${at.asset}`;
  const coming = new Map(rows.map((row) => [key(row), row.coming]));
  return holdings.map((holding) => ({ ...holding, coming: coming.get(key(holding)) ?? 0n }));
}

async function readBalance(
  chain: ReceivingChain,
  { address, asset }: PayersHolding,
  signal: AbortSignal,
): Promise<bigint | null> {
  try {
    return await chain.balance(address, registry.get(asset), signal);
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}
