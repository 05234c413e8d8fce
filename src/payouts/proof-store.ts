import { sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";

/** What an operator names as the payment of a payout that they paid elsewhere. */
export interface PayoutProof {
  readonly id: string;
  readonly attempt_id: string;
  /** On which its transaction is looked for; null: two persons say that it was paid. */
  readonly chain: string | null;
  readonly reference: string;
  /** Of what nobody can look up: decimal digits, and of what. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly recorded_by: string;
  readonly confirmed_by: string | null;
  readonly created_at: Date;
  readonly looked_at: Date | null;
  /** Why the chain could not tell when it was last asked. */
  readonly waits_for: string | null;
  /** What reached the payee by it, base units of the destination asset. */
  readonly brought: bigint | null;
  readonly proved_at: Date | null;
  readonly refused_at: Date | null;
  readonly refused_because: string | null;
}

/** Coins of it reached the payee, or others did: it proves no payment of what is owed, and is no proof that nothing was paid. */
const reachedSomebody: ReadonlySet<string | null> = new Set(["too_little", "wrong_asset", "from_our_wallet"]);

/** Whether the payee may have been paid by it, whatever else is wrong with it. */
export const mayHavePaid = (proof: PayoutProof): boolean =>
  isOpen(proof) || reachedSomebody.has(proof.refused_because);

/** Whether it may have reached the payee, and nothing proves or disproves that yet. */
export const isOpen = ({ proved_at, refused_at }: PayoutProof): boolean =>
  proved_at === null && refused_at === null;

/** Those of an attempt, the oldest first. */
export async function proofsOf(db: Db | Tx, attemptId: string): Promise<PayoutProof[]> {
  const { rows } = await sql<PayoutProof>`
    select * from payout_proof where attempt_id = ${attemptId} order by created_at, id`.execute(db);
  return rows;
}

/** Those of every attempt of a payout. */
export async function proofsOfPayout(db: Db | Tx, payoutId: string): Promise<PayoutProof[]> {
  const { rows } = await sql<PayoutProof>`
    select p.* from payout_proof p join payout_attempt a on a.id = p.attempt_id
    where a.payout_id = ${payoutId} order by p.created_at, p.id`.execute(db);
  return rows;
}

/**
 * Keeps what an operator says; the same of the same attempt is kept once, and said with another amount it takes the place of
 * what was said before.
 * @returns null: it is another payout's.
 */
export async function keepProof(
  tx: Tx,
  said: Pick<PayoutProof, "attempt_id" | "chain" | "reference" | "amount" | "currency" | "recorded_by"> & {
    readonly now: Date;
  },
): Promise<PayoutProof | null> {
  const { attempt_id, chain, reference, amount, currency, recorded_by, now } = said;
  await sql`
    update payout_proof set refused_at = ${now}, refused_because = 'said_otherwise'
    where attempt_id = ${attempt_id} and chain is null and ${chain}::text is null and lower(reference) = lower(${reference})
      and (amount, currency) <> (${amount}::text, ${currency}::text) and proved_at is null and refused_at is null`.execute(
    tx,
  );
  await sql`
    insert into payout_proof (id, attempt_id, chain, reference, amount, currency, recorded_by, created_at)
    values (${newId()}, ${attempt_id}, ${chain}, ${reference}, ${amount}, ${currency}, ${recorded_by}, ${now})
    on conflict (coalesce(chain, ''), lower(reference)) where refused_at is null do nothing`.execute(tx);
  const { rows } = await sql<PayoutProof>`
    select * from payout_proof where coalesce(chain, '') = ${chain ?? ""} and lower(reference) = lower(${reference})
      and refused_at is null`.execute(tx);
  return rows[0]?.attempt_id === attempt_id ? rows[0] : null;
}

/** What was found of it. One that has a verdict keeps it. */
export async function judgeProof(
  tx: Tx,
  id: string,
  found: Partial<
    Pick<
      PayoutProof,
      "waits_for" | "brought" | "proved_at" | "refused_at" | "refused_because" | "confirmed_by"
    >
  > & { readonly looked_at: Date },
): Promise<void> {
  const set = Object.entries(found).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  await sql`
    update payout_proof set ${sql.join(set)}
    where id = ${id} and proved_at is null and refused_at is null`.execute(tx);
}
