import type { ReceivingChain } from "../chains/receiving.ts";
import { sql, type Db } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { registry } from "../money/index.ts";

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

/** Addresses are never given up, so there is no end of them: the newest that still hold something are compared. */
const mostCompared = 500;
const askedAtOnce = 8;

interface Held {
  readonly id: string;
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  readonly leaving: bigint;
  readonly fees: bigint;
  readonly arriving: bigint;
}

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
      const { id: walletId, chain, address, asset, booked, leaving, arriving } = row;
      return { walletId, chain, address, asset, booked, onChain, notFinal: leaving + fees - arriving };
    });
    views.push(...(await Promise.all(asked)));
  }
  return views;
}

async function findHeld(db: Db, chains: readonly string[]): Promise<Held[]> {
  const heldBy = (kind: "deposit" | "watched") => sql`
    select w.id, w.chain, w.address, a.asset, -ledger_balance(a.path, a.asset) as booked
    from wallet w join ledger_account a on a.path = 'wallet:' || w.chain || ':' || w.address
    where w.kind = ${kind} and w.chain = any(${[...chains]}::text[]) and ledger_balance(a.path, a.asset) <> 0
    order by w.id desc limit ${mostCompared}`;
  const { rows } = await sql<Held>`
    with held as ((${heldBy("deposit")}) union all (${heldBy("watched")}))
    select h.*, coalesce(t.leaving, 0) as leaving, coalesce(t.fees, 0) as fees, (
        select coalesce(sum(amount), 0) from transfer
        where asset = h.asset and to_address = h.address and block_number is not null and status in ('included', 'in_review')
      ) + (
        select coalesce(sum(amount), 0) from deposit d
        where chain = h.chain and address = h.address and asset = h.asset and status = 'confirming'
          and not exists (select from transfer_attempt a where a.transaction_hash = d.transaction_hash)
      ) as arriving
    from held h left join lateral (
      select sum(amount) filter (where asset = h.asset) as leaving, sum(fee_paid) as fees from transfer
      where wallet_id = h.id and block_number is not null and status in ('included', 'in_review')) as t on true
    order by h.chain, h.address, h.asset`.execute(db);
  return rows;
}

async function readBalance(
  chain: ReceivingChain,
  { address, asset }: Held,
  signal: AbortSignal,
): Promise<bigint | null> {
  try {
    return await chain.balance(address, registry.get(asset), signal);
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}
