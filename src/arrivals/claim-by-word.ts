import { inTransaction, type Db, type Tx } from "../database/index.ts";
import type { SecondPerson, TwoPersonDecision } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { keepingContradictions } from "./contradiction.ts";

const byWord = "arrival.by_word";

/**
 * Books what somebody says of an arrival: alone, where nobody else waits for such coins and the policy asks for nobody, and as the
 * second person where whoever waits was given `arrival_window`. All that claim by a person's word pass here; a claim by stronger evidence is never asked
 * for a second person.
 * @param asked.subject the transaction. @param asked.input all else that the claim hangs on.
 * @param book claims with `recordReceipt` in its transaction, and hands on who the second person is; null: nobody. It may run
 * twice, the first time in vain.
 * @throws {DomainError} `arrival_expected_elsewhere`, `second_person_needed`, `arrival_contradicted`, and whatever `book` says.
 */
export async function claimByWord<T>(
  deps: { readonly db: Db; readonly secondPerson: SecondPerson },
  asked: Omit<TwoPersonDecision, "decision">,
  book: (tx: Tx, secondPerson: string | null) => Promise<T>,
): Promise<T> {
  const { db } = deps;
  const keeping = <R>(work: () => Promise<R>): Promise<R> => keepingContradictions(db, asked.now, work);
  if (await deps.secondPerson.isNeeded(db, byWord))
    return keeping(() =>
      deps.secondPerson.asTwo({ ...asked, decision: byWord }, (tx, { second }) => book(tx, second)),
    );
  try {
    return await keeping(() => inTransaction(db, (tx) => book(tx, null)));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "second_person_needed") throw error;
    const both = {
      ...asked,
      decision: "arrival.expected_elsewhere",
      // Whoever else it may belong to is what both decide over.
      input: { ...asked.input, over: error.message },
      because: error.message.replace(/\.$/, ""),
    };
    return keeping(() => deps.secondPerson.asTwo(both, (tx, { second }) => book(tx, second)));
  }
}
