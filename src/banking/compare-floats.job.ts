import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import type { BankingDeps } from "./deps.ts";
import { inFlight, lockFloat, type Float } from "./float.ts";
import { bankingTasks } from "./tasks.ts";

/** One float, as it was looked at last. Amounts are base units. */
export interface FloatLook extends Float {
  /** What the provider says can be paid out. */
  readonly told: bigint;
  readonly booked: bigint;
  /** What is under way and may have left it already. */
  readonly in_flight: bigint;
  readonly looked_at: Date;
  /** Since when both differ by more than what is under way; null: they agree. */
  readonly differs_since: Date | null;
}

/** What is there beyond the book, or lacks; what is under way explains what it may. */
export function differenceOf({
  told,
  booked,
  in_flight: underWay,
}: Pick<FloatLook, "told" | "booked" | "in_flight">): bigint {
  if (told > booked) return told - booked;
  const least = booked - underWay;
  return told < least ? told - least : 0n;
}

/** Writes down how a float is, by what its provider just said. */
export async function keepLook(
  tx: Tx,
  { provider, asset, told }: { provider: string; asset: string; told: bigint },
  now: Date,
): Promise<FloatLook> {
  await lockFloat(tx, { provider, asset });
  const booked = await balanceOf(tx, accounts.bank(provider), asset);
  const in_flight = await inFlight(tx, { provider, asset });
  const differs = differenceOf({ told, booked, in_flight }) !== 0n;
  const kept = await sql<FloatLook>`
    insert into bank_float as f (provider, asset, told, booked, in_flight, looked_at, differs_since)
    values (${provider}, ${asset}, ${told}, ${booked}, ${in_flight}, ${now}, ${differs ? now : null})
    on conflict (provider, asset) do update set told = excluded.told, booked = excluded.booked, in_flight = excluded.in_flight,
      looked_at = excluded.looked_at,
      differs_since = case when excluded.differs_since is null then null else coalesce(f.differs_since, excluded.differs_since) end
    returning *`.execute(tx);
  return kept.rows[0]!;
}

/** Asks every bank provider for its floats and compares them with the book. A provider that gives no answer hides only its own. */
export const compareFloatsJob = (deps: BankingDeps): Job =>
  defineJob(bankingTasks.compareFloats, {
    async run(_, { signal, log }) {
      for (const [provider, bank] of deps.banks) {
        try {
          // Floats that were never booked either: that is what money from elsewhere looks like.
          const floats = await bank.floats(signal);
          for (const [asset, told] of floats)
            await inTransaction(deps.db, (tx) => keepLook(tx, { provider, asset, told }, deps.clock.now()));
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          log.warn({ provider, reason: error.reason }, "the floats at a bank provider could not be read");
        }
      }
    },
  });
