import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import type { ProviderError } from "../errors.ts";
import { minutes } from "../lifecycle/index.ts";

/** What came of a look for payments on one chain. */
export type LookOutcome =
  | { readonly kind: "searched"; readonly behind: bigint | null }
  | { readonly kind: "refused"; readonly error: ProviderError };

export interface WatchState {
  readonly chain: string;
  readonly looked_at: Date;
  readonly searched_at: Date | null;
  readonly behind_blocks: bigint | null;
  readonly standing_since: Date | null;
  readonly refusals: bigint;
  readonly reason: string | null;
  /** The provider's own words. */
  readonly said: string | null;
  /** When the cursor last moved; null: it has none. */
  readonly moved_at: Date | null;
}

/** A single refusal passes by itself. What lasts longer keeps payers waiting. */
const toleratedMs = minutes(1);
/** No look at all: nobody runs the job. */
const mostBetweenLooksMs = minutes(10);
/** No chain of ours is without a block for so long. */
const mostStillMs = minutes(20);

export async function recordLook(db: Db, clock: Clock, chain: string, outcome: LookOutcome): Promise<void> {
  const now = clock.now();
  if (outcome.kind === "searched") {
    const { behind } = outcome;
    await sql`
      insert into watch_state (chain, looked_at, searched_at, behind_blocks) values (${chain}, ${now}, ${now}, ${behind})
      on conflict (chain) do update set looked_at = ${now}, searched_at = ${now}, behind_blocks = ${behind},
        standing_since = null, refusals = 0, reason = null, said = null`.execute(db);
    return;
  }
  const { reason } = outcome.error;
  const said = wordsIn(outcome.error);
  await sql`
    insert into watch_state (chain, looked_at, standing_since, refusals, reason, said)
    values (${chain}, ${now}, ${now}, 1, ${reason}, ${said})
    on conflict (chain) do update set looked_at = ${now}, behind_blocks = null, standing_since = coalesce(watch_state.standing_since, ${now}), refusals = watch_state.refusals + 1,
      reason = ${reason}, said = ${said}`.execute(db);
}

export async function readWatchStates(db: Db): Promise<WatchState[]> {
  const { rows } = await sql<WatchState>`
    select s.*, c.moved_at from watch_state s left join watch_cursor c on c.chain = s.chain
    order by s.chain`.execute(db);
  return rows;
}

/** Why payments on a chain are not found now, in our word; null: they are, or it has only just begun. */
export function whyStanding(state: WatchState, now: Date): { reason: string; since: Date } | null {
  const longer = (since: Date, ms: number): boolean => now.getTime() - since.getTime() > ms;
  const { standing_since: since, reason } = state;
  if (since !== null && reason !== null && longer(since, toleratedMs)) return { reason, since };
  if (longer(state.looked_at, mostBetweenLooksMs)) return { reason: "not_searched", since: state.looked_at };
  if (state.moved_at !== null && longer(state.moved_at, mostStillMs))
    return { reason: "no_new_blocks", since: state.moved_at };
  return null;
}

const longestWords = 500;
const clean = (text: string): string =>
  text
    // A URL may carry the operator's key.
    .replaceAll(/\S+:\/\/\S+/g, "…")
    .replaceAll(/[\p{Cc}\p{Surrogate}]+/gu, " ")
    .slice(0, longestWords);

/** What each endpoint said, where it said anything: for a person, and never to decide by. */
export function wordsIn({ details, message }: ProviderError): string {
  const { endpoints } = details as { endpoints?: unknown };
  if (!Array.isArray(endpoints)) return clean(message);
  const one = (told: unknown): string => {
    const { endpoint, code, message: said, reason } = told as Record<string, unknown>;
    const words = typeof said === "string" && said !== "" ? said : String(reason ?? "no answer");
    return `${String(endpoint ?? "an endpoint")}: ${words}${typeof code === "number" ? ` (${code})` : ""}`;
  };
  return clean(endpoints.map(one).join("; "));
}
