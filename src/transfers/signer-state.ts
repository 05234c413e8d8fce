import { sql, type Db, type Tx } from "../database/index.ts";
import type { WaitingReason } from "./transfer.ts";

/** Why the key of a chain's wallet cannot be used. `message` says what to do, to a person outside. */
export interface SignerProblem {
  readonly problem: string;
  readonly message: string;
}

/** Keeps how opening a chain's key went, so that processes without a key can tell. `null`: it signs. */
export async function recordSignerState(
  db: Db | Tx,
  state: { chain: string; problem: SignerProblem | null; now: Date },
): Promise<void> {
  const { problem = null, message = null } = state.problem ?? {};
  await sql`
    insert into signer_state (chain, problem, message, checked_at)
    values (${state.chain}, ${problem}, ${message}, ${state.now})
    on conflict (chain) do update set problem = excluded.problem, message = excluded.message,
      checked_at = excluded.checked_at`.execute(db);
}

export async function readSignerProblem(db: Db | Tx, chain: string): Promise<SignerProblem | null> {
  const { rows } = await sql<SignerProblem>`
    select problem, message from signer_state where chain = ${chain} and problem is not null`.execute(db);
  return rows[0] ?? null;
}

const waitingReasons: ReadonlyMap<string, WaitingReason> = new Map(
  (["keystore_missing", "keystore_invalid", "wrong_password"] as const).map((code) => [code, code]),
);

/** The same as the reason a transfer waits for; `null`: no worker reported one. */
export async function findSignerProblem(tx: Tx, chain: string): Promise<WaitingReason | null> {
  const found = await readSignerProblem(tx, chain);
  return found === null ? null : (waitingReasons.get(found.problem) ?? null);
}
