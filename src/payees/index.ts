export { checkThreshold, createPayee, type CreatePayee } from "./create-payee.ts";
export type { Payee, PayoutMode } from "./payee.ts";
export {
  contactOf,
  findPayee,
  isActive,
  knownPayees,
  listPayees,
  lockPayee,
  payeeList,
  payeeTerms,
  searchPayees,
  setPayeeStatus,
  setPayoutThreshold,
} from "./payee-store.ts";
