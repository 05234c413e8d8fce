import type { ChainFingerprint, FingerprintStore } from "../chains/receiving.ts";
import type { Clock } from "../clock.ts";
import { sql, type Db, type Tx } from "../database/index.ts";

interface FingerprintRow {
  genesis_hash: string | null;
  checkpoint_number: bigint;
  checkpoint_hash: string;
}

async function findFingerprint(db: Db, chain: string): Promise<ChainFingerprint | null> {
  const { rows } = await sql<FingerprintRow>`
    select genesis_hash, checkpoint_number, checkpoint_hash from chain_fingerprint where chain = ${chain}`.execute(
    db,
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    genesisHash: row.genesis_hash,
    checkpoint: { number: row.checkpoint_number, hash: row.checkpoint_hash },
  };
}

/** The fingerprints of our chains, the first one told for each: kept with the money that lies there. */
export const fingerprintStore = ({ db, clock }: { db: Db; clock: Clock }): FingerprintStore => ({
  find: (chain) => findFingerprint(db, chain),
  async keepFirst(chain, { genesisHash, checkpoint }) {
    await sql`
      insert into chain_fingerprint (chain, genesis_hash, checkpoint_number, checkpoint_hash, recorded_at)
      values (${chain}, ${genesisHash}, ${checkpoint.number}, ${checkpoint.hash}, ${clock.now()})
      on conflict (chain) do nothing`.execute(db);
    return (await findFingerprint(db, chain))!;
  },
});

/** The chain is recognised anew by whatever its nodes show next. @returns whether one was known. */
export async function forgetFingerprint(tx: Db | Tx, chain: string): Promise<boolean> {
  const { rows } = await sql`delete from chain_fingerprint where chain = ${chain} returning chain`.execute(
    tx,
  );
  return rows.length > 0;
}
