import type { Chain } from "../chains/port.ts";
import { sql, type Db } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import type { AssetRegistry } from "../money/index.ts";

/** A wallet's balance of one asset: in our book, on the chain, and what explains that they may differ for a moment. */
export interface WalletComparison {
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  readonly onChain: bigint;
  /** Sent on chain, and not booked before it is final: amounts and fees. */
  readonly notFinal: bigint;
  /** On chain + not final − booked: zero, or there is something to explain. */
  readonly difference: bigint;
}

/**
 * Compares every wallet with its chain, asset by asset. @throws {ProviderError} a chain gave no answer: unknown is not zero.
 */
export async function compareWallets(
  deps: { db: Db; registry: AssetRegistry; chains: ReadonlyMap<string, Chain> },
  signal: AbortSignal,
): Promise<WalletComparison[]> {
  const { rows: wallets } = await sql<{
    chain: string;
    address: string;
  }>`select chain, address from wallet order by chain, address`.execute(deps.db);
  const found: WalletComparison[] = [];
  for (const { chain: name, address } of wallets) {
    const chain = deps.chains.get(name);
    if (!chain) continue;
    const path = accounts.wallet(name, address);
    const { rows: assets } = await sql<{
      asset: string;
    }>`select asset from ledger_account where path = ${path}`.execute(deps.db);
    for (const id of new Set([chain.native.id, ...assets.map((row) => row.asset)].toSorted())) {
      const onChain = await chain.balance(address, deps.registry.get(id), signal);
      const booked = await balanceOf(deps.db, path, id);
      const notFinal = await includedNotFinal(deps.db, {
        chain: name,
        address,
        asset: id,
        native: chain.native.id,
      });
      found.push({
        chain: name,
        address,
        asset: id,
        booked,
        onChain,
        notFinal,
        difference: onChain + notFinal - booked,
      });
    }
  }
  return found;
}

async function includedNotFinal(
  db: Db,
  of: { chain: string; address: string; asset: string; native: string },
): Promise<bigint> {
  const { rows } = await sql<{ amount: bigint }>`
    select coalesce(sum(case when t.asset = ${of.asset} then t.amount else 0 end
      + case when ${of.asset} = ${of.native} then coalesce(t.fee_paid, 0) else 0 end), 0) as amount
    from transfer t join wallet w on w.id = t.wallet_id
    where w.chain = ${of.chain} and w.address = ${of.address} and t.status = 'included'`.execute(db);
  return rows[0]?.amount ?? 0n;
}
