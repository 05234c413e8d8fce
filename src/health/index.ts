export { watchCurrencies, type CurrencyWatch } from "./currency-watch.ts";
export { keepMetricsFresh, refreshEquity, refreshReview, refreshWatch } from "./keep-metrics-fresh.ts";
export { checkPricing, readinessChecks, type ReadinessCheck } from "./readiness-checks.ts";
