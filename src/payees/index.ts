export { createPayee, type CreatePayee } from "./create-payee.ts";
export type { Payee, PayoutMode } from "./payee.ts";
export { findPayee, listPayees, setPayeeStatus, setPayoutThreshold } from "./payee-store.ts";
