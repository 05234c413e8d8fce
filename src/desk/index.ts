export {
  actOnReview,
  reviewActions,
  reviewThings,
  type ReviewDeps,
  type ReviewInput,
} from "./act-on-review.ts";
export { findOrphansJob } from "./find-orphans.job.ts";
export { findOrphans, orphanKinds, type Orphan } from "./find-orphans.ts";
export { findUnowned, type Unowned } from "./find-unowned.ts";
export { listReview } from "./list-review.ts";
export type { ReviewAction, ReviewItem, ReviewThing } from "./review-item.ts";
export { waitingStatuses, watched, type Watched } from "./watched.ts";
