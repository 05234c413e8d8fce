import { sql, type Tx } from "../database/index.ts";

/**
 * The coins of these payments are in a wallet of ours, so their earnings can be spent. Safe to repeat.
 * @returns whether one of them is to be paid at once.
 */
export async function markSpendable(tx: Tx, paymentIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ route: string }>`
    update earning set spendable = true where payment_id = any(${[...paymentIds]}::uuid[]) returning route`.execute(
    tx,
  );
  return rows.some(({ route }) => route === "instant");
}

/** The coins of this payment are somebody else's: those of its earnings that nothing has yet wait for them again. */
export async function markAwaited(tx: Tx, paymentId: string): Promise<void> {
  await sql`
    update earning set spendable = false
    where payment_id = ${paymentId} and status = 'pending' and conversion_id is null and payout_id is null`.execute(
    tx,
  );
}

/** Gives the earnings of a payment their parts of what it was worth, USD micros, each rounded down; once. */
export async function valueEarnings(
  tx: Tx,
  paymentId: string,
  worth: { usdMicros: bigint; amount: bigint },
): Promise<void> {
  await sql`
    update earning set usd_micros = trunc(${worth.usdMicros}::numeric * amount / ${worth.amount}::numeric)
    where payment_id = ${paymentId} and usd_micros is null`.execute(tx);
}
