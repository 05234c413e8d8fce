import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { NoticeChannel, Notifier } from "../providers/notifier.ts";
import type { Logger } from "../telemetry/index.ts";

export interface NotificationDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** Those that are configured. */
  readonly notifiers: ReadonlyMap<NoticeChannel, Notifier>;
  /** Counts what a person has to look at, by our word for why. */
  countFailure(reason: string): void;
}
