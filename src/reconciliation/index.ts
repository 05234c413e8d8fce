export {
  actOnReview,
  reviewActions,
  reviewThings,
  type ReviewDeps,
  type ReviewInput,
} from "./act-on-review.ts";
export { checkBooksJob } from "./check-books.job.ts";
export { checkInvariants, type Difference } from "./check-invariants.ts";
export { compareWallets, type WalletComparison } from "./compare-wallets.ts";
export { findOrphansJob } from "./find-orphans.job.ts";
export { findOrphans, orphanKinds, type Orphan } from "./find-orphans.ts";
export { findUnowned, type Unowned } from "./find-unowned.ts";
export { keepMetricsFresh } from "./keep-metrics-fresh.ts";
export { listReview } from "./list-review.ts";
export { readinessChecks, type ReadinessCheck } from "./readiness-checks.ts";
export type { ReviewAction, ReviewItem, ReviewThing } from "./review-item.ts";
