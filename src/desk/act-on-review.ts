import { refuseSecret } from "../chains/index.ts";
import type { Clock } from "../clock.ts";
import { sql, type Db } from "../database/index.ts";
import { unknownAction, unknownItem, type ReviewInput } from "../desk-port/index.ts";
import { EngineError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Desk } from "./desk.ts";

export interface ReviewDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly desk: Desk;
}

/**
 * Does what a person decided about an item of the recovery desk, and keeps who decided what and what came of it: written
 * before the act, completed after it.
 * @throws {DomainError} `unknown_review_item`, `unknown_review_action`, `review_input_missing`, and the refusals of the room
 * that acts: an action that is not offered for the item as it is now is refused with the reason.
 * @throws {ProviderError} whoever had to be asked first does not answer: nothing was done.
 */
export async function actOnReview(
  { db, clock, log, desk }: ReviewDeps,
  decision: { thing: string; id: string; action: string; input: ReviewInput; by: string },
  signal: AbortSignal,
): Promise<void> {
  const { thing, id, action, input, by } = decision;
  const rooms = desk.rooms.filter((room) => room.thing === thing);
  if (rooms.length === 0) throw unknownItem(thing, id);
  const room = rooms.find(({ actions }) => actions.includes(action));
  if (room === undefined)
    throw unknownAction(
      thing,
      action,
      rooms.flatMap(({ actions }) => actions),
    );
  if (input.address !== undefined) refuseSecret(input.address, null); // what is kept below is kept for ever
  const recordId = newId();
  const now = clock.now();
  await sql`
    insert into review_action (id, thing, thing_id, action, input, taken_by, taken_at)
    values (${recordId}, ${thing}, ${id}, ${action}, ${JSON.stringify(input)}::jsonb, ${by}, ${now})`.execute(
    db,
  );
  const record = (outcome: string) =>
    sql`update review_action set outcome = ${outcome} where id = ${recordId}`.execute(db);
  try {
    await room.act({ id, action, input, by, now, signal });
  } catch (error) {
    await record(error instanceof EngineError ? error.code : "internal_error");
    throw error;
  }
  await record("done");
  log.info({ thing, id, action, by }, "an operator acted at the recovery desk");
}
