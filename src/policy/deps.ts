import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { Logger } from "../telemetry/index.ts";

export interface PolicyDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who knows which person somebody is. */
  readonly secondPerson: Pick<SecondPerson, "personOf" | "personsBehind" | "assertInForce">;
}
