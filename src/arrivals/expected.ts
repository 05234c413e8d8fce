import type { Db, Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";

/** Coins that came or are about to come, as a claimant sees them. */
export interface Awaited {
  readonly chain: string;
  readonly asset: string;
  /** Base units. */
  readonly amount: bigint;
  /** In the chain's normal form; null: not known yet, as of a difference between book and chain. */
  readonly hash: string | null;
  /** Whoever claims them is no hindrance to itself; null: nobody of those who wait. */
  readonly claimantId: string | null;
  /** A payee's address that they came to, in the form in which swaps name it; null: a wallet of ours. */
  readonly payeeAddress: string | null;
}

/** Somebody to whom coins like these are still owed. */
export interface Expectation {
  readonly thing: "payment" | "swap";
  readonly id: string;
  /** Who is to bring them: the processor or provider by its name. */
  readonly from: string;
  readonly since: Date;
}

/** One room's answer to who still waits for coins like these; null: nobody of its own. */
export type Expects = (tx: Db | Tx, coins: Awaited) => Promise<Expectation | null>;

export interface ExpectDeps {
  readonly expects: readonly Expects[];
  /** How long what somebody expects keeps weaker claims away. */
  readExpectedForMs(db: Db | Tx): Promise<number>;
}

/**
 * Why a weaker claim of such coins must not be made: somebody with better evidence still waits for them.
 * @param claim who else stands behind it: past the time that a claimant is waited for, two persons may decide.
 */
export async function refuseExpected(
  db: Db | Tx,
  { expects, readExpectedForMs }: ExpectDeps,
  coins: Awaited,
  claim: { readonly secondPerson: string | null; readonly now: Date },
): Promise<DomainError | null> {
  for (const expected of await Promise.all(expects.map((ask) => ask(db, coins)))) {
    if (expected === null) continue;
    const { thing, id, from, since } = expected;
    const waits = `${from} still owes coins like these for ${thing} ${id}, since ${since.toISOString()}`;
    const until = new Date(since.getTime() + (await readExpectedForMs(db)));
    const details = { thing, id, since: since.toISOString() };
    if (until > claim.now)
      return new DomainError(
        "arrival_expected_elsewhere",
        `${waits}. They are kept for it until ${until.toISOString()}; ask ${from} for the transaction.`,
        details,
      );
    if (claim.secondPerson === null)
      return new DomainError(
        "second_person_needed",
        `${waits}, which is longer than they are kept for it.`,
        details,
      );
  }
  return null;
}
