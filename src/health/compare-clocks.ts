import type { Clock } from "../clock.ts";
import type { ClockWitnesses } from "../clock-witnesses.ts";
import { sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";

/** A node's newest block may be so old although all is well: only more than this says anything of our clock. */
export const headMayBeOldMs = 120_000;

/** Clocks that nobody keeps differ by seconds. */
const toleratedMs = 60_000;

const say = (ms: number): string => {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const size = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `${size} ${ms > 0 ? "ahead" : "behind"}`;
};

/**
 * Compares our clock with the database's, asked now, and with all that was heard of others' lately.
 * @returns with whom it agrees.
 * @throws {DomainError} `clock_wrong`: several say that ours is; `clocks_differ`: it is not known whose is.
 */
export async function compareClocks({
  db,
  clock,
  witnesses,
}: {
  readonly db: Db;
  readonly clock: Clock;
  readonly witnesses: ClockWitnesses;
}): Promise<string> {
  const askedAt = clock.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const told = rows[0]!.now;
  witnesses.hear(
    "the database",
    { from: told, until: new Date(told.getTime() + 1) },
    { askedAt, answeredAt: clock.now() },
  );
  const ahead = witnesses.ahead();
  const off = [...ahead].filter(([, ms]) => Math.abs(ms) >= toleratedMs);
  if (off.length === 0) return `agrees with ${[...ahead.keys()].join(", ")}`;
  const agreed = witnesses.agreedAheadMs();
  if (Math.abs(agreed) >= toleratedMs)
    throw new DomainError(
      "clock_wrong",
      `This host's clock is ${say(agreed)}, as ${off.map(([name]) => name).join(", ")} say: set it by NTP. Until then orders expire, and prices grow old, at the wrong moment.`,
    );
  throw new DomainError(
    "clocks_differ",
    `This host's clock is ${off.map(([name, ms]) => `${say(ms)} of ${name}`).join(", ")}, and nobody else's says so: check both by NTP.`,
  );
}
