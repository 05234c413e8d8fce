export { keepMetricsFresh, refreshReview, refreshWatch } from "./keep-metrics-fresh.ts";
export { readinessChecks, type ReadinessCheck } from "./readiness-checks.ts";
