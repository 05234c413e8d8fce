export { deadLetterDesk } from "./dead-letter-desk.ts";
export { defineJob, defineSetJob, RetryLater, type Job, type JobContext } from "./define-job.ts";
export { drainJobs } from "./drain-jobs.ts";
export {
  enqueue,
  enqueueMany,
  enqueueNamed,
  enqueueOnce,
  jobArguments,
  wakeWorkers,
  type EnqueueOptions,
} from "./enqueue.ts";
export { jobKind, keyOf, rowJob, searchJob, type JobKind, type RowJob, type SearchJob } from "./job-kind.ts";
export { lastSuccessOf } from "./schedule-run.ts";
export { startWorker, type Schedule } from "./start-worker.ts";
export { createStepper, lookAtQueue, releaseJobsOf, type Stepper } from "./step-jobs.ts";
