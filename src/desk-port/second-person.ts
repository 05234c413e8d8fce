import type { Db, Tx } from "../database/index.ts";
import type { DomainError } from "../errors.ts";

/** A decision that one person may not make alone, but where the policy says so. */
export interface TwoPersonDecision {
  /** Our stable word for it: "swap.write_off". */
  readonly decision: string;
  /** The id of what it is about. */
  readonly subject: string;
  /** All that the decision hangs on: only a request with the very same input confirms it. Amounts as text. */
  readonly input: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** What was found, for the refusal and for the record; no part of what must be the same. */
  readonly because?: string;
  /** Who asks, as histories name them: "api_key:<id>", "cli:<user>". */
  readonly by: string;
  readonly now: Date;
}

/** Who asked for a decision, and who agreed to it last, as histories name them: a person, or "policy:<version>". */
export interface BothPersons {
  readonly first: string;
  readonly second: string;
}

export type Consent =
  | ({ readonly kind: "both" } & BothPersons)
  /** Somebody has asked for it, and nobody else has confirmed it. Commit, so that it is known, and then throw this. */
  | { readonly kind: "one"; readonly refusal: DomainError };

/** Who keeps the decisions of two persons. It is handed to the rooms that act, because they know no operators. */
export interface SecondPerson {
  /**
   * Who somebody is: two keys of one owner are one person, and so is the command line.
   * @throws {DomainError} `api_key_not_found`
   */
  personOf(tx: Tx, by: string): Promise<string>;
  /** The same, and after it whoever made the key that they use: where two people must agree, those are not two. */
  personsBehind(tx: Tx, by: string): Promise<readonly [string, ...string[]]>;
  /**
   * Whose word is taken in this transaction may still give it: a key that ends meanwhile waits for its commit, or is seen.
   * @throws {DomainError} `unauthenticated`
   */
  assertInForce(tx: Tx, by: string, now: Date): Promise<void>;
  /** Whether the policy asks for anybody beside whoever decides. */
  isNeeded(tx: Db | Tx, decision: string): Promise<boolean>;
  /**
   * Whether as many people want the very same thing as the policy asks for; if not, keeps that this person does. The consent is used
   * up with the transaction: whoever acts on it does so in the same one.
   */
  needsSecondPerson(tx: Tx, asked: TwoPersonDecision): Promise<Consent>;
  /**
   * Acts if enough people want it with this one, in the transaction that keeps who they are; until then it is kept and refused.
   * @throws {DomainError} `second_person_needed`
   */
  asTwo<T>(asked: TwoPersonDecision, act: (tx: Tx, both: BothPersons) => Promise<T>): Promise<T>;
}
