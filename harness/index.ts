export { emptyDatabase } from "./empty-database.ts";
export {
  joinedSandbox,
  makePaymentKeys,
  newPassword,
  startFundedSandbox,
  startPaymentWorld,
  type PaymentWorld,
} from "./payment-world.ts";
export { startThrowawayServer, type ThrowawayServer } from "./throwaway-server.ts";
