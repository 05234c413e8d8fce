export { keepMetricsFresh, refreshReview } from "./keep-metrics-fresh.ts";
export { readinessChecks, type ReadinessCheck } from "./readiness-checks.ts";
