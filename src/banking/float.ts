import { sql, type Tx } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";

/** What of a float nothing has a claim on, base units: as booked, less all that may still leave it. */
export async function freeFloat(tx: Tx, provider: string, asset: string): Promise<bigint> {
  const { rows } = await sql<{ reserved: bigint }>`
    select coalesce(sum(amount + fee_expected), 0) as reserved from bank_transfer
    where provider = ${provider} and asset = ${asset} and status in ('planned', 'submitting', 'pending', 'in_review')`.execute(
    tx,
  );
  return (await balanceOf(tx, accounts.bank(provider), asset)) - rows[0]!.reserved;
}

/** Serialises whoever takes from one float, until commit. */
export async function lockFloat(tx: Tx, provider: string, asset: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`bank_float:${provider}:${asset}`}, 0))`.execute(
    tx,
  );
}
