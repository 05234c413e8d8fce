import { sql, type Tx } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import type { BankTransferStatus } from "./bank-transfer.ts";

export interface Float {
  readonly provider: string;
  readonly asset: string;
}

const told: readonly BankTransferStatus[] = ["submitting", "pending", "in_review"];

/** What transfers in these statuses may take from a float, with their fees; base units. */
async function claimedBy(
  tx: Tx,
  { provider, asset }: Float,
  statuses: readonly BankTransferStatus[],
): Promise<bigint> {
  const { rows } = await sql<{ claimed: bigint }>`
    select coalesce(sum(amount + fee_expected), 0) as claimed from bank_transfer
    where provider = ${provider} and asset = ${asset} and status = any(${[...statuses]}::text[])`.execute(tx);
  return rows[0]!.claimed;
}

/** What is under way at the provider, and may have left the float already. */
export const inFlight = (tx: Tx, float: Float): Promise<bigint> => claimedBy(tx, float, told);

/** What of a float nothing has a claim on, base units: as booked, less all that may still leave it. */
export async function freeFloat(tx: Tx, float: Float): Promise<bigint> {
  const claimed = await claimedBy(tx, float, ["planned", ...told]);
  return (await balanceOf(tx, accounts.bank(float.provider), float.asset)) - claimed;
}

/** Serialises whoever takes from one float, until commit. */
export async function lockFloat(tx: Tx, { provider, asset }: Float): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`bank_float:${provider}:${asset}`}, 0))`.execute(
    tx,
  );
}
