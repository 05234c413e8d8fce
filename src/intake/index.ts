import type { Job } from "../jobs/index.ts";
import { backfillJob } from "./backfill.job.ts";
import type { PaymentDeps } from "../payments/index.ts";
import { processEventsJob } from "./process-events.job.ts";
import { sweepPaymentsJob } from "./sweep-payments.job.ts";

export { backfillNow } from "./backfill.job.ts";
export { assignPayment } from "./assign-payment.ts";
export { eventDesk, unlookedEvents } from "./event-desk.ts";
export { processorActions } from "./processor-actions.ts";
export { createIntake, type Intake, type Received } from "./intake.ts";
export {
  dismissEvent,
  eventList,
  eventSources,
  eventStatuses,
  getEvent,
  listEvents,
  replayEvent,
  type StoredEvent,
} from "./replay-event.ts";
export { refundUnmatched } from "./refund-unmatched.ts";
export { askProcessor } from "./sweep-payments.job.ts";

export { intakeTasks } from "./tasks.ts";

export const intakeJobs = (deps: PaymentDeps): Job[] => [
  processEventsJob(deps),
  backfillJob(deps),
  sweepPaymentsJob(deps),
];
