export { checkBooksJob } from "./check-books.job.ts";
export { checkInvariants, type Difference } from "./check-invariants.ts";
export { compareWallets, type WalletComparison } from "./compare-wallets.ts";
export { keepMetricsFresh } from "./keep-metrics-fresh.ts";
export { readinessChecks, type ReadinessCheck } from "./readiness-checks.ts";
