export { callRoute, operatorAs } from "./call-route.ts";
export { noticeLimitBytes } from "./body-parsers.ts";
export { buildServer, type ServerDeps } from "./build-server.ts";
export type { ComponentHealth, HealthCheck } from "./health.ts";
export { nextStepOf } from "./problem-codes.ts";
export { pruneIdempotency, pruneIdempotencyJob } from "./prune-idempotency.job.ts";
export { assetRoute } from "./routes/assets.ts";
export { arrivalReads, arrivalRoutes } from "./routes/transfers/arrivals.ts";
export { byHandRoute } from "./routes/conversions/by-hand.ts";
export { conversionReads, conversionRoutes, presentCheck } from "./routes/conversions/conversions.ts";
export { orderReads, orderRoutes } from "./routes/orders/orders.ts";
export { joinPage } from "./pages/join-page.ts";
export { refundPage } from "./pages/refund-page.ts";
export { invitationRoutes } from "./routes/payees/invitations.ts";
export { destinationRoutes } from "./routes/payees/destinations.ts";
export { ownRoutes } from "./routes/payees/own.ts";
export { importRoute } from "./routes/payees/import-payees.ts";
export { payeeRoutes } from "./routes/payees/payees.ts";
export { bankRoutes, bankWebhook } from "./routes/payouts/banks.ts";
export { statementRoute } from "./routes/payees/statements.ts";
export { statementPage } from "./pages/statement-page.ts";
export { paymentRoutes } from "./routes/payments/payments.ts";
export { depositRoutes } from "./routes/payments/deposits.ts";
export { verifyRoutes } from "./routes/payments/verify.ts";
export { processorWebhook } from "./routes/payments/webhooks.ts";
export { refundReads, refundRoutes } from "./routes/refunds/refunds.ts";
export { payoutReads, payoutRoutes } from "./routes/payouts/payouts.ts";
export { outsideRoutes } from "./routes/payouts/outside.ts";
export { withdrawalRoutes } from "./routes/payouts/withdrawals.ts";
export { previewRoutes } from "./routes/payouts/preview.ts";
export { authorisationReads, authorisationRoutes } from "./routes/policy/authorisations.ts";
export { pauseRoutes } from "./routes/policy/pauses.ts";
export { presentComparison, reconciliationRoutes } from "./routes/reconciliation/reconciliation.ts";
export {
  presentItem as presentReviewItem,
  reviewRoutes,
  scopeOfReview,
} from "./routes/reconciliation/review.ts";
export { searchRoute } from "./routes/search.ts";
export { presentWallet, walletRoutes } from "./routes/transfers/wallets.ts";
export { operatorRoutes } from "./routes/operators/operators.ts";
export { apiKeyRoutes } from "./routes/operators/api-keys.ts";
export { presentSetting, settingRoutes } from "./routes/operators/settings.ts";
export {
  defineRoute,
  defineWebhook,
  type Principal,
  type Route,
  type RouteContext,
  type WebhookRoute,
} from "./route.ts";
export { problemKinds, publicCodes, requestProblemCodes, type ProblemKind } from "./problem-codes.ts";
