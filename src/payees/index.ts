export { checkDestination, checkThreshold, createPayee, type CreatePayee } from "./create-payee.ts";
export {
  changedFields,
  changePayee,
  payeeChangeList,
  type MadeChange,
  type PayeeChange,
} from "./change-payee.ts";
export {
  confirmDestination,
  destinationChangeList,
  mostTries,
  proposeDestination,
  stateOfChange,
  withdrawDestination,
  type DestinationChange,
  type DestinationDeps,
} from "./destination-change.ts";
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
export { payeeName, type Destination, type Payee, type PayoutMode } from "./payee.ts";
export {
  contactOf,
  feesOf,
  findPayee,
  findPayees,
  knownPayees,
  listPayees,
  lockPayee,
  lockPayees,
  payeeList,
  payeeTerms,
  searchPayees,
  setPayeeStatus,
  standingOf,
} from "./payee-store.ts";
export { payeeMoved } from "./tasks.ts";
