export { actOnReview, type ReviewDeps } from "./act-on-review.ts";
export { reviewActions, reviewThings, type Desk, type Overseen } from "./desk.ts";
export { tellOfDesk, tellOfDeskJob } from "./tell-of-desk.job.ts";
export { findOrphansJob, findOrphansTask } from "./find-orphans.job.ts";
export { findOrphans, type Orphan } from "./find-orphans.ts";
export { findUnowned, type Unowned } from "./find-unowned.ts";
export { listReview } from "./list-review.ts";
export { orphanDesk, suspenseDesk } from "./own-desks.ts";
export type { DeskItem as ReviewItem, ReviewInput } from "../desk-port/index.ts";
