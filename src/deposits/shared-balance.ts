import { sql, type Db, type Tx } from "../database/index.ts";

interface Kept {
  readonly on_chain: bigint;
  readonly came: bigint;
  readonly explained: bigint;
}

/** What lies at a shared address by its chain, base units by asset. */
export interface SharedReading {
  readonly chain: string;
  readonly address: string;
  readonly onChain: ReadonlyMap<string, bigint>;
}

const greatest = (one: bigint, other: bigint): bigint => (one > other ? one : other);

/**
 * Keeps what lies at a shared address now, and says what came there of each asset that no deposit explains. What the owner had
 * there before us, and what they take away, is none of our book's: so only what comes is compared. What came until the look before
 * must be a deposit by now, for a payment takes its time to be found; and a deposit that the chain does not show by now came and
 * went between two looks.
 * @returns base units by asset; the first look explains everything.
 */
export async function compareShared(
  tx: Tx,
  { chain, address, onChain }: SharedReading,
  now: Date,
): Promise<{ readonly asset: string; readonly amount: bigint }[]> {
  const unexplained: { asset: string; amount: bigint }[] = [];
  const known = await depositedAt(tx, chain, address);
  for (const [asset, there] of onChain) {
    const { rows } = await sql<Kept>`
      select on_chain, came, explained from shared_balance
      where chain = ${chain} and address = ${address} and asset = ${asset} for update`.execute(tx);
    const explained = known.get(asset) ?? 0n;
    const last = rows[0] ?? { on_chain: there, came: explained, explained };
    const came = greatest(last.came + greatest(there - last.on_chain, 0n), last.explained);
    await sql`
      insert into shared_balance (chain, address, asset, on_chain, came, explained, looked_at)
      values (${chain}, ${address}, ${asset}, ${there}, ${came}, ${explained}, ${now})
      on conflict (chain, address, asset) do update set on_chain = excluded.on_chain, came = excluded.came,
        explained = excluded.explained, looked_at = excluded.looked_at`.execute(tx);
    if (last.came > explained) unexplained.push({ asset, amount: last.came - explained });
  }
  return unexplained;
}

/** All deposits there, whatever became of them; one that a reorganisation took and that came again came twice. */
async function depositedAt(tx: Tx, chain: string, address: string): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await sql<{ asset: string; amount: bigint }>`
    select asset, sum(amount * (generation + 1)) as amount from deposit
    where chain = ${chain} and address = ${address} group by asset`.execute(tx);
  return new Map(rows.map(({ asset, amount }) => [asset, amount]));
}

/** What came to a shared address so far and is no deposit is its owner's, as a person says. */
export async function explainShared(db: Db | Tx, at: { chain: string; address: string }): Promise<void> {
  await sql`
    update shared_balance set came = least(came, explained)
    where chain = ${at.chain} and address = ${at.address}`.execute(db);
}
