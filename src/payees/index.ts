export { checkDestination, checkThreshold, createPayee, type CreatePayee } from "./create-payee.ts";
export { changePayee, payeeChangeList, type MadeChange } from "./change-payee.ts";
export { importColumns, importPayees, mostImportedRows, type ImportedRow } from "./import-payees.ts";
export {
  acceptInvitation,
  findInvitation,
  invitationList,
  invitePayee,
  revokeInvitation,
  stateOf,
  type Invitation,
} from "./invitation.ts";
export { payeeName, type Payee, type PayoutMode } from "./payee.ts";
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
