import { sql, type Tx } from "../database/index.ts";
import type { Quote } from "./ask-chain.ts";
import type { Wallet } from "./wallet.ts";

/** More than can ever be in flight, so the search meets a free nonce. */
const searchedNonces = 1_000n;

/**
 * Takes the wallet's next nonce; the caller holds its lock. That is the lowest one which no transfer of ours has and no
 * node has seen used: if the count ran ahead of the chain, the gap is filled instead of waited for.
 */
export async function allocateNonce(tx: Tx, wallet: Wallet, { mined, pending }: Quote): Promise<bigint> {
  const floor = [mined, pending, wallet.mined_nonce].reduce((high, one) => (one > high ? one : high));
  const { rows } = await sql<{ free: bigint; beyond: bigint }>`
    select
      (select min(n) from generate_series(${floor}::numeric, ${floor + searchedNonces}::numeric) as n
       where not exists (select from transfer where wallet_id = ${wallet.id} and nonce = n)) as free,
      (select coalesce(max(nonce) + 1, 0) from transfer where wallet_id = ${wallet.id}) as beyond`.execute(
    tx,
  );
  const { free, beyond } = rows[0]!;
  const nonce = wallet.next_nonce !== null && wallet.next_nonce < free ? wallet.next_nonce : free;
  const next = [nonce + 1n, beyond, wallet.next_nonce ?? 0n].reduce((high, one) => (one > high ? one : high));
  await sql`
    update wallet set next_nonce = ${next}, mined_nonce = greatest(mined_nonce, ${mined}) where id = ${wallet.id}`.execute(
    tx,
  );
  return nonce;
}
