import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { PriceSource } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Refund, RefundSubject } from "./refund.ts";

type Act<Result> = (tx: Tx, refund: Refund, step: { cause: Cause; now: Date }) => Promise<Result>;

/** What the room that owns a refund's subject does at its steps, each in the transaction that takes the step. */
export interface SubjectRoom {
  /** Books what sets out. @returns null, or our word for why it cannot yet. Absent: it was booked when it was decided. */
  readonly setOut?: Act<string | null>;
  /** The payer has it. */
  readonly sent?: Act<void>;
  /** Puts what was not sent back to where it was. */
  readonly takeBack?: Act<void>;
  /** It goes back there by itself when nobody lets it leave; otherwise a person decides about it. */
  readonly givenBackIfRefused?: true;
}

export interface RefundDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly prices: PriceSource;
  /** Who knows which person asked for a refund. */
  readonly secondPerson: Pick<SecondPerson, "personOf">;
  readonly subjects: ReadonlyMap<RefundSubject, SubjectRoom>;
}
