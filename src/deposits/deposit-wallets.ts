import type { ReceivingChain } from "../chains/receiving.ts";
import { sql, type Db } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { registry } from "../money/index.ts";
import { ourTransactions, payersHoldings, type PayersHolding } from "../transfers/index.ts";

/** One asset at one address that payers were given: by our book and by its chain. */
export interface DepositWalletView {
  readonly walletId: string;
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  /** `null`: the chain could not be asked. */
  readonly onChain: bigint | null;
  /** What explains that chain and book differ: left and not final, less what is here and not booked yet. */
  readonly notFinal: bigint;
}

const askedAtOnce = 8;

/** Payers' addresses with coins in our book, on the chains that can be read here, side by side with the chain. Reads only. */
export async function readDepositWallets(
  { db, depositChains }: { db: Db; depositChains: ReadonlyMap<string, ReceivingChain> },
  signal: AbortSignal,
): Promise<DepositWalletView[]> {
  const held = await findHeld(db, [...depositChains.keys()]);
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

/** What lies at payers' addresses by our book, less what is seen there and not booked yet. */
async function findHeld(db: Db, chains: readonly string[]): Promise<(PayersHolding & { coming: bigint })[]> {
  const holdings = await payersHoldings(db, chains);
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
