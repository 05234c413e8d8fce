export { startPaymentWorld, type PaymentWorld } from "./payment-world.ts";
export { startThrowawayServer, type ThrowawayServer } from "./throwaway-server.ts";
